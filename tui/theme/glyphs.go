package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Glyphs is one set of characters, each one cell wide.
type Glyphs struct {
	Broken, Soon, Stale, OK, None, Loading string
	// Cursor stands before the selected row.
	Cursor string
	// Up and Down are the sort arrows; Less and More stand before what is out
	// of sight above and below.
	Up, Down, Less, More string
	// Rule is the horizontal line, Crumb stands between breadcrumbs.
	Rule, Crumb string
	// Branch, LastBranch and Through draw trees; Closed marks nodes whose children are
	// hidden.
	Branch, LastBranch, Through, Closed string
	// Bar and BarEmpty draw bars of remaining time.
	Bar, BarEmpty string
	// Changed marks what has been changed and not saved, Done what has been done.
	Changed, Done string
	// Bullet begins an item, Gap stands between values side by side.
	Bullet, Gap string
	// Box is the border of panes and dialogs.
	Box lipgloss.Border
}

var unicodeGlyphs = Glyphs{
	Broken: "✗", Soon: "▲", Stale: "?", OK: "●", None: "○", Loading: "◌",
	Cursor: ">", Up: "↑", Down: "↓", Less: "↑", More: "↓", Rule: "─", Crumb: ">",
	Branch: "├ ", LastBranch: "└ ", Through: "│ ", Closed: "▸",
	Bar: "█", BarEmpty: "░", Bullet: "•", Gap: "  ", Changed: "*", Done: "✓",
	Box: lipgloss.RoundedBorder(),
}

var asciiGlyphs = Glyphs{
	Broken: "X", Soon: "!", Stale: "?", OK: "+", None: "-", Loading: ".",
	Cursor: ">", Up: "^", Down: "v", Less: "^", More: "v", Rule: "-", Crumb: ">",
	Branch: "|-", LastBranch: "`-", Through: "| ", Closed: ">",
	Bar: "#", BarEmpty: ".", Bullet: "*", Gap: "  ", Changed: "*", Done: "+",
	Box: lipgloss.ASCIIBorder(),
}

// wordGlyphs are for reading aloud: what a mark means, and nothing where a
// character only decorates.
var wordGlyphs = Glyphs{
	Broken: "failing:", Soon: "warning:", Stale: "not current:", OK: "good:", None: "none:", Loading: "loading:", Bullet: "note:", Gap: ", ", Changed: "changed", Done: "done:",
	Cursor: ">", Up: "^", Down: "v", Less: "^", More: "v", Rule: "-", Crumb: ">",
	Box: lipgloss.ASCIIBorder(),
}

// Unmarked is a text without the word mark before it, where the mark says no more
// than the text: that it is good, or that there is nothing to say.
func Unmarked(s string) string {
	s = strings.TrimPrefix(s, wordGlyphs.OK+" ")
	return strings.TrimPrefix(s, wordGlyphs.None+" ")
}

// Spoken is a cell as it is read aloud: without the word mark before it, or the
// mark alone.
func Spoken(s string) string {
	g := &wordGlyphs
	for _, mark := range []string{g.Broken, g.Soon, g.Stale, g.OK, g.None, g.Loading, g.Bullet, g.Done} {
		if s == mark {
			return strings.TrimSuffix(mark, ":")
		}
		if rest, ok := strings.CutPrefix(s, mark+" "); ok {
			return rest
		}
	}
	return s
}
