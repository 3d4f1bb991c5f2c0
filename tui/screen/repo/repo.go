package repo

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is one repository.
type Screen struct {
	env   *screen.Env
	gun   model.GUN
	view  admin.View
	known bool

	tabs   []tab
	active int
	filter string

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
	_ screen.Router    = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the screen of a repository, on one of its tabs.
func New(env *screen.Env, gun model.GUN, at nav.Tab) *Screen {
	s := &Screen{env: env, gun: gun}
	s.tabs = []tab{newRoles(s), newKeys(s), newSigners(s), newTags(s), newHistory(s), newRaw(s)}
	s.active = max(slices.Index(nav.Tabs(), at), 0)
	s.take()
	return s
}

// Init reads the repository now, and which private keys are here.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.env.Board.Open(s.gun), s.enter()}
	if _, read := s.env.Board.Local(); !read {
		cmds = append(cmds, s.env.Board.Keys())
	}
	return tea.Batch(append(cmds, s.env.Board.ReadStaged())...)
}

func (s *Screen) tab() tab { return s.tabs[s.active] }

// enter reads what the active tab needs, and gathers the tags in any case, for
// their number stands in the title of their tab.
func (s *Screen) enter() tea.Cmd {
	if s.repo() == nil {
		return nil
	}
	return tea.Batch(s.tabs[slices.Index(nav.Tabs(), nav.TabTags)].enter(), s.tab().enter())
}

// repo is the repository, nil where it has not or could not be read.
func (s *Screen) repo() *model.Repository { return s.view.Repository }

// take hands what the board knows to the tabs.
func (s *Screen) take() {
	s.view, s.known = s.env.Board.View(s.gun)
	if s.repo() == nil {
		return
	}
	for _, t := range s.tabs {
		t.load()
	}
	s.tab().lay()
}

// Update takes news, actions, the mouse, and the answers of the tabs.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.news(msg)
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.ClickMsg:
		return s.click(msg)
	case screen.WheelMsg:
		if s.repo() != nil {
			s.tab().pane().Wheel(msg.X, msg.Y-1, msg.Lines)
			s.tab().lay()
		}
		return nil
	}
	var cmds []tea.Cmd
	for _, t := range s.tabs {
		cmds = append(cmds, t.update(msg))
	}
	return tea.Batch(cmds...)
}

// news takes what has changed on the board. The list of local keys changes
// what is said of every key.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if !msg.Keys && !slices.Contains(msg.Changed, s.gun) {
		return nil
	}
	before := s.repo()
	s.take()
	var compare tea.Cmd
	if !msg.Keys {
		// What is staged is compared with what the server has.
		compare = s.env.Board.ReadStaged()
	}
	if s.repo() == before {
		return compare
	}
	for _, t := range s.tabs {
		t.expire()
	}
	return tea.Batch(compare, s.enter())
}

// Title names the repository, without its registry.
func (s *Screen) Title() string { return text.Repo(s.gun) }

// Route is the present tab.
func (s *Screen) Route() nav.Route { return nav.Repo(s.gun, nav.Tabs()[s.active]) }

// Show goes to a tab.
func (s *Screen) Show(route nav.Route) tea.Cmd {
	s.Begin(route.Role)
	return s.goTo(max(slices.Index(nav.Tabs(), route.Tab), 0))
}

// Begin selects the file of a role in the raw tab; an empty role leaves the
// selection.
func (s *Screen) Begin(role model.RoleName) {
	if role != "" {
		s.tabs[slices.Index(nav.Tabs(), nav.TabRaw)].pane().Table.Select(role.String())
	}
}

// goTo goes to a tab. The filter goes along.
func (s *Screen) goTo(i int) tea.Cmd {
	n := len(s.tabs)
	s.active = (i + n) % n
	s.tab().pane().Table.SetFilter(s.filter)
	s.tab().lay()
	return s.enter()
}

// Close stops what the tabs are reading.
func (s *Screen) Close() {
	for _, t := range s.tabs {
		t.close()
	}
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	actions := keymap.Scoped(keymap.Repo)
	if s.repo() == nil {
		if s.uninitialised() {
			actions = append(actions, s.env.Changes(keymap.BeginInit, keymap.BeginSignerAdd)...)
		}
		return actions
	}
	actions = append(actions, s.env.Changes(keymap.BeginWitness, keymap.BeginRenew, keymap.BeginRotate, keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginBackup)...)
	selected := func() (bool, string) {
		_, ok := s.tab().pane().Table.Selected()
		return ok, "nothing is selected"
	}
	actions = append(actions, keymap.One(keymap.Open).Given(selected))
	actions = append(actions, keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
	if s.active == 0 {
		actions = append(actions, keymap.One(keymap.ToggleRow))
	}
	return actions
}

// uninitialised reports whether the server has said that there is no trust data.
func (s *Screen) uninitialised() bool {
	v, _ := s.env.Board.View(s.gun)
	return v.Repository == nil && v.Fault != nil && v.Fault.Kind == model.FaultNotFound
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.RepoNextTab:
		return s.goTo(s.active + 1)
	case keymap.RepoPrevTab:
		return s.goTo(s.active - 1)
	}
	for i, a := range []keymap.ID{keymap.RepoRoles, keymap.RepoKeys, keymap.RepoSigners, keymap.RepoTags, keymap.RepoHistory, keymap.RepoRaw} {
		if a == id {
			return s.goTo(i)
		}
	}
	if cmd := screen.Begin(id, s.tab().subject()); cmd != nil {
		return cmd
	}
	if s.repo() == nil {
		return nil
	}
	defer s.tab().lay()
	if id == keymap.Open {
		return s.tab().open()
	}
	if !s.tab().do(id) {
		s.tab().pane().Do(id)
	}
	return s.tab().moved()
}

func (s *Screen) click(msg screen.ClickMsg) tea.Cmd {
	if msg.Y == 0 {
		if i, ok := s.bar().At(msg.X); ok {
			return s.goTo(i)
		}
		return nil
	}
	if s.repo() == nil {
		return nil
	}
	hit := s.tab().pane().Click(msg.X, msg.Y-1)
	s.tab().lay()
	if hit == widget.HitSelected {
		return s.tab().open()
	}
	return s.tab().moved()
}

// Refresh reads the repository again, and what the tab shows.
func (s *Screen) Refresh() tea.Cmd {
	s.tab().expire()
	return tea.Batch(s.env.Board.Open(s.gun), s.enter())
}

// SetFilter shows only the rows of the tab that match.
func (s *Screen) SetFilter(pattern string) {
	s.filter = pattern
	s.tab().pane().Table.SetFilter(pattern)
	s.tab().lay()
}

// FilterCount is how many rows of the tab are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.tab().pane().Table.Count() }

// SortColumns lists the columns of the tab that can be sorted by.
func (s *Screen) SortColumns() []string {
	if s.repo() == nil {
		return nil
	}
	return s.tab().sortable()
}

// SortedBy is the column that orders the tab.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, ok := s.tab().pane().Table.Sorted()
	if !ok {
		column = -1
	}
	return column, descending
}

// SortBy orders the tab.
func (s *Screen) SortBy(column int, descending bool) {
	s.tab().pane().Table.SortBy(column, descending)
	s.tab().lay()
}

// CopyItems are those of the selected row, then those of the repository.
func (s *Screen) CopyItems() []screen.CopyItem {
	var items []screen.CopyItem
	if i, ok := s.tab().pane().Table.Selected(); ok && s.repo() != nil {
		items = s.tab().copies(i)
	}
	return append(items,
		screen.CopyItem{Label: "repository", Text: s.gun.String()},
		screen.CopyItem{Label: "place", Text: s.Route().String()},
		screen.CopyItem{Label: "inspect command", Text: "trustdeck inspect " + text.ShellQuote(s.gun.String())})
}

// Status says on the left what is the matter, on the right how far to trust
// what is shown.
func (s *Screen) Status() (left, right string) {
	st := s.env.Styles
	dim := st.Tone(theme.Dim)
	mark := st.ForLevel(s.view.Assessment.Level)
	left = st.Tone(mark.Tone).Render(mark.Glyph) + " "
	switch {
	case s.repo() == nil:
		return strings.TrimSpace(s.staged()), ""
	case s.view.Fault != nil:
		// The address would leave no room for what is the matter with it.
		left += st.Tone(theme.Warn).Render("not current, "+s.read()+": ") + text.Clean(s.view.Fault.Text)
	case s.view.Stale:
		left += st.Tone(theme.Warn).Render("cached, ") + s.read()
	case s.view.Assessment.Reason != "":
		left += text.Clean(s.view.Assessment.Reason)
	default:
		left += "verified, nothing expires soon"
	}
	return left + s.staged(), dim.Render(s.trust())
}

// staged says how much waits in the trust folder to be published.
func (s *Screen) staged() string {
	waiting, _ := s.env.Board.StagedIn(s.gun)
	if waiting.Count() == 0 {
		return ""
	}
	return "   " + s.env.Styles.Tone(theme.Accent).Render(text.Number(waiting.Count())+" staged")
}

// trust says why the root is believed and when it was read.
func (s *Screen) trust() string {
	r := s.repo()
	words := "trusted " + detail.Anchor(r.Anchor)
	if r.Source.Read.IsZero() {
		return words
	}
	return words + ", read " + text.Relative(r.Source.Read, s.env.Now())
}

// Cursor is on the selected row.
func (s *Screen) Cursor() *tea.Cursor {
	if s.repo() == nil {
		return nil
	}
	x, y, ok := s.tab().pane().Cursor()
	if !ok {
		return nil
	}
	return tea.NewCursor(x, y+1)
}

// read says when what is shown was read.
func (s *Screen) read() string {
	return "read " + text.Relative(s.repo().Source.Read, s.env.Now())
}
