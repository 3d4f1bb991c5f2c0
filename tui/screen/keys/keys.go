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
	*screen.List[key]
	env *screen.Env
	// survey tells when the uses of the keys are to be gathered again.
	survey screen.Follower
	// wanted is the ID of the key to select when the keys have been read.
	wanted string
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen from what the board knows.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, survey: env.Board.Follow()}
	s.List = screen.NewList(env, screen.Listing[key]{
		Title: s.Title(), LongRows: true,
		Columns: s.columns(), Sort: "LABEL",
		Load: func() []key { return gather(env.Board, env.Now()) }, News: s.news,
		Key:   (*key).row,
		Match: (*key).names,
		Tie:   screen.By(func(k *key) string { return k.Path }),

		Detail: s.about, Notes: s.notes,
		Unmatched: "No key is known by", State: s.state, Empty: s.none,

		Actions: []screen.Action[key]{screen.OpenAction[key]("no key is selected", nil)},
		Changes: []keymap.ID{keymap.BeginBackup, keymap.BeginBackupCheck, keymap.BeginRestore, keymap.BeginKeyGenerate, keymap.BeginKeyImport, keymap.BeginKeyExport, keymap.BeginPassphrase, keymap.BeginKeyRename, keymap.BeginKeyRemove},
		Subject: subject, Copies: (*key).copies,
	})
	return s
}

// Init reads the keys, and the repositories in which they may be used.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Survey())
}

// Title names the screen.
func (s *Screen) Title() string { return "Keys" }

// Select puts the cursor on the key with this ID, as soon as the keys have been read.
func (s *Screen) Select(id string) {
	s.wanted = id
	for i := range s.All() {
		if k := &s.All()[i]; k.Is(model.KeyID(id)) {
			s.List.Select(k.row())
			s.wanted = ""
			return
		}
	}
}

// row tells keys apart: one may be in several files.
func (k *key) row() string { return k.ID.String() + "\x00" + k.Path }

// news takes the keys when they have been read. When repositories have been
// read, the uses of the keys are gathered again, once, at the end.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Keys {
		s.Reload()
		s.Select(s.wanted)
		return nil
	}
	if !s.survey.News(msg) {
		return nil
	}
	return s.env.Board.Keys()
}

// subject are the keys that have an ID.
func subject(_ keymap.ID, keys []*key) (out screen.Subject) {
	for _, k := range keys {
		if k.ID != "" {
			out.Keys = append(out.Keys, k.ID)
		}
	}
	return out
}

// Refresh reads the keys and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Resurvey())
}

// Status counts the keys, and says how far their uses are known.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	switch err := board.LocalErr(); {
	case err != nil:
		what, _ := text.Error(err)
		mark := st.Tone(theme.Bad).Render(st.Glyphs.Broken)
		left = mark + " " + what
	case len(s.All()) > 0:
		left = text.Count(len(s.All()), "private key")
		if n := s.troubled(); n > 0 {
			mark := st.ForSeverity(model.Warning)
			left += "   " + st.Tone(mark.Tone).Render(mark.Glyph) + " " + text.NeedAction(n)
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
	for _, k := range s.All() {
		if k.troubled() {
			n++
		}
	}
	return n
}

// state tells whether the keys have been read.
func (s *Screen) state() screen.State {
	out := screen.State{Err: s.env.Board.LocalErr()}
	if _, read := s.env.Board.Local(); !read {
		out.Reading = "Reading the private keys.."
	}
	return out
}

// none says that there are no keys, what was looked at, and how keys come about.
func (s *Screen) none(doc *widget.Doc) {
	if len(s.env.Found) == 0 {
		doc.Para("There are no private keys here: no trust folder is open.", theme.Plain)
	} else {
		doc.Para("There are no private keys here. What trustdeck found on this machine:", theme.Plain)
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
	doc.Para("To open another folder, quit and start again with", theme.Plain)
	doc.Indented("trustdeck --trust-dir FOLDER", theme.Accent)
	if command := s.env.DialectOf("").Words().Commands.MakeKey; command != "" {
		doc.Para("To make a key for a signer:", theme.Plain)
		doc.Indented(string(command), theme.Accent)
	}
}

// notes says below the list that it is not complete.
func (s *Screen) notes() widget.StaticText {
	return s.Missing("Not all keys could be read: ", s.env.Board.LocalErr())
}
