package tasks

import (
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of tasks.
type Screen struct {
	*screen.List[task.Entry]
	env *screen.Env
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Ticker    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.List = screen.NewList(env, screen.Listing[task.Entry]{
		LongRows: true, Titled: true,
		Columns: s.columns(), Sort: "STARTED", Descending: true,
		Load: env.Tasks.Entries, Stamp: env.Tasks.Count,
		Key:   func(e *task.Entry) string { return strconv.FormatUint(uint64(e.ID), 10) },
		Match: func(e *task.Entry) string { return e.State.String() + " " + e.Name },
		Tie:   screen.By(id),

		Detail: s.about,
		Empty: func(doc *widget.Doc) {
			doc.Uncut("Nothing has run in the background yet.", "This screen lists work such as reading repositories or keys.")
		},

		Actions: []screen.Action[task.Entry]{
			screen.OpenAction[task.Entry]("no task is selected", nil),
			{ID: keymap.TasksCancel, When: canCancel, Do: s.cancel},
		},
		Copies: copies,
	})
	return s
}

// id numbers the tasks: newer ones are greater.
func id(e *task.Entry) task.ID { return e.ID }

func (s *Screen) columns() []screen.Column[task.Entry] {
	return []screen.Column[task.Entry]{
		{
			Column:  widget.Column{Title: "STATE", Width: 11},
			Cell:    func(e *task.Entry) widget.Cell { return screen.MarkCell(s.mark(e.State), e.State.String()) },
			Compare: screen.By(func(e *task.Entry) task.State { return e.State }),
		},
		{
			Column:  widget.Column{Title: "TASK", Width: 20, Grow: true},
			Cell:    func(e *task.Entry) widget.Cell { return widget.Cell{Text: text.Clean(e.Name)} },
			Compare: screen.By(func(e *task.Entry) string { return e.Name }),
		},
		{
			Column:  widget.Column{Title: "PROGRESS", Width: 10, Drop: 2},
			Cell:    func(e *task.Entry) widget.Cell { return widget.Cell{Text: progress(e)} },
			Compare: screen.By(func(e *task.Entry) int { return e.Done }),
		},
		{
			Column:  widget.Column{Title: "STARTED", Width: 10, Drop: 1},
			Cell:    func(e *task.Entry) widget.Cell { return widget.Cell{Text: text.Clock(e.Started), Tone: theme.Dim} },
			Compare: screen.By(id),
		},
		{
			Column:  widget.Column{Title: "TOOK", Width: 7, Right: true, Drop: 3},
			Cell:    func(e *task.Entry) widget.Cell { return widget.Cell{Text: took(e), Tone: theme.Dim} },
			Compare: screen.By(func(e *task.Entry) time.Duration { return e.Took }),
		},
	}
}

// Init does nothing: the tasks are in memory.
func (s *Screen) Init() tea.Cmd { return nil }

// Title names the screen.
func (s *Screen) Title() string { return "Tasks" }

// Ticks reports whether a task runs whose time is shown.
func (s *Screen) Ticks() bool {
	return slices.ContainsFunc(s.All(), func(e task.Entry) bool { return !e.State.Ended() })
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

// Update takes actions, the mouse and the passing of time. Any other message may
// come from a task.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.TickMsg:
		s.Reload()
	case screen.ClickMsg:
		// A second click opens nothing.
		s.Click(msg)
	default:
		return s.List.Update(msg)
	}
	return nil
}

func (s *Screen) cancel(e *task.Entry) tea.Cmd {
	s.env.Tasks.Cancel(e.ID)
	return nil
}

func canCancel(e *task.Entry) (bool, string) {
	switch {
	case e == nil:
		return false, "no task is selected"
	case e.State == task.Stopping:
		return false, "it is already stopping"
	default:
		return e.State == task.Running, "the selected task has finished"
	}
}

// Refresh looks again.
func (s *Screen) Refresh() tea.Cmd {
	s.Reload()
	return nil
}

// Status counts the tasks.
func (s *Screen) Status() (left, right string) {
	number := map[task.State]int{}
	for _, e := range s.All() {
		number[e.State]++
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
