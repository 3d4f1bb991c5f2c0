package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// overlay is something on top of the screen that takes all input.
type overlay interface {
	key(m *Model, msg tea.KeyPressMsg) tea.Cmd
	paste(msg tea.PasteMsg)
	// click is relative to the overlay.
	click(m *Model, x, y int) tea.Cmd
	wheel(lines int)
	// view draws at most width by height and tells where the cursor is.
	view(m *Model, width, height int) (box string, x, y int)
}

// placement is where an overlay is drawn.
type placement struct {
	box                 string
	x, y, width, height int
	cursorX, cursorY    int
}

// The widths of overlays: of most, and of those with entries that would be cut.
const (
	overlayWidth  = 76
	overlayWidest = 120
)

// place draws an overlay and puts it in the middle. On a low terminal it may
// take the whole screen.
func (m *Model) place(o overlay) placement {
	most := overlayWidth
	if n, ok := o.(interface{ Need() int }); ok {
		most = max(most, min(n.Need(), overlayWidest))
	}
	width, height := min(m.width-4, most), m.height-4
	if m.compact() {
		width, height = m.width, m.height
	}
	box, x, y := o.view(m, width, height)
	p := placement{box: box, width: width, height: strings.Count(box, "\n") + 1}
	p.x, p.y = (m.width-p.width)/2, max((m.height-p.height)/3, 0)
	p.cursorX, p.cursorY = p.x+x, p.y+y
	return p
}

// open opens an overlay. What is chosen in it is meant for the row that is selected now.
func (m *Model) open(o overlay) {
	if len(m.overlays) == 0 {
		m.aimed = m.selection()
	}
	m.overlays = append(m.overlays, o)
}

func (m *Model) close() { m.overlays = m.overlays[:len(m.overlays)-1] }

// moves are the moves inside overlays.
func moves(msg tea.KeyPressMsg, letters bool) (keymap.ID, bool) {
	if msg.Text != "" && !letters {
		return "", false
	}
	a, ok := keymap.Match(keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom), msg.String())
	return a.ID, ok
}

// pickOverlay is a menu, or the palette, which is a menu with a search.
type pickOverlay struct {
	*widget.Picker
	scope keymap.Scope
	items []widget.Item
	// enter goes on to what an entry leads to, where it leads somewhere, and the overlay stays;
	// nil leads nowhere.
	enter func(m *Model, i int) (cmd tea.Cmd, entered bool)
	// choose does the entry. The overlay is closed before.
	choose func(m *Model, i int) tea.Cmd
}

func newPick(title string, scope keymap.Scope, items []widget.Item, choose func(*Model, int) tea.Cmd) *pickOverlay {
	return &pickOverlay{
		Picker: widget.NewPicker(title, items, scope == keymap.Palette),
		scope:  scope, items: items, choose: choose,
	}
}

func (o *pickOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if a, ok := keymap.Match(keymap.Scoped(o.scope), msg.String()); ok {
		switch a.ID {
		case keymap.PaletteClose, keymap.MenuClose:
			m.close()
			return nil
		case keymap.PaletteRun, keymap.MenuChoose:
			return o.run(m)
		}
	}
	if id, ok := moves(msg, !o.Searches()); ok {
		o.Do(id)
		return nil
	}
	o.Update(msg)
	return nil
}

// run closes the overlay and does the selected entry; one that is off says why
// and stays.
func (o *pickOverlay) run(m *Model) tea.Cmd {
	i, ok := o.Selected()
	if !ok {
		return nil
	}
	if off := o.items[i].Off; off != "" {
		return m.toast(model.Notice, o.items[i].Label+": "+off)
	}
	if o.enter != nil {
		if cmd, entered := o.enter(m, i); entered {
			return cmd
		}
	}
	m.close()
	return o.choose(m, i)
}

func (o *pickOverlay) paste(msg tea.PasteMsg) { o.Update(msg) }

func (o *pickOverlay) click(m *Model, x, y int) tea.Cmd {
	if o.Click(x, y) {
		return o.run(m)
	}
	return nil
}

func (o *pickOverlay) wheel(lines int) { o.Wheel(lines) }

func (o *pickOverlay) view(m *Model, width, height int) (box string, x, y int) {
	return o.View(&m.styles, width, height)
}

// askOverlay is a question. The first button accepts, the second cancels.
type askOverlay struct {
	widget.Ask
	// cuts tells that quitting would cut something off.
	cuts bool
	// path tells that what is typed is a path, which tab completes.
	path bool
	// check says what is wrong with what is typed; nil takes everything.
	check  func(typed string) string
	accept func(m *Model, typed string) tea.Cmd
	bar    widget.Bar
	barY   int
}

func (m *Model) newQuitQuestion() overlay {
	words := "Leave trustdeck? Nothing is lost."
	if n := len(m.env.Setup.Draft()); n > 0 {
		words = "Leave trustdeck? " + text.Sentence(text.Count(n, "changed setting")+" will be lost, because the file has not been written")
	}
	return &askOverlay{
		Ask:    widget.Ask{Title: "Quit", Text: words, Buttons: []string{"Quit", "Stay"}},
		accept: func(m *Model, _ string) tea.Cmd { return m.quit() },
	}
}

// newCutQuestion asks before something is cut off in the middle.
func newCutQuestion(why string) overlay {
	return &askOverlay{
		cuts: true,
		Ask: widget.Ask{
			Title: "Quit", Text: why + " The next start explains what was cut off, and can finish it. Press ctrl+c again to quit at once.",
			Buttons: []string{"Quit now", "Stay"}, Focus: 1,
		},
		accept: func(m *Model, _ string) tea.Cmd { return m.quit() },
	}
}

// newLeaveQuestion asks before something is lost.
func newLeaveQuestion(place, lost string, leave func(*Model, string) tea.Cmd) overlay {
	return &askOverlay{
		Ask:    widget.Ask{Title: place, Text: lost, Buttons: []string{"Leave", "Stay"}, Focus: 1},
		accept: leave,
	}
}

func (m *Model) newPrompt(msg screen.PromptMsg) overlay {
	in := widget.NewInput("", msg.Value)
	o := &askOverlay{
		Ask:  widget.Ask{Title: msg.Title, Text: msg.Text, Buttons: []string{msg.Button, "Cancel"}, Field: &in},
		path: msg.Path, check: msg.Check,
		accept: func(m *Model, typed string) tea.Cmd {
			return m.top().screen.Update(screen.AnswerMsg{ID: msg.ID, Text: typed})
		},
	}
	if o.path && m.env.Browse != nil {
		o.Also = "Press ctrl+o for a list, or tab to complete the path."
	}
	return o
}

func (o *askOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	a, ok := keymap.Match(keymap.Scoped(keymap.Dialog), msg.String())
	typing := o.Field != nil && (msg.Text != "" || msg.String() == "left" || msg.String() == "right")
	switch {
	case o.path && browses(msg):
		return m.browse(o.Field.Value(), o)
	case !ok || typing:
		o.Update(msg)
	case a.ID == keymap.DialogClose:
		m.close()
	case a.ID == keymap.DialogSwitch && o.path && msg.String() == "tab" && m.env.Complete != nil:
		return m.completePath(o.Field.Value())
	case a.ID == keymap.DialogSwitch && (msg.String() == "left" || msg.String() == "shift+tab"):
		o.Switch(-1)
	case a.ID == keymap.DialogSwitch:
		o.Switch(1)
	case a.ID == keymap.DialogYes:
		return o.press(m, 0)
	case a.ID == keymap.DialogConfirm:
		return o.press(m, o.Focus)
	}
	return nil
}

// browses reports whether a key lets the user choose a file.
func browses(msg tea.KeyPressMsg) bool {
	_, ok := keymap.Match(keymap.Get(keymap.FlowBrowse), msg.String())
	return ok
}

// completePath completes a path in the background.
func (m *Model) completePath(typed string) tea.Cmd {
	complete := m.env.Complete
	return task.Run(m.completing, func(ctx context.Context) (screen.Completion, error) { return complete(ctx, typed) })
}

// completed takes a completion, unless something else has been typed meanwhile. Where
// nothing completes the path, tab goes to the next button as elsewhere.
func (m *Model) completed(c screen.Completion) {
	o, ok := m.asked()
	if !ok || !o.path || o.Field.Value() != c.Typed {
		return
	}
	o.Also = ""
	if c.Text == c.Typed && len(c.Paths) == 0 {
		o.Switch(1)
		return
	}
	o.Field.SetValue(c.Text)
	var names []string
	for _, path := range c.Paths[:min(len(c.Paths), mostCompletions)] {
		names = append(names, text.Clean(path[strings.LastIndex(strings.TrimSuffix(path, "/"), "/")+1:]))
	}
	if o.Also = strings.Join(names, "  "); len(c.Paths) > mostCompletions {
		o.Also += "  and " + text.Number(len(c.Paths)-mostCompletions) + " more"
	}
}

// mostCompletions is how many names that complete a path are listed.
const mostCompletions = 8

// asked is the question on top, where there is one.
func (m *Model) asked() (*askOverlay, bool) {
	if len(m.overlays) == 0 {
		return nil, false
	}
	o, ok := m.overlays[len(m.overlays)-1].(*askOverlay)
	return o, ok
}

func (o *askOverlay) press(m *Model, button int) tea.Cmd {
	if button != 0 {
		m.close()
		return nil
	}
	typed := ""
	if o.Field != nil {
		typed = strings.TrimSpace(o.Field.Value())
	}
	if o.check != nil {
		if o.Problem = o.check(typed); o.Problem != "" {
			return nil
		}
	}
	m.close()
	return o.accept(m, typed)
}

func (o *askOverlay) paste(msg tea.PasteMsg) { o.Update(msg) }

func (o *askOverlay) click(m *Model, x, y int) tea.Cmd {
	if i, ok := o.bar.At(x - 2); ok && y == o.barY {
		return o.press(m, i)
	}
	return nil
}

func (o *askOverlay) wheel(int) {}

func (o *askOverlay) view(m *Model, width, _ int) (box string, x, y int) {
	box, x, y, o.bar = o.View(&m.styles, min(width, 64))
	box = widget.PadRight(box, width)
	o.barY = strings.Count(box, "\n") - 1
	return box, x, y
}

// newPlaces offers the places that a row stands for, with a search.
func newPlaces(msg screen.PlacesMsg) overlay {
	items := make([]widget.Item, len(msg.Places))
	for i, p := range msg.Places {
		items[i] = widget.Item{Label: p.Label, Note: p.Note, Match: p.Label + " " + p.Note}
	}
	return newPick(msg.Title, keymap.Palette, items, func(m *Model, i int) tea.Cmd { return m.push(msg.Places[i].Route) })
}

// newOptions offers the values of which one is in force.
func newOptions(msg screen.PickMsg) overlay {
	items := make([]widget.Item, len(msg.Options))
	for i, o := range msg.Options {
		items[i] = widget.Item{Label: o.Label, Note: o.Note}
	}
	o := newPick(msg.Title, keymap.Menu, items, func(m *Model, i int) tea.Cmd {
		return m.top().screen.Update(screen.AnswerMsg{ID: msg.ID, Text: msg.Options[i].Value})
	})
	o.Select(msg.Now)
	return o
}

// newSortMenu offers the columns. The present one turns the order round.
func (m *Model) newSortMenu() overlay {
	s := m.top().screen.(screen.Sorter)
	by, descending := s.SortedBy()
	var items []widget.Item
	for i, column := range s.SortColumns() {
		it := widget.Item{Label: strings.ToLower(column)}
		if i == by {
			it.Note = "now, " + map[bool]string{false: "ascending", true: "descending"}[descending]
		}
		items = append(items, it)
	}
	o := newPick("Sort by", keymap.Menu, items, func(_ *Model, i int) tea.Cmd {
		s.SortBy(i, i == by && !descending)
		return nil
	})
	o.Select(max(by, 0))
	return o
}

// clipboardBytes is the most that is copied: terminals drop longer requests,
// without a word.
const clipboardBytes = 74_000

// cannotCopy says why something must not reach the clipboard.
func cannotCopy(c screen.CopyItem) string {
	words := c.Text
	if c.Lines {
		words = strings.NewReplacer("\n", "", "\t", "").Replace(words)
	}
	switch {
	case len(c.Text) > clipboardBytes:
		return "too large for a terminal's clipboard"
	case text.Clean(words) != words:
		return "contains control characters"
	default:
		return ""
	}
}

// previewBytes is how much of a text is looked at to preview it; it may be a
// file of many megabytes.
const previewBytes = 160

func preview(s string) string { return text.Clean(s[:min(len(s), previewBytes)]) }

// newCopyMenu offers what can be copied of the selection.
func (m *Model) newCopyMenu() overlay {
	copies := m.top().screen.(screen.Copier).CopyItems()
	var items []widget.Item
	for _, c := range copies {
		it := widget.Item{Label: c.Label, Note: preview(c.Text), Off: cannotCopy(c)}
		if it.Off != "" {
			it.Label, it.Note = c.Label+": "+it.Off, text.Bytes(int64(len(c.Text)))
		}
		items = append(items, it)
	}
	return newPick("Copy", keymap.Menu, items, func(m *Model, i int) tea.Cmd {
		return tea.Batch(tea.SetClipboard(copies[i].Text), m.toast(model.Notice, "Copied the "+copies[i].Label+"."))
	})
}
