package repos

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	// stripLines is the height of the strip about the selected repository.
	stripLines = 5
	// stripTallFrom is the height of the body from which the strip is taller.
	stripTallFrom = 20
	// stripFrom is the height of the body from which there is a strip, and a
	// line of column titles.
	stripFrom = 15
	// wideFrom is the width from which names and states are spelled out.
	wideFrom = 80
)

// Screen is the list of repositories.
type Screen struct {
	env   *screen.Env
	table widget.Table
	list  list
	// problems hides the repositories that need nothing.
	problems bool

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

// New makes the screen from what the board knows.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, list: list{env: env, index: map[model.GUN]int{}}}
	s.take(env.Board.Names())
	s.table.SortBy(columnHealth, false)
	return s
}

// Init begins the survey, unless that has been done.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.env.Board.Keys())
}

// Title names the screen.
func (s *Screen) Title() string { return "Repositories" }

// take brings the rows of changed repositories up to date.
func (s *Screen) take(changed []model.GUN) {
	for _, gun := range changed {
		if v, ok := s.env.Board.View(gun); ok {
			s.list.put(v)
		}
	}
	s.arrange()
}

// arrange hands the rows to the table.
func (s *Screen) arrange() {
	s.list.arrange(s.problems)
	s.columns()
	s.table.Empty = s.empty()
	s.table.SetRows(&s.list)
}

// Update takes news of the board, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take(msg.Changed)
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.ClickMsg:
		if s.table.Click(msg.X, msg.Y-1) == widget.HitSelected {
			return s.open()
		}
	case screen.WheelMsg:
		s.table.Wheel(msg.Lines)
	}
	return nil
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	selected := func() (bool, string) {
		_, ok := s.selected()
		return ok, "no repository is selected"
	}
	actions := []keymap.Action{keymap.One(keymap.Open).Given(selected), keymap.One(keymap.ReposProblems)}
	actions = append(actions, s.env.Changes(keymap.BeginWitness, keymap.BeginRenew, keymap.BeginRotate, keymap.BeginInit, keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginBackup)...)
	return append(actions, keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.Open:
		return s.open()
	case keymap.ReposProblems:
		s.problems = !s.problems
		s.arrange()
	default:
		if !s.table.Do(id) {
			return screen.Begin(id, s.subject(id))
		}
	}
	return nil
}

// subject is the selected repository. One that has trust data already is none to
// initialise.
func (s *Screen) subject(id keymap.ID) screen.Subject {
	v, ok := s.selected()
	if !ok || id == keymap.BeginInit && v.Repository != nil {
		return screen.Subject{}
	}
	return s.env.About(v.GUN, "")
}

func (s *Screen) open() tea.Cmd {
	v, ok := s.selected()
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Repo(v.GUN, nav.TabRoles)})
}

// selected is the view of the repository under the cursor.
func (s *Screen) selected() (admin.View, bool) {
	i, ok := s.table.Selected()
	if !ok {
		return admin.View{}, false
	}
	return s.env.Board.View(s.list.at(i).gun)
}

// SetFilter shows only the repositories whose name matches.
func (s *Screen) SetFilter(pattern string) {
	s.table.SetFilter(pattern)
	s.table.Empty = s.empty()
}

// FilterCount is how many repositories are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.table.Count() }

// SortColumns lists the columns.
func (s *Screen) SortColumns() []string {
	return []string{"HEALTH", "REPOSITORY", "SIGNERS", "THRESHOLD", "NEXT EXPIRY", "FIRST", "CHANGED"}
}

// SortedBy is the column that orders the list.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, _ = s.table.Sorted()
	return column, descending
}

// SortBy orders the list.
func (s *Screen) SortBy(column int, descending bool) { s.table.SortBy(column, descending) }

// Refresh looks at all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Resurvey(), s.env.Board.Keys())
}

// CopyItems are the names and commands of the selected repository.
func (s *Screen) CopyItems() []screen.CopyItem {
	v, ok := s.selected()
	if !ok {
		return nil
	}
	gun := v.GUN.String()
	return []screen.CopyItem{
		{Label: "name", Text: gun},
		{Label: "place", Text: nav.Repo(v.GUN, nav.TabRoles).String()},
		{Label: "inspect command", Text: "trustdeck inspect " + text.ShellQuote(gun)},
		{Label: "Docker command", Text: "docker trust inspect --pretty " + text.ShellQuote(gun)},
	}
}

// Status says how far the survey is.
func (s *Screen) Status() (left, right string) {
	st, g := s.env.Styles, &s.env.Styles.Glyphs
	all, loading, _ := s.env.Board.Count()
	at, err := s.env.Board.Surveyed()
	switch {
	case err != nil && !s.env.Board.Surveying():
		what, _ := text.Error(err)
		left = st.Tone(theme.Bad).Render(g.Broken + " " + what)
	case loading > 0:
		left = st.Tone(theme.Dim).Render(g.Loading+" ") + text.Number(all-loading) + " of " + text.Number(all) + " checked"
	case all > 0:
		left = text.Count(all, "repository")
	}
	if s.problems {
		left += st.Tone(theme.Accent).Render("   problems only, " + s.env.Press(keymap.ReposProblems) + " shows all")
	}
	switch {
	case s.env.Board.Surveying():
		right = "reading.."
	case s.env.Board.Offline() && !s.env.Board.LastRead().IsZero():
		right = "last read " + text.Relative(s.env.Board.LastRead(), s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " refresh"
	case !at.IsZero():
		right = "updated " + text.Relative(at, s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " refresh"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// Cursor is on the selected row.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.table)
}

// empty says why there is nothing to see, and what to do.
func (s *Screen) empty() []string {
	at, err := s.env.Board.Surveyed()
	what, hint := text.Error(err)
	place := text.Clean(s.env.Place)
	switch {
	case s.table.Filter() != "":
		return []string{"", "No repository matches " + text.Clean(s.table.Filter()) + ".", s.env.Press(keymap.Back) + " clears the filter."}
	case s.problems && len(s.list.rows) > 0:
		return []string{"", "No repository needs attention.", s.env.Press(keymap.ReposProblems) + " shows all of them."}
	case at.IsZero():
		return []string{"", "Reading the list of repositories.."}
	case err != nil:
		return []string{"", text.Sentence(what), hint, s.env.Press(keymap.Refresh) + " tries again."}
	default:
		return []string{
			"", "No repository is known at " + place + ".", "",
			"Servers do not always tell which repositories they hold. Name those that you look after:",
			"    trustdeck repo/registry.example.org/team/app",
			"or sign one image with docker trust sign; it is then found in the trust folder.",
		}
	}
}
