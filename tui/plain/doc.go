// Package plain shows the screens as lines of text and numbered questions: for
// screen readers, serial consoles, and programs that drive a terminal. It prints one fact
// per line, without redrawing, borders, colours or control characters.
//
// It reads the same screens as the full-screen UI (screen.Reader, tui.Player), so both
// always say the same. The user gives each action of a screen by its name. It knows
// nothing about terminals and decides nothing about trust.
//
// Entry points: Run for the screens, Prompter for single questions.
package plain
