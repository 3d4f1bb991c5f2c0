package tuf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Limits on the form of one file.
const (
	// maxDepth is how deeply values may be nested. Metadata needs seven levels; the rest is
	// for custom values.
	maxDepth = 64
	// MaxValues is the most values that one file may hold: 8 for each of a million targets.
	MaxValues = 8_000_000
)

// A decoder reads JSON into plain values, strictly: no member twice, no number with a
// fraction, nothing after the end. It knows where it is, so that an error can name it.
type decoder struct {
	role   model.RoleName
	raw    []byte
	dec    *json.Decoder
	path   []string
	depth  int
	values int
}

func newDecoder(role model.RoleName, raw []byte) *decoder {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return &decoder{role: role, raw: raw, dec: dec}
}

// fail makes the error of a file, with the place where the decoder is.
func (d *decoder) fail(code model.ProblemCode, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if where := place(d.path); where != "" {
		text = where + " " + text
	} else {
		text = "the file " + text
	}
	return &dialect.ParseError{Role: d.role, Code: code, Text: text}
}

// place names a value by the members that lead to it: "signed.roles.root".
func place(path []string) string {
	clipped := make([]string, len(path))
	for i, part := range path {
		clipped[i] = clip(part)
	}
	return strings.Join(clipped, ".")
}

// token reads one token; the end of the text within a document is an error.
func (d *decoder) token() (json.Token, error) {
	tok, err := d.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return tok, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, d.fail(model.ProblemMalformed, "ends before it is complete, after %d bytes", len(d.raw))
	case errors.As(err, &syntax):
		return nil, d.fail(model.ProblemMalformed, "is not JSON, at byte %d: %s", syntax.Offset, syntax.Error())
	default:
		return nil, d.fail(model.ProblemMalformed, "is not JSON: %s", err.Error())
	}
}

// value reads a value.
func (d *decoder) value() (any, error) {
	tok, err := d.token()
	if err != nil {
		return nil, err
	}
	if d.values++; d.values > MaxValues {
		return nil, d.fail(model.ProblemLimit, "holds more than the %d values that are read of one file", MaxValues)
	}
	switch tok := tok.(type) {
	case json.Delim:
		if d.depth++; d.depth > maxDepth {
			return nil, d.fail(model.ProblemLimit, "is nested more than %d levels deep", maxDepth)
		}
		defer func() { d.depth-- }()
		if tok == '{' {
			return d.members(func(string) (any, error) { return d.value() })
		}
		return d.elements()
	case json.Number:
		return tok, d.number(tok)
	default:
		return tok, nil
	}
}

// number refuses numbers of which there is no canonical form on which all clients agree.
func (d *decoder) number(n json.Number) error {
	if strings.ContainsAny(string(n), ".eE") {
		return d.fail(model.ProblemMalformed, "is %s: numbers with a fraction or an exponent cannot be signed", clip(string(n)))
	}
	if _, err := n.Int64(); err != nil || n == "-0" {
		return d.fail(model.ProblemMalformed, "is %s, which is no whole number of 64 bits", clip(string(n)))
	}
	return nil
}

// members reads the rest of an object, each value with read.
func (d *decoder) members(read func(name string) (any, error)) (map[string]any, error) {
	out := map[string]any{}
	for d.dec.More() {
		tok, err := d.token()
		if err != nil {
			return nil, err
		}
		name, ok := tok.(string)
		if !ok {
			return nil, d.fail(model.ProblemMalformed, "has a member without a name")
		}
		d.path = append(d.path, name)
		if _, twice := out[name]; twice {
			return nil, d.fail(model.ProblemMalformed, "is there twice")
		}
		if out[name], err = read(name); err != nil {
			return nil, err
		}
		d.path = d.path[:len(d.path)-1]
	}
	_, err := d.token()
	return out, err
}

func (d *decoder) elements() ([]any, error) {
	out := []any{}
	for d.dec.More() {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := d.token()
	return out, err
}

// An envelope is a file before its parts are read.
type envelope struct {
	// signed is the signed part, and raw its bytes as they came.
	signed     any
	raw        []byte
	signatures any
	// unknown are the names of further members, sorted.
	unknown []string
}

// openEnvelope reads the envelope of the specification from 1.0 on: an object with the
// members "signed" and "signatures".
func openEnvelope(d *decoder) (envelope, error) {
	var e envelope
	if !utf8.Valid(d.raw) {
		return e, d.fail(model.ProblemMalformed, "is not text in UTF-8")
	}
	if first := bytes.TrimLeft(d.raw, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return e, d.fail(model.ProblemMalformed, "does not begin with an object of JSON")
	}
	if _, err := d.token(); err != nil {
		return e, err
	}
	parts, err := d.members(func(name string) (any, error) {
		from := d.dec.InputOffset()
		v, err := d.value()
		if name == "signed" {
			e.raw = bytes.TrimLeft(d.raw[from:d.dec.InputOffset()], " \t\r\n:")
		}
		return v, err
	})
	if err != nil {
		return e, err
	}
	if rest := bytes.TrimLeft(d.raw[d.dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return e, d.fail(model.ProblemMalformed, "goes on for %d bytes after its end", len(rest))
	}
	for name := range parts {
		if name != "signed" && name != "signatures" {
			e.unknown = append(e.unknown, name)
		}
	}
	slices.Sort(e.unknown)
	e.signed, e.signatures = parts["signed"], parts["signatures"]
	return e, nil
}
