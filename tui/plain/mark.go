package plain

import (
	"context"
	"slices"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
)

// marks reports whether rows can be marked here.
func (c *conversation) marks() bool {
	return slices.ContainsFunc(c.Screen().Actions(), func(a keymap.Action) bool { return a.ID == keymap.Mark })
}

// mark marks rows by their numbers, or unmarks them; all that are shown, or none.
func (c *conversation) mark(ctx context.Context, which string) (again bool, err error) {
	_, rows := c.rows()
	marker, ok := c.Marker()
	if !ok || rows == 0 || !c.marks() {
		c.Say("There is nothing to mark here.")
		return false, nil
	}
	switch which {
	case everything:
		c.Do(keymap.MarkAll)
	case "none":
		for marker.Unmark() { // a range first
		}
	default:
		at, wrong := numbers(which, rows)
		if wrong != "" || at == nil {
			c.Say("Type mark and numbers from 1 to " + text.Number(rows) + ", as in: mark 1-3,5; or mark all, or mark none.")
			return false, nil
		}
		for _, i := range at {
			if ok, err := c.selects(ctx, i+1); !ok {
				return false, err
			}
			c.Do(keymap.Mark)
		}
	}
	if err := c.settle(ctx); err != nil {
		return false, err
	}
	c.Say(text.Count(marker.Marked(), "row") + " marked.")
	return false, nil
}
