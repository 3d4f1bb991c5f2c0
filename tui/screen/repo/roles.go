package repo

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// node is a role in the tree of roles.
type node struct {
	*model.Role
	// at is its index in the repository, prefix the lines of the tree before it.
	at     int
	prefix string
}

// rolesTab is the tree of roles.
type rolesTab struct {
	*screen.List[node]
	s    *Screen
	tree widget.Tree
}

func newRoles(s *Screen) *rolesTab {
	t := &rolesTab{s: s}
	t.List = screen.NewList(s.env, screen.Listing[node]{
		Tree:  true,
		Title: "Role tree", Titled: true, Head: s.head,
		Columns: []screen.Column[node]{
			{Column: widget.Column{Title: "ROLE", Width: 13, Grow: true}, Cell: t.name},
			{Column: widget.Column{Title: "VERS.", Full: "version", Width: 5, Drop: 1}, Cell: version},
			{Column: widget.Column{Title: "EXPIRES", Width: 9}, Cell: t.expires},
			{
				Column: widget.Column{Title: "NEEDS", Width: 6, Drop: 2},
				Cell:   func(n *node) widget.Cell { return widget.Cell{Text: fmt.Sprintf("%d of %d", n.Threshold, len(n.Keys))} },
			},
			{Column: widget.Column{Width: 1}, Cell: func(n *node) widget.Cell { return screen.MarkCell(t.mark(n), "") }},
		},
		Load:  t.load,
		Key:   func(n *node) string { return n.Name.String() },
		Begin: t.worst,
		Hidden: func(n *node) bool {
			_, shown := slices.BinarySearch(t.tree.Shown(), n.at)
			return !shown
		},
		Detail: func(doc *widget.Doc, n *node) (string, widget.Text) {
			return text.Clean(n.Name.String()), detail.Role(s.env, s.view, n.Role, doc.Width())
		},
		Notes:   t.legend,
		Actions: []screen.Action[node]{screen.OpenAction(none, func(n *node) tea.Cmd { return s.open(n.Name) })},
		Copies:  func(n *node) []screen.CopyItem { return detail.CopyRole(n.Role) },
	})
	return t
}

func (t *rolesTab) load() []node {
	repo := t.s.repo()
	if repo == nil {
		return nil
	}
	roles, depths := repo.Roles, repo.Depths()
	nodes, out := make([]widget.Node, len(roles)), make([]node, len(roles))
	for i := range roles {
		depth := 1 + depths[roles[i].Name]
		if roles[i].Name == model.RoleRoot {
			depth = 0
		}
		nodes[i] = widget.Node{Key: roles[i].Name.String(), Depth: depth}
		out[i] = node{Role: &roles[i], at: i}
	}
	t.tree.SetNodes(nodes)
	for i, prefix := range t.tree.Prefixes(&t.s.env.Styles.Glyphs) {
		out[i].prefix = prefix
	}
	return out
}

// worst is the first of the roles that are worst off: root where all are well.
func (t *rolesTab) worst() string {
	repo := t.s.repo()
	if repo == nil {
		return ""
	}
	worst, severity := "", model.Notice
	for i := range repo.Roles {
		if s := detail.Severity(t.s.view, &repo.Roles[i]); worst == "" || s > severity {
			worst, severity = repo.Roles[i].Name.String(), s
		}
	}
	return worst
}

func (t *rolesTab) mark(n *node) theme.Mark { return detail.Mark(t.s.env.Styles, t.s.view, n.Role) }

func (t *rolesTab) name(n *node) widget.Cell {
	cell := widget.Cell{Text: n.prefix + text.Clean(n.Short) + t.fold(n.at)}
	if t.s.env.Styles.Words {
		// Nothing else tells where in the tree it is.
		cell.Text = text.Clean(n.Name.String())
	}
	if m, ok := t.s.env.Board.Marked(t.s.gun); ok && slices.Contains(m.Roles, n.Name) {
		cell.Text, cell.Tone = cell.Text+t.s.env.Styles.News(false), theme.Accent
	}
	return cell
}

func version(n *node) widget.Cell {
	if n.Version == 0 {
		return widget.Cell{}
	}
	return widget.Cell{Text: fmt.Sprintf("v%d", n.Version)}
}

// fold marks a branch that is folded.
func (t *rolesTab) fold(i int) string {
	if t.tree.Parent(i) && t.tree.Folded(i) {
		return " " + t.s.env.Styles.Glyphs.Closed
	}
	return ""
}

func (t *rolesTab) expires(role *node) widget.Cell {
	mark := t.mark(role)
	switch {
	case role.Expires.IsZero() && role.State == model.RoleUnpublished:
		return widget.Cell{Text: "empty", Tone: theme.Dim}
	case role.Expires.IsZero():
		return widget.Cell{Text: role.State.String(), Tone: mark.Tone}
	case role.Expired:
		return widget.Cell{Text: "expired", Tone: theme.Bad}
	default:
		return widget.Cell{Text: text.Span(t.s.env.Now(), role.Expires), Tone: detail.ExpiryTone(t.s.env, role.Role)}
	}
}

// legend explains the marks, where they are not words.
func (t *rolesTab) legend() widget.StaticText {
	st := t.s.env.Styles
	if st.Words {
		return widget.StaticText{"Needs: signatures needed and keys listed."}
	}
	dim := st.Tone(theme.Dim)
	g := &st.Glyphs
	lines := widget.StaticText{
		dim.Render(g.OK + " verified  " + g.Soon + " needs attention  " + g.Broken + " refused"),
		dim.Render("NEEDS  signatures needed and keys listed"),
	}
	if _, ok := t.s.env.Board.Marked(t.s.gun); ok {
		lines = append(lines, st.Tone(theme.Accent).Render(g.Changed+" changed since you last looked"))
	}
	return lines
}

// Update folds and unfolds; what is not about folding is left to the list.
func (t *rolesTab) Update(msg tea.Msg) tea.Cmd {
	if action, ok := msg.(screen.ActionMsg); ok && !t.Split.InDetail() && t.turn(action.ID) {
		return nil
	}
	return t.List.Update(msg)
}

// turn reports whether an action has been about folding.
func (t *rolesTab) turn(id keymap.ID) bool {
	n, ok := t.Selected()
	if !ok {
		return false
	}
	switch id {
	case keymap.Left:
		if !t.tree.Fold(n.at, true) {
			t.Select(t.All()[t.tree.Up(n.at)].Name.String())
			return true
		}
	case keymap.Right:
		if !t.tree.Fold(n.at, false) {
			return false
		}
	case keymap.ToggleRow:
		t.tree.Fold(n.at, !t.tree.Folded(n.at))
	default:
		return false
	}
	t.Arrange()
	return true
}

// role is the one that is selected.
func (t *rolesTab) role() model.RoleName {
	if n, ok := t.Selected(); ok {
		return n.Name
	}
	return ""
}

func (t *rolesTab) count() (int, bool) { return 0, false }
