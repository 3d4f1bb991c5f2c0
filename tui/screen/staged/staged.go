package staged

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of what waits to be published.
type Screen struct {
	env     *screen.Env
	split   widget.Split
	entries []entry
	// dirty tells that repositories have been read since what waits was
	// compared with them.
	dirty bool
	laid  int

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
	s := &Screen{env: env}
	s.split.Rows = true
	s.split.ListTitle = s.Title()
	at, _ := env.Board.Surveyed()
	s.dirty = at.IsZero()
	s.load()
	return s
}

// Init reads the trust folder, and the repositories to compare it with.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.ReadStaged(), s.env.Board.Survey())
}

// Title names the screen.
func (s *Screen) Title() string { return "Staged changes" }

// load takes what waits from the board.
func (s *Screen) load() {
	all, _ := s.env.Board.Staged()
	s.entries = entriesOf(all)
	s.split.Table.Empty = s.empty()
	s.split.Table.SetColumns(columns(s.entries, s.width))
	s.split.Table.SetRows(rowsOf(s.env, s.entries))
	s.split.SetNotes(s.notes())
	s.relay()
}

// relay lays out the detail in any case, lay where another row is selected.
func (s *Screen) relay() {
	s.laid = -1
	s.lay()
}

func (s *Screen) lay() {
	i, ok := s.split.Table.Selected()
	switch {
	case !ok:
		s.laid = -1
		s.split.DetailTitle = ""
		s.split.Detail.SetText(widget.StaticText{})
	case i != s.laid:
		s.laid = i
		s.split.DetailTitle = text.Repo(s.entries[i].staged.GUN)
		s.split.Detail.SetText(s.about(&s.entries[i]))
	}
}

// Update takes news, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.news(msg)
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.ClickMsg:
		if len(s.entries) > 0 && s.split.Click(msg.X, msg.Y-1) == widget.HitSelected {
			return s.open()
		}
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	}
	s.lay()
	return nil
}

// news takes what waits when it has been read. When repositories have been read,
// it is compared with them again, once, at the end.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Staged {
		s.load()
		return nil
	}
	s.dirty = s.dirty || len(msg.Changed) > 0
	if !s.dirty || s.env.Board.Surveying() {
		return nil
	}
	s.dirty = false
	return s.env.Board.ReadStaged()
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	selected := func() (bool, string) {
		_, ok := s.split.Table.Selected()
		return ok, "nothing is selected"
	}
	return append([]keymap.Action{keymap.One(keymap.Open).Given(selected)},
		keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
			keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	if id == keymap.Open {
		return s.open()
	}
	s.split.Do(id)
	s.lay()
	return nil
}

// open goes to the role that the selected entry changes, where the repository
// has it already, else to the repository.
func (s *Screen) open() tea.Cmd {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	e := &s.entries[i]
	route := nav.Repo(e.staged.GUN, nav.TabRoles)
	view, _ := s.env.Board.View(e.staged.GUN)
	if view.Repository != nil && view.Repository.Role(e.role()) != nil {
		route = nav.Role(e.staged.GUN, e.role())
	}
	return screen.Send(nav.PushMsg{Route: route})
}

// SetFilter shows only the entries that match.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.split.Table.Empty = s.empty()
	s.relay()
}

// FilterCount is how many entries are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns that can be sorted by.
func (s *Screen) SortColumns() []string {
	return screen.Sortable(columns(nil, 0))
}

// SortedBy is the column that orders the entries; there is none to begin with,
// when they are in the order in which they would be published.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, ok := s.split.Table.Sorted()
	if !ok {
		column = -1
	}
	return column, descending
}

// SortBy orders the entries.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh reads the trust folder and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	s.dirty = true
	return tea.Batch(s.env.Board.ReadStaged(), s.env.Board.Resurvey())
}

// CopyItems are the names in the selected entry, and the commands that publish
// or drop what waits.
func (s *Screen) CopyItems() []screen.CopyItem {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	return s.entries[i].copies()
}

// Status counts what waits, and says how far it has been compared.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	if err := board.StagedErr(); err != nil {
		what, _ := text.Error(err)
		left = st.Tone(theme.Bad).Render(st.Glyphs.Broken) + " " + what
	} else if len(s.entries) > 0 {
		left = s.counts()
	}
	all, loading, _ := board.Count()
	right = "compared with " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

func (s *Screen) counts() string {
	unusable := 0
	all, _ := s.env.Board.Staged()
	for i := range all {
		unusable += all[i].Unusable()
	}
	words := s.env.Board.Waiting()
	if unusable > 0 {
		mark := s.env.Styles.ForSeverity(model.Warning)
		words += "   " + s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Number(unusable) + " cannot be published"
	}
	return words
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.load()
}

// View draws what waits, or says that nothing does.
func (s *Screen) View() string {
	return screen.ViewList(s.env.Styles, &s.split, len(s.entries), s.width, s.height)
}

// Cursor is on the selected entry.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}

// empty says why there is nothing to see.
func (s *Screen) empty() []string {
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	doc.Space()
	_, read := s.env.Board.Staged()
	what, hint := text.Error(s.env.Board.StagedErr())
	switch {
	case s.split.Table.Filter() != "":
		doc.Para("No staged change matches "+text.Clean(s.split.Table.Filter())+".", theme.Plain)
		doc.Para(s.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
	case !read:
		doc.Para(s.env.Styles.Glyphs.Loading+" Reading the trust folder..", theme.Dim)
	case what != "":
		doc.Marked(s.env.Styles.ForSeverity(model.Failure), text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
		doc.Indented(s.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	default:
		s.none(doc)
	}
	return doc.Lines()
}

// none says that nothing waits, and how it would come about.
func (s *Screen) none(doc *widget.Doc) {
	doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.OK, Tone: theme.OK}, "Nothing is staged: what was changed here has been published.")
	doc.Space()
	doc.Para("notary keeps changes in the trust folder until they are published, unless it is told -p:", theme.Plain)
	doc.Indented("notary addhash REPOSITORY TAG LENGTH --sha256 DIGEST", theme.Accent)
	doc.Para("They would be listed here.", theme.Plain)
}

// notes says below the list that it is not complete.
func (s *Screen) notes() widget.StaticText {
	if len(s.entries) == 0 {
		return nil
	}
	all, _ := s.env.Board.Staged()
	errs := []error{s.env.Board.StagedErr()}
	for i := range all {
		if all[i].Fault != nil {
			errs = append(errs, all[i].Fault)
		}
	}
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	for _, err := range errs {
		what, hint := text.Error(err)
		if what == "" {
			continue
		}
		doc.Marked(s.env.Styles.ForSeverity(model.Warning), "Not everything could be read: "+text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
	}
	return doc.Lines()
}
