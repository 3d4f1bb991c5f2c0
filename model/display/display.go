package display

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible reports whether r can be shown.
func Visible(r rune) bool { return unicode.IsPrint(r) }

// Shown reports whether all of s can be shown.
func Shown(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !Visible(r) })
}

// Quote returns s as it is where all of it can be shown, and quoted with escapes where not.
func Quote(s string) string {
	if Shown(s) {
		return s
	}
	return strconv.Quote(s)
}

// Inline is Quote without the quotes.
func Inline(s string) string {
	if Shown(s) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// Strip leaves out what cannot be shown, and cuts the rest to most characters.
func Strip(s string, most int) string {
	s = replace(s, -1)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// Blot puts a replacement character for each that cannot be shown.
func Blot(s string) string { return replace(s, unicode.ReplacementChar) }

// replace puts by for what cannot be shown, which is nothing where it is negative.
func replace(s string, by rune) string {
	return strings.Map(func(r rune) rune {
		if !Visible(r) || r == unicode.ReplacementChar {
			return by
		}
		return r
	}, s)
}

// Cut cuts s to most bytes, of which it leaves whole characters, and marks the cut. What
// is left may still hold what cannot be shown.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
