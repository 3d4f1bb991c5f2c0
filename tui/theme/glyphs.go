package theme

import "charm.land/lipgloss/v2"

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
	// Branch, LastBranch and Through draw trees; Open and Closed mark nodes
	// whose children are shown or hidden.
	Branch, LastBranch, Through, Open, Closed string
	// Bar and BarEmpty draw bars of remaining time.
	Bar, BarEmpty string
	// Bullet begins an item.
	Bullet string
	// Box is the border of panes and dialogs.
	Box lipgloss.Border
}

var unicodeGlyphs = Glyphs{
	Broken: "✗", Soon: "▲", Stale: "?", OK: "●", None: "○", Loading: "◌",
	Cursor: ">", Up: "▲", Down: "▼", Less: "↑", More: "↓", Rule: "─", Crumb: ">",
	Branch: "├ ", LastBranch: "└ ", Through: "│ ", Open: "▾", Closed: "▸",
	Bar: "█", BarEmpty: "░", Bullet: "•",
	Box: lipgloss.RoundedBorder(),
}

var asciiGlyphs = Glyphs{
	Broken: "X", Soon: "!", Stale: "?", OK: "+", None: "-", Loading: ".",
	Cursor: ">", Up: "^", Down: "v", Less: "^", More: "v", Rule: "-", Crumb: ">",
	Branch: "|-", LastBranch: "`-", Through: "| ", Open: "v", Closed: ">",
	Bar: "#", BarEmpty: ".", Bullet: "*",
	Box: lipgloss.ASCIIBorder(),
}

// wordGlyphs are for reading aloud: what a mark means, and nothing where a
// character only decorates.
var wordGlyphs = Glyphs{
	Broken: "failing:", Soon: "warning:", Stale: "not current:", OK: "good:", None: "none:", Loading: "loading:", Bullet: "note:",
	Cursor: ">", Up: "^", Down: "v", Less: "^", More: "v", Rule: "-", Crumb: ">",
	Box: lipgloss.ASCIIBorder(),
}
