package keys

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of private keys.
type Screen struct {
	env   *screen.Env
	split widget.Split
	keys  []key
	// dirty tells that repositories have been read since the uses of the keys
	// were gathered.
	dirty bool
	// laid is the row whose detail is laid out, -1 where none is. A key may be
	// used in thousands of places.
	laid int

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
	s.split.Table.SetColumns(columns())
	s.split.Table.SortBy(columnLabel, false)
	at, _ := env.Board.Surveyed()
	s.dirty = at.IsZero()
	s.load()
	return s
}

// Init reads the keys, and the repositories in which they may be used.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Survey())
}

// Title names the screen.
func (s *Screen) Title() string { return "Keys" }

// load takes the keys from the board.
func (s *Screen) load() {
	s.keys = gather(s.env.Board, s.env.Now())
	s.split.Table.Empty = s.empty()
	s.split.Table.SetRows(rowsOf(s.env.Styles, s.keys, s.width < wideFrom))
	s.split.SetNotes(s.notes())
	s.relay()
}

// relay lays out the detail of the selected row in any case, lay where another
// row has been selected.
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
		s.split.DetailTitle = s.keys[i].title()
		s.split.Detail.SetText(s.about(&s.keys[i]))
	}
}

// Update takes news, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.news(msg)
	case screen.ActionMsg:
		cmd := s.do(msg.ID)
		s.lay()
		return cmd
	case screen.ClickMsg:
		if len(s.keys) > 0 && s.split.Click(msg.X, msg.Y-1) == widget.HitSelected {
			s.split.Focus(true)
		}
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	}
	s.lay()
	return nil
}

// news takes the keys when they have been read. When repositories have been
// read, the uses of the keys are gathered again, once, at the end.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Keys {
		s.load()
		return nil
	}
	s.dirty = s.dirty || len(msg.Changed) > 0
	if !s.dirty || s.env.Board.Surveying() {
		return nil
	}
	s.dirty = false
	return s.env.Board.Keys()
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	selected := func() (bool, string) {
		_, ok := s.split.Table.Selected()
		return ok, "no key is selected"
	}
	return append(append([]keymap.Action{keymap.One(keymap.Open).Given(selected)},
		s.env.Changes(keymap.BeginBackup, keymap.BeginBackupCheck, keymap.BeginRestore)...),
		keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
			keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	if id == keymap.Open {
		s.split.Focus(true)
		return nil
	}
	if cmd := screen.Begin(id, s.subject()); cmd != nil {
		return cmd
	}
	s.split.Do(id)
	return nil
}

// subject is the selected key.
func (s *Screen) subject() screen.Subject {
	if i, ok := s.split.Table.Selected(); ok && s.keys[i].ID != "" {
		return screen.Subject{Keys: []model.KeyID{s.keys[i].ID}}
	}
	return screen.Subject{}
}

// SetFilter shows only the keys one of whose names matches.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.split.Table.Empty = s.empty()
	s.lay()
}

// FilterCount is how many keys are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns that can be sorted by.
func (s *Screen) SortColumns() []string {
	return screen.Sortable(columns())
}

// SortedBy is the column that orders the keys.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, _ = s.split.Table.Sorted()
	return column, descending
}

// SortBy orders the keys.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh reads the keys and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Resurvey())
}

// CopyItems are the public names of the selected key, and its file.
func (s *Screen) CopyItems() []screen.CopyItem {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	return s.keys[i].copies()
}

// Status counts the keys, and says how far their uses are known.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	switch err := board.LocalErr(); {
	case err != nil:
		what, _ := text.Error(err)
		mark := st.Tone(theme.Bad).Render(st.Glyphs.Broken)
		left = mark + " " + what
	case len(s.keys) > 0:
		left = text.Count(len(s.keys), "private key")
		if n := s.troubled(); n > 0 {
			mark := st.ForSeverity(model.Warning)
			left += "   " + st.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Number(n) + " to look at"
		}
	}
	all, loading, _ := board.Count()
	right = "uses in " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// troubled counts the keys with something to look at.
func (s *Screen) troubled() int {
	n := 0
	for i := range s.keys {
		if s.keys[i].troubled() {
			n++
		}
	}
	return n
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.load()
}

// View draws the keys, or why there are none.
func (s *Screen) View() string {
	return screen.ViewList(s.env.Styles, &s.split, len(s.keys), s.width, s.height)
}

// Cursor is on the selected key.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}

// empty says why there is nothing to see, and what to do.
func (s *Screen) empty() []string {
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	doc.Space()
	_, read := s.env.Board.Local()
	what, hint := text.Error(s.env.Board.LocalErr())
	switch {
	case s.split.Table.Filter() != "":
		doc.Para("No key is known by "+text.Clean(s.split.Table.Filter())+".", theme.Plain)
		doc.Para(s.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
	case !read:
		doc.Para("Reading the private keys..", theme.Dim)
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

// none says that there are no keys, what was looked at, and how keys come about.
func (s *Screen) none(doc *widget.Doc) {
	if len(s.env.Found) == 0 {
		doc.Para("There are no private keys here: no trust folder is open.", theme.Plain)
	} else {
		doc.Para("There are no private keys here. What was found on this machine:", theme.Plain)
	}
	for _, f := range s.env.Found {
		words := text.Clean(f.Where)
		if f.Note != "" {
			words += "  (" + text.Clean(f.Note) + ")"
		}
		mark := theme.Mark{Glyph: s.env.Styles.Glyphs.Bullet, Tone: theme.Dim}
		doc.Marked(mark, doc.Row(text.Clean(f.What), words))
	}
	doc.Space()
	doc.Para("To look into another folder, leave, and start again with", theme.Plain)
	doc.Indented("trustdeck --trust-dir FOLDER", theme.Accent)
	doc.Para("To make a key for a signer:", theme.Plain)
	doc.Indented("docker trust key generate NAME", theme.Accent)
}

// notes says below the list that it is not complete.
func (s *Screen) notes() widget.StaticText {
	what, hint := text.Error(s.env.Board.LocalErr())
	if what == "" || len(s.keys) == 0 {
		return nil
	}
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	doc.Marked(s.env.Styles.ForSeverity(model.Warning), "Not all keys could be read: "+text.Sentence(what))
	if hint != "" {
		doc.Indented(text.Sentence(hint), theme.Accent)
	}
	return doc.Lines()
}
