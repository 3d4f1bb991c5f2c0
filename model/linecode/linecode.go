// Package linecode writes bytes as lines of text that people can type, and reads them back. A line
// has a number and three check characters: any three wrong characters in a line are noticed, and
// so are lines that are missing, so that a typo is named by its line. The letters are those of
// Crockford's base32, which leaves out I, L, O and U; lower case, white space and hyphens do not
// matter. All characters are in the alphanumeric set of QR codes.
//
// Entry points: Encode, Decode.
package linecode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"trustdeck/model"
	"trustdeck/model/display"
)

const (
	// LineBytes is how many bytes a line holds; the last may hold fewer.
	LineBytes = 15
	// MaxLines is the most lines: their numbers are one character.
	MaxLines = 31
	// MaxBytes is the most bytes that can be written.
	MaxBytes = MaxLines * LineBytes

	// symbolBits is how much a character stands for.
	symbolBits = 5
	// numberLen, dataLen and checkLen are the characters of the parts of a line.
	numberLen, dataLen, checkLen = 1, LineBytes * 8 / symbolBits, 3
	// Characters are those of a line that is full, without the spaces between them.
	Characters = numberLen + dataLen + checkLen
	// group is how many characters stand together.
	group = 4
	// maxText is the most bytes of text that Decode reads.
	maxText = 16 << 10
)

// alphabet are the characters by what they stand for.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Error is a mistake in a line.
type Error struct {
	// Line counts from 1, in the order of the text; of a line that is missing it is its number.
	Line int
	Text string
}

// Error names the line.
func (e *Error) Error() string { return fmt.Sprintf("line %d %s", e.Line, e.Text) }

// Encode returns the lines for some bytes, in groups of four characters. The error says that they
// are none, or too many.
func Encode(data []byte) ([]string, error) {
	if len(data) == 0 || len(data) > MaxBytes {
		return nil, fmt.Errorf("%d bytes can't be typed: the limit is %d", len(data), MaxBytes)
	}
	var out []string
	for n, part := range slices.Collect(slices.Chunk(data, LineBytes)) {
		line := append([]byte{byte(n + 1)}, symbols(part)...)
		line = append(line, check(line)...)
		var text strings.Builder
		for i, s := range line {
			if i > 0 && i%group == 0 {
				text.WriteByte(' ')
			}
			text.WriteByte(alphabet[s])
		}
		out = append(out, text.String())
	}
	return out, nil
}

// symbols spreads bytes over characters; the last are filled with zeros.
func symbols(data []byte) []byte {
	var out []byte
	bits, n := uint(0), 0
	for _, b := range data {
		bits, n = bits<<8|uint(b), n+8
		for n >= symbolBits {
			n -= symbolBits
			out = append(out, byte(bits>>n&31))
		}
	}
	if n > 0 {
		out = append(out, byte(bits<<(symbolBits-n)&31))
	}
	return out
}

// bytesOf is what characters stand for; ok is false where no bytes are written so.
func bytesOf(line []byte) (data []byte, ok bool) {
	bits, n := uint(0), 0
	for _, s := range line {
		if bits, n = bits<<symbolBits|uint(s), n+symbolBits; n >= 8 {
			n -= 8
			data = append(data, byte(bits>>n&0xff))
		}
	}
	return data, len(data) > 0 && slices.Equal(symbols(data), line)
}

// Decode returns the bytes for lines. They may be in any order, be there twice, and be wrapped at
// any place where they are in their order; several may be on one line of the text. The error is an
// *Error where one line is to blame.
func Decode(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the text is longer than %d bytes", maxText)
	}
	as, wrapped := asWritten(text), unwrapped(text)
	if as.err == nil {
		return as.join()
	}
	if wrapped.err == nil {
		return wrapped.join()
	}
	if wrapped.good > as.good {
		return nil, wrapped.err
	}
	return nil, as.err
}

// A reading is what a text comes to.
type reading struct {
	lines map[int][]byte
	// good counts the lines without a mistake, and err is the first mistake.
	good int
	err  error
}

// asWritten takes each line of a text for a line, or for several whole ones.
func asWritten(text string) reading {
	r := reading{lines: map[int][]byte{}}
	n := 0
	for row := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '\n' || c == '\r' }) {
		line, err := values(row)
		if err == nil && len(line) == 0 {
			continue
		}
		if err != nil {
			n++
			r.fail(&Error{n, err.Error()})
			continue
		}
		n = r.take(line, n)
	}
	return r.ended(n)
}

// unwrapped takes a text for lines in their order, wherever it is wrapped.
func unwrapped(text string) reading {
	r := reading{lines: map[int][]byte{}}
	all, err := values(text)
	if err != nil {
		r.fail(err)
		return r
	}
	return r.ended(r.take(all, 0))
}

func (r *reading) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// take reads lines that follow upon each other, of which n came before.
func (r *reading) take(line []byte, n int) int {
	for part := range slices.Chunk(line, Characters) {
		if rest := len(line) % Characters; rest == len(part) && rest <= numberLen+checkLen && len(line) > Characters {
			r.fail(&Error{n, "has " + model.Count(rest, "character") + " too many"})
			return n
		}
		n++
		if why := r.one(part); why != "" {
			r.fail(&Error{n, why})
		} else {
			r.good++
		}
	}
	return n
}

// one reads a line, and says what is wrong with it.
func (r *reading) one(line []byte) (why string) {
	if len(line) <= numberLen+checkLen {
		return "is too short: it has " + model.Count(len(line), "character")
	}
	body := line[:len(line)-checkLen]
	data, ok := bytesOf(body[numberLen:])
	switch number := int(body[0]); {
	case !slices.Equal(check(body), line[len(line)-checkLen:]) || number == 0 || !ok:
		if len(line) < Characters {
			return fmt.Sprintf("has a mistake, or is not complete: it has %s, and a full line has %d", model.Count(len(line), "character"), Characters)
		}
		return "has a mistake"
	case r.lines[number] != nil && !slices.Equal(r.lines[number], data):
		return fmt.Sprintf("begins with %c, as another line does", alphabet[number])
	default:
		r.lines[number] = data
		return ""
	}
}

// ended refuses what has no line at all.
func (r *reading) ended(n int) reading {
	if n == 0 {
		r.fail(errors.New("there is nothing to read"))
	}
	return *r
}

// join puts the lines together.
func (r *reading) join() ([]byte, error) {
	var out []byte
	last := 0
	for n := range r.lines {
		last = max(last, n)
	}
	for n := 1; n <= last; n++ {
		data, ok := r.lines[n]
		switch {
		case !ok:
			return nil, &Error{n, fmt.Sprintf("is missing: it begins with %c", alphabet[n])}
		case n < last && len(data) < LineBytes:
			return nil, &Error{n, "is too short"}
		}
		out = append(out, data...)
	}
	return out, nil
}

// values are what the characters of a text stand for, without white space and hyphens.
func values(text string) ([]byte, error) {
	var out []byte
	for _, c := range text {
		switch c = unicode.ToUpper(c); {
		case unicode.IsSpace(c) || c == '-':
			continue
		case c == 'O':
			c = '0'
		case c == 'I' || c == 'L':
			c = '1'
		}
		at := strings.IndexRune(alphabet, c)
		if at < 0 {
			return nil, fmt.Errorf("has a character that isn't used: %s", display.Quote(string(c)))
		}
		out = append(out, byte(at&31))
	}
	return out, nil
}
