package strictjson_test

import (
	"testing"

	"trustdeck/model/strictjson"
)

type note struct {
	Text string `json:"text"`
	N    int    `json:"n,omitempty"`
}

// A file that people could read otherwise than the program is refused.
func TestOneSpelling(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		`{"text":"a","n":1}`:            true,
		"{ \"text\" : \"a\",\n\"n\":1}": true,
		`{"text":"a"}`:                  true,
		`{"text":"a","n":0}`:            false,
		`{"n":1,"text":"a"}`:            false,
		`{"text":"a","text":"a"}`:       false,
		`{"Text":"a"}`:                  false,
		`{"text":"\u0061"}`:             false,
		`{"text":"a","more":1}`:         false,
		`{"text":"a"}{}`:                false,
		`{"text":"a"} x`:                false,
		`{"text":"a"`:                   false,
		`{}`:                            false,
		`null`:                          false,
		``:                              false,
	} {
		var got note
		err := strictjson.Decode([]byte(text), &got)
		if err == nil {
			_, err = strictjson.Compact([]byte(text), got)
		}
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
