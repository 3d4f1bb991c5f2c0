package tokens

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of tokens, each with its slots.
type Screen struct {
	*screen.List[row]
	env *screen.Env
	// survey tells when the uses of the keys are to be gathered again.
	survey screen.Follower
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen from what the board knows.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, survey: env.Board.Follow()}
	s.List = screen.NewList(env, screen.Listing[row]{
		Title: s.Title(), LongRows: true,
		Columns: s.columns(),
		Load:    s.gather, News: s.news,
		Key: (*row).key, Match: (*row).names,
		Detail: s.about, Unmatched: "No token and no key is known by", State: s.state, Empty: s.none, Notes: s.notes,

		Actions: []screen.Action[row]{screen.OpenAction[row]("no token is selected", nil)},
		Changes: []keymap.ID{keymap.BeginTokenPIN, keymap.BeginTokenMake, keymap.BeginTokenImport, keymap.BeginTokenCert, keymap.BeginTokenReplace}, Subject: subject,
		Copies: (*row).copies,
	})
	return s
}

// subject is the token of the selected row, and the slot if it is the row of one. To replace the
// token is about the repositories that list its keys.
func subject(id keymap.ID, rows []*row) (out screen.Subject) {
	if len(rows) == 0 {
		return out
	}
	t := rows[0].token
	out.Token = t.Serial
	if rows[0].slot != nil {
		out.Slot = rows[0].slot.ID
	}
	if id != keymap.BeginTokenReplace {
		return out
	}
	for i := range t.Slots {
		for _, use := range t.Slots[i].Uses {
			if !slices.Contains(out.GUNs, use.GUN) {
				out.GUNs = append(out.GUNs, use.GUN)
			}
		}
	}
	return out
}

// Init reads the tokens, and the repositories in which their keys may be used.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Tokens(), s.env.Board.Survey())
}

// Title names the screen.
func (s *Screen) Title() string { return "Tokens" }

// news takes the tokens when they have been read. When repositories have been read, the uses of
// the keys are gathered again, once, at the end.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Tokens {
		s.Reload()
		return nil
	}
	if !s.survey.News(msg) {
		return nil
	}
	return s.env.Board.Tokens()
}

// Refresh reads the tokens and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Tokens(), s.env.Board.Resurvey())
}

// Status counts the tokens, and says how far the uses of their keys are known.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	found, _ := board.Plugged()
	if n := len(found.Tokens); n > 0 {
		left = text.Count(n, "token")
		if wrong := warnings(found.Tokens); wrong > 0 {
			mark := st.ForSeverity(model.Warning)
			left += "   " + st.Tone(mark.Tone).Render(mark.Glyph) + " " + text.NeedAction(wrong)
		}
	}
	all, loading, _ := board.Count()
	right = "uses in " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// state tells whether the tokens have been read.
func (s *Screen) state() screen.State {
	if _, read := s.env.Board.Plugged(); !read {
		return screen.State{Reading: "Reading the tokens.."}
	}
	return screen.State{}
}

// none says why there is no token, and what can be done without one.
func (s *Screen) none(doc *widget.Doc) {
	found, _ := s.env.Board.Plugged()
	if found.Fault == nil {
		doc.Para("No token is plugged in. When one is, it appears here.", theme.Plain)
	} else {
		doc.Marked(s.env.Styles.ForSeverity(model.Warning), text.Sentence("No token can be read: "+text.Clean(found.Fault.Error())))
		if found.Fault.Hint != "" {
			doc.Indented(text.Sentence(text.Clean(found.Fault.Hint)), theme.Accent)
		}
	}
	if len(found.Others) > 0 {
		doc.Space()
		doc.Para("Tokens with a PKCS #11 module:", theme.Plain)
		s.others(doc, found.Others)
	}
	doc.Space()
	doc.Para("To check without a token which root keys are proved to be on one:", theme.Plain)
	doc.Indented("trustdeck attest FOLDER --repo REPO", theme.Accent)
}

// notes says below the list that it is not complete, and which other tokens there are.
func (s *Screen) notes() widget.StaticText {
	found, _ := s.env.Board.Plugged()
	if len(found.Tokens) == 0 {
		return nil
	}
	var out widget.StaticText
	if found.Fault != nil {
		out = s.Missing("Not all tokens could be read: ", found.Fault)
	}
	return append(out, s.Noted(func(doc *widget.Doc) { s.others(doc, found.Others) })...)
}

// others has a line for each token of which little is known beside its keys.
func (s *Screen) others(doc *widget.Doc, all []admin.OtherToken) {
	for i := range all {
		mark := theme.Mark{Glyph: s.env.Styles.Glyphs.Bullet, Tone: theme.Dim}
		if all[i].Fault != nil {
			mark = s.env.Styles.ForSeverity(model.Warning)
		}
		doc.Marked(mark, text.Clean(all[i].Name+": "+all[i].Says()))
	}
}
