package screen

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// List is the screen that most are: rows that can be filtered, sorted, opened and
// copied from, with the detail of the selected one. It is embedded in the screen
// that knows the rows, which adds Init and Title, and what only it can do: Refresh,
// Status, Ticks. The selection stays on its row when rows come and go.
type List[T any] struct {
	// Split is where the list is drawn, unless it stands beside a text.
	Split widget.Split

	aside widget.Aside
	// pane is the one of them that is used, table the list in it, top the number of
	// lines above.
	pane  pane
	table *widget.Table
	top   int

	env *Env
	of  Listing[T]
	// rows are all rows, shown the indices of those that are not hidden.
	rows  []T
	shown []int
	// stamp is that of the rows.
	stamp uint64
	// fetched tells that the rows have been read in the background, err why not.
	fetched bool
	err     error
	// laid is the index among shown of the row whose detail is laid out, -1 where
	// none is. A detail may have thousands of lines.
	laid int
	// page stands in for the list where there are no rows.
	page widget.Scroll

	width, height int
}

// pane is a list with something that is moved in too.
type pane interface {
	SetSize(width, height int)
	Do(id keymap.ID) bool
	Click(x, y int) widget.Hit
	Wheel(x, y, lines int)
	Cursor() (x, y int, ok bool)
	View(*theme.Styles) string
}

var _ interface {
	Filterer
	Sorter
	Copier
	Cursorer
	Closer
	Reader
} = (*List[int])(nil)

// NewList makes a list without rows; they are loaded when it is given its size.
func NewList[T any](env *Env, of Listing[T]) *List[T] {
	l := &List[T]{env: env, of: of, laid: -1}
	l.Split.ListTitle, l.Split.Rows, l.aside.ListTitle = of.Title, of.LongRows, of.Title
	l.pane, l.table, l.top = &l.Split, &l.Split.Table, 1
	if of.Text != nil {
		l.pane, l.table, l.top = &l.aside, &l.aside.List, 0
	}
	for i := range of.Columns {
		of.Columns[i].ID = i
	}
	if of.Sort != "" {
		l.table.SortBy(of.column(of.Sort), of.Descending)
	}
	return l
}

// Reload loads the rows again, as far as they are in memory, and lays everything out.
func (l *List[T]) Reload() {
	if l.of.Stamp != nil {
		l.stamp = l.of.Stamp()
	}
	if l.of.Load == nil {
		l.fit()
		return
	}
	l.rows = l.of.Load()
	l.Arrange()
}

// Arrange shows the rows that are not hidden now.
func (l *List[T]) Arrange() {
	l.shown = l.shown[:0]
	for i := range l.rows {
		if l.of.Hidden == nil || !l.of.Hidden(&l.rows[i]) {
			l.shown = append(l.shown, i)
		}
	}
	if l.of.Text != nil {
		l.aside.SetRows(listRows[T]{l})
	} else {
		l.table.SetRows(listRows[T]{l})
	}
	if l.of.Begin != nil {
		l.table.Begin(l.of.Begin())
	}
	l.fit()
}

// fit fits columns, notes and detail to rows and width.
func (l *List[T]) fit() {
	columns := make([]widget.Column, len(l.of.Columns))
	for i := range columns {
		columns[i] = l.of.Columns[i].Column
	}
	if l.of.Fit != nil {
		columns = l.of.Fit(columns)
	}
	l.table.SetColumns(columns)
	l.pane.SetSize(l.width, l.height-l.top)
	if l.of.Notes != nil {
		l.Split.SetNotes(l.of.Notes())
	}
	if l.of.Text != nil {
		title, lines := l.of.Text(widget.NewDoc(l.env.Styles, l.aside.TextWidth()))
		l.aside.TextTitle = title
		l.aside.Text.SetText(lines)
	}
	l.relayout()
}

// Fetch reads the rows in the background, unless that has been done or is going on.
func (l *List[T]) Fetch() tea.Cmd {
	if l.of.Fetch == nil || l.fetched || l.of.Slot.Active() {
		return nil
	}
	return task.Run(l.of.Slot, l.of.Fetch())
}

// Expire has the next Fetch read again. The rows stay until their successors come.
func (l *List[T]) Expire() {
	l.Close()
	l.fetched = false
}

// Close stops what is being read in the background.
func (l *List[T]) Close() {
	if l.of.Slot != nil {
		l.of.Slot.Stop()
	}
}

// Fetched reports whether the rows have been read in the background, and why they
// could not be.
func (l *List[T]) Fetched() (done bool, err error) { return l.fetched, l.err }

// Update takes news, answers, actions and the mouse.
func (l *List[T]) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case BoardMsg:
		if l.of.News != nil {
			cmd = l.of.News(msg)
		}
	case task.DoneMsg[[]T]:
		if l.of.Slot != nil && l.of.Slot.Finish(msg.ID) {
			l.rows, l.err, l.fetched = msg.Value, msg.Err, true
			l.Arrange()
		}
	case ActionMsg:
		cmd = l.do(msg.ID)
	case ClickMsg:
		if l.Click(msg) == widget.HitSelected {
			cmd = l.enter()
		}
	case WheelMsg:
		l.wheel(msg)
	}
	if l.of.Stamp != nil && l.of.Stamp() != l.stamp {
		l.Reload()
	}
	l.layout()
	return cmd
}

// Actions lists the actions of the list, the changes and the moves.
func (l *List[T]) Actions() []keymap.Action {
	row := l.selectedOrNil()
	out := make([]keymap.Action, 0, len(l.of.Actions))
	for i := range l.of.Actions {
		act := &l.of.Actions[i]
		if !act.offered(row) {
			continue
		}
		action := keymap.One(act.ID)
		if act.When != nil {
			action = action.Given(func() (bool, string) { return act.When(l.selectedOrNil()) })
		}
		out = append(out, action)
	}
	moves := l.of.Moves
	if moves == nil {
		moves = PaneMoves()
	}
	return slices.Concat(out, l.env.Changes(l.subject, l.of.Changes...), l.markActions(), keymap.Get(moves...))
}

// subject is what a change that begins here is about.
func (l *List[T]) subject(id keymap.ID) Subject {
	return l.of.Subject(id, l.Chosen())
}

// do carries out an action.
func (l *List[T]) do(id keymap.ID) tea.Cmd {
	if i := slices.IndexFunc(l.of.Actions, func(a Action[T]) bool { return a.ID == id }); i >= 0 {
		return l.act(&l.of.Actions[i])
	}
	if slices.Contains(l.of.Changes, id) {
		return l.env.Begin(id, l.subject(id))
	}
	switch {
	case l.blank():
		l.page.Do(id)
	case !l.mark(id):
		l.pane.Do(id)
	}
	return nil
}

func (l *List[T]) act(act *Action[T]) tea.Cmd {
	row := l.selectedOrNil()
	if !act.offered(row) {
		return nil
	}
	if act.When != nil {
		if ok, _ := act.When(row); !ok {
			return nil
		}
	}
	if act.Do == nil {
		l.Split.Focus(true)
		return nil
	}
	return act.Do(row)
}

// enter does what the enter key does, where it does anything.
func (l *List[T]) enter() tea.Cmd {
	if a, ok := keymap.Match(l.Actions(), "enter"); ok {
		return l.do(a.ID)
	}
	return nil
}

// Click clicks at a place, and tells what that did.
func (l *List[T]) Click(msg ClickMsg) widget.Hit {
	if l.blank() {
		return widget.HitNothing
	}
	hit := l.pane.Click(msg.X, msg.Y-l.top)
	l.layout()
	return hit
}

func (l *List[T]) wheel(msg WheelMsg) {
	if l.blank() {
		l.page.Wheel(msg.Lines)
		return
	}
	l.pane.Wheel(msg.X, msg.Y-l.top, msg.Lines)
}

// All returns all rows, also those that are hidden or filtered out. The caller must not
// change them.
func (l *List[T]) All() []T { return l.rows }

// Len is how many rows are not hidden.
func (l *List[T]) Len() int { return len(l.shown) }

// At is the i-th of the rows that are not hidden, in the order of their source.
func (l *List[T]) At(i int) *T { return &l.rows[l.shown[i]] }

// Selected is the row under the cursor.
func (l *List[T]) Selected() (row *T, ok bool) {
	i, ok := l.table.Selected()
	if !ok {
		return nil, false
	}
	return l.At(i), true
}

func (l *List[T]) selectedOrNil() *T {
	row, _ := l.Selected()
	return row
}

// Chosen are the rows that an action is for: those that are marked, else the selected one.
func (l *List[T]) Chosen() []*T {
	if marked := l.table.Marked(); len(marked) > 0 {
		out := make([]*T, len(marked))
		for i, at := range marked {
			out[i] = l.At(at)
		}
		return out
	}
	if row, ok := l.Selected(); ok {
		return []*T{row}
	}
	return nil
}

// Select puts the cursor on the row with this key, as soon as it is there.
func (l *List[T]) Select(key string) {
	l.table.Select(key)
	l.layout()
}

// Filter is the pattern that rows must match; empty where all are shown.
func (l *List[T]) Filter() string { return l.table.Filter() }

// SetFilter shows only the rows that match.
func (l *List[T]) SetFilter(pattern string) {
	l.table.SetFilter(pattern)
	l.relayout()
}

// FilterCount is how many rows are shown, of how many.
func (l *List[T]) FilterCount() (shown, total int) { return l.table.Count() }

// sortable are the IDs of the columns that can be sorted by.
func (l *List[T]) sortable() []int {
	var out []int
	for i := range l.of.Columns {
		if l.of.Columns[i].Compare != nil {
			out = append(out, i)
		}
	}
	return out
}

// SortColumns names the columns that can be sorted by.
func (l *List[T]) SortColumns() []string {
	var out []string
	for _, i := range l.sortable() {
		out = append(out, l.of.Columns[i].name())
	}
	return out
}

// SortedBy is the column that orders the rows; -1 where they are in the order of
// their source.
func (l *List[T]) SortedBy() (column int, descending bool) {
	id, descending, ok := l.table.Sorted()
	if !ok {
		return -1, false
	}
	return slices.Index(l.sortable(), id), descending
}

// SortBy orders the rows.
func (l *List[T]) SortBy(column int, descending bool) {
	l.table.SortBy(l.sortable()[column], descending)
	l.relayout()
}

// CopyItems lists what can be copied of the selected row, or of all that are marked.
func (l *List[T]) CopyItems() []CopyItem {
	if l.Marked() > 1 && l.of.Copies != nil {
		return l.copyMarked()
	}
	row, ok := l.Selected()
	if !ok || l.of.Copies == nil {
		return nil
	}
	return l.of.Copies(row)
}

// Width is the width of the screen.
func (l *List[T]) Width() int { return l.width }

// Height is the height of the screen.
func (l *List[T]) Height() int { return l.height }

// SetSize lays the list out.
func (l *List[T]) SetSize(width, height int) {
	l.width, l.height = width, height
	l.pane.SetSize(width, height-l.top)
	l.page.SetSize(width-4, height-l.top)
	l.Reload()
}

// relayout lays the detail out in any case, layout where another row is selected.
func (l *List[T]) relayout() {
	l.laid = -1
	l.layout()
}

func (l *List[T]) layout() {
	i, ok := l.table.Selected()
	switch {
	case !ok:
		l.laid = -1
		l.Split.DetailTitle = ""
		l.Split.Detail.SetText(widget.StaticText{})
		l.explain()
	case i != l.laid && l.of.Detail != nil:
		l.laid = i
		title, lines := l.of.Detail(widget.NewDoc(l.env.Styles, l.Split.DetailWidth()), l.At(i))
		l.Split.DetailTitle = title
		l.Split.Detail.SetText(lines)
	}
}
