package repo

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/widget"
)

// tab is one tab of the screen. What base does suits most of them.
type tab interface {
	pane() *widget.Split
	// load rebuilds the rows from the repository.
	load()
	// enter reads what the tab needs beyond the repository, if it has not.
	enter() tea.Cmd
	// expire forgets what enter has read.
	expire()
	// lay lays out the detail of the selected row.
	lay()
	// moved is called when another row may be selected.
	moved() tea.Cmd
	// open does what enter does on the selected row.
	open() tea.Cmd
	// do carries out an action that the pane does not know.
	do(id keymap.ID) bool
	update(msg tea.Msg) tea.Cmd
	// sortable lists the titles of the columns, by ID.
	sortable() []string
	copies(i int) []screen.CopyItem
	// subject is what a change that begins here is about.
	subject() screen.Subject
	// count is the number in the title of the tab.
	count() (n int, ok bool)
	close()
}

// base is what tabs have in common.
type base struct {
	s     *Screen
	split widget.Split
	// detail lays out row i.
	detail func(i int) (title string, lines widget.Text)
	titles []string
}

func (b *base) pane() *widget.Split     { return &b.split }
func (b *base) enter() tea.Cmd          { return nil }
func (b *base) expire()                 {}
func (b *base) moved() tea.Cmd          { return nil }
func (b *base) do(keymap.ID) bool       { return false }
func (b *base) update(tea.Msg) tea.Cmd  { return nil }
func (b *base) sortable() []string      { return b.titles }
func (b *base) count() (n int, ok bool) { return 0, false }
func (b *base) close()                  {}

// open goes to the detail.
func (b *base) open() tea.Cmd { //nolint:unparam // tabs that open another place override it
	b.split.Focus(true)
	return nil
}

func (b *base) subject() screen.Subject { return b.s.env.About(b.s.gun, "") }

func (b *base) lay() {
	i, ok := b.split.Table.Selected()
	if !ok || b.s.repo() == nil {
		b.split.DetailTitle = ""
		b.split.Detail.SetText(widget.StaticText{})
		return
	}
	title, lines := b.detail(i)
	b.split.DetailTitle = title
	b.split.Detail.SetText(lines)
}

// doc begins the detail.
func (b *base) doc() *widget.Doc {
	return widget.NewDoc(b.s.env.Styles, b.split.DetailWidth())
}

// setColumns sets the columns; their titles are what can be sorted by.
func (b *base) setColumns(columns ...widget.Column) {
	b.split.Table.SetColumns(columns)
	b.titles = nil
	for _, c := range columns {
		if !c.Unsorted {
			b.titles = append(b.titles, c.Title)
		}
	}
}
