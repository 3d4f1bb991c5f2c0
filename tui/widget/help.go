package widget

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// keyColumn is the width of the keys on the help page.
const keyColumn = 15

// Help is the page of all keys, with a line to search. Actions that are off now
// say why.
type Help struct {
	title   string
	actions []keymap.Action
	input   Input
	scroll  Scroll
	width   int
	styles  *theme.Styles
}

// NewHelp makes the page from actions. Each scope becomes a section: what is
// special to the place first, what works everywhere last.
func NewHelp(s *theme.Styles, title string, actions []keymap.Action) *Help {
	actions = slices.Clone(actions)
	slices.SortStableFunc(actions, func(a, b keymap.Action) int { return generality(a.Scope) - generality(b.Scope) })
	return &Help{styles: s, title: title, actions: actions, input: NewInput("type to search", "")}
}

func generality(s keymap.Scope) int {
	switch s {
	case keymap.Global:
		return 2
	case keymap.Move:
		return 1
	default:
		return 0
	}
}

// Update takes what is typed into the search.
func (h *Help) Update(msg tea.Msg) {
	if h.input.Update(msg) {
		h.layout()
		h.scroll.Rewind()
	}
}

// Clear empties the search. It reports false where it was empty.
func (h *Help) Clear() bool {
	if h.input.Value() == "" {
		return false
	}
	h.input.SetValue("")
	h.layout()
	return true
}

// Do scrolls.
func (h *Help) Do(id keymap.ID) bool { return h.scroll.Do(id) }

// Wheel scrolls by lines.
func (h *Help) Wheel(lines int) { h.scroll.Wheel(lines) }

// SetSize lays the page out for a box of this size.
func (h *Help) SetSize(width, height int) {
	inner, rows := InnerBox(width, height)
	h.scroll.SetSize(inner, rows-2)
	if inner != h.width {
		h.width = inner
		h.layout()
	}
}

func (h *Help) layout() {
	var lines StaticText
	words := strings.Fields(strings.ToLower(h.input.Value()))
	scope := keymap.Scope("")
	for _, a := range h.actions {
		if !containsAll(a.Shown()+" "+a.Label+" "+a.Help, words) {
			continue
		}
		if a.Scope != scope {
			scope = a.Scope
			if len(lines) > 0 {
				lines = append(lines, "")
			}
			lines = append(lines, h.styles.Head.Render(strings.ToUpper(string(scope))))
		}
		lines = append(lines, h.entry(a)...)
	}
	if len(lines) == 0 {
		lines = StaticText{"No key matches."}
	}
	h.scroll.SetText(lines)
}

func (h *Help) entry(a keymap.Action) []string {
	key, tone := h.styles.Key, theme.Plain
	ok, why := a.Available()
	if !ok {
		key, tone = h.styles.Tone(theme.Dim), theme.Dim
	}
	words := a.Help
	if why != "" {
		words += " Off now: " + text.Sentence(why)
	}
	var out []string
	head := key.Render(text.Fit(a.Shown(), keyColumn)) + " "
	for _, line := range text.Wrap(words, max(h.width-keyColumn-1, 10)) {
		out = append(out, head+h.styles.Tone(tone).Render(line))
		head = text.Spaces(keyColumn + 1)
	}
	return out
}

// View draws the page in a box and tells where in it the cursor is.
func (h *Help) View(width, height int) (box string, x, y int) {
	line, at := h.input.View(h.styles, h.width)
	body := line + "\n" + Rule(h.styles, "", h.width) + "\n" + h.scroll.View(h.styles)
	return Box(h.styles, h.title, body, width, height, true), 2 + at, 1
}
