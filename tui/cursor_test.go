package tui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// cursor is what the screen shows before the real cursor and from it on, in its line.
func (a *app) cursor() (before, from string) {
	a.t.Helper()
	c := a.m.View().Cursor
	lines := strings.Split(a.screen(), "\n")
	if c == nil || c.Y >= len(lines) || c.X >= a.width {
		a.t.Errorf("the cursor is at %+v:\n%s", c, a.screen())
		return "", ""
	}
	return ansi.Cut(lines[c.Y], 0, c.X), ansi.Cut(lines[c.Y], c.X, a.width)
}

// on fails unless the real cursor is on the first cell of these words.
func (a *app) on(words string) *app {
	a.t.Helper()
	if _, from := a.cursor(); !strings.HasPrefix(from, words) {
		a.t.Errorf("the cursor is on %q, want %q:\n%s", from, words, a.screen())
	}
	return a
}

// after fails unless the real cursor is in a field, behind what has been typed there.
func (a *app) after(typed string) *app {
	a.t.Helper()
	if before, from := a.cursor(); !strings.HasSuffix(before, typed) || strings.TrimLeft(ansi.Cut(from, 0, 1), " ") != "" {
		a.t.Errorf("the cursor is between %q and %q, want it behind %q:\n%s", before, from, typed, a.screen())
	}
	return a
}

// Screen readers and magnifiers follow the real cursor: it is on the first cell of the
// selected row of each list, at each size.
func TestTheCursorIsOnTheSelectedRow(t *testing.T) {
	paths := []string{"", "welcome", "keys", "signers", "doctor", "settings"}
	for _, tab := range nav.Tabs() {
		if tab != nav.TabRaw {
			paths = append(paths, nav.Repo(frontend, tab).String())
		}
	}
	paths = append(paths, nav.Quorum(frontend).String(), nav.Forecast(frontend).String())
	for _, path := range paths {
		a := start(t, path)
		for _, size := range tuitest.Sizes() {
			a.resize(size.Width, size.Height)
			a.on("> ").press("down").on("> ").press("end").on("> ").press("home").on("> ")
			if t.Failed() {
				t.Fatalf("at %q in %s", path, size)
			}
		}
	}
}

// A detail that is moved in has the cursor on its first line, and the list has it again when
// the user comes back.
func TestTheCursorIsInTheDetail(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a := start(t, "keys")
		a.resize(size.Width, size.Height)
		row, _ := strings.CutPrefix(strings.TrimSpace(firstRow(a)), "> ")
		a.press("tab")
		if before, from := a.cursor(); strings.HasPrefix(from, "> ") || strings.HasSuffix(before, "> ") {
			t.Errorf("in %s the cursor is on %q", size, from)
		}
		if a.press("tab"); !strings.Contains(firstRow(a), row) {
			t.Errorf("in %s the cursor does not come back", size)
		}
	}
}

// firstRow is the line of the cursor from it on, as far as the list goes.
func firstRow(a *app) string {
	_, from := a.cursor()
	row, _, _ := strings.Cut(from, "│")
	return row
}

// In what lies over a screen it is in the field, else on what enter chooses.
func TestTheCursorInOverlays(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a := start(t, "")
		a.resize(size.Width, size.Height)
		a.press("/").write("kaf").after("/ kaf").press("left").on("f").press("esc")
		a.press("ctrl+p").on("type to search").write("key").after("key").press("left").on("y").press("esc")
		a.press("?").write("so").after("so").press("esc", "esc")
		a.press("s").on("> ").press("down").on("> ").press("esc")
		a.press("y").on("> ").press("esc")
		a.press("q").on("[ Quit ]").press("tab").on("[ Stay ]").press("esc")
		a = start(t, "welcome")
		a.resize(size.Width, size.Height)
		a.on("> ").press("j").on("> ").press("enter").after("https://").write("x").after("https://x").press("left").on("x")
		if t.Failed() {
			t.Fatalf("in %s", size)
		}
	}
}

// In a guided change it is in the field, on the choice, on the button, in the passphrase.
func TestTheCursorInAChange(t *testing.T) {
	c := beginChange(t, tuitest.NewGuideBackend(), "init", nil).see("Which repositories")
	c.after("> ")
	c.types("reg").after("> reg")
	c.keys("left").on("g")
	c.keys("end").types("istry.example.org/new/app").keys("enter", "enter").wait("root key").on("> ")
	c.keys("down").on("> ")

	c = beginChange(t, tuitest.NewGuideBackend(), "init", answered).wait("Ready:", "[ Initialise ]")
	c.on("[ Cancel ]")
	c.keys("tab").on("[ Initialise ]")
	c.keys("enter").wait("Passphrase 1 of 2").after("> ")
	c.types("a").after("********")
}
