package guide

import (
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// button is something to press, or the field of the name that confirms.
type button int

const (
	buttonNone button = iota
	buttonField
	buttonCancel
	buttonApply
	buttonBack
	buttonAgain
	buttonLook
	buttonSwitch
	buttonClose
)

// buttons are those below the page; the field, where there is one, comes first.
type buttons struct {
	kinds  []button
	labels []string
	// focus is the index of the selected one.
	focus int
	bar   widget.Bar
	// line of the body on which they stand.
	line int
}

// buttonsFor are those of a state. Where something would be changed, Cancel has the
// focus.
func (s *Screen) buttonsFor(state flow.State) buttons {
	b := buttons{line: -1}
	switch state {
	case flow.Reviewing:
		if ok, _ := s.machine.Ready(); !ok {
			b.add(buttonBack, "Previous step")
			b.add(buttonClose, "Close")
			break
		}
		if s.mustName() {
			b.add(buttonField, "")
		}
		b.add(buttonCancel, "Cancel")
		b.add(buttonApply, s.machine.Verb())
	case flow.Done:
		s.addLook(&b)
		b.add(buttonClose, "Close")
	case flow.Failed, flow.Stopped:
		s.addLook(&b)
		if s.machine.Repeatable() {
			b.add(buttonAgain, s.flow.Said().Again)
		}
		b.add(buttonClose, "Close")
	case flow.Asking, flow.Preparing, flow.Confirming, flow.Executing:
	}
	return b
}

// addLook leads to the repository that deserves a look, or to the context that was made.
func (s *Screen) addLook(b *buttons) {
	if s.machine.Report().Look != "" {
		b.add(buttonLook, "Look at the repository")
	}
	if name := s.machine.Report().Context; name != "" {
		b.add(buttonSwitch, "Switch to "+text.Clean(name))
	}
}

func (b *buttons) add(kind button, label string) {
	b.kinds, b.labels = append(b.kinds, kind), append(b.labels, label)
}

func (b *buttons) none() bool { return len(b.kinds) == 0 }

func (b *buttons) hasField() bool { return !b.none() && b.kinds[0] == buttonField }

func (b *buttons) onField() bool { return b.hasField() && b.focus == 0 }

func (b *buttons) next() {
	if !b.none() {
		b.focus = (b.focus + 1) % len(b.kinds)
	}
}

// pressed is the selected button. Pressing the field does nothing.
func (b *buttons) pressed() button {
	if b.none() || b.onField() {
		return buttonNone
	}
	return b.kinds[b.focus]
}

// draw draws the buttons on a line of the body.
func (b *buttons) draw(styles *theme.Styles, line int) string {
	labels, focus, skip := b.labels, b.focus, 0
	if b.hasField() {
		labels, focus, skip = labels[1:], focus-1, 1
	}
	b.bar, b.line = widget.Buttons(styles, labels, focus), line
	for i := range b.bar.Zones {
		b.bar.Zones[i].Index += skip
	}
	return " " + b.bar.Text
}

// x is the column of the selected button.
func (b *buttons) x() int {
	for _, zone := range b.bar.Zones {
		if zone.Index == b.focus {
			return 1 + zone.X
		}
	}
	return 0
}
