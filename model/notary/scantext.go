package notary

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"trustdeck/model/display"
)

// string reads a string; a null reads as "".
func (s *scanner) string() (string, error) {
	if s.null() {
		return "", nil
	}
	if s.peek() != '"' {
		return "", s.unexpected("a string")
	}
	b, err := s.text()
	return string(b), err
}

// integer reads a number that Notary keeps in a Go integer: plain decimal
// digits. A null reads as 0.
func (s *scanner) integer() (int64, error) {
	if s.null() {
		return 0, nil
	}
	lit, err := s.literal()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(lit), 10, 64)
	if err != nil {
		return 0, s.errorf("%q is not a whole number of 64 bits", clip(lit))
	}
	return n, s.appendNumber(lit)
}

// number reads any number.
func (s *scanner) number() error {
	lit, err := s.literal()
	if err != nil {
		return err
	}
	return s.appendNumber(lit)
}

// literal consumes a number as RFC 8259 spells it.
func (s *scanner) literal() ([]byte, error) {
	s.space()
	start := s.pos
	digits := func() bool {
		from := s.pos
		for s.pos < len(s.in) && s.in[s.pos] >= '0' && s.in[s.pos] <= '9' {
			s.pos++
		}
		return s.pos > from
	}
	at := func(set string) bool {
		return s.pos < len(s.in) && bytes.IndexByte([]byte(set), s.in[s.pos]) >= 0
	}
	if at("-") {
		s.pos++
	}
	if at("0") {
		s.pos++
	} else if !digits() {
		return nil, s.unexpected("a number")
	}
	if at(".") {
		s.pos++
		if !digits() {
			return nil, s.unexpected("a digit")
		}
	}
	if at("eE") {
		s.pos++
		if at("+-") {
			s.pos++
		}
		if !digits() {
			return nil, s.unexpected("a digit")
		}
	}
	return s.in[start:s.pos], nil
}

// appendNumber writes the canonical form, which passes through float64 as it
// does in Notary's verifier: fractions cannot be signed, and integers above
// 2^53 lose digits.
func (s *scanner) appendNumber(lit []byte) error {
	const exact = 15 // decimal digits that float64 always keeps
	if len(lit) <= exact && bytes.IndexFunc(lit, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
		s.out = append(s.out, lit...)
		return nil
	}
	f, err := strconv.ParseFloat(string(lit), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return s.errorf("the number %s has no canonical form", clip(lit))
	}
	s.out = strconv.AppendInt(s.out, int64(f), 10)
	return nil
}

// text reads a string and writes it canonically. The result aliases the input
// where it holds no escapes.
func (s *scanner) text() ([]byte, error) {
	s.pos++ // the opening quote, which the caller has seen
	start := s.pos
	plain := true
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; {
		case c == '"':
			raw := s.in[start:s.pos]
			s.pos++
			if plain || utf8.Valid(raw) {
				s.out = append(s.out, '"')
				s.out = append(s.out, raw...)
				s.out = append(s.out, '"')
				return raw, nil
			}
			return s.appendText(validUTF8(raw)), nil
		case c == '\\':
			return s.escapedText(start)
		case c < ' ':
			return nil, s.errorf("control character %#02x in a string", c)
		default:
			plain = plain && c < utf8.RuneSelf
			s.pos++
		}
	}
	return nil, s.errorf("a string does not end")
}

// escapedText decodes a string that has at least one escape.
func (s *scanner) escapedText(start int) ([]byte, error) {
	text := slices.Clone(s.in[start:s.pos])
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; {
		case c == '"':
			s.pos++
			return s.appendText(validUTF8(text)), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			text = utf8.AppendRune(text, r)
		case c < ' ':
			return nil, s.errorf("control character %#02x in a string", c)
		default:
			text = append(text, c)
			s.pos++
		}
	}
	return nil, s.errorf("a string does not end")
}

var errEscape = errors.New("a string contains a broken escape")

func (s *scanner) escape() (rune, error) {
	if s.pos+1 >= len(s.in) {
		return 0, errEscape
	}
	c := s.in[s.pos+1]
	s.pos += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, ok := s.hex4(s.pos)
		if !ok {
			return 0, errEscape
		}
		s.pos += 4
		if !utf16.IsSurrogate(r) {
			return r, nil
		}
		if bytes.HasPrefix(s.in[s.pos:], []byte(`\u`)) {
			if low, ok := s.hex4(s.pos + 2); ok {
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					s.pos += 6
					return both, nil
				}
			}
		}
		return utf8.RuneError, nil
	default:
		return 0, errEscape
	}
}

func (s *scanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.in) {
		return 0, false
	}
	n, err := strconv.ParseInt("0"+string(s.in[at:at+4]), 16, 32)
	return rune(n), err == nil
}

func (s *scanner) appendText(text []byte) []byte {
	s.out = appendCanonicalString(s.out, text)
	return text
}

// validUTF8 puts U+FFFD for each byte that is not UTF-8, as Go's decoder does.
func validUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return []byte(string([]rune(string(text))))
}

// appendCanonicalString writes a quoted string with the two escapes of the
// canonical form.
func appendCanonicalString[T []byte | string](out []byte, text T) []byte {
	out = append(out, '"')
	for i := range len(text) {
		if c := text[i]; c == '"' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, text[i])
	}
	return append(out, '"')
}

// clip shortens hostile text for a message, which quotes it.
func clip[T ~string | ~[]byte](text T) string { return display.Cut(string(text), 40) }
