package log

import (
	"cmp"
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

const (
	columnTime = iota
	columnLevel
	columnKind
	columnText
	columnTook
)

// Screen is the log.
type Screen struct {
	env    *screen.Env
	split  widget.Split
	events []model.Event
	// seen is the count of the log when events was read; it numbers the rows.
	seen uint64
	// shown are the indices of events at or above level.
	shown []int
	level model.Severity

	width, height int
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Filterer  = (*Screen)(nil)
	_ screen.Sorter    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.split.Rows = true
	s.split.Table.SetColumns([]widget.Column{
		{ID: columnTime, Title: "TIME UTC", Full: "time", Width: 10},
		{ID: columnLevel, Title: "", Width: 1},
		{ID: columnKind, Title: "KIND", Width: 8, Drop: 2},
		{ID: columnText, Title: "WHAT", Width: 20, Grow: true},
		{ID: columnTook, Title: "TOOK", Width: 7, Right: true, Drop: 1},
	})
	s.split.Table.SortBy(columnTime, true)
	s.read()
	return s
}

// Init does nothing: the log is in memory.
func (s *Screen) Init() tea.Cmd { return nil }

// Title names the screen.
func (s *Screen) Title() string { return "Log" }

// read takes what the log keeps.
func (s *Screen) read() {
	s.events, s.seen = s.env.Log.Events(), s.env.Log.Count()
	s.arrange()
}

func (s *Screen) arrange() {
	s.shown = s.shown[:0]
	for i := range s.events {
		if s.events[i].Level >= s.level {
			s.shown = append(s.shown, i)
		}
	}
	s.split.Table.Empty = []string{"", "Nothing has been done yet."}
	if len(s.events) > 0 {
		s.split.Table.Empty = []string{"", "Nothing of this level has happened.", s.env.Press(keymap.LogLevel) + " shows other levels."}
	}
	first := s.seen - uint64(len(s.events))
	s.split.Table.SetRows(widget.RowsOf{
		N:         len(s.shown),
		KeyOf:     func(i int) string { return strconv.FormatUint(first+uint64(s.shown[i]), 10) }, //nolint:gosec // an index is not negative
		CellOf:    func(i, column int) widget.Cell { return s.cell(s.at(i), column) },
		CompareOf: func(column, i, j int) int { return cmp.Or(compare(column, s.at(i), s.at(j)), i-j) },
		MatchOf:   func(i int) string { return s.at(i).Kind + " " + s.at(i).Text },
	})
	s.lay()
}

func (s *Screen) at(i int) *model.Event { return &s.events[s.shown[i]] }

func (s *Screen) cell(e *model.Event, column int) widget.Cell {
	mark := s.env.Styles.ForSeverity(e.Level)
	switch column {
	case columnTime:
		return widget.Cell{Text: text.Clock(e.Time), Tone: theme.Dim}
	case columnLevel:
		return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
	case columnKind:
		return widget.Cell{Text: text.Clean(e.Kind)}
	case columnText:
		if e.Level > model.Notice {
			return widget.Cell{Text: text.Clean(e.Text), Tone: mark.Tone}
		}
		return widget.Cell{Text: text.Clean(e.Text)}
	default:
		return widget.Cell{Text: text.Elapsed(e.Elapsed), Tone: theme.Dim}
	}
}

func compare(column int, a, b *model.Event) int {
	switch column {
	case columnTime:
		return a.Time.Compare(b.Time)
	case columnLevel:
		return int(a.Level) - int(b.Level)
	case columnKind:
		return strings.Compare(a.Kind, b.Kind)
	case columnText:
		return strings.Compare(a.Text, b.Text)
	default:
		return cmp.Compare(a.Elapsed, b.Elapsed)
	}
}

// lay lays out the selected event in full.
func (s *Screen) lay() {
	i, ok := s.split.Table.Selected()
	if !ok {
		s.split.DetailTitle = ""
		s.split.Detail.SetText(widget.StaticText{})
		return
	}
	e := s.at(i)
	doc := widget.NewDoc(s.env.Styles, s.split.DetailWidth())
	doc.Fact("Time", e.Time.UTC().Format("2006-01-02 15:04:05.000 UTC"))
	doc.Fact("Level", e.Level.String())
	doc.Fact("Kind", text.Clean(e.Kind))
	if e.Elapsed > 0 {
		doc.Fact("Took", e.Elapsed.Round(time.Millisecond).String())
	}
	doc.Space()
	doc.Para(text.Clean(e.Text), theme.Plain)
	s.split.DetailTitle = "Event"
	s.split.Detail.SetText(doc.Lines())
}

// Update takes actions and the mouse. Any other message may come from work that
// has logged something.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ActionMsg:
		s.do(msg.ID)
	case screen.ClickMsg:
		s.split.Click(msg.X, msg.Y-1)
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	default:
		if s.env.Log.Count() != s.seen {
			s.read()
		}
	}
	s.lay()
	return nil
}

func (s *Screen) do(id keymap.ID) {
	switch id {
	case keymap.LogLevel:
		s.level = (s.level + 1) % (model.Failure + 1)
		s.arrange()
	case keymap.Open:
		s.split.Focus(true)
	default:
		s.split.Do(id)
	}
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	return append(keymap.Get(keymap.LogLevel, keymap.NextPane, keymap.PrevPane), keymap.Get(
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

// SetFilter shows only the events that match.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.lay()
}

// FilterCount is how many events are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns.
func (s *Screen) SortColumns() []string { return []string{"TIME", "LEVEL", "KIND", "WHAT", "TOOK"} }

// SortedBy is the column that orders the log.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, _ = s.split.Table.Sorted()
	return column, descending
}

// SortBy orders the log.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh takes what has been logged since.
func (s *Screen) Refresh() tea.Cmd {
	s.read()
	return nil
}

// CopyItems are the selected event, and all that are shown.
func (s *Screen) CopyItems() []screen.CopyItem {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	var all strings.Builder
	for n := range s.shown {
		all.WriteString(line(s.at(n)) + "\n")
	}
	return []screen.CopyItem{{Label: "event", Text: line(s.at(i))}, {Label: "all events of this level", Text: all.String(), Lines: true}}
}

func line(e *model.Event) string {
	return e.Time.UTC().Format(time.RFC3339) + " " + e.Level.String() + " " + e.Kind + " " + text.Clean(e.Text)
}

// Status counts the events.
func (s *Screen) Status() (left, right string) {
	left = text.Count(len(s.shown), "event")
	switch s.level {
	case model.Notice:
	case model.Warning:
		left += ", warnings and failures only"
	case model.Failure:
		left += ", failures only"
	}
	return left, ""
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.lay()
}

// View draws the log.
func (s *Screen) View() string {
	return widget.Rule(s.env.Styles, "", s.width) + "\n" + s.split.View(s.env.Styles)
}

// Cursor is on the selected event.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}
