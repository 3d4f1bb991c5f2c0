package screen

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
)

// ActionMsg asks a screen to do one of the actions that it offers.
type ActionMsg struct{ ID keymap.ID }

// ClickMsg is a click with the left button, relative to the body.
type ClickMsg struct{ X, Y int }

// WheelMsg is a turn of the wheel over the body. Lines is positive downwards.
type WheelMsg struct{ X, Y, Lines int }

// BoardMsg tells the screens that something on the board has changed.
type BoardMsg struct {
	// Changed are the repositories with news; empty where only the progress of
	// a survey changed.
	Changed []model.GUN
	// Keys tells that the private keys here have been read.
	Keys bool
}

// ToastMsg asks for a short notice. Failures stay until they are dismissed.
type ToastMsg struct {
	Level model.Severity
	Text  string
}

// PromptMsg asks the user for a line of text. The answer comes as an AnswerMsg
// with the same ID; there is none when the user cancels.
type PromptMsg struct {
	ID string
	// Title names what will be done, Text asks, Value stands in the field to
	// begin with, Button is what the button that accepts says.
	Title, Text, Value, Button string
}

// AnswerMsg brings what the user typed.
type AnswerMsg struct{ ID, Text string }

// ChoiceMsg ends the program with an answer of the welcome screen: what to do
// instead is up to the caller of Run.
type ChoiceMsg struct {
	// ID of the Choice, Answer what was typed for it.
	ID, Answer string
}

// Send turns a message into a command, for navigation, toasts and choices.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
