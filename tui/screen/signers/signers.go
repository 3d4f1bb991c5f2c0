package signers

import (
	"slices"
	"strings"

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

// Screen is the list of signers.
type Screen struct {
	env     *screen.Env
	split   widget.Split
	signers []admin.KnownSigner
	// dirty tells that the board has news that the list does not show yet.
	dirty bool
	// laid is the row whose detail is laid out, -1 where none is. A signer may
	// be at work in thousands of repositories.
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
	s.join()
	return s
}

// Init reads the repositories, and which private keys are here.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.env.Board.Keys())
}

// Title names the screen.
func (s *Screen) Title() string { return "Signers" }

// join takes the signers from what the board knows.
func (s *Screen) join() {
	local, _ := s.env.Board.Local()
	s.signers, s.dirty = admin.Signers(s.env.Board.Views(), local), false
	s.load()
}

// load lays the list out.
func (s *Screen) load() {
	s.split.Table.Empty = s.empty()
	s.split.Table.SetRows(rowsOf(s.env, s.signers))
	s.laid = -1
	s.lay()
}

// lay lays out the detail where another row has been selected.
func (s *Screen) lay() {
	i, ok := s.split.Table.Selected()
	switch {
	case !ok:
		s.laid = -1
		s.split.DetailTitle = ""
		s.split.Detail.SetText(widget.StaticText{})
	case i != s.laid:
		s.laid = i
		s.split.DetailTitle = title(&s.signers[i])
		s.split.Detail.SetText(s.about(&s.signers[i]))
	}
}

// Update takes news, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.news(msg)
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.ClickMsg:
		if len(s.signers) > 0 && s.split.Click(msg.X, msg.Y-1) == widget.HitSelected {
			return s.open()
		}
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	}
	s.lay()
	return nil
}

// news joins the signers again. During a survey, when repositories come by the
// hundred, that is done when it ends, unless there is nothing to see meanwhile.
func (s *Screen) news(msg screen.BoardMsg) {
	s.dirty = s.dirty || msg.Keys || len(msg.Changed) > 0
	if s.dirty && (len(s.signers) == 0 || !s.env.Board.Surveying()) {
		s.join()
	}
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	selected := func() (bool, string) {
		_, ok := s.split.Table.Selected()
		return ok, "no signer is selected"
	}
	return append(append([]keymap.Action{keymap.One(keymap.Open).Given(selected)}, s.env.Changes(keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginOffBoard)...),
		keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
			keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	if id == keymap.Open {
		return s.open()
	}
	if !s.split.Do(id) {
		return screen.Begin(id, s.subject(id))
	}
	s.lay()
	return nil
}

// subject is the selected signer, in all repositories that know the name; whoever goes
// through all signers begins with all repositories.
func (s *Screen) subject(id keymap.ID) screen.Subject {
	if id == keymap.BeginOffBoard {
		return screen.Subject{GUNs: s.env.Board.WithTrustData()}
	}
	i, ok := s.split.Table.Selected()
	if !ok || id != keymap.BeginSignerRemove {
		return screen.Subject{}
	}
	out := screen.Subject{Signer: s.signers[i].Name}
	for _, p := range s.signers[i].Places {
		if p.Role != "" && p.Standing != admin.BelowSigner && !slices.Contains(out.GUNs, p.GUN) {
			out.GUNs = append(out.GUNs, p.GUN)
		}
	}
	return out
}

// open goes to the role of the selected signer; where there are several, the
// user chooses.
func (s *Screen) open() tea.Cmd {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	signer := &s.signers[i]
	if len(signer.Places) == 1 {
		return screen.Send(nav.PushMsg{Route: route(&signer.Places[0])})
	}
	msg := screen.PlacesMsg{Title: title(signer)}
	for i := range signer.Places {
		p := &signer.Places[i]
		msg.Places = append(msg.Places, screen.Place{
			Label: text.Clean(p.GUN.String()), Note: text.Clean(roleOf(p).String()) + ", " + p.Standing.String(), Route: route(p),
		})
	}
	return screen.Send(msg)
}

// route leads to the role of the place.
func route(p *admin.SignerPlace) nav.Route { return nav.Role(p.GUN, roleOf(p)) }

// roleOf is the role that makes the place.
func roleOf(p *admin.SignerPlace) model.RoleName {
	if p.Role == "" {
		return p.Shared
	}
	return p.Role
}

// SetFilter shows only the signers one of whose names or places matches.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.split.Table.Empty = s.empty()
	s.laid = -1
	s.lay()
}

// FilterCount is how many signers are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns that can be sorted by.
func (s *Screen) SortColumns() []string {
	return screen.Sortable(columns())
}

// SortedBy is the column that orders the signers; there is none to begin with,
// when those to look at come first.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, ok := s.split.Table.Sorted()
	if !ok {
		column = -1
	}
	return column, descending
}

// SortBy orders the signers.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh reads the keys and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Resurvey())
}

// CopyItems are the names of the selected signer.
func (s *Screen) CopyItems() []screen.CopyItem {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil
	}
	signer := &s.signers[i]
	items := []screen.CopyItem{{Label: "key ID", Text: signer.Key.String()}}
	if signer.Name != "" {
		items = append(items, screen.CopyItem{Label: "name", Text: signer.Name})
	}
	var list strings.Builder
	for _, gun := range signer.GUNs() {
		list.WriteString(gun.String() + "\n")
	}
	return append(items, screen.CopyItem{Label: "repositories, as a list", Text: list.String(), Lines: true})
}

// Status counts the signers, and says how far they are known.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	if len(s.signers) > 0 {
		left = s.counts()
	}
	all, loading, _ := board.Count()
	right = "in " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	} else if n := s.unread(); n > 0 {
		right += ", " + text.Number(n) + " without trust data"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// counts says how many names and keys there are, and how many to look at.
func (s *Screen) counts() string {
	names, keys, troubled := map[string]bool{}, map[model.KeyID]bool{}, 0
	for i := range s.signers {
		signer := &s.signers[i]
		keys[signer.Key] = true
		if signer.Name != "" {
			names[signer.Name] = true
		}
		if signer.Standing().Severity() > model.Notice {
			troubled++
		}
	}
	words := text.Count(len(names), "name") + " with " + text.Count(len(keys), "key")
	if troubled > 0 {
		mark := s.env.Styles.ForSeverity(model.Warning)
		words += "   " + s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Number(troubled) + " to look at"
	}
	return words
}

// unread is how many repositories there is nothing to join of.
func (s *Screen) unread() int {
	n := 0
	for _, v := range s.env.Board.Views() {
		if v.Repository == nil && v.Fault != nil {
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

// View draws the signers, or why there are none.
func (s *Screen) View() string {
	return screen.ViewList(s.env.Styles, &s.split, len(s.signers), s.width, s.height)
}

// Cursor is on the selected signer.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}

// empty says why there is nothing to see, and what to do.
func (s *Screen) empty() []string {
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	doc.Space()
	at, err := s.env.Board.Surveyed()
	what, hint := text.Error(err)
	switch {
	case s.split.Table.Filter() != "":
		doc.Para("No signer is known by "+text.Clean(s.split.Table.Filter())+".", theme.Plain)
		doc.Para(s.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
	case at.IsZero():
		doc.Para(s.env.Styles.Glyphs.Loading+" Reading the repositories..", theme.Dim)
	case what != "":
		doc.Marked(s.env.Styles.ForSeverity(model.Failure), text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
		doc.Indented(s.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	default:
		if all, _, _ := s.env.Board.Count(); all == 0 {
			doc.Para("No repository is known, and so no signer.", theme.Plain)
		} else {
			doc.Para("There are no signers in "+text.Count(all, "repository")+": tags are signed with the targets key itself.", theme.Plain)
		}
		doc.Para("To add one:", theme.Plain)
		doc.Indented("docker trust signer add --key PUBLIC-KEY-FILE NAME REPOSITORY", theme.Accent)
	}
	return doc.Lines()
}
