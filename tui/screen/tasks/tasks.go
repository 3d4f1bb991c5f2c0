package tasks

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	columnState = iota
	columnName
	columnProgress
	columnStarted
	columnTook
)

// Screen is the list of tasks.
type Screen struct {
	env   *screen.Env
	split widget.Split
	// entries are as they were when the pool had counted seen changes, newest
	// first.
	entries []task.Entry
	seen    uint64

	width, height int
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Filterer  = (*Screen)(nil)
	_ screen.Sorter    = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
	_ screen.Ticker    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.split.Rows = true
	s.split.Table.Empty = []string{"", "Nothing has run in the background yet.", "Reading repositories or keys is such work; it is listed here from its start on."}
	s.split.Table.SetColumns([]widget.Column{
		{ID: columnState, Title: "STATE", Width: 11},
		{ID: columnName, Title: "TASK", Width: 20, Grow: true},
		{ID: columnProgress, Title: "PROGRESS", Width: 10, Drop: 2},
		{ID: columnStarted, Title: "STARTED", Width: 10, Drop: 1},
		{ID: columnTook, Title: "TOOK", Width: 7, Right: true, Drop: 3},
	})
	s.split.Table.SortBy(columnStarted, true)
	s.read()
	return s
}

// Init does nothing: the tasks are in memory.
func (s *Screen) Init() tea.Cmd { return nil }

// Title names the screen.
func (s *Screen) Title() string { return "Tasks" }

// Ticks reports whether a task runs whose time is shown.
func (s *Screen) Ticks() bool {
	return slices.ContainsFunc(s.entries, func(e task.Entry) bool { return !e.State.Ended() })
}

// read takes what the pool remembers.
func (s *Screen) read() {
	s.seen = s.env.Tasks.Count()
	s.entries = s.env.Tasks.Entries()
	s.split.Table.SetRows(widget.RowsOf{
		N:         len(s.entries),
		KeyOf:     func(i int) string { return strconv.FormatUint(uint64(s.entries[i].ID), 10) },
		CellOf:    func(i, column int) widget.Cell { return s.cell(&s.entries[i], column) },
		CompareOf: func(column, i, j int) int { return compare(column, &s.entries[i], &s.entries[j]) },
		MatchOf:   func(i int) string { return s.entries[i].State.String() + " " + s.entries[i].Name },
	})
	s.lay()
}

// mark is how a state is shown beside its word.
func (s *Screen) mark(state task.State) theme.Mark {
	g := &s.env.Styles.Glyphs
	switch state {
	case task.Done:
		return theme.Mark{Glyph: g.OK, Tone: theme.OK}
	case task.Partly:
		return theme.Mark{Glyph: g.Soon, Tone: theme.Warn}
	case task.Failed:
		return theme.Mark{Glyph: g.Broken, Tone: theme.Bad}
	case task.Cancelled:
		return theme.Mark{Glyph: g.None, Tone: theme.Dim}
	default:
		return theme.Mark{Glyph: g.Loading, Tone: theme.Accent}
	}
}

func (s *Screen) cell(e *task.Entry, column int) widget.Cell {
	switch column {
	case columnState:
		mark := s.mark(e.State)
		return widget.Cell{Text: mark.Glyph + " " + e.State.String(), Tone: mark.Tone}
	case columnName:
		return widget.Cell{Text: text.Clean(e.Name)}
	case columnProgress:
		return widget.Cell{Text: progress(e)}
	case columnStarted:
		return widget.Cell{Text: text.Clock(e.Started), Tone: theme.Dim}
	default:
		return widget.Cell{Text: took(e), Tone: theme.Dim}
	}
}

// progress is how far a task has come; empty where it does not say.
func progress(e *task.Entry) string {
	if e.Total == 0 {
		return ""
	}
	return text.Number(e.Done) + " of " + text.Number(e.Total)
}

// took is how long a task ran. One that runs is shown in whole seconds, for that
// is how often it is looked at.
func took(e *task.Entry) string {
	if e.State.Ended() {
		return text.Elapsed(e.Took)
	}
	return strconv.Itoa(int(e.Took.Seconds())) + " s"
}

// compare orders by a column; newer ones are greater among equals.
func compare(column int, a, b *task.Entry) int {
	order := 0
	switch column {
	case columnState:
		order = cmp.Compare(a.State, b.State)
	case columnName:
		order = strings.Compare(a.Name, b.Name)
	case columnProgress:
		order = cmp.Compare(a.Done, b.Done)
	case columnTook:
		order = cmp.Compare(a.Took, b.Took)
	}
	return cmp.Or(order, cmp.Compare(a.ID, b.ID))
}

// Update takes actions, the mouse and the passing of time. Any other message may
// come from a task.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ActionMsg:
		s.do(msg.ID)
	case screen.ClickMsg:
		s.split.Click(msg.X, msg.Y-1)
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	case screen.TickMsg:
		s.read()
	}
	if s.env.Tasks.Count() != s.seen {
		s.read()
	}
	s.lay()
	return nil
}

func (s *Screen) do(id keymap.ID) {
	switch id {
	case keymap.TasksCancel:
		if e, ok := s.selected(); ok {
			s.env.Tasks.Cancel(e.ID)
		}
	case keymap.Open:
		s.split.Focus(true)
	default:
		s.split.Do(id)
	}
}

// selected is the task under the cursor.
func (s *Screen) selected() (e *task.Entry, ok bool) {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil, false
	}
	return &s.entries[i], true
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	actions := []keymap.Action{
		keymap.One(keymap.Open).Given(func() (bool, string) {
			_, ok := s.selected()
			return ok, "no task is selected"
		}),
		keymap.One(keymap.TasksCancel).Given(s.canCancel),
	}
	return append(actions, keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) canCancel() (bool, string) {
	e, ok := s.selected()
	switch {
	case !ok:
		return false, "no task is selected"
	case e.State == task.Stopping:
		return false, "it is being stopped already"
	default:
		return e.State == task.Running, "the selected task has ended"
	}
}

// SetFilter shows only the tasks that match.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.lay()
}

// FilterCount is how many tasks are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns.
func (s *Screen) SortColumns() []string {
	return []string{"STATE", "TASK", "PROGRESS", "STARTED", "TOOK"}
}

// SortedBy is the column that orders the tasks.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, _ = s.split.Table.Sorted()
	return column, descending
}

// SortBy orders the tasks.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh looks again.
func (s *Screen) Refresh() tea.Cmd {
	s.read()
	return nil
}

// Status counts the tasks.
func (s *Screen) Status() (left, right string) {
	number := map[task.State]int{}
	for i := range s.entries {
		number[s.entries[i].State]++
	}
	st := s.env.Styles
	var words []string
	for state := task.Running; state <= task.Cancelled; state++ {
		if n := number[state]; n > 0 {
			mark := s.mark(state)
			words = append(words, st.Tone(mark.Tone).Render(mark.Glyph)+" "+text.Number(n)+" "+state.String())
		}
	}
	return strings.Join(words, st.Glyphs.Gap), ""
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.read()
}

// View draws the tasks.
func (s *Screen) View() string {
	return widget.Rule(s.env.Styles, "", s.width) + "\n" + s.split.View(s.env.Styles)
}

// Cursor is on the selected task.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}
