package widget

import (
	"trustdeck/tui/keymap"
	"trustdeck/tui/theme"
)

const (
	// asideLeast and asideMost limit the width of the list beside the text,
	// which is two fifths of the whole.
	asideLeast = 40
	asideMost  = 60
	// asideRows limits the height of the list below the text: one line in so
	// many.
	asideRows = 3
)

// Aside is a text with a short list at its side: the facts about a thing, and
// the places that have to do with it. It is a Split the other way round: the
// text has most of the room, and the moves to begin with.
type Aside struct {
	Text Scroll
	List Table
	// TextTitle and ListTitle stand in the borders.
	TextTitle, ListTitle string

	inList        bool
	width, height int
}

// SetRows replaces the rows of the list; how many there are decides how much
// room it takes.
func (p *Aside) SetRows(rows Rows) {
	p.List.SetRows(rows)
	p.SetSize(p.width, p.height)
}

// SetSize lays text and list out.
func (p *Aside) SetSize(width, height int) {
	p.width, p.height = width, height
	switch p.arrangement() {
	case beside:
		p.Text.SetSize(InnerBox(width-p.listWidth(), height))
		p.List.SetSize(InnerBox(p.listWidth(), height))
	case stacked:
		rows := p.listHeight()
		p.Text.SetSize(width-2, height-rows-2)
		p.List.SetSize(width, rows)
	default:
		p.Text.SetSize(width-2, height-1)
		p.List.SetSize(width, height-1)
	}
	p.Focus(p.inList)
}

func (p *Aside) arrangement() arrangement {
	switch {
	case p.width >= besideFrom:
		return beside
	case p.height >= stackedHeight:
		return stacked
	default:
		return single
	}
}

func (p *Aside) listWidth() int { return max(min(p.width*2/5, asideMost), asideLeast) }

// listHeight is the height of the list below the text, its titles included.
func (p *Aside) listHeight() int {
	rows, _ := p.List.Count()
	return min(max(rows, 1)+1, p.height/asideRows)
}

// TextWidth is the width for which to lay the text out.
func (p *Aside) TextWidth() int { return p.Text.Width() }

// InList reports whether moves go to the list.
func (p *Aside) InList() bool { return p.inList }

// Focus gives the moves to the list or to the text.
func (p *Aside) Focus(list bool) {
	p.inList = list
	p.List.Blurred = !list
}

// Do carries out moves in the focused pane and between the panes. It reports
// false for actions that are none.
func (p *Aside) Do(id keymap.ID) bool {
	switch id {
	case keymap.NextPane, keymap.PrevPane:
		p.Focus(!p.inList)
	case keymap.Left:
		p.Focus(false)
	case keymap.Right:
		p.Focus(true)
	default:
		if p.inList {
			return p.List.Do(id)
		}
		return p.Text.Do(id)
	}
	return true
}

// Click focuses the pane at a place relative to the whole and clicks there.
func (p *Aside) Click(x, y int) Hit {
	list, left, top := p.at(x, y)
	p.Focus(list)
	if !list {
		return HitNothing
	}
	return p.List.Click(x-left, y-top)
}

// Wheel scrolls the pane at a place relative to the whole.
func (p *Aside) Wheel(x, y, lines int) {
	if list, _, _ := p.at(x, y); list {
		p.List.Wheel(lines)
		return
	}
	p.Text.Wheel(lines)
}

// at tells which pane is at a place, and where the list begins.
func (p *Aside) at(x, y int) (list bool, left, top int) {
	switch p.arrangement() {
	case beside:
		edge := p.width - p.listWidth()
		return x >= edge, edge + 2, 1
	case stacked:
		edge := p.height - p.listHeight()
		return y >= edge, 0, edge
	default:
		return p.inList, 0, 1
	}
}

// Cursor is the place where the user is, relative to the whole: the selected
// row of the list, or the first line of the text.
func (p *Aside) Cursor() (x, y int, ok bool) {
	if !p.inList {
		if p.arrangement() == beside {
			return 2, 1, true
		}
		return 1, 1, true
	}
	x, y, ok = p.List.Cursor()
	_, left, top := p.at(p.width, p.height)
	return x + left, y + top, ok
}

// View draws text and list, or the focused one.
func (p *Aside) View(s *theme.Styles) string {
	switch p.arrangement() {
	case beside:
		return Beside(
			paneBox(s, p.TextTitle, p.Text.View(s), p.width-p.listWidth(), p.height, !p.inList),
			paneBox(s, p.ListTitle, p.List.View(s), p.listWidth(), p.height, p.inList))
	case stacked:
		return p.text(s) + "\n" + p.list(s)
	default:
		if p.inList {
			return p.list(s)
		}
		return p.text(s)
	}
}

func (p *Aside) text(s *theme.Styles) string {
	return textBelow(s, p.TextTitle, !p.inList, p.width, &p.Text)
}

// list draws the list under a rule.
func (p *Aside) list(s *theme.Styles) string {
	return paneRule(s, p.ListTitle, p.inList, p.width) + "\n" + p.List.View(s)
}
