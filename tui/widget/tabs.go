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

// Tabs draws tab titles on one line: the active one in brackets. Where they do
// not fit, the space between them shrinks first, then inactive titles are cut.
func Tabs(s *theme.Styles, titles []string, active, width int) Bar {
	total := 0
	for _, title := range titles {
		total += text.Width(title) + 2
	}
	space := 1
	if total+len(titles) > width-1 {
		space = 0
	}
	titles = shorten(titles, active, total+space*len(titles)+1-width)
	var b strings.Builder
	var bar Bar
	x := 1
	b.WriteByte(' ')
	for i, title := range titles {
		w := text.Width(title) + 2
		if i == active {
			b.WriteString(s.Focus.Render("[" + title + "]"))
		} else {
			b.WriteString(" " + title + " ")
		}
		b.WriteString(text.Spaces(space))
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
