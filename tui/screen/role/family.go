package role

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	familyName = iota
	familyState
	familyExpires
)

func familyColumns() []widget.Column {
	return []widget.Column{
		{ID: familyName, Title: "ROLE", Width: 10, Grow: true, Unsorted: true},
		{ID: familyState, Title: "STATE", Width: 13, Unsorted: true},
		{ID: familyExpires, Title: "EXPIRES", Width: 9, Drop: 1, Unsorted: true},
	}
}

// family is a role with those from the root down to it, and those whose keys it
// lists itself, in the order of the tree.
type family struct {
	env      *screen.Env
	roles    []*model.Role
	prefixes []string
	marks    []theme.Mark
}

func newFamily(env *screen.Env, view admin.View, name model.RoleName) family {
	f := family{env: env}
	above := map[model.RoleName]bool{model.RoleRoot: true}
	for _, n := range view.Repository.Path(name) {
		above[n] = true
	}
	depths := view.Repository.Depths()
	var nodes []widget.Node
	for i := range view.Repository.Roles {
		role := &view.Repository.Roles[i]
		if !above[role.Name] && role.Parent() != name {
			continue
		}
		depth := 1 + depths[role.Name]
		if role.Name == model.RoleRoot {
			depth = 0
		}
		nodes = append(nodes, widget.Node{Key: role.Name.String(), Depth: depth})
		f.roles = append(f.roles, role)
		f.marks = append(f.marks, detail.Mark(env.Styles, view, role))
	}
	var tree widget.Tree
	tree.SetNodes(nodes)
	f.prefixes = tree.Prefixes(&env.Styles.Glyphs)
	return f
}

func (f family) rows() widget.Rows {
	return widget.RowsOf{
		N:      len(f.roles),
		KeyOf:  func(i int) string { return f.roles[i].Name.String() },
		CellOf: f.cell,
	}
}

func (f family) cell(i, column int) widget.Cell {
	role, mark := f.roles[i], f.marks[i]
	switch column {
	case familyName:
		if f.env.Styles.Words {
			// Nothing else tells where in the tree it is.
			return widget.Cell{Text: text.Clean(role.Name.String())}
		}
		return widget.Cell{Text: f.prefixes[i] + text.Clean(role.Short)}
	case familyState:
		return widget.Cell{Text: mark.Glyph + " " + role.Condition(), Tone: mark.Tone}
	default:
		if role.Expires.IsZero() {
			return widget.Cell{Text: "-", Tone: theme.Dim}
		}
		return widget.Cell{Text: strings.TrimPrefix(text.Relative(role.Expires, f.env.Now()), "in ")}
	}
}
