package widget

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Item is an entry of a picker.
type Item struct {
	// Label is the entry, Note stands dim at its right end.
	Label, Note string
	// Off says why the entry cannot be chosen now, which makes it dim; empty
	// where it can.
	Off string
	// Match is what a search looks at; empty means Label.
	Match string
}

// Picker is a list to choose from, with or without a line to search.
type Picker struct {
	Title string
	items []Item
	table Table
	input *Input
	// width is that for which the columns are placed.
	width int
}

// NewPicker makes a picker. With search, typing narrows the list.
func NewPicker(title string, items []Item, search bool) *Picker {
	p := &Picker{Title: title, items: items}
	p.table.Headless = true
	p.table.Empty = []string{"nothing matches"}
	p.table.SetRows(itemRows(items))
	if search {
		in := NewInput("type to search", "")
		p.input = &in
	}
	return p
}

const (
	columnLabel = iota
	columnNote
)

// place shares the width: labels get what they need, notes what remains.
func (p *Picker) place(width int) {
	label, note := 0, 0
	for _, it := range p.items {
		label, note = max(label, text.Width(it.Label)), max(note, text.Width(it.Note))
	}
	room := width - markerWidth - gap
	note = min(note, max(room-label, room/4))
	p.table.SetColumns([]Column{{ID: columnLabel, Width: 10, Grow: true}, {ID: columnNote, Width: note, Right: true, Drop: 1}})
}

// Select puts the cursor on the item with this index.
func (p *Picker) Select(i int) { p.table.Wheel(i) }

// Selected is the index of the chosen item.
func (p *Picker) Selected() (i int, ok bool) { return p.table.Selected() }

// Do carries out a move.
func (p *Picker) Do(id keymap.ID) bool { return p.table.Do(id) }

// Update takes what is typed into the search.
func (p *Picker) Update(msg tea.Msg) {
	if p.input != nil && p.input.Update(msg) {
		p.table.SetFilter(p.input.Value())
		p.table.Do(keymap.Top)
	}
}

// Searches reports whether letters are typed into the search.
func (p *Picker) Searches() bool { return p.input != nil }

// Wheel moves the cursor by lines.
func (p *Picker) Wheel(lines int) { p.table.Wheel(lines) }

// Click takes a click at a place relative to the box. It reports whether an
// item was hit, which is selected then.
func (p *Picker) Click(x, y int) bool {
	hit := p.table.Click(x-2, y-p.top())
	return hit == HitRow || hit == HitSelected
}

// top is the first line of the list inside the box.
func (p *Picker) top() int {
	if p.input == nil {
		return 1
	}
	return 3
}

// View draws the picker in a box of at most width and height, and tells where
// in it the cursor is.
func (p *Picker) View(s *theme.Styles, width, height int) (box string, x, y int) {
	inner, _ := InnerBox(width, height)
	rows := max(min(len(p.items), height-p.top()-1), 1)
	if inner != p.width {
		p.width = inner
		p.place(inner)
	}
	p.table.SetSize(inner, rows)
	body := p.table.View(s)
	x, y = 2, p.top()
	if _, cy, ok := p.table.Cursor(); ok {
		y += cy
	}
	if p.input != nil {
		line, at := p.input.View(s, inner)
		body = line + "\n" + s.Border.Render(text.Fit(Rule(s, "", inner), inner)) + "\n" + body
		x, y = 2+at, 1
	}
	return Box(s, p.Title, body, width, rows+p.top()+1, true), x, y
}

// itemRows adapts items to a table.
type itemRows []Item

func (r itemRows) Len() int         { return len(r) }
func (r itemRows) Key(i int) string { return r[i].Label + "\x00" + r[i].Note }

func (r itemRows) Cell(i, column int) Cell {
	tone := theme.Plain
	if r[i].Off != "" {
		tone = theme.Dim
	}
	if column == columnLabel {
		return Cell{r[i].Label, tone}
	}
	return Cell{r[i].Note, theme.Dim}
}

func (r itemRows) Compare(_, i, j int) int { return i - j }

func (r itemRows) Match(i int) string {
	if r[i].Match != "" {
		return r[i].Match
	}
	return r[i].Label
}
