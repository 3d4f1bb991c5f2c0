package screen

import (
	"strings"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
)

// Marker is a screen whose rows can be marked.
type Marker interface {
	// Marked is how many rows are marked.
	Marked() int
	// Ranging reports whether a range is open.
	Ranging() bool
	// Unmark drops an open range, else all marks. It reports false where there is neither.
	Unmark() bool
}

// Marked is how many rows are marked.
func (l *List[T]) Marked() int { return len(l.table.Marked()) }

// Ranging reports whether a range is open.
func (l *List[T]) Ranging() bool { return l.table.Ranging() }

// Unmark drops an open range, else all marks.
func (l *List[T]) Unmark() bool { return l.table.Unmark() }

// markable reports whether rows can be marked: not beside a text, and not in a tree, where
// the same key folds branches.
func (l *List[T]) markable() bool { return l.of.Text == nil && !l.of.Tree }

// markActions are those that mark rows. They stand in the footer where changes act on
// marks.
func (l *List[T]) markActions() []keymap.Action {
	if !l.markable() {
		return nil
	}
	actions := keymap.Get(keymap.Mark, keymap.MarkRange, keymap.MarkAll)
	for i := range actions {
		if actions[i].Rank += 40; len(l.of.Changes) == 0 || l.Marked() == 0 && i > 0 {
			actions[i].Rank = 0
		}
		actions[i] = actions[i].Given(func() (bool, string) { return l.Len() > 0, "there are no rows" })
	}
	return actions
}

// mark marks rows. It reports false for actions that do something else.
func (l *List[T]) mark(id keymap.ID) bool {
	switch {
	case !l.markable():
		return false
	case id == keymap.Mark:
		l.table.Mark()
	case id == keymap.MarkRange:
		l.table.MarkRange()
	case id == keymap.MarkAll:
		l.table.MarkAll()
	default:
		return false
	}
	return true
}

// copyMarked are the values that all marked rows have, each as a list.
func (l *List[T]) copyMarked() []CopyItem {
	rows := l.Chosen()
	var out []CopyItem
	for _, item := range l.of.Copies(rows[0]) {
		var values []string
		for _, row := range rows {
			for _, other := range l.of.Copies(row) {
				if other.Label == item.Label && !item.Lines && !other.Lines {
					values = append(values, other.Text)
					break
				}
			}
		}
		if len(values) == len(rows) {
			out = append(out, CopyItem{Label: item.Label + " of " + text.Number(len(rows)) + " rows", Text: strings.Join(values, "\n") + "\n", Lines: true})
		}
	}
	return out
}
