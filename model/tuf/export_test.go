package tuf

import "unicode/utf8"

// MatchPath is matchPath.
var MatchPath = matchPath

// Decode reads a text that is one value, and returns its canonical form too.
func Decode(text []byte) (v any, canonical []byte, err error) {
	d := newDecoder("root", text)
	if v, err = d.value(); err != nil {
		return nil, nil, err
	}
	if d.next(); d.pos < len(text) || !utf8.Valid(text) {
		return nil, nil, d.fail("", "goes on, or is not text in UTF-8")
	}
	return v, appendCanonical(nil, v), nil
}
