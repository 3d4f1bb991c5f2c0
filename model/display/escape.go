package display

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may sit on one letter. Written languages
// need three at most; a pile of them climbs over the neighbouring lines.
const maxMarks = 3

// Escape writes what cannot be shown as escapes such as \x1b and \u202e, and so too
// variation selectors and all but a few combining marks in a row.
func Escape(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	marks := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = 0
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			// A mark with nothing to sit on would sit on whatever the screen
			// shows before this string.
			if marks++; i == 0 || marks > maxMarks || variationSelector(r) {
				writeEscape(&b, r)
			} else {
				b.WriteRune(r)
			}
		case Visible(r):
			b.WriteRune(r)
			marks = 0
		default:
			writeEscape(&b, r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// ASCII escapes everything of an escaped string that is beyond ASCII. Where a terminal
// does not read UTF-8, the bytes of a letter may be commands to it.
func ASCII(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			writeEscape(&b, r)
		}
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// variationSelector reports whether r changes the look, and in some terminals
// the width, of the character before it.
func variationSelector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

func writeEscape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case r == '\r':
		b.WriteString(`\r`)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}
