package notary_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// What is refused would break the file that lists it: see e2e/staged for what notary does
// with it.
func TestCheckTarget(t *testing.T) {
	t.Parallel()
	sum := make([]byte, 32)
	for name, c := range map[string]struct {
		target model.Target
		want   string
	}{
		"one hash":               {model.Target{Name: "v1", Hashes: model.Hashes{SHA256: sum}}, ""},
		"another hash":           {model.Target{Name: "v1", Hashes: model.Hashes{SHA512: make([]byte, 64)}}, ""},
		"unknown hashes too":     {model.Target{Name: "v1", Hashes: model.Hashes{SHA256: sum, Other: map[string][]byte{"md5": {1}}}}, ""},
		"odd name":               {model.Target{Name: "a <b>&c \u2028 é", Hashes: model.Hashes{SHA256: sum}}, ""},
		"custom":                 {model.Target{Name: "v1", Custom: []byte(`{"a":{"b":"é"},"n":42}`), Hashes: model.Hashes{SHA256: sum}}, ""},
		"no name":                {model.Target{Hashes: model.Hashes{SHA256: sum}}, "it has no name"},
		"no hash":                {model.Target{Name: "v1"}, "neither a SHA-256 nor a SHA-512"},
		"short hash":             {model.Target{Name: "v1", Hashes: model.Hashes{SHA256: sum[:31]}}, "has 31 bytes instead of 32"},
		"negative length":        {model.Target{Name: "v1", Length: -1, Hashes: model.Hashes{SHA256: sum}}, "its length is -1"},
		"control character":      {model.Target{Name: "a\nb", Hashes: model.Hashes{SHA256: sum}}, "can't be written"},
		"invalid UTF-8":          {model.Target{Name: "a\xff", Hashes: model.Hashes{SHA256: sum}}, "can't be written"},
		"custom is no JSON":      {model.Target{Name: "v1", Custom: []byte(`{`), Hashes: model.Hashes{SHA256: sum}}, "can't be written"},
		"members not sorted":     {model.Target{Name: "v1", Custom: []byte(`{"b":1,"a":2}`), Hashes: model.Hashes{SHA256: sum}}, "only form that Notary signs"},
		"custom with a fraction": {model.Target{Name: "v1", Custom: []byte(`2.5`), Hashes: model.Hashes{SHA256: sum}}, "written"},
		"custom with markup":     {model.Target{Name: "v1", Custom: []byte(`"<b>"`), Hashes: model.Hashes{SHA256: sum}}, "only form that Notary signs"},
		"custom with spaces":     {model.Target{Name: "v1", Custom: []byte(`{"a": 1}`), Hashes: model.Hashes{SHA256: sum}}, "only form that Notary signs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := notary.CheckTarget(c.target)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}
