package repo

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/display"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Screen is one repository.
type Screen struct {
	env  *screen.Env
	gun  model.GUN
	view admin.Look

	tabs   []tab
	active int
	filter string

	width, height int
}

// explainTarget is the question for the target that is looked for.
const explainTarget = "explain"

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

// tabActions go to the tabs, in their order.
var tabActions = []keymap.ID{keymap.RepoRoles, keymap.RepoKeys, keymap.RepoSigners, keymap.RepoTags, keymap.RepoHistory, keymap.RepoRaw}

// New makes the screen of a repository, on one of its tabs.
func New(env *screen.Env, gun model.GUN, at nav.Tab) *Screen {
	s := &Screen{env: env, gun: gun}
	s.tabs = []tab{newRoles(s), newKeys(s), newSigners(s), newTags(s), newHistory(s), newRaw(s)}
	s.active = max(slices.Index(nav.Tabs(), at), 0)
	s.apply()
	return s
}

// Init reads the repository now, and which private keys are here.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.env.Board.Open(s.gun), s.fetch()}
	if _, read := s.env.Board.Local(); !read {
		cmds = append(cmds, s.env.Board.Keys())
	}
	return tea.Batch(append(cmds, s.env.Board.ReadStaged())...)
}

func (s *Screen) tab() tab { return s.tabs[s.active] }

// fetch reads what the active tab needs, and gathers the tags in any case, for
// their number stands in the title of their tab.
func (s *Screen) fetch() tea.Cmd {
	if s.repo() == nil {
		return nil
	}
	return tea.Batch(s.tabs[slices.Index(nav.Tabs(), nav.TabTags)].Fetch(), s.tab().Fetch())
}

// repo is the repository, nil where it has not or could not be read.
func (s *Screen) repo() *model.Repository { return s.view.Repository }

// roles are those of the repository, as far as there is one.
func (s *Screen) roles() []model.Role {
	if s.repo() == nil {
		return nil
	}
	return s.repo().Roles
}

// short is the short name of a role, as far as there is a repository. It is clean.
func (s *Screen) short(role model.RoleName) string {
	if s.repo() == nil {
		return text.Clean(role.String())
	}
	return text.Clean(s.repo().Short(role))
}

// open goes to a role.
func (s *Screen) open(role model.RoleName) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Role(s.gun, role)})
}

// apply hands what the board knows to the tabs.
func (s *Screen) apply() {
	s.view, _ = s.env.Board.View(s.gun)
	for _, t := range s.tabs {
		t.Reload()
	}
}

// Update takes news, actions, the mouse, and the answers of the tabs.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.news(msg)
	case screen.ActionMsg:
		return s.do(msg)
	case screen.AnswerMsg:
		if msg.ID == explainTarget {
			return screen.Send(nav.PushMsg{Route: nav.Explain(s.gun, msg.Text)})
		}
		return nil
	case screen.ClickMsg:
		if msg.Y == 0 {
			if i, ok := s.bar().At(msg.X); ok {
				return s.goTo(i)
			}
			return nil
		}
		return s.hand(msg)
	case screen.WheelMsg:
		return s.hand(msg)
	}
	var cmds []tea.Cmd
	for _, t := range s.tabs {
		cmds = append(cmds, t.Update(msg))
	}
	return tea.Batch(cmds...)
}

// hand hands a message to the active tab, where it is seen.
func (s *Screen) hand(msg tea.Msg) tea.Cmd {
	if s.repo() == nil {
		return nil
	}
	return s.tab().Update(msg)
}

// news takes what has changed on the board. The list of local keys changes
// what is said of every key.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if !msg.Keys && !slices.Contains(msg.Changed, s.gun) {
		return nil
	}
	before := s.repo()
	s.apply()
	var compare tea.Cmd
	if !msg.Keys {
		// What is staged is compared with what the server has.
		compare = s.env.Board.ReadStaged()
	}
	if s.repo() == before {
		return compare
	}
	for _, t := range s.tabs {
		t.Expire()
	}
	return tea.Batch(compare, s.fetch())
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
		s.tabs[slices.Index(nav.Tabs(), nav.TabRaw)].Select(role.String())
	}
}

// goTo goes to a tab. The filter goes along.
func (s *Screen) goTo(i int) tea.Cmd {
	n := len(s.tabs)
	s.active = (i + n) % n
	s.tab().SetFilter(s.filter)
	return s.fetch()
}

// Close stops what the tabs are reading. What has changed has been looked at.
func (s *Screen) Close() {
	s.env.Board.Unmark(s.gun)
	for _, t := range s.tabs {
		t.Close()
	}
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	actions := keymap.Scoped(keymap.Repo)
	if s.repo() == nil {
		if s.uninitialised() {
			actions = append(actions, s.env.Changes(s.about, keymap.BeginInit, keymap.BeginSignerAdd)...)
		}
		return actions
	}
	actions = append(actions, s.env.Changes(s.about, keymap.BeginWitness, keymap.BeginCountersign, keymap.BeginRenew, keymap.BeginRotate, keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginDelegate, keymap.BeginEdit, keymap.BeginUndelegate, keymap.BeginPurge, keymap.BeginThreshold, keymap.BeginRestate, keymap.BeginDelete, keymap.BeginBackup)...)
	if nav.Tabs()[s.active] != nav.TabTags { // which has them itself
		actions = append(actions, s.env.Changes(s.about, tagChanges()...)...)
	}
	actions = append(actions, s.tab().Actions()...)
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

func (s *Screen) do(msg screen.ActionMsg) tea.Cmd {
	switch msg.ID {
	case keymap.RepoNextTab:
		return s.goTo(s.active + 1)
	case keymap.RepoPrevTab:
		return s.goTo(s.active - 1)
	case keymap.RepoForecast:
		return screen.Send(nav.PushMsg{Route: nav.Forecast(s.gun)})
	case keymap.RepoChain:
		return screen.Send(nav.PushMsg{Route: nav.Roots(s.gun)})
	case keymap.RepoExplain:
		return screen.Send(screen.PromptMsg{
			ID: explainTarget, Title: "Explain a target", Text: "Name of the target, as in the metadata:", Button: "Explain",
			Check: func(name string) string {
				if name == "" {
					return "Type the name of a target."
				}
				return ""
			},
		})
	case keymap.RepoQuorum:
		return screen.Send(nav.PushMsg{Route: nav.Quorum(s.gun)})
	}
	if i := slices.Index(tabActions, msg.ID); i >= 0 {
		return s.goTo(i)
	}
	if cmd := s.env.Begin(msg.ID, s.subject()); cmd != nil {
		return cmd
	}
	return s.hand(msg)
}

// about is subject, for each change.
func (s *Screen) about(keymap.ID) screen.Subject { return s.subject() }

// subject is what a change that begins here is about: the roles that are marked, the one that
// is selected, or the repository.
func (s *Screen) subject() screen.Subject {
	if t, ok := s.tab().(interface{ subject() screen.Subject }); ok && s.repo() != nil {
		return t.subject()
	}
	if t, ok := s.tab().(interface{ roles() []model.RoleName }); ok && s.repo() != nil {
		return s.env.AboutRoles(s.gun, t.roles())
	}
	if t, ok := s.tab().(interface{ role() model.RoleName }); ok && s.repo() != nil {
		return s.env.About(s.gun, t.role())
	}
	return s.env.About(s.gun, "")
}

// Refresh reads the repository again, and what the tab shows.
func (s *Screen) Refresh() tea.Cmd {
	s.tab().Expire()
	return tea.Batch(s.env.Board.Open(s.gun), s.fetch())
}

// Filter is the pattern that the rows of every tab must match; empty where all are shown.
func (s *Screen) Filter() string { return s.filter }

// SetFilter shows only the rows of the tab that match.
func (s *Screen) SetFilter(pattern string) {
	s.filter = pattern
	s.tab().SetFilter(pattern)
}

// Marked is how many rows of the tab are marked.
func (s *Screen) Marked() int { return s.tab().Marked() }

// Ranging reports whether a range is open in the tab.
func (s *Screen) Ranging() bool { return s.tab().Ranging() }

// Unmark drops an open range of the tab, else all of its marks.
func (s *Screen) Unmark() bool { return s.tab().Unmark() }

// FilterCount is how many rows of the tab are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.tab().FilterCount() }

// SortColumns lists the columns of the tab that can be sorted by.
func (s *Screen) SortColumns() []string {
	if s.repo() == nil {
		return nil
	}
	return s.tab().SortColumns()
}

// SortedBy is the column that orders the tab.
func (s *Screen) SortedBy() (column int, descending bool) { return s.tab().SortedBy() }

// SortBy orders the tab.
func (s *Screen) SortBy(column int, descending bool) { s.tab().SortBy(column, descending) }

// CopyItems are those of the selected row, then those of the repository.
func (s *Screen) CopyItems() []screen.CopyItem {
	var items []screen.CopyItem
	if s.repo() != nil {
		items = s.tab().CopyItems()
	}
	return append(items,
		screen.CopyItem{Label: "repository", Text: s.gun.String()},
		screen.CopyItem{Label: "place", Text: s.Route().String()},
		screen.CopyItem{Label: "inspect command", Text: "trustdeck inspect " + display.ShellWord(s.gun.String())})
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

// trust says why the root is believed and how old what is shown is, unless that is said on the
// left.
func (s *Screen) trust() string {
	words := "trusted " + detail.Anchor(s.repo().Anchor)
	if age := s.env.Board.Age(s.gun); age != "" && !s.view.Stale && s.view.Fault == nil {
		words += ", " + age
	}
	return words
}

// SelectedKey is that of the active tab.
func (s *Screen) SelectedKey() string {
	if s.repo() == nil {
		return ""
	}
	return s.tab().SelectedKey()
}

// Cursor is on the selected row.
func (s *Screen) Cursor() *tea.Cursor {
	if s.repo() == nil {
		return nil
	}
	return s.tab().Cursor()
}

// Read is the active tab, or why there is nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.repo() == nil {
		return screen.ReadView(s)
	}
	return s.tab().Read()
}

// read says when what is shown was read.
func (s *Screen) read() string {
	return "read " + text.Relative(s.repo().Source.Read, s.env.Now())
}
