package notary

import (
	"bytes"
	"fmt"
	"slices"
)

// A scanner reads JSON once and writes its canonical form as it goes: keys in
// byte order, no white space, only '"' and '\' escaped, numbers as integers.
// That form is what Notary signs. Callers steer it with the typed methods, so
// that decoding and canonicalising are one pass over the bytes.
//
// It accepts what Notary's own decoder accepts, save for what only an attacker
// would send: duplicate keys, and more than maxDepth levels.
type scanner struct {
	in    []byte
	pos   int
	out   []byte
	depth int
	// members of the objects that are open, innermost last.
	members []member
	// most is how long out may get. Canonical text is no longer than what it is made of,
	// save for numbers with exponents and for what is not UTF-8.
	most int
	// looseTop leaves the outermost object in the order in which it came.
	looseTop bool
}

// A member marks where a key's canonical text begins in out.
type member struct {
	key   []byte
	start int
}

// maxDepth is how deeply values may be nested. Metadata needs five levels; the
// rest is for custom values.
const maxDepth = 64

func newScanner(in []byte) *scanner {
	return &scanner{in: in, out: make([]byte, 0, len(in)), most: len(in) + len(in)/8 + 4<<10}
}

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", s.pos, fmt.Sprintf(format, args...))
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the first byte of the next value, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos >= len(s.in) {
		return 0
	}
	return s.in[s.pos]
}

func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.unexpected(string(c))
	}
	s.pos++
	return nil
}

func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.in) {
		return s.errorf("the text ends where %s should be", want)
	}
	return s.errorf("found %q where %s should be", s.in[s.pos], want)
}

// end checks that nothing but white space follows.
func (s *scanner) end() error {
	s.space()
	if s.pos < len(s.in) {
		return s.errorf("%d bytes follow the end of the document", len(s.in)-s.pos)
	}
	return nil
}

// null consumes a null and reports whether there was one.
func (s *scanner) null() bool {
	if s.peek() != 'n' || !bytes.HasPrefix(s.in[s.pos:], []byte("null")) {
		return false
	}
	s.pos += 4
	s.out = append(s.out, "null"...)
	return true
}

// grown checks the length of the canonical text, once for each value.
func (s *scanner) grown() error {
	if len(s.out) > s.most {
		return s.errorf("its canonical form is much longer than the file")
	}
	return nil
}

func (s *scanner) enter() error {
	s.depth++
	if s.depth > maxDepth {
		return s.errorf("values are nested more than %d levels deep", maxDepth)
	}
	return nil
}

// object reads an object and calls visit for each key, which must read the
// value. The key is only valid during the call. A null reads as an empty
// object; isNull tells.
func (s *scanner) object(visit func(key []byte) error) (isNull bool, err error) {
	if s.null() {
		return true, nil
	}
	if err := s.expect('{'); err != nil {
		return false, err
	}
	if err := s.enter(); err != nil {
		return false, err
	}
	s.out = append(s.out, '{')
	first, sorted := len(s.members), true
	if s.peek() == '}' {
		s.pos++
	} else if sorted, err = s.objectMembers(first, visit); err != nil {
		return false, err
	}
	if !sorted && (s.depth > 1 || !s.looseTop) {
		if err := s.sortMembers(first); err != nil {
			return false, err
		}
	}
	s.members = s.members[:first]
	s.out = append(s.out, '}')
	s.depth--
	return false, nil
}

func (s *scanner) objectMembers(first int, visit func(key []byte) error) (sorted bool, err error) {
	sorted = true
	for {
		if len(s.members) > first {
			s.out = append(s.out, ',')
		}
		start := len(s.out)
		if s.peek() != '"' {
			return false, s.unexpected("a key")
		}
		key, err := s.text()
		if err != nil {
			return false, err
		}
		if n := len(s.members); n > first && bytes.Compare(s.members[n-1].key, key) >= 0 {
			sorted = false
		}
		s.members = append(s.members, member{key, start})
		if err := s.expect(':'); err != nil {
			return false, err
		}
		s.out = append(s.out, ':')
		if err := visit(key); err != nil {
			return false, err
		}
		if err := s.grown(); err != nil {
			return false, err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return sorted, nil
		default:
			return false, s.unexpected("',' or '}'")
		}
	}
}

// sortMembers puts the members of the innermost object in order.
func (s *scanner) sortMembers(first int) error {
	open := s.members[first:]
	begin := open[0].start
	old := slices.Clone(s.out[begin:])
	type segment struct{ key, text []byte }
	segments := make([]segment, len(open))
	for i, m := range open {
		stop := len(old)
		if i+1 < len(open) {
			stop = open[i+1].start - begin - 1
		}
		segments[i] = segment{m.key, old[m.start-begin : stop]}
	}
	slices.SortFunc(segments, func(a, b segment) int { return bytes.Compare(a.key, b.key) })
	s.out = s.out[:begin]
	for i, seg := range segments {
		if i > 0 {
			if bytes.Equal(segments[i-1].key, seg.key) {
				return s.errorf("the key %q appears twice in one object", clip(seg.key))
			}
			s.out = append(s.out, ',')
		}
		s.out = append(s.out, seg.text...)
	}
	return nil
}

// array reads an array and calls visit before each element, which must read
// it. A null reads as an empty array; isNull tells.
func (s *scanner) array(visit func() error) (isNull bool, err error) {
	if s.null() {
		return true, nil
	}
	if err := s.expect('['); err != nil {
		return false, err
	}
	if err := s.enter(); err != nil {
		return false, err
	}
	s.out = append(s.out, '[')
	if s.peek() == ']' {
		s.pos++
		s.out = append(s.out, ']')
		s.depth--
		return false, nil
	}
	for {
		if err := visit(); err != nil {
			return false, err
		}
		if err := s.grown(); err != nil {
			return false, err
		}
		switch s.peek() {
		case ',':
			s.pos++
			s.out = append(s.out, ',')
		case ']':
			s.pos++
			s.out = append(s.out, ']')
			s.depth--
			return false, nil
		default:
			return false, s.unexpected("',' or ']'")
		}
	}
}

// skip reads any value for its canonical form alone.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		_, err := s.object(func([]byte) error { return s.skip() })
		return err
	case c == '[':
		_, err := s.array(s.skip)
		return err
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || (c >= '0' && c <= '9'):
		return s.number()
	case c == 'n' && s.null():
		return nil
	case c == 't' && bytes.HasPrefix(s.in[s.pos:], []byte("true")):
		s.pos += len("true")
		s.out = append(s.out, "true"...)
		return nil
	case c == 'f' && bytes.HasPrefix(s.in[s.pos:], []byte("false")):
		s.pos += len("false")
		s.out = append(s.out, "false"...)
		return nil
	default:
		return s.unexpected("a value")
	}
}
