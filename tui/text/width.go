package text

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Ellipsis marks a cut. It is ASCII so that it fits every glyph set and is
// never taken for a character of the name.
const Ellipsis = ".."

// Width is the number of terminal cells that s takes; styles take none.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// Truncate cuts s to at most width cells and marks the cut.
func Truncate(s string, width int) string {
	switch {
	case width <= 0:
		return ""
	case Width(s) <= width:
		return s
	case width <= len(Ellipsis):
		return ansi.Truncate(s, width, "")
	default:
		return ansi.Truncate(s, width, Ellipsis)
	}
}

// TruncateLeft cuts s to at most width cells, keeps its end, and marks the cut.
// It suits names whose last part tells most.
func TruncateLeft(s string, width int) string {
	w := Width(s)
	switch {
	case width <= 0:
		return ""
	case w <= width:
		return s
	case width <= len(Ellipsis):
		return fill(ansi.TruncateLeft(s, w-width, ""), width)
	default:
		return fill(ansi.TruncateLeft(s, w-width+len(Ellipsis), Ellipsis), width)
	}
}

// Middle cuts the middle out of what is too wide, for names that differ at both ends.
func Middle(s string, width int) string {
	const least = 8 // less than that shows neither end
	if Width(s) <= width || width < least {
		return Truncate(s, width)
	}
	head := Truncate(s, width/2)
	return head + strings.TrimPrefix(TruncateLeft(s, width-Width(head)+len(Ellipsis)), Ellipsis)
}

// fill cuts what a wide character may have left over.
func fill(s string, width int) string { return ansi.Truncate(s, width, "") }

// Fit makes s exactly width cells wide: cut with a mark, or padded on the right.
func Fit(s string, width int) string {
	s = Truncate(s, width)
	return s + Spaces(width-Width(s))
}

// FitRight makes s exactly width cells wide, padded on the left.
func FitRight(s string, width int) string {
	s = Truncate(s, width)
	return Spaces(width-Width(s)) + s
}

// Spaces returns n spaces, or none where n is negative.
func Spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

// Between puts left at the left and right at the right end of width cells. Where
// both do not fit, right goes first, for left matters more.
func Between(left, right string, width int) string {
	gap := width - Width(left) - Width(right)
	if gap < 1 {
		return Fit(left, width)
	}
	return left + Spaces(gap) + right
}

// Wrap breaks s into lines of at most width cells, at spaces where it can, and behind dashes but
// those of flags and dates.
func Wrap(s string, width int) []string { return wrap(s, width, "-") }

// WrapWords is Wrap for what is no prose: a line ends behind no dash.
func WrapWords(s string, width int) []string { return wrap(s, width, "") }

// unbroken is a dash behind which no line ends.
const unbroken = "\u2011"

// date is a word that is a day, with what stands around it: "2029-11-28),".
var date = regexp.MustCompile(`^\W*\d{4}-\d\d-\d\d\W*$`)

// wrap is Wrap where words that begin so are not broken behind their dashes.
func wrap(s string, width int, whole string) []string {
	if width <= 0 {
		return nil
	}
	swapped := !strings.Contains(s, unbroken)
	if swapped {
		words := strings.Split(s, " ")
		for i, word := range words {
			if strings.HasPrefix(word, whole) || date.MatchString(word) {
				words[i] = strings.ReplaceAll(word, "-", unbroken)
			}
		}
		s = strings.Join(words, " ")
	}
	lines := strings.Split(ansi.Wrap(s, width, ""), "\n")
	for i, line := range lines {
		if swapped {
			line = strings.ReplaceAll(line, unbroken, "-")
		}
		lines[i] = strings.TrimRight(Truncate(line, width), " ")
	}
	return lines
}
