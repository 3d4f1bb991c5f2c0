package role

import (
	"slices"

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

// Screen is one role of a repository.
type Screen struct {
	env  *screen.Env
	gun  model.GUN
	name model.RoleName
	view admin.Look

	// list is the way from the root to the role, beside all about it.
	list *screen.List[relative]

	width, height int
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
)

// New makes the screen of a role.
func New(env *screen.Env, gun model.GUN, name model.RoleName) *Screen {
	s := &Screen{env: env, gun: gun, name: name}
	s.list = screen.NewList(env, screen.Listing[relative]{
		Title: "Trust path", Text: s.about, Columns: s.columns(), Load: s.family,
		Key: func(r *relative) string { return r.Name.String() },
		Actions: []screen.Action[relative]{
			{ID: keymap.RoleRaw, When: s.hasFile, Do: s.openFile},
			{ID: keymap.Open, When: s.another, Do: s.open},
		},
		Changes: []keymap.ID{keymap.BeginWitness, keymap.BeginCountersign, keymap.BeginRenew, keymap.BeginRotate, keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginDelegate, keymap.BeginEdit, keymap.BeginUndelegate, keymap.BeginThreshold},
		Subject: func(keymap.ID, []*relative) screen.Subject { return env.About(gun, name) },
	})
	s.list.Select(name.String())
	s.apply()
	return s
}

// Init reads the repository, unless it has just been read, and which private
// keys are here.
func (s *Screen) Init() tea.Cmd {
	var cmds []tea.Cmd
	if s.view.Repository == nil || s.view.Stale {
		cmds = append(cmds, s.env.Board.Open(s.gun))
	}
	if _, read := s.env.Board.Local(); !read {
		cmds = append(cmds, s.env.Board.Keys())
	}
	return tea.Batch(cmds...)
}

// Title is the name of the role.
func (s *Screen) Title() string { return text.Clean(s.name.String()) }

// role is the role as last read, nil where there is none.
func (s *Screen) role() *model.Role {
	if s.view.Repository == nil {
		return nil
	}
	return s.view.Repository.Role(s.name)
}

// apply takes what the board knows.
func (s *Screen) apply() {
	s.view, _ = s.env.Board.View(s.gun)
	s.list.Reload()
}

// heading names the role and its repository.
func (s *Screen) heading() string { return s.Title() + " in " + text.Repo(s.gun) }

// about lays out all about the role.
func (s *Screen) about(doc *widget.Doc) (title string, lines widget.Text) {
	role := s.role()
	if role == nil {
		return s.heading(), doc.Lines()
	}
	if why := s.cutOff(); why != "" {
		doc.Marked(s.env.Styles.ForSeverity(model.Failure), why)
		doc.Space()
	}
	doc.Verbatim(detail.Role(s.env, s.view, role, doc.Width())...)
	return s.heading(), doc.Lines()
}

// cutOff says why clients never come to this role; empty where they do.
func (s *Screen) cutOff() string {
	at, above, ok := detail.Barrier(s.view.Repository, s.name)
	switch {
	case !ok:
		return ""
	case above == nil:
		return "Clients don't reach this role: there is no " + text.Clean(at.String()) + ", which would list the keys."
	default:
		return "Clients don't reach this role: " + text.Clean(at.String()) + " is " + above.Condition() + "."
	}
}

// Update takes news, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if msg.Keys || slices.Contains(msg.Changed, s.gun) {
			s.apply()
		}
	case screen.ActionMsg, screen.ClickMsg, screen.WheelMsg:
		if s.role() != nil {
			return s.list.Update(msg)
		}
	}
	return nil
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	if s.role() == nil {
		return nil
	}
	return s.list.Actions()
}

func (s *Screen) hasFile(*relative) (bool, string) {
	return len(s.role().Raw) > 0, "this role has no file"
}

func (s *Screen) openFile(*relative) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Raw(s.gun, s.name)})
}

// another reports whether another role of the trust path is selected.
func (s *Screen) another(r *relative) (bool, string) {
	return r != nil && r.Name != s.name, "this role is already shown; tab goes to the trust path to select another"
}

func (s *Screen) open(r *relative) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Role(s.gun, r.Name)})
}

// Refresh reads the repository again.
func (s *Screen) Refresh() tea.Cmd { return s.env.Board.Open(s.gun) }

// CopyItems are those of the role, and where it is.
func (s *Screen) CopyItems() []screen.CopyItem {
	var items []screen.CopyItem
	if role := s.role(); role != nil {
		items = detail.CopyRole(role)
	}
	return append(items,
		screen.CopyItem{Label: "repository", Text: s.gun.String()},
		screen.CopyItem{Label: "place", Text: nav.Role(s.gun, s.name).String()})
}

// Status says on the left what the verdict is, on the right how old it is.
func (s *Screen) Status() (left, right string) {
	role := s.role()
	if role == nil {
		return "", ""
	}
	st := s.env.Styles
	mark := detail.Mark(st, s.view, role)
	words := role.Condition() + ", " + text.Count(role.Threshold, "signature") + " needed, " + text.Number(role.Valid) + " valid"
	if s.cutOff() != "" {
		mark = st.ForSeverity(model.Failure)
		words += ", and clients don't reach it"
	}
	left = st.Tone(mark.Tone).Render(mark.Glyph) + " " + words
	if s.view.Fault != nil {
		what, _ := text.Error(s.view.Fault)
		left = st.Tone(theme.Warn).Render("not current: ") + what
	}
	if age := s.env.Board.Age(s.view.GUN); age != "" {
		right = st.Tone(theme.Dim).Render(age + ", " + s.env.Press(keymap.Refresh) + " refresh")
	}
	return left, right
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.SetSize(width, height)
}

// View draws the role, or why there is nothing to show.
func (s *Screen) View() string {
	if s.role() != nil {
		return s.list.View()
	}
	lines := []string{widget.Rule(s.env.Styles, s.heading(), s.width), ""}
	if s.view.Repository == nil {
		lines = append(lines, detail.Absent(s.env, s.gun, s.width)...)
	} else {
		lines = append(lines, s.unknown()...)
	}
	return widget.Lines(lines, s.height)
}

// unknown says that the repository has no such role, and which it has.
func (s *Screen) unknown() []string {
	doc := widget.NewDoc(s.env.Styles, s.width-4)
	doc.Marked(s.env.Styles.ForSeverity(model.Warning), text.Clean(s.gun.String())+" has no role "+s.Title()+".")
	names := make([]string, len(s.view.Repository.Roles))
	for i := range names {
		names[i] = text.Clean(s.view.Repository.Roles[i].Name.String())
	}
	doc.Indented(s.env.Press(keymap.Refresh)+" reads again, "+s.env.Press(keymap.Back)+" goes back.", theme.Dim)
	doc.Space()
	doc.Indented("Its roles are "+text.List(names)+".", theme.Plain)
	lines := doc.Lines()
	for i, line := range lines {
		lines[i] = "  " + line
	}
	return lines
}

// Cursor is on the first fact, or on the selected row of the trust path.
func (s *Screen) Cursor() *tea.Cursor {
	if s.role() == nil {
		return nil
	}
	return s.list.Cursor()
}

// Read is all about the role and the list of its relatives, or why there is
// nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.role() == nil {
		return screen.ReadView(s)
	}
	return s.list.Read()
}
