// Package strictjson reads the JSON files that trustdeck itself writes and that travel between
// people, such as plans. Such a file has one spelling: a member that is not known, that appears
// twice, or that is written in other letters, would show people something that is not read.
//
// Entry points: Decode, Compact.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Decode reads text into a value. It refuses members that the value has no place for, and data
// after the end.
func Decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is data after its end")
	}
	return nil
}

// Compact returns the text without white space. It refuses a text that is not spelled as
// encoding/json spells what was read of it, but for white space.
func Compact(text []byte, read any) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, err
	}
	again, err := json.Marshal(read)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, compact.Bytes()) {
		return nil, errors.New("it is not in the form that trustdeck writes")
	}
	return compact.Bytes(), nil
}
