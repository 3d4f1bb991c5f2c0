package widget

import (
	"strings"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Zone is a stretch of a line that can be clicked.
type Zone struct {
	X, Width int
	// Index of the thing that stands there.
	Index int
}

// Bar is a line with things to click.
type Bar struct {
	Text  string
	Zones []Zone
}

// At returns the index of what stands at x.
func (b Bar) At(x int) (index int, ok bool) {
	for _, z := range b.Zones {
		if x >= z.X && x < z.X+z.Width {
			return z.Index, true
		}
	}
	return 0, false
}

// Tab is one of several views of a thing.
type Tab struct {
	// Key goes to it, Title names it.
	Key, Title string
	// Count is how much it holds; empty where that is not known.
	Count string
}

// Tabs draws tabs on one line, each after its key: the active one in brackets. Where they do
// not fit, the counts go first, then the space between them, and then inactive titles are
// cut.
func Tabs(s *theme.Styles, tabs []Tab, active, width int) Bar {
	const brackets, counted = 2, 3
	room, counts := width-1, 0
	titles := make([]string, len(tabs))
	for i, t := range tabs {
		titles[i] = t.Title
		room -= text.Width(t.Key) + 1 + text.Width(t.Title) + brackets
		if t.Count != "" {
			counts += text.Width(t.Count) + counted
		}
	}
	if room -= counts; room < 0 {
		room += counts
		counts = 0
	}
	space := 0
	if room >= len(tabs) {
		space = 1
	}
	titles = shorten(titles, active, -room)
	var b strings.Builder
	var bar Bar
	x := 1
	b.WriteByte(' ')
	for i, t := range tabs {
		title := titles[i]
		if t.Count != "" && counts > 0 {
			title += " (" + t.Count + ")"
		}
		if i == active {
			b.WriteString(s.Focus.Render("[" + t.Key + " " + title + "]"))
		} else {
			b.WriteString(" " + s.Key.Render(t.Key) + " " + title + " ")
		}
		b.WriteString(text.Spaces(space))
		w := text.Width(t.Key) + 1 + text.Width(title) + brackets
		bar.Zones = append(bar.Zones, Zone{X: x, Width: w, Index: i})
		x += w + space
	}
	bar.Text = text.Truncate(b.String(), width)
	return bar
}

// shorten takes excess cells away from the inactive titles, the longest first,
// and leaves each at least three.
func shorten(titles []string, active, excess int) []string {
	out := append([]string(nil), titles...)
	for ; excess > 0; excess-- {
		longest := -1
		for i, title := range out {
			if i != active && text.Width(title) > 3 && (longest < 0 || text.Width(title) > text.Width(out[longest])) {
				longest = i
			}
		}
		if longest < 0 {
			break
		}
		w := text.Width(out[longest])
		out[longest] = strings.TrimRight(text.Fit(strings.TrimSuffix(out[longest], text.Ellipsis), w-1), " ")
	}
	return out
}
