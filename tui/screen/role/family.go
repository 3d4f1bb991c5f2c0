package role

import (
	"strings"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// relative is a role with the lines of the tree before it.
type relative struct {
	*model.Role
	prefix string
}

func (s *Screen) columns() []screen.Column[relative] {
	return []screen.Column[relative]{
		{Column: widget.Column{Title: "ROLE", Width: 10, Grow: true, Unsorted: true}, Cell: s.relativeName},
		{
			Column: widget.Column{Title: "STATE", Width: 13, Unsorted: true},
			Cell: func(r *relative) widget.Cell {
				return screen.MarkCell(detail.Mark(s.env.Styles, s.view, r.Role), r.Condition())
			},
		},
		{Column: widget.Column{Title: "EXPIRES", Width: 9, Drop: 1, Unsorted: true}, Cell: s.expires},
	}
}

// family is the role with those from the root down to it, and those whose keys it
// lists itself, in the order of the tree.
func (s *Screen) family() []relative {
	if s.role() == nil {
		return nil
	}
	repo := s.view.Repository
	above := map[model.RoleName]bool{model.RoleRoot: true}
	for _, n := range repo.Path(s.name) {
		above[n] = true
	}
	depths := repo.Depths()
	var nodes []widget.Node
	var out []relative
	for i := range repo.Roles {
		role := &repo.Roles[i]
		if !above[role.Name] && role.Parent() != s.name {
			continue
		}
		depth := 1 + depths[role.Name]
		if role.Name == model.RoleRoot {
			depth = 0
		}
		nodes = append(nodes, widget.Node{Key: role.Name.String(), Depth: depth})
		out = append(out, relative{Role: role})
	}
	var tree widget.Tree
	tree.SetNodes(nodes)
	for i, prefix := range tree.Prefixes(&s.env.Styles.Glyphs) {
		out[i].prefix = prefix
	}
	return out
}

func (s *Screen) relativeName(r *relative) widget.Cell {
	if s.env.Styles.Words {
		// Nothing else tells where in the tree it is.
		return widget.Cell{Text: text.Clean(r.Name.String())}
	}
	return widget.Cell{Text: r.prefix + text.Clean(r.Short)}
}

func (s *Screen) expires(r *relative) widget.Cell {
	if r.Expires.IsZero() {
		return screen.WordCell("")
	}
	return widget.Cell{Text: strings.TrimPrefix(text.Relative(r.Expires, s.env.Now()), "in ")}
}
