package widget

import (
	"strings"

	"trustdeck/tui/theme"
)

// Node is a node of a tree in pre-order.
type Node struct {
	Key string
	// Depth is 0 for top nodes and at most one more than that of the node
	// before.
	Depth int
}

// Tree folds and unfolds branches and knows the lines that join them. It holds
// no text: a table over Shown draws it.
type Tree struct {
	nodes  []Node
	folded map[string]bool
	shown  []int
}

// SetNodes replaces the nodes. Branches that were folded stay so.
func (t *Tree) SetNodes(nodes []Node) {
	t.nodes = nodes
	t.arrange()
}

// Shown lists the indices of the nodes that are not inside a folded branch.
func (t *Tree) Shown() []int { return t.shown }

// Parent reports whether node i has children.
func (t *Tree) Parent(i int) bool {
	return i+1 < len(t.nodes) && t.nodes[i+1].Depth > t.nodes[i].Depth
}

// Folded reports whether the children of node i are hidden.
func (t *Tree) Folded(i int) bool { return t.folded[t.nodes[i].Key] }

// Fold hides or shows the children of node i. It reports false where there is
// nothing to change.
func (t *Tree) Fold(i int, folded bool) bool {
	if !t.Parent(i) || t.Folded(i) == folded {
		return false
	}
	if t.folded == nil {
		t.folded = map[string]bool{}
	}
	t.folded[t.nodes[i].Key] = folded
	t.arrange()
	return true
}

// Up is the index of the parent of node i, or i for a top node.
func (t *Tree) Up(i int) int {
	for j := i - 1; j >= 0; j-- {
		if t.nodes[j].Depth < t.nodes[i].Depth {
			return j
		}
	}
	return i
}

func (t *Tree) arrange() {
	t.shown = t.shown[:0]
	hide := -1
	for i, n := range t.nodes {
		if hide >= 0 && n.Depth > hide {
			continue
		}
		hide = -1
		t.shown = append(t.shown, i)
		if t.folded[n.Key] && t.Parent(i) {
			hide = n.Depth
		}
	}
}

// Prefixes draws the lines before each node: how it hangs on its parent and
// which branches pass by.
func (t *Tree) Prefixes(g *theme.Glyphs) []string {
	out := make([]string, len(t.nodes))
	// From the end: later[d] tells that a node of depth d follows before a
	// shallower one.
	var later []bool
	for i := len(t.nodes) - 1; i >= 0; i-- {
		depth := t.nodes[i].Depth
		for len(later) <= depth {
			later = append(later, false)
		}
		later = later[:depth+1]
		parts := make([]string, 0, depth)
		for d := 1; d <= depth; d++ {
			switch {
			case d == depth && later[d]:
				parts = append(parts, g.Branch)
			case d == depth:
				parts = append(parts, g.LastBranch)
			case later[d]:
				parts = append(parts, g.Through)
			default:
				parts = append(parts, "  ")
			}
		}
		out[i] = strings.Join(parts, "")
		later[depth] = true
	}
	return out
}
