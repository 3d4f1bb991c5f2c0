package widget

import (
	"slices"

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
	// Help explains the entry. It stands below the list while the entry is selected.
	Help string
	// Names are what a search knows the entry by, the main one first; without any it
	// is found by Match alone. Proper says that they are names of its own: one that is
	// typed exactly comes before whatever others are called so.
	Names  []string
	Proper bool
}

// Picker is a list to choose from, with or without a line to search.
type Picker struct {
	Title string
	items []Item
	// order are the indices of the items that a search has found, the best first.
	order []int
	table Table
	input *Input
	// helped tells that some item has an explanation.
	helped bool
	// labels and notes are the widths of the widest of them, width is that for which the
	// columns are placed.
	labels, notes, width int
}

// NewPicker makes a picker. With search, typing narrows the list.
func NewPicker(title string, items []Item, search bool) *Picker {
	p := &Picker{Title: title, items: items}
	p.table.Headless = true
	p.table.Empty = []string{"nothing matches"}
	p.helped = slices.ContainsFunc(items, func(it Item) bool { return it.Help != "" })
	for _, it := range items {
		p.labels, p.notes = max(p.labels, text.Width(it.Label)), max(p.notes, text.Width(it.Note))
	}
	p.show(Search("", items))
	if search {
		in := NewInput("type to search", "")
		p.input = &in
	}
	return p
}

// show lists the items with these indices.
func (p *Picker) show(order []int) {
	p.order = order
	p.table.SetRows(itemRows{p.items, order})
}

const (
	columnLabel = iota
	columnNote
)

// place shares the width: labels get what they need, notes what remains.
func (p *Picker) place(width int) {
	room := width - markerWidth - gap
	note := min(p.notes, max(room-p.labels, room/4))
	p.table.SetColumns([]Column{
		{ID: columnLabel, Width: room - note},
		{ID: columnNote, Width: note, Grow: true, Max: note, Right: true, Drop: 1},
	})
}

// Need is the width of a box that cuts no entry.
func (p *Picker) Need() int {
	frame, _ := InnerBox(0, 0)
	return markerWidth + p.labels + gap + p.notes - frame
}

// Select puts the cursor on the item with this index.
func (p *Picker) Select(i int) { p.table.Wheel(i) }

// Selected is the index of the chosen item.
func (p *Picker) Selected() (i int, ok bool) {
	at, ok := p.table.Selected()
	if !ok {
		return 0, false
	}
	return p.order[at], true
}

// Do carries out a move.
func (p *Picker) Do(id keymap.ID) bool { return p.table.Do(id) }

// Update takes what is typed into the search.
func (p *Picker) Update(msg tea.Msg) {
	if p.input != nil && p.input.Update(msg) {
		p.show(Search(p.input.Value(), p.items))
		p.table.Do(keymap.Top)
	}
}

// Searches reports whether letters are typed into the search.
func (p *Picker) Searches() bool { return p.input != nil }

// Searching reports whether something is typed into the search.
func (p *Picker) Searching() bool { return p.input != nil && p.input.Value() != "" }

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
	help := p.help(inner, height)
	rows := max(min(len(p.items), height-p.top()-1-len(help)), 1)
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
	for _, line := range help {
		body += "\n" + s.Tone(theme.Dim).Render(line)
	}
	return Box(s, p.Title, body, width, rows+p.top()+1+len(help), true), x, y
}

// helpLines are those below the list that explain the selected item, and helpFrom is the
// height from which there is room for them.
const (
	helpLines = 2
	helpFrom  = 12
)

// help explains the selected item, in as many lines for each of them.
func (p *Picker) help(width, height int) []string {
	if !p.helped || height < helpFrom {
		return nil
	}
	out := make([]string, 0, helpLines+1)
	out = append(out, "")
	if i, ok := p.Selected(); ok && p.items[i].Help != "" {
		out = append(out, text.Wrap(p.items[i].Help, width)...)
	}
	if len(out) > helpLines+1 {
		out = out[:helpLines+1]
	}
	for len(out) < helpLines+1 {
		out = append(out, "")
	}
	return out
}

// itemRows adapts the items that are shown to a table.
type itemRows struct {
	items []Item
	order []int
}

func (r itemRows) Len() int         { return len(r.order) }
func (r itemRows) at(i int) Item    { return r.items[r.order[i]] }
func (r itemRows) Key(i int) string { return r.at(i).Label + "\x00" + r.at(i).Note }

func (r itemRows) Cell(i, column int) Cell {
	it, tone := r.at(i), theme.Plain
	if it.Off != "" {
		tone = theme.Dim
	}
	if column == columnLabel {
		return Cell{it.Label, tone}
	}
	return Cell{it.Note, theme.Dim}
}

func (r itemRows) Compare(_, i, j int) int { return i - j }

func (r itemRows) Match(i int) string {
	it := r.at(i)
	return it.match()
}
