package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/keymap"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
	"trustdeck/tui/widget"
)

func aside(rows int) *widget.Aside {
	p := &widget.Aside{TextTitle: "facts", ListTitle: "places"}
	var lines widget.StaticText
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("fact %d", i))
	}
	p.List.SetColumns([]widget.Column{{Title: "NAME", Width: 8, Grow: true}})
	p.SetRows(widget.RowsOf{
		N: rows, KeyOf: func(i int) string { return fmt.Sprint(i) },
		CellOf: func(i, _ int) widget.Cell { return widget.Cell{Text: fmt.Sprintf("place %d", i)} },
	})
	p.Text.SetText(lines)
	return p
}

func TestAsideFillsItsSpaceAtEverySize(t *testing.T) {
	s := theme.New(theme.Options{})
	for _, rows := range []int{0, 1, 4, 100} {
		p := aside(rows)
		for width := 10; width < 180; width += 7 {
			for height := 2; height < 50; height += 3 {
				p.SetSize(width, height)
				for range 2 {
					view := p.View(&s)
					tuitest.CheckView(t, view, width, height)
					if got := strings.Count(view, "\n") + 1; got != height {
						t.Fatalf("%d rows at %dx%d: %d lines", rows, width, height, got)
					}
					p.Do(keymap.NextPane)
				}
			}
		}
	}
}

// The text has the moves to begin with; tab and the arrows give them away.
func TestAsideMovesGoWhereTheFocusIs(t *testing.T) {
	s := theme.New(theme.Options{})
	p := aside(4)
	p.SetSize(80, 24)
	p.Do(keymap.Down)
	if view := ansi.Strip(p.View(&s)); strings.Contains(view, "fact 0\n") || !strings.Contains(view, "> place 0") {
		t.Errorf("down does not scroll the text:\n%s", view)
	}
	p.Do(keymap.Right)
	p.Do(keymap.Down)
	if view := ansi.Strip(p.View(&s)); !p.InList() || !strings.Contains(view, "> place 1") {
		t.Errorf("down does not move in the list:\n%s", view)
	}
	p.Do(keymap.Left)
	if p.InList() {
		t.Error("left does not go back to the text")
	}
}

// Where there is no room for both, only the focused one is seen.
func TestAsideShowsOneWhereSpaceIsShort(t *testing.T) {
	s := theme.New(theme.Options{})
	p := aside(4)
	p.SetSize(60, 12)
	if view := p.View(&s); !strings.Contains(view, "fact 0") || strings.Contains(view, "place 0") {
		t.Errorf("got:\n%s", view)
	}
	p.Do(keymap.NextPane)
	if view := p.View(&s); strings.Contains(view, "fact 0") || !strings.Contains(view, "place 0") {
		t.Errorf("got:\n%s", view)
	}
}

// What is clicked and where the cursor is put is what is drawn there.
func TestAsideMouseAndCursorFollowThePicture(t *testing.T) {
	s := theme.New(theme.Options{})
	for _, size := range []tuitest.Size{{Width: 160, Height: 40}, {Width: 80, Height: 20}, {Width: 60, Height: 12}} {
		p := aside(4)
		p.SetSize(size.Width, size.Height)
		p.Do(keymap.Right)
		for y, line := range strings.Split(ansi.Strip(p.View(&s)), "\n") {
			if x := strings.Index(line, "place 2"); x >= 0 {
				if hit := p.Click(len([]rune(line[:x])), y); hit != widget.HitRow {
					t.Errorf("%s: the click hit %v", size, hit)
				}
			}
		}
		if i, ok := p.List.Selected(); !ok || i != 2 {
			t.Errorf("%s: row %d is selected", size, i)
		}
		x, y, ok := p.Cursor()
		if !ok {
			t.Fatalf("%s: there is no cursor", size)
		}
		row := []rune(strings.Split(ansi.Strip(p.View(&s)), "\n")[y])
		if got := string(row[x:min(x+9, len(row))]); got != "> place 2" {
			t.Errorf("%s: the cursor is on %q", size, got)
		}
		if hit := p.Click(3, 2); size.Height > 12 && (hit != widget.HitNothing || p.InList()) {
			t.Errorf("%s: a click on the text: hit %v, in the list: %v", size, hit, p.InList())
		}
		p.Focus(false)
		p.Wheel(3, 2, 5)
		if view := ansi.Strip(p.View(&s)); strings.Contains(view, "fact 4 ") || !strings.Contains(view, "fact 5") {
			t.Errorf("%s: the wheel does not scroll the text:\n%s", size, view)
		}
	}
}
