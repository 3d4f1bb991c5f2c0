package clients

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of what decides how other clients behave.
type Screen struct {
	*screen.List[report.EnvironmentSetting]
	env  *screen.Env
	slot *task.Slot
	// answer is what was found out, err why nothing was; read tells that one of them is.
	answer report.Environment
	err    error
	read   bool
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, slot: env.Tasks.Slot("reading the environment")}
	s.List = screen.NewList(env, screen.Listing[report.EnvironmentSetting]{
		Title: s.Title(), LongRows: true,
		Columns: []screen.Column[report.EnvironmentSetting]{
			{Column: widget.Column{Width: 1, Unsorted: true}, Cell: s.mark},
			{
				Column: widget.Column{Title: "SETTING", Width: 24, Grow: true, Unsorted: true},
				Cell: func(e *report.EnvironmentSetting) widget.Cell {
					return widget.Cell{Text: text.Clean(e.Name)}
				},
			},
			{
				Column: widget.Column{Title: "VALUE", Width: 16, Grow: true, Unsorted: true},
				Cell:   value,
			},
		},
		Load: func() []report.EnvironmentSetting { return s.answer.Settings },
		Key:  func(e *report.EnvironmentSetting) string { return e.Name },
		Match: func(e *report.EnvironmentSetting) string {
			return strings.Join([]string{e.Name, e.Value, e.Effect, e.Here}, " ")
		},
		Unmatched: "No setting matches", State: s.state, Empty: s.none,
		Detail: s.about, Copies: copies,
		Actions: []screen.Action[report.EnvironmentSetting]{screen.OpenAction[report.EnvironmentSetting]("no setting is selected", nil)},
	})
	return s
}

// Init finds out what other clients do.
func (s *Screen) Init() tea.Cmd { return s.Refresh() }

// Title names the screen.
func (s *Screen) Title() string { return "Other clients" }

// Refresh finds it out again.
func (s *Screen) Refresh() tea.Cmd {
	port := s.env.Surroundings
	if port == nil {
		return nil
	}
	return task.Run(s.slot, func(ctx context.Context) (report.Environment, error) { return port.Environment(ctx) })
}

// Close stops the search.
func (s *Screen) Close() { s.slot.Stop() }

// Update takes the answer, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(task.DoneMsg[report.Environment]); ok && s.slot.Finish(msg.ID) {
		s.read = true
		if s.err = msg.Err; s.err == nil {
			s.answer = msg.Value
		}
		s.Reload()
	}
	return s.List.Update(msg)
}

// Status sums up whether anything is verified.
func (s *Screen) Status() (left, right string) {
	if !s.read || s.err != nil {
		return "", ""
	}
	mark := s.env.Styles.ForSeverity(model.Warning)
	if s.answer.Verifies {
		mark = theme.Mark{Glyph: s.env.Styles.Glyphs.OK, Tone: theme.OK}
	}
	right = s.env.Press(keymap.Refresh) + " refreshes"
	return s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Clean(s.answer.Summary), s.env.Styles.Tone(theme.Dim).Render(right)
}

func (s *Screen) state() screen.State {
	if s.env.Surroundings != nil && !s.read {
		return screen.State{Reading: "Reading the environment.."}
	}
	return screen.State{Err: s.err}
}

func (s *Screen) none(doc *widget.Doc) {
	doc.Para("What other clients do here is unknown.", theme.Plain)
}

// mark shows where this program uses something else.
func (s *Screen) mark(e *report.EnvironmentSetting) widget.Cell {
	if e.Here == "" {
		return widget.Cell{}
	}
	return widget.Cell{Text: s.env.Styles.Glyphs.Soon, Tone: theme.Warn}
}

// value is what is set; a dim word where nothing is, or a secret.
func value(e *report.EnvironmentSetting) widget.Cell {
	switch {
	case e.Value != "":
		return widget.Cell{Text: text.Clean(e.Value)}
	case e.Set:
		return widget.Cell{Text: "set, not shown", Tone: theme.Dim}
	default:
		return widget.Cell{Text: "not set", Tone: theme.Dim}
	}
}

func (s *Screen) about(doc *widget.Doc, e *report.EnvironmentSetting) (title string, lines widget.Text) {
	doc.Para(text.Clean(e.Effect), theme.Plain)
	doc.Space()
	doc.Fact("Value", value(e).Text)
	if e.Here != "" {
		doc.Fact("Here", text.Clean(e.Here))
		doc.Marked(s.env.Styles.ForSeverity(model.Warning), "trustdeck differs here from "+text.Clean(s.answer.Client)+".")
	}
	return text.Clean(e.Name), doc.Lines()
}

func copies(e *report.EnvironmentSetting) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "name", Text: e.Name}}
	if e.Value != "" {
		items = append(items, screen.CopyItem{Label: "value", Text: e.Value})
	}
	return items
}
