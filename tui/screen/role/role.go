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
	view admin.View

	pane   widget.Aside
	family family

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
	s.pane.TextTitle, s.pane.ListTitle = s.Title()+" in "+text.Repo(gun), "Trust path"
	s.pane.List.SetColumns(familyColumns())
	s.pane.List.Select(name.String())
	s.take()
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

// take lays out what the board knows.
func (s *Screen) take() {
	s.view, _ = s.env.Board.View(s.gun)
	if s.role() == nil {
		return
	}
	s.family = newFamily(s.env, s.view, s.name)
	s.pane.SetRows(s.family.rows())
	s.lay()
}

func (s *Screen) lay() {
	role := s.role()
	if role == nil {
		return
	}
	doc := widget.NewDoc(s.env.Styles, s.pane.TextWidth())
	if why := s.cutOff(); why != "" {
		doc.Marked(s.env.Styles.ForSeverity(model.Failure), why)
		doc.Space()
	}
	doc.Verbatim(detail.Role(s.env, s.view, role, s.pane.TextWidth())...)
	s.pane.Text.SetText(doc.Lines())
}

// cutOff says why clients never come to this role; empty where they do.
func (s *Screen) cutOff() string {
	at, above, ok := detail.Barrier(s.view.Repository, s.name)
	switch {
	case !ok:
		return ""
	case above == nil:
		return "Clients do not come here: there is no " + text.Clean(at.String()) + ", which would list the keys."
	default:
		return "Clients do not come here: " + text.Clean(at.String()) + " is " + above.Condition() + "."
	}
}

// Update takes news, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if msg.Keys || slices.Contains(msg.Changed, s.gun) {
			s.take()
		}
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.ClickMsg:
		if s.role() != nil && s.pane.Click(msg.X, msg.Y) == widget.HitSelected {
			return s.open()
		}
	case screen.WheelMsg:
		if s.role() != nil {
			s.pane.Wheel(msg.X, msg.Y, msg.Lines)
		}
	}
	return nil
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	role := s.role()
	if role == nil {
		return nil
	}
	actions := []keymap.Action{
		keymap.One(keymap.RoleRaw).Given(func() (bool, string) { return len(role.Raw) > 0, "there is no file of this role" }),
		keymap.One(keymap.Open).Given(func() (bool, string) {
			_, ok := s.selected()
			return ok, "this role is shown already; tab goes to the trust path to select another"
		}),
	}
	actions = append(actions, s.env.Changes(keymap.BeginWitness, keymap.BeginRenew, keymap.BeginRotate, keymap.BeginSignerAdd, keymap.BeginSignerRemove)...)
	return append(actions, keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.RoleRaw:
		return screen.Send(nav.PushMsg{Route: nav.Raw(s.gun, s.name)})
	case keymap.Open:
		return s.open()
	default:
		if !s.pane.Do(id) {
			return screen.Begin(id, s.env.About(s.gun, s.name))
		}
		return nil
	}
}

// selected is the role under the cursor of the trust path; ok is false where it
// is the one that is shown.
func (s *Screen) selected() (name model.RoleName, ok bool) {
	i, ok := s.pane.List.Selected()
	if !ok {
		return "", false
	}
	name = s.family.roles[i].Name
	return name, name != s.name
}

func (s *Screen) open() tea.Cmd {
	name, ok := s.selected()
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Role(s.gun, name)})
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
		words += ", and clients do not come here"
	}
	left = st.Tone(mark.Tone).Render(mark.Glyph) + " " + words
	if s.view.Fault != nil {
		what, _ := text.Error(s.view.Fault)
		left = st.Tone(theme.Warn).Render("not current: ") + what
	}
	if read := s.view.Repository.Source.Read; !read.IsZero() {
		right = st.Tone(theme.Dim).Render("read " + text.Relative(read, s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " refresh")
	}
	return left, right
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.pane.SetSize(width, height)
	if s.role() != nil {
		// Marks and the lines of the trust path hold styles.
		s.family = newFamily(s.env, s.view, s.name)
		s.pane.SetRows(s.family.rows())
		s.lay()
	}
}

// View draws the role, or why there is nothing to show.
func (s *Screen) View() string {
	if s.role() != nil {
		return s.pane.View(s.env.Styles)
	}
	lines := []string{widget.Rule(s.env.Styles, s.pane.TextTitle, s.width), ""}
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
	x, y, ok := s.pane.Cursor()
	if !ok {
		return nil
	}
	return tea.NewCursor(x, y)
}
