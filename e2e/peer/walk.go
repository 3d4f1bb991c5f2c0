package peer

import (
	"slices"
	"strings"
)

// Page is a text to wait for, and then what to press; what begins with = is typed.
type Page []string

const (
	// settles is how often the screen is looked at until a page that has just come up takes keys: for
	// 400 ms it ignores those that decide something.
	settles = 22
	// looks is how often it is looked at before a key is pressed again.
	looks = 40
)

// due tells whether a key is pressed at the nth look, from 1 on: once the page takes keys, and again and
// again where nothing comes of that.
func due(n int) bool { return n >= settles && (n-settles)%looks == 0 }

// Through walks through pages.
func (t *Terminal) Through(pages ...Page) {
	t.tb.Helper()
	for _, p := range pages {
		t.WaitFor(p[0])
		for _, key := range p[1:] {
			if text, ok := strings.CutPrefix(key, "="); ok {
				t.Type(text)
			} else {
				t.Keys(key)
			}
		}
	}
}

// Enter types text and presses enter.
func (t *Terminal) Enter(text string) {
	t.tb.Helper()
	t.Type(text)
	t.Keys("Enter")
}

// Shows waits until all of the texts are on the screen, and returns it.
func (t *Terminal) Shows(texts ...string) string {
	t.tb.Helper()
	return t.WaitUntil(strings.Join(texts, ", "), func(screen string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(screen, text) })
	})
}

// Follow presses keys again and again until something is on the screen: a page that has just come
// up ignores what cannot have been meant for it.
func (t *Terminal) Follow(text string, keys ...string) string {
	t.tb.Helper()
	n := 0
	return t.WaitUntil(text, func(screen string) bool {
		if strings.Contains(screen, text) {
			return true
		}
		if n++; n == 1 || due(n) {
			t.Keys(keys...)
		}
		return false
	})
}

// Agree goes to the button beside Cancel and presses it, until something is on the screen.
func (t *Terminal) Agree(text string) {
	t.tb.Helper()
	const cancel = "[ Cancel ]"
	t.presses(text, func(line string, column int) (drawn, on bool) {
		before, _, drawn := strings.Cut(line, cancel)
		return drawn, column > len([]rune(before))
	})
}

// Press goes to a button and presses it, until something is on the screen.
func (t *Terminal) Press(button, text string) {
	t.tb.Helper()
	label := "[ " + button + " ]"
	t.WaitFor(label)
	t.presses(text, func(line string, column int) (drawn, on bool) {
		before, _, found := strings.Cut(line, label)
		return true, found && column == len([]rune(before))
	})
}

// presses goes from button to button, and presses the right one. The cursor says which has the focus:
// at tells whether the buttons are in its line, and whether it is on the right one.
func (t *Terminal) presses(text string, at func(line string, column int) (drawn, on bool)) {
	t.tb.Helper()
	n, there := 0, false
	t.WaitUntil(text, func(screen string) bool {
		if strings.Contains(screen, text) {
			return true
		}
		column, row := t.Cursor()
		lines := strings.Split(screen, "\n")
		if row >= len(lines) {
			return false
		}
		drawn, on := at(lines[row], column)
		if !drawn {
			return false // the page is not drawn to its end
		}
		n++
		switch {
		case on && !there && n >= settles:
			there, n = true, settles // it has the focus since just now
			t.Keys("Enter")
		case on && due(n):
			t.Keys("Enter")
		case due(n):
			t.Keys("Tab")
		}
		return false
	})
}

// Confirm types the name that confirms a change, and goes to the buttons.
func (t *Terminal) Confirm(name string) {
	t.tb.Helper()
	t.Name(name)
	t.Keys("Tab")
}

// Name types a name into the field of a review. A page that has just come up ignores what is typed.
func (t *Terminal) Name(name string) {
	t.tb.Helper()
	n := 0
	t.WaitUntil("the name in the field", func(screen string) bool {
		if strings.Contains(screen, "\n > "+name) { // the crumbs name it too
			return true
		}
		if n++; due(n) {
			t.Keys("C-u")
			t.Type(name)
		}
		return false
	})
}
