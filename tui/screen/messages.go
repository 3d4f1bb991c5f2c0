package screen

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
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
	// Staged tells that what waits in the trust folder has been read.
	Staged bool
	// Tokens tells that the tokens that are plugged in have been read.
	Tokens bool
}

// CourseMsg tells the screens that what has been done of the lessons has changed.
type CourseMsg struct{}

// TickMsg tells a Ticker that a second has passed.
type TickMsg struct{}

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
	// Path tells that the text is the path of a file or folder, which tab completes.
	Path bool
	// Check says in a sentence what is wrong with a text, "" where nothing is;
	// the question stays open until the text is right. Nil takes every text.
	Check func(text string) string
}

// CodesMsg shows texts as QR codes, one after the other.
type CodesMsg struct{ Texts []string }

// ConfirmMsg shows what would be done and asks whether to do it. Cancel has the
// focus. Where the user agrees, a ConfirmedMsg with the same ID comes.
type ConfirmMsg struct {
	ID, Title string
	// Page lays out what would be done, styled, in a width. It is called again
	// when width or look change.
	Page func(width int) []string
	// Button names the act.
	Button string
}

// ConfirmedMsg says that the user agrees.
type ConfirmedMsg struct{ ID string }

// PickMsg asks the user to choose one of several values. The answer comes as an
// AnswerMsg with the same ID; there is none when the user cancels.
type PickMsg struct {
	ID, Title string
	Options   []Option
	// Now is the index of the option that is in force.
	Now int
}

// Option is one of several values.
type Option struct {
	// Value is handed back; Label shows it, Note says more; both clean.
	Value, Label, Note string
}

// AnswerMsg brings what the user typed.
type AnswerMsg struct{ ID, Text string }

// PlacesMsg lets the user choose where to go, where a row stands for several
// places.
type PlacesMsg struct {
	// Title says what they have in common, clean.
	Title  string
	Places []Place
}

// Place is one of several places to go to.
type Place struct {
	// Label names the place, Note says more; both clean.
	Label, Note string
	Route       nav.Route
}

// ChoiceMsg ends the program with an answer of the welcome screen: what to do
// instead is up to the caller of Run.
type ChoiceMsg struct {
	// ID of the Choice, Answer what was typed for it.
	ID, Answer string
}

// Send turns a message into a command, for navigation, toasts and choices.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
