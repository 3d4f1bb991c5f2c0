package widget

import (
	"strings"

	"trustdeck/tui/keymap"
	"trustdeck/tui/theme"
)

const (
	// besideFrom is the width from which list and detail stand side by side.
	besideFrom = 96
	// stackedFrom is the width, stackedHeight the height, from which the
	// detail stands below the list. With less only one of them is seen.
	stackedFrom   = 80
	stackedHeight = 16
	// detailLeast is the width that the detail has beside a list, however much the list
	// needs, on terminals of twice that width. On others it has half of them.
	detailLeast = 76
	// detailLow is the height that the detail keeps below a list that needs more than half.
	detailLow = 16
)

// arrangement is how list and detail share the space.
type arrangement int

const (
	single arrangement = iota
	stacked
	beside
	stripped
)

// Split is a list with the detail of its selected row. Whoever owns it sets the
// detail when the selection may have changed.
type Split struct {
	Table  Table
	Detail Scroll
	// ListTitle and DetailTitle stand in the borders.
	ListTitle, DetailTitle string
	// ListWidth is the width of the list where the detail stands beside it
	// and wants all the rest; 0 shares the space.
	ListWidth int
	// Rows prefers the detail below the list at any width, for lists whose
	// rows are long.
	Rows bool
	// Strip makes the detail a strip of a few lines below the list, which is not
	// moved in: it tells how many lines of the height it takes, its rule included.
	// Nil is no strip.
	Strip func(height int) int

	notes StaticText
	// noteLines is how many lines the notes take, an empty one before them
	// included.
	noteLines     int
	inDetail      bool
	width, height int
}

// SetNotes sets lines that stand below the list, styled, where rows leave room
// for all of them.
func (p *Split) SetNotes(notes StaticText) {
	p.notes = notes
	p.SetSize(p.width, p.height)
}

// SetSize lays both panes out.
func (p *Split) SetSize(width, height int) {
	p.width, p.height = width, height
	switch p.arrangement() {
	case beside:
		left, right := p.halves()
		p.setList(InnerBox(left, height))
		p.Detail.SetSize(InnerBox(right, height))
	case stacked:
		top := p.topHeight()
		p.setList(width, top)
		p.Detail.SetSize(width-2, height-top-1)
	case stripped:
		lines := p.Strip(height)
		p.setList(width, height-lines)
		p.Detail.SetSize(width-1, lines-1)
	default:
		p.setList(width, height)
		p.Detail.SetSize(width-2, height-1)
	}
	p.focus(p.inDetail)
}

func (p *Split) arrangement() arrangement {
	switch {
	case p.Strip != nil:
		return stripped
	case p.width >= besideFrom && (!p.Rows || p.height < stackedHeight):
		return beside
	case p.width >= stackedFrom && p.height >= stackedHeight:
		return stacked
	default:
		return single
	}
}

// halves are the widths of the panes that stand side by side. The list has as much as
// its columns need, as far as that leaves enough to the detail, which has the rest.
func (p *Split) halves() (left, right int) {
	left = p.ListWidth
	if left == 0 {
		frame, _ := InnerBox(0, 0)
		need := p.Table.Need() - frame
		left = max(min(need, p.width-min(p.width/2-2, detailLeast)), p.width*2/5)
	}
	return left, p.width - left
}

// topHeight is the height of the list above the detail: half of it, or as much as all rows need
// where that leaves enough to the detail. How many of them are shown makes no difference, so
// that nothing moves while a filter is typed.
func (p *Split) topHeight() int {
	_, rows := p.Table.Count()
	return max(p.height/2, min(rows+1, p.height-detailLow))
}

// setList gives the list its space, less what the notes take.
func (p *Split) setList(width, height int) {
	p.noteLines = 0
	shown, _ := p.Table.Count()
	if n := len(p.notes) + 1; n > 1 && shown+1+n <= height {
		p.noteLines = n
	}
	p.Table.SetSize(width, height-p.noteLines)
}

// DetailWidth is the width for which to lay the detail out.
func (p *Split) DetailWidth() int { return p.Detail.Width() }

// InDetail reports whether moves go to the detail.
func (p *Split) InDetail() bool { return p.inDetail }

// Focus gives the moves to the detail or to the list.
func (p *Split) Focus(detail bool) { p.focus(detail) }

func (p *Split) focus(detail bool) {
	p.inDetail = detail
	p.Table.Blurred = detail
}

// Do carries out moves in the focused pane and between the panes. It reports
// false for actions that are none.
func (p *Split) Do(id keymap.ID) bool {
	switch id {
	case keymap.NextPane, keymap.PrevPane:
		p.focus(!p.inDetail)
	case keymap.Left:
		p.focus(false)
	case keymap.Right:
		p.focus(true)
	default:
		if p.inDetail {
			return p.Detail.Do(id)
		}
		if !p.Table.Do(id) {
			return false
		}
		p.Detail.Rewind()
	}
	return true
}

// Click focuses the pane at a place relative to the split and clicks there.
func (p *Split) Click(x, y int) Hit {
	detail, left, top := p.at(x, y)
	p.focus(detail)
	if detail {
		return HitNothing
	}
	hit := p.Table.Click(x-left, y-top)
	if hit == HitRow {
		p.Detail.Rewind()
	}
	return hit
}

// Wheel scrolls the pane at a place relative to the split.
func (p *Split) Wheel(x, y, lines int) {
	if detail, _, _ := p.at(x, y); detail {
		p.Detail.Wheel(lines)
		return
	}
	p.Table.Wheel(lines)
	p.Detail.Rewind()
}

// at tells which pane is at a place, and where the list begins.
func (p *Split) at(x, y int) (detail bool, left, top int) {
	switch p.arrangement() {
	case beside:
		half, _ := p.halves()
		return x >= half, 2, 1
	case stacked:
		return y >= p.topHeight(), 0, 0
	case stripped:
		return false, 0, 0
	default:
		return p.inDetail, 0, 0
	}
}

// Cursor is the place where the user is, relative to the split: the selected row, or the
// first line that is seen of the detail. ok is false where there is no row.
func (p *Split) Cursor() (x, y int, ok bool) {
	x, y, ok = p.Table.Cursor()
	where := p.arrangement()
	if p.inDetail && where != stripped {
		switch where {
		case beside:
			left, _ := p.halves()
			return left + 2, 1, ok
		case stacked:
			return 1, p.topHeight() + 1, ok
		default:
			return 1, 1, ok
		}
	}
	if where == beside {
		x, y = x+2, y+1
	}
	return x, y, ok
}

// View draws both panes, or the focused one.
func (p *Split) View(s *theme.Styles) string {
	switch p.arrangement() {
	case beside:
		left, right := p.halves()
		return Beside(
			paneBox(s, p.ListTitle, p.list(s), left, p.height, !p.inDetail),
			paneBox(s, p.DetailTitle, p.Detail.View(s), right, p.height, p.inDetail))
	case stacked:
		return p.list(s) + "\n" + p.below(s)
	case stripped:
		if p.Strip(p.height) == 0 {
			return p.list(s)
		}
		return p.list(s) + "\n" + p.below(s)
	default:
		if p.inDetail {
			return p.below(s)
		}
		return p.list(s)
	}
}

func (p *Split) list(s *theme.Styles) string {
	list := p.Table.View(s)
	if p.noteLines > 0 {
		list += "\n\n" + strings.Join(p.notes, "\n")
	}
	return list
}

func (p *Split) below(s *theme.Styles) string {
	return textBelow(s, p.DetailTitle, p.inDetail, p.width, &p.Detail)
}

// textBelow draws a text under a rule with its title.
func textBelow(s *theme.Styles, title string, focused bool, width int, text *Scroll) string {
	body := strings.ReplaceAll(text.View(s), "\n", "\n ")
	return paneRule(s, title, focused, width) + "\n " + body
}

// paneRule is the rule above a pane, which marks the focused one.
func paneRule(s *theme.Styles, title string, focused bool, width int) string {
	return Rule(s, paneTitle(s, title, focused), width)
}

// paneBox is the box around one of two panes, which marks the focused one.
func paneBox(s *theme.Styles, title, body string, width, height int, focused bool) string {
	return Box(s, paneTitle(s, title, focused), body, width, height, focused)
}

// paneTitle marks the title of the focused pane, without colour too.
func paneTitle(s *theme.Styles, title string, focused bool) string {
	if focused {
		return s.Glyphs.Cursor + " " + title
	}
	return title
}
