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

// Help is the page of what is asked and of all keys that are on, with a line to search.
type Help struct {
	title   string
	parts   []HelpPart
	actions []keymap.Action
	input   Input
	scroll  Scroll
	width   int
	styles  *theme.Styles
}

// HelpPart is a part of the page that is not about keys: a heading and sentences.
type HelpPart struct {
	Head  string
	Lines []string
}

// NewHelp makes the page from parts and from the actions that are on. Each scope becomes a
// section: what is special to the place first, what works everywhere last.
func NewHelp(s *theme.Styles, title string, parts []HelpPart, actions []keymap.Action) *Help {
	actions = slices.DeleteFunc(slices.Clone(actions), func(a keymap.Action) bool {
		ok, _ := a.Available()
		return !ok || len(a.Keys) == 0 // those without a key are among the commands
	})
	slices.SortStableFunc(actions, func(a, b keymap.Action) int { return generality(a.Scope) - generality(b.Scope) })
	return &Help{styles: s, title: title, parts: parts, actions: actions, input: NewInput("type to search", "")}
}

func generality(s keymap.Scope) int {
	switch s {
	case keymap.Global:
		return 2
	case keymap.Move, keymap.Marks:
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
	words := strings.Fields(strings.ToLower(h.input.Value()))
	lines := h.layParts(words)
	scope := keymap.Scope("")
	for _, a := range h.actions {
		if !containsAll(strings.Join(append(a.Aliases(), a.Shown(), a.Title, a.Label, a.Help), " "), words) {
			continue
		}
		if a.Scope != scope {
			scope = a.Scope
			lines = h.head(lines, strings.ToUpper(string(scope)))
		}
		lines = append(lines, h.entry(a)...)
	}
	if len(lines) == 0 {
		lines = StaticText{"No key available here matches."}
	}
	h.scroll.SetText(lines)
}

// head begins a section.
func (h *Help) head(lines StaticText, words string) StaticText {
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return append(lines, h.styles.Head.Render(words))
}

// layParts lays out the parts that have all of the words.
func (h *Help) layParts(words []string) StaticText {
	var lines StaticText
	for _, part := range h.parts {
		if !containsAll(part.Head+" "+strings.Join(part.Lines, " "), words) {
			continue
		}
		lines = h.head(lines, text.Clean(part.Head))
		for _, line := range part.Lines {
			lines = append(lines, text.Wrap(text.Clean(line), max(h.width, 10))...)
		}
	}
	return lines
}

// entry is the key and what it does.
func (h *Help) entry(a keymap.Action) []string {
	var out []string
	head := h.styles.Key.Render(text.Fit(a.Shown(), keyColumn)) + " "
	for _, line := range text.Wrap(a.Help, max(h.width-keyColumn-1, 10)) {
		out = append(out, head+line)
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
