package widget

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/display"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// inputLimit is the most characters that an input takes; longer pastes are cut.
const inputLimit = 1024

// Input is one line of text to type, with the keys of a shell. It takes
// printable characters only. The one of bubbles is not used because it looks
// for clipboard programs when the process starts.
type Input struct {
	placeholder string
	runes       []rune
	cursor      int
	// exact is the value where it cannot be typed: runes only show it then. Empty is none.
	exact string
}

// NewInput makes an input that holds value, with the cursor at its end.
func NewInput(placeholder, value string) Input {
	in := Input{placeholder: placeholder}
	in.SetValue(value)
	return in
}

// Value is what has been typed.
func (in *Input) Value() string {
	if in.exact != "" {
		return in.exact
	}
	return string(in.runes)
}

// SetValue replaces what has been typed.
func (in *Input) SetValue(s string) {
	in.runes, in.cursor, in.exact = nil, 0, ""
	in.insert(s)
}

// SetExact replaces what has been typed by a value that is taken exactly, such as the path of a
// file, whatever characters are in it. One that cannot be typed is shown cleaned, and any edit
// of it begins with an empty field: a part of it would be something else.
func (in *Input) SetExact(s string) {
	if in.SetValue(s); in.Value() != s {
		in.SetValue(text.Clean(s))
		in.exact = s
	}
}

// restart empties the field where its value cannot be edited.
func (in *Input) restart() (emptied bool) {
	if in.exact == "" {
		return false
	}
	in.SetValue("")
	return true
}

// SeveralLines reports whether a paste has more than one line: joined to one, it would
// be something that nobody has written.
func SeveralLines(content string) bool {
	return strings.ContainsAny(strings.Trim(content, "\r\n"), "\r\n")
}

// Update takes keys and pastes; a paste of several lines is not taken. It reports
// whether the value has changed.
func (in *Input) Update(msg tea.Msg) (changed bool) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		return !SeveralLines(msg.Content) && in.insert(msg.Content)
	case tea.KeyPressMsg:
		if msg.Text != "" {
			return in.insert(msg.Text)
		}
		return in.edit(msg.Keystroke())
	}
	return false
}

// insert puts the printable characters of s before the cursor.
func (in *Input) insert(s string) bool {
	in.restart()
	typed := []rune(display.Strip(s, len(s)))
	typed = typed[:min(len(typed), inputLimit-len(in.runes))]
	in.runes = slices.Insert(in.runes, in.cursor, typed...)
	in.cursor += len(typed)
	return len(typed) > 0
}

// edit moves the cursor or deletes. It reports whether the value has changed.
func (in *Input) edit(key string) bool {
	from, to := in.cursor, in.cursor
	switch key {
	case "left", "ctrl+b":
		in.cursor = max(in.cursor-1, 0)
	case "right", "ctrl+f":
		in.cursor = min(in.cursor+1, len(in.runes))
	case "home", "ctrl+a":
		in.cursor = 0
	case "end", "ctrl+e":
		in.cursor = len(in.runes)
	case "alt+left", "ctrl+left":
		in.cursor = in.wordStart()
	case "backspace", "ctrl+h":
		from = max(in.cursor-1, 0)
	case "delete", "ctrl+d":
		to = min(in.cursor+1, len(in.runes))
	case "ctrl+w", "alt+backspace":
		from = in.wordStart()
	case "ctrl+u":
		from = 0
	case "ctrl+k":
		to = len(in.runes)
	}
	if from == to {
		return false
	}
	if in.restart() {
		return true
	}
	in.runes = slices.Delete(in.runes, from, to)
	in.cursor = from
	return true
}

func (in *Input) wordStart() int {
	at := in.cursor
	for at > 0 && in.runes[at-1] == ' ' {
		at--
	}
	for at > 0 && in.runes[at-1] != ' ' {
		at--
	}
	return at
}

// View draws the input in width cells, the part around the cursor where it is
// longer, and returns the column of the cursor.
func (in *Input) View(s *theme.Styles, width int) (line string, cursor int) {
	if len(in.runes) == 0 {
		return s.Tone(theme.Dim).Render(text.Fit(in.placeholder, width)), 0
	}
	first := 0
	for first < in.cursor && text.Width(string(in.runes[first:in.cursor])) >= width {
		first++
	}
	return text.Fit(string(in.runes[first:]), width), text.Width(string(in.runes[first:in.cursor]))
}
