package tuf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
//
// encoding/json has no such mode, and its tokens take more memory than the values: a large
// repository has a million. What it makes of the same text is what the tests expect.
type decoder struct {
	role model.RoleName
	raw  []byte
	// pos is how far it has read.
	pos    int
	path   []string
	depth  int
	values int
}

func newDecoder(role model.RoleName, raw []byte) *decoder { return &decoder{role: role, raw: raw} }

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

// next is the first byte that is no white space, which stays to be read; 0 at the end.
func (d *decoder) next() byte {
	for ; d.pos < len(d.raw); d.pos++ {
		switch c := d.raw[d.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// unexpected makes the error of a byte that is not what has to follow.
func (d *decoder) unexpected(want string) error {
	if d.pos >= len(d.raw) {
		d.path = nil
		return d.fail(model.ProblemMalformed, "ends before it is complete, after %d bytes", len(d.raw))
	}
	return d.fail(model.ProblemMalformed, "is not JSON: at byte %d there is %q, and not %s", d.pos, d.raw[d.pos], want)
}

// take reads one of the two bytes that may follow, and returns which.
func (d *decoder) take(a, b byte, want string) (byte, error) {
	c := d.next()
	if d.pos >= len(d.raw) || c != a && c != b {
		return 0, d.unexpected(want)
	}
	d.pos++
	return c, nil
}

// value reads a value.
func (d *decoder) value() (any, error) {
	if d.values++; d.values > MaxValues {
		return nil, d.fail(model.ProblemLimit, "contains more than the limit of %d values", MaxValues)
	}
	switch c := d.next(); {
	case c == '{', c == '[':
		if d.depth++; d.depth > maxDepth {
			return nil, d.fail(model.ProblemLimit, "is nested more than %d levels deep", maxDepth)
		}
		defer func() { d.depth-- }()
		if c == '{' {
			return d.members(d.anyMember)
		}
		return d.elements()
	case c == '"':
		return d.text()
	case c == '-', '0' <= c && c <= '9':
		return d.number()
	default:
		return d.literal()
	}
}

// below reads the members of one member of an object with read, and passes over its others.
func (d *decoder) below(member string, read func(name string) (any, error)) func(name string) (any, error) {
	return func(name string) (any, error) {
		if name != member || d.next() != '{' {
			return d.value()
		}
		return d.members(read)
	}
}

func (d *decoder) anyMember(string) (any, error) { return d.value() }

// literals are the values that are words.
var literals = map[string]any{"null": nil, "true": true, "false": false}

func (d *decoder) literal() (any, error) {
	for word, v := range literals {
		if bytes.HasPrefix(d.raw[d.pos:], []byte(word)) {
			d.pos += len(word)
			return v, nil
		}
	}
	return nil, d.unexpected("a value")
}

// number reads a whole number, and refuses the others: there is no canonical form of them on
// which all clients agree.
func (d *decoder) number() (any, error) {
	rest := d.raw[d.pos:]
	if end := bytes.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) }); end >= 0 {
		rest = rest[:end]
	}
	text := string(rest)
	switch n, err := strconv.ParseInt(text, 10, 64); {
	case strings.ContainsAny(text, ".eE"):
		return nil, d.fail(model.ProblemMalformed, "is %s: numbers with a fraction or an exponent cannot be signed", clip(text))
	case err != nil || strconv.FormatInt(n, 10) != text:
		return nil, d.fail(model.ProblemMalformed, "is %s, which is not a 64-bit whole number", clip(text))
	}
	d.pos += len(text)
	return json.Number(text), nil
}

// text reads a text; the quote has been seen.
func (d *decoder) text() (string, error) {
	begin, plain := d.pos, true
	for d.pos++; d.pos < len(d.raw); d.pos++ {
		switch c := d.raw[d.pos]; {
		case c == '"':
			d.pos++
			if plain {
				return string(d.raw[begin+1 : d.pos-1]), nil
			}
			return d.escaped(d.raw[begin:d.pos])
		case c == '\\':
			plain = false
			d.pos++
		case c < ' ':
			return "", d.unexpected("a character of a string")
		}
	}
	return "", d.unexpected("the end of a string")
}

// escaped reads a text that has escapes.
func (d *decoder) escaped(quoted []byte) (text string, err error) {
	if json.Unmarshal(quoted, &text) != nil {
		return "", d.fail(model.ProblemMalformed, "is not JSON: the string that ends at byte %d has a broken escape", d.pos)
	}
	return text, nil
}

// members reads an object, each value with read.
func (d *decoder) members(read func(name string) (any, error)) (map[string]any, error) {
	out := map[string]any{}
	d.pos++
	if d.next() == '}' {
		d.pos++
		return out, nil
	}
	for {
		if d.next() != '"' {
			return nil, d.unexpected("the name of a member")
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if _, err := d.take(':', ':', "a colon"); err != nil {
			return nil, err
		}
		d.path = append(d.path, name)
		if _, twice := out[name]; twice {
			return nil, d.fail(model.ProblemMalformed, "appears twice")
		}
		if out[name], err = read(name); err != nil {
			return nil, err
		}
		d.path = d.path[:len(d.path)-1]
		if c, err := d.take(',', '}', "a comma or the end of an object"); err != nil || c == '}' {
			return out, err
		}
	}
}

func (d *decoder) elements() ([]any, error) {
	out := []any{}
	d.pos++
	if d.next() == ']' {
		d.pos++
		return out, nil
	}
	for {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if c, err := d.take(',', ']', "a comma or the end of a list"); err != nil || c == ']' {
			return out, err
		}
	}
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
	if d.next() != '{' {
		return e, d.fail(model.ProblemMalformed, "doesn't start with a JSON object")
	}
	parts, err := d.members(func(name string) (any, error) {
		d.next()
		from := d.pos
		v, err := d.value()
		if name == "signed" {
			e.raw = d.raw[from:d.pos]
		}
		return v, err
	})
	if err != nil {
		return e, err
	}
	if d.next(); d.pos < len(d.raw) {
		return e, d.fail(model.ProblemMalformed, "has %s after its end", model.Count(len(d.raw)-d.pos, "byte"))
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
