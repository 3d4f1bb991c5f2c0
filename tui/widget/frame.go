package widget

import (
	"strings"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Crumbs draws the way to where the user is. Each crumb can be clicked; where
// they do not fit, the first ones go.
func Crumbs(s *theme.Styles, titles []string, width int) Bar {
	sep := " " + s.Glyphs.Crumb + " "
	first := 0
	for used := func() int {
		n := 1
		for _, title := range titles[first:] {
			n += text.Width(title) + len(sep)
		}
		return n - len(sep)
	}; first < len(titles)-1 && used() > width; {
		first++
	}
	var b strings.Builder
	var bar Bar
	b.WriteByte(' ')
	x := 1
	for i, title := range titles[first:] {
		i += first
		tone := theme.Dim
		if i == len(titles)-1 {
			tone = theme.Strong
			title = text.TruncateLeft(title, width-x)
		}
		b.WriteString(s.Tone(tone).Render(title))
		w := text.Width(title)
		bar.Zones = append(bar.Zones, Zone{X: x, Width: w, Index: i})
		x += w
		if i < len(titles)-1 {
			b.WriteString(s.Tone(theme.Dim).Render(sep))
			x += len(sep)
		}
	}
	bar.Text = text.Truncate(b.String(), width)
	return bar
}

// Footer draws the first keys of the actions, most important first, and the
// last action at the right end. Zones refer to the list of actions. Those that
// are off now are dim.
func Footer(s *theme.Styles, actions []keymap.Action, width int) Bar {
	if len(actions) == 0 {
		return Bar{}
	}
	last := len(actions) - 1
	lastText, lastWidth := footerItem(s, actions[last])
	var b strings.Builder
	var bar Bar
	x := 1
	b.WriteByte(' ')
	for i, a := range actions[:last] {
		item, w := footerItem(s, a)
		if x+w+2+lastWidth+1 > width {
			break
		}
		b.WriteString(item + "  ")
		bar.Zones = append(bar.Zones, Zone{X: x, Width: w, Index: i})
		x += w + 2
	}
	at := max(width-lastWidth-1, x)
	b.WriteString(text.Spaces(at-x) + lastText)
	bar.Zones = append(bar.Zones, Zone{X: at, Width: lastWidth, Index: last})
	bar.Text = text.Truncate(b.String(), width)
	return bar
}

// Places draws the keys of the places on a line that is a rule, most important first, and
// the last action at the right end. Zones refer to the list of actions.
func Places(s *theme.Styles, actions []keymap.Action, width int) Bar {
	const frame = 3 // a rule with a space on both sides
	last := len(actions) - 1
	lastText, lastWidth := footerItem(s, actions[last])
	rule := func(n int) string { return s.Border.Render(strings.Repeat(s.Glyphs.Rule, max(n, 0))) }
	var b strings.Builder
	var bar Bar
	x := 2
	b.WriteString(rule(1) + " ")
	for i, a := range actions[:last] {
		item, w := footerItem(s, a)
		if x+w+frame+lastWidth+2 > width {
			break
		}
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(item)
		bar.Zones = append(bar.Zones, Zone{X: x, Width: w, Index: i})
		x += w + 2
	}
	gap := max(width-x-lastWidth-2, 0)
	b.WriteString(" " + rule(gap) + " " + lastText + " " + rule(1))
	bar.Zones = append(bar.Zones, Zone{X: x + gap, Width: lastWidth, Index: last})
	bar.Text = text.Truncate(b.String(), width)
	return bar
}

func footerItem(s *theme.Styles, a keymap.Action) (item string, width int) {
	key := keymap.Shown(a.Keys[0])
	width = text.Width(key) + 1 + text.Width(a.Label)
	if ok, _ := a.Available(); !ok {
		return s.Tone(theme.Dim).Render(key + " " + a.Label), width
	}
	return s.Key.Render(key) + " " + a.Label, width
}
