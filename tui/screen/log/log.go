package log

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the log.
type Screen struct {
	*screen.List[event]
	env *screen.Env
	// level is that of the least events that are shown.
	level model.Severity
}

// event is something that was logged. Events are numbered from the start of the program.
type event struct {
	model.Event
	number uint64
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.List = screen.NewList(env, screen.Listing[event]{
		LongRows: true, Titled: true,
		Columns: s.columns(), Sort: "TIME", Descending: true,
		Load: s.load, Stamp: env.Log.Count,
		Key:    func(e *event) string { return strconv.FormatUint(e.number, 10) },
		Match:  func(e *event) string { return e.Kind + " " + e.Text },
		Hidden: func(e *event) bool { return e.Level < s.level },

		Detail: about, Empty: s.none,

		Actions: []screen.Action[event]{{ID: keymap.LogLevel, Do: s.nextLevel}},
		Moves:   append([]keymap.ID{keymap.NextPane, keymap.PrevPane}, screen.RowMoves()...),
		Copies:  s.copies,
	})
	return s
}

func (s *Screen) columns() []screen.Column[event] {
	return []screen.Column[event]{
		{
			Name:    "TIME",
			Column:  widget.Column{Title: "TIME UTC", Full: "time", Width: 10},
			Cell:    func(e *event) widget.Cell { return widget.Cell{Text: text.Clock(e.Time), Tone: theme.Dim} },
			Compare: func(a, b *event) int { return a.Time.Compare(b.Time) },
		},
		{
			Name:    "LEVEL",
			Column:  widget.Column{Width: 1},
			Cell:    func(e *event) widget.Cell { return screen.MarkCell(s.env.Styles.ForSeverity(e.Level), "") },
			Compare: screen.By(func(e *event) model.Severity { return e.Level }),
		},
		{
			Column:  widget.Column{Title: "KIND", Width: 8, Drop: 2},
			Cell:    func(e *event) widget.Cell { return widget.Cell{Text: text.Clean(e.Kind)} },
			Compare: screen.By(func(e *event) string { return e.Kind }),
		},
		{
			Column:  widget.Column{Title: "WHAT", Width: 20, Grow: true, KeepEnds: true},
			Cell:    s.what,
			Compare: screen.By(func(e *event) string { return e.Text }),
		},
		{
			Column:  widget.Column{Title: "TOOK", Width: 7, Right: true, Drop: 1},
			Cell:    func(e *event) widget.Cell { return widget.Cell{Text: text.Elapsed(e.Elapsed), Tone: theme.Dim} },
			Compare: screen.By(func(e *event) time.Duration { return e.Elapsed }),
		},
	}
}

func (s *Screen) what(e *event) widget.Cell {
	cell := widget.Cell{Text: text.Clean(e.Text)}
	if e.Level > model.Notice {
		cell.Tone = s.env.Styles.ForSeverity(e.Level).Tone
	}
	return cell
}

// Init does nothing: the log is in memory.
func (s *Screen) Init() tea.Cmd { return nil }

// Title names the screen.
func (s *Screen) Title() string { return "Log" }

// load takes what the log keeps.
func (s *Screen) load() []event {
	events := s.env.Log.Events()
	first := s.env.Log.Count() - uint64(len(events))
	out := make([]event, len(events))
	for i, e := range events {
		out[i] = event{e, first + uint64(i)}
	}
	return out
}

// none says why no event is shown.
func (s *Screen) none(doc *widget.Doc) {
	if len(s.All()) == 0 {
		doc.Uncut("No events yet.")
		return
	}
	doc.Uncut("There are no events of this level.", s.env.Press(keymap.LogLevel)+" shows other levels.")
}

// nextLevel shows events from the next level on.
func (s *Screen) nextLevel(*event) tea.Cmd {
	s.level = (s.level + 1) % (model.Failure + 1)
	s.Arrange()
	return nil
}

// about lays out an event in full.
func about(doc *widget.Doc, e *event) (title string, lines widget.Text) {
	doc.Fact("Time", e.Time.UTC().Format("2006-01-02 15:04:05.000 UTC"))
	doc.Fact("Level", e.Level.String())
	doc.Fact("Kind", text.Clean(e.Kind))
	if e.Elapsed > 0 {
		doc.Fact("Took", e.Elapsed.Round(time.Millisecond).String())
	}
	doc.Space()
	doc.Para(text.Clean(e.Text), theme.Plain)
	return "Event", doc.Lines()
}

// Refresh takes what has been logged since.
func (s *Screen) Refresh() tea.Cmd {
	s.Reload()
	return nil
}

// copies are the event, and all that are shown.
func (s *Screen) copies(e *event) []screen.CopyItem {
	var all strings.Builder
	for i := range s.Len() {
		all.WriteString(line(s.At(i)) + "\n")
	}
	return []screen.CopyItem{{Label: "event", Text: line(e)}, {Label: "all events of this level", Text: all.String(), Lines: true}}
}

func line(e *event) string {
	return e.Time.UTC().Format(time.RFC3339) + " " + e.Level.String() + " " + e.Kind + " " + text.Clean(e.Text)
}

// Status counts the events.
func (s *Screen) Status() (left, right string) {
	left = text.Count(s.Len(), "event")
	switch s.level {
	case model.Notice:
	case model.Warning:
		left += ", warnings and failures only"
	case model.Failure:
		left += ", failures only"
	}
	return left, ""
}
