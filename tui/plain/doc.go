// Package plain shows the screens as lines of text and numbered questions: for
// screen readers, serial consoles, and programs that play a terminal. There is one
// fact a line, no redrawing, no border, no colour and no control character.
//
// It reads the very screens of the full-screen UI (screen.Reader, tui.Player), so
// that both always say the same, and each action of a screen can be given by its
// name. It knows nothing of terminals and decides nothing about trust.
//
// Entry points: Run for the screens, Prompter for single questions.
package plain
