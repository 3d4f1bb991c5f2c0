package plain

import (
	"slices"
	"strconv"
	"strings"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

const (
	// pageRows is how many rows of a list are read at once.
	pageRows = 20
	// textLines is how many lines of a text about a row are.
	textLines = 60
)

// reading is what there is to read of the place.
func (c *conversation) reading() screen.Reading { return c.Screen().Read() }

// read reads the place: its title, its facts, and what can be chosen.
func (c *conversation) read() {
	if t, ok := c.Screen().(screen.Ticker); ok && t.Ticks() {
		c.Send(screen.TickMsg{})
	}
	r := c.reading()
	if c.page.moves != c.Moves() {
		c.page = page{moves: c.Moves()}
		if r.List != nil {
			// Whoever comes back goes on where the row is that was opened.
			c.page.first = r.List.Position() / pageRows * pageRows
		}
	}
	c.page.rest = nil
	c.Say("")
	c.Say(c.title())
	for i := range length(r.Text) {
		c.fact(r.Text.Line(i))
	}
	if s, ok := c.Screen().(screen.Statuser); ok {
		left, right := s.Status()
		for _, side := range []string{left, right} {
			// Facts stand side by side there.
			for fact := range strings.SplitSeq(side, "   ") {
				c.fact(fact)
			}
		}
	}
	more := c.list(r)
	c.Say("Words: " + strings.Join(c.words(more), ", "))
}

// title is the way to the place, with the part of it that is open.
func (c *conversation) title() string { return strings.Join(c.Titles(), ", ") }

// length is that of a text that may not be there.
func length(t widget.Text) int {
	if t == nil {
		return 0
	}
	return t.Len()
}

// fact writes a line of a screen, unless it only parts what belongs together.
func (c *conversation) fact(line string) {
	line = strings.TrimSpace(text.Plain(line))
	if strings.Trim(line, "- ") != "" {
		c.Say(line)
	}
}

// list reads a page of a list, with numbers. It reports whether there is more.
func (c *conversation) list(r screen.Reading) (more bool) {
	c.page.keys = nil
	if r.List == nil {
		return false
	}
	shown, total := r.List.Count()
	if shown == 0 && total > 0 {
		c.Say("None of " + text.Count(total, "row") + " matches; type f alone to show all again.")
		return false
	}
	if shown == 0 {
		for _, l := range r.Empty {
			c.fact(l)
		}
		return false
	}
	first := min(c.page.first, (shown-1)/pageRows*pageRows)
	end := min(first+pageRows, shown)
	c.page.first = first
	c.Say("Choose:")
	for i := first; i < end; i++ {
		c.page.keys = append(c.page.keys, r.List.KeyAt(i))
		marked := ""
		if r.List.IsMarked(i) {
			marked = "marked, "
		}
		c.Say(strconv.Itoa(i+1) + ". " + marked + sentence(i+1, r.List.Facts(i)))
	}
	if shown < total {
		c.Say(text.Number(shown) + " of " + text.Number(total) + " match.")
	}
	if end-first < shown {
		showing := "showing " + text.Number(first+1) + " to " + text.Number(end) + " of " + text.Number(shown)
		if end < shown {
			showing = "n for more, " + showing
		}
		c.Say(showing)
	}
	return end < shown
}

// sentence joins the facts of a row: each value after the title of its column. A
// number that the row has anyway is left out.
func sentence(number int, facts []widget.Fact) string {
	var out []string
	for _, f := range facts {
		switch {
		case f.Title == "", strings.HasPrefix(f.Text, "expired"):
			out = append(out, f.Text)
		case f.Title != "#":
			out = append(out, f.Title+" "+f.Text)
		case f.Text != strconv.Itoa(number):
			out = append(out, "number "+f.Text)
		}
	}
	return strings.Join(out, ", ")
}

// words are what can be typed here beside numbers.
func (c *conversation) words(more bool) []string {
	r, rows := c.rows()
	var out []string
	add := func(when bool, words string) {
		if when {
			out = append(out, words)
		}
	}
	s := c.Screen()
	for _, a := range c.actions() {
		ok, _ := a.Available()
		add(ok, a.Typed())
	}
	sorter, _ := s.(screen.Sorter)
	_, filters := s.(screen.Filterer)
	_, refreshes := s.(screen.Refresher)
	copier, _ := s.(screen.Copier)
	add(more, "n more")
	add(c.page.first > 0, "p for the previous ones")
	add(rows > 0 && r.Detail != nil, "d NUMBER about a row")
	add(filters && rows > 0, "f TEXT filter")
	add(rows > 1 && c.marks(), "mark NUMBERS")
	add(rows > 1 && sorter != nil && len(sorter.SortColumns()) > 0, "s sort")
	add(copier != nil && len(copier.CopyItems()) > 0, "y exact values")
	add(refreshes, "r refresh")
	add(c.CanGoBack(), "b back")
	source, _ := c.Flows()
	add(source != nil, "flows")
	return append(out, "go PLACE", "q quit", "? help")
}

// actions lists those of the screen that have a word of their own: moves are made by
// number here, and each tab has its own word. A change has none where nothing can be
// changed and there is nothing to say about that.
func (c *conversation) actions() []keymap.Action {
	return slices.DeleteFunc(c.Screen().Actions(), func(a keymap.Action) bool {
		if ok, why := a.Available(); !ok && why == "" && a.Scope == keymap.Change {
			return true
		}
		return a.Scope == keymap.Move || a.Scope == keymap.Marks || a.ID == keymap.RepoNextTab || a.ID == keymap.RepoPrevTab || opens(a)
	})
}

// opens reports whether an action is what a number does.
func opens(a keymap.Action) bool { return a.ID == keymap.Open || a.ID == keymap.SettingsChange }
