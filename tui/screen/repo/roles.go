package repo

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	roleName = iota
	roleVersion
	roleExpires
	roleNeeds
	roleMark
)

// rolesTab is the tree of roles.
type rolesTab struct {
	base
	tree widget.Tree
	// prefixes are the lines of the tree, by index of the role.
	prefixes []string
	marks    []theme.Mark
}

func newRoles(s *Screen) *rolesTab {
	t := &rolesTab{base: base{s: s}}
	t.split.ListTitle = "Role tree"
	t.detail = func(i int) (string, widget.Text) {
		role := &s.repo().Roles[t.tree.Shown()[i]]
		return text.Clean(role.Name.String()), detail.Role(s.env, s.view, role, t.split.DetailWidth())
	}
	t.split.Table.SetColumns([]widget.Column{
		{ID: roleName, Title: "ROLE", Width: 13, Grow: true},
		{ID: roleVersion, Title: "VERS.", Full: "version", Width: 5, Drop: 1},
		{ID: roleExpires, Title: "EXPIRES", Width: 9},
		{ID: roleNeeds, Title: "NEEDS", Width: 6, Drop: 2},
		{ID: roleMark, Title: "", Width: 1},
	})
	return t
}

func (t *rolesTab) load() {
	roles := t.s.repo().Roles
	nodes := make([]widget.Node, len(roles))
	t.marks = make([]theme.Mark, len(roles))
	depths := t.s.repo().Depths()
	for i := range roles {
		depth := 1 + depths[roles[i].Name]
		if roles[i].Name == model.RoleRoot {
			depth = 0
		}
		nodes[i] = widget.Node{Key: roles[i].Name.String(), Depth: depth}
		t.marks[i] = detail.Mark(t.s.env.Styles, t.s.view, &roles[i])
	}
	t.tree.SetNodes(nodes)
	t.prefixes = t.tree.Prefixes(&t.s.env.Styles.Glyphs)
	t.arrange()
	t.split.SetNotes(t.legend())
}

// arrange hands the roles that no folded branch hides to the table.
func (t *rolesTab) arrange() {
	shown := t.tree.Shown()
	role := func(i int) *model.Role { return &t.s.repo().Roles[shown[i]] }
	t.split.Table.SetRows(widget.RowsOf{
		N:      len(shown),
		KeyOf:  func(i int) string { return role(i).Name.String() },
		CellOf: func(i, column int) widget.Cell { return t.cell(shown[i], column) },
	})
}

func (t *rolesTab) cell(i, column int) widget.Cell {
	role, mark := &t.s.repo().Roles[i], t.marks[i]
	switch column {
	case roleName:
		if t.s.env.Styles.Words {
			// Nothing else tells where in the tree it is.
			return widget.Cell{Text: text.Clean(role.Name.String())}
		}
		return widget.Cell{Text: t.prefixes[i] + text.Clean(role.Short) + t.fold(i)}
	case roleVersion:
		if role.Version > 0 {
			return widget.Cell{Text: fmt.Sprintf("v%d", role.Version)}
		}
	case roleExpires:
		return t.expires(role, mark)
	case roleNeeds:
		return widget.Cell{Text: fmt.Sprintf("%d of %d", role.Threshold, len(role.Keys))}
	case roleMark:
		return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
	}
	return widget.Cell{}
}

// fold marks a branch that is folded.
func (t *rolesTab) fold(i int) string {
	if t.tree.Parent(i) && t.tree.Folded(i) {
		return " " + t.s.env.Styles.Glyphs.Closed
	}
	return ""
}

func (t *rolesTab) expires(role *model.Role, mark theme.Mark) widget.Cell {
	switch {
	case role.Expires.IsZero() && role.State == model.RoleUnpublished:
		return widget.Cell{Text: "empty", Tone: theme.Dim}
	case role.Expires.IsZero():
		return widget.Cell{Text: role.State.String(), Tone: mark.Tone}
	case role.Expired:
		return widget.Cell{Text: "expired", Tone: theme.Bad}
	case mark.Tone == theme.Warn:
		return widget.Cell{Text: text.Span(t.s.env.Now(), role.Expires), Tone: theme.Warn}
	default:
		return widget.Cell{Text: text.Span(t.s.env.Now(), role.Expires)}
	}
}

// legend explains the marks, where they are not words.
func (t *rolesTab) legend() widget.StaticText {
	st := t.s.env.Styles
	if st.Words {
		return widget.StaticText{"Needs: signatures needed of keys listed."}
	}
	dim := st.Tone(theme.Dim)
	g := &st.Glyphs
	return widget.StaticText{
		dim.Render(g.OK + " verified  " + g.Soon + " needs attention  " + g.Broken + " refused"),
		dim.Render("NEEDS  signatures needed of keys listed"),
	}
}

// do folds and unfolds; what is not about folding is left to the pane.
func (t *rolesTab) do(id keymap.ID) bool {
	at, ok := t.split.Table.Selected()
	if !ok || t.split.InDetail() {
		return false
	}
	i := t.tree.Shown()[at]
	switch id {
	case keymap.Left:
		if !t.tree.Fold(i, true) {
			t.split.Table.Select(t.s.repo().Roles[t.tree.Up(i)].Name.String())
			return true
		}
	case keymap.Right:
		if !t.tree.Fold(i, false) {
			return false
		}
	case keymap.ToggleRow:
		t.tree.Fold(i, !t.tree.Folded(i))
	default:
		return false
	}
	t.arrange()
	return true
}

func (t *rolesTab) selected() *model.Role {
	at, ok := t.split.Table.Selected()
	if !ok {
		return nil
	}
	return &t.s.repo().Roles[t.tree.Shown()[at]]
}

func (t *rolesTab) subject() screen.Subject {
	if role := t.selected(); t.s.repo() != nil && role != nil {
		return t.s.env.About(t.s.gun, role.Name)
	}
	return t.base.subject()
}

func (t *rolesTab) open() tea.Cmd {
	role := t.selected()
	if role == nil {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Role(t.s.gun, role.Name)})
}

func (t *rolesTab) copies(i int) []screen.CopyItem {
	return detail.CopyRole(&t.s.repo().Roles[t.tree.Shown()[i]])
}
