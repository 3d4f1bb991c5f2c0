package contexts

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/display"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of contexts.
type Screen struct {
	*screen.List[screen.Context]
	env *screen.Env
	// marked are the names of those that are marked, in the order of marking.
	marked []string
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.List = screen.NewList(env, screen.Listing[screen.Context]{
		Title: s.Title(), LongRows: true, Columns: s.columns(),
		Fetch: s.read, Slot: env.Tasks.Slot("reading the contexts"),
		Key:   func(c *screen.Context) string { return c.Name },
		Match: func(c *screen.Context) string { return text.Clean(c.Name + " " + c.Server) },

		Detail: s.about, State: s.state, Unmatched: "No context matches",
		Empty: func(doc *widget.Doc) { doc.Para("There are no contexts here.", theme.Plain) },

		Actions: []screen.Action[screen.Context]{
			{ID: keymap.ContextsUse, When: s.canUse, Do: s.use},
			{ID: keymap.ContextsMark, When: canMark, Do: s.mark},
		},
		Changes: []keymap.ID{keymap.BeginConnect},
		Subject: func(keymap.ID, []*screen.Context) screen.Subject { return screen.Subject{} },
		Copies:  copies,
	})
	return s
}

// Init reads the contexts.
func (s *Screen) Init() tea.Cmd { return s.Fetch() }

// Refresh reads them again.
func (s *Screen) Refresh() tea.Cmd { return s.Fetch() }

// Title names the screen.
func (s *Screen) Title() string { return "Contexts" }

func (s *Screen) read() func(context.Context) ([]screen.Context, error) {
	known := s.env.Contexts
	return func(ctx context.Context) ([]screen.Context, error) {
		if known == nil {
			return nil, nil
		}
		all, err := known.List(ctx)
		task.Note(ctx, text.Count(len(all), "context"))
		return all, err
	}
}

func (s *Screen) state() screen.State {
	done, err := s.Fetched()
	if !done {
		return screen.State{Reading: "Reading the contexts.."}
	}
	return screen.State{Err: err}
}

func (s *Screen) columns() []screen.Column[screen.Context] {
	return []screen.Column[screen.Context]{
		{Column: widget.Column{Width: 1, Unsorted: true}, Cell: s.markCell},
		{Column: widget.Column{Title: "CONTEXT", Width: 16}, Cell: s.nameCell, Compare: screen.By(func(c *screen.Context) string { return c.Name })},
		{Column: widget.Column{Title: "IN USE", Width: 6}, Cell: s.usedCell},
		{Column: widget.Column{Title: "SERVER", Width: 24, Grow: true}, Cell: serverCell, Compare: screen.By(func(c *screen.Context) string { return c.Server })},
		{Column: widget.Column{Title: "REPOSITORIES", Width: 12, Right: true, Drop: 1}, Cell: countCell},
	}
}

func (s *Screen) inUse(c *screen.Context) bool {
	return s.env.Contexts != nil && slices.Contains(s.env.Contexts.Used(), c.Name)
}

func (s *Screen) markCell(c *screen.Context) widget.Cell {
	if slices.Contains(s.marked, c.Name) {
		return widget.Cell{Text: s.env.Styles.Glyphs.Changed, Tone: theme.Accent}
	}
	return widget.Cell{}
}

func (s *Screen) nameCell(c *screen.Context) widget.Cell {
	return widget.Cell{Text: text.Clean(c.Name), Tone: theme.Strong}
}

func (s *Screen) usedCell(c *screen.Context) widget.Cell {
	if s.inUse(c) {
		return widget.Cell{Text: "yes", Tone: theme.OK}
	}
	return screen.WordCell("")
}

func serverCell(c *screen.Context) widget.Cell {
	if c.Fault != nil {
		return widget.Cell{Text: "not readable", Tone: theme.Bad}
	}
	return screen.WordCell(text.Clean(c.Server))
}

func countCell(c *screen.Context) widget.Cell {
	if len(c.Repositories) == 0 {
		return screen.WordCell("")
	}
	return widget.Cell{Text: text.Number(len(c.Repositories))}
}

// about lays out a context in full.
func (s *Screen) about(doc *widget.Doc, c *screen.Context) (title string, lines widget.Text) {
	doc.WidenLabels("trust folder")
	if c.Fault != nil {
		screen.Explain(s.env.Styles, doc, c.Fault)
		doc.Space()
	}
	fact := func(label, value string) {
		if value != "" {
			doc.Fact(label, text.Clean(value))
		}
	}
	if c.Server != "" {
		doc.LinkFact("Server", text.Clean(c.Server))
	}
	fact("Repositories", strings.Join(c.Repositories, ", "))
	fact("Trust folder", c.TrustFolder)
	fact("File", c.File)
	if c.Fault != nil {
		return text.Clean(c.Name), doc.Lines()
	}
	doc.Space()
	doc.Para(s.env.Press(keymap.ContextsUse)+" switches to it for this run; "+s.env.Press(keymap.ContextsMark)+" marks several, to show them together.", theme.Dim)
	doc.Para("trustdeck context use "+display.ShellWord(text.Clean(c.Name))+" switches to it and keeps it.", theme.Dim)
	return text.Clean(c.Name), doc.Lines()
}

// wanted are the contexts that an action is for: those that are marked, else the selected.
func (s *Screen) wanted(c *screen.Context) []string {
	if len(s.marked) > 0 {
		return s.marked
	}
	return []string{c.Name}
}

func (s *Screen) canUse(c *screen.Context) (bool, string) {
	switch {
	case c == nil:
		return false, "no context is selected"
	case len(s.marked) == 0 && c.Fault != nil:
		return false, "its file can't be used; see below for the reason"
	case slices.Equal(s.wanted(c), s.env.Contexts.Used()):
		return false, "it is in use"
	default:
		return true, ""
	}
}

// use ends this UI, for one of the contexts that are wanted.
func (s *Screen) use(c *screen.Context) tea.Cmd {
	return screen.Send(screen.ChoiceMsg{ID: screen.ChoiceContext, Answer: strings.Join(s.wanted(c), ",")})
}

func canMark(c *screen.Context) (bool, string) {
	switch {
	case c == nil:
		return false, "no context is selected"
	case c.Fault != nil:
		return false, "its file can't be used; see below for the reason"
	default:
		return true, ""
	}
}

// mark marks a context, or takes the mark away.
func (s *Screen) mark(c *screen.Context) tea.Cmd {
	if i := slices.Index(s.marked, c.Name); i >= 0 {
		s.marked = slices.Delete(s.marked, i, i+1)
	} else {
		s.marked = append(s.marked, c.Name)
	}
	s.Reload()
	return nil
}

// Status says what is in use, and what is marked.
func (s *Screen) Status() (left, right string) {
	if s.env.Contexts == nil {
		return "", ""
	}
	if len(s.marked) > 0 {
		left = text.Number(len(s.marked)) + " marked: " + text.Clean(strings.Join(s.marked, ", "))
	}
	return left, s.env.Styles.Tone(theme.Dim).Render("in use: " + text.Clean(strings.Join(s.env.Contexts.Used(), ", ")))
}

func copies(c *screen.Context) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "name", Text: c.Name}, {Label: "command", Text: "trustdeck context use " + display.ShellWord(c.Name)}}
	if c.File != "" {
		items = append(items, screen.CopyItem{Label: "path of the file", Text: c.File})
	}
	return items
}
