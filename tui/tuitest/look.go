package tuitest

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/theme"
)

// Look is a way in which a screen is seen: a size, or a set of glyphs and colours. It ends
// the name of a golden file.
type Look string

// The looks. Every state of a screen is pictured in the usual one; in another one where
// that shows a layout, glyphs or colours that no other picture shows.
const (
	// Usual is the size of most terminals, without colour: a list has its detail below.
	Usual Look = "80x24"
	// Small is the smallest size that the program promises: a list or its detail.
	Small Look = "60x15"
	// Large names the steps of a flow, and has the detail of a list beside it.
	Large Look = "100x30"
	// Wide has room for all columns.
	Wide  Look = "160x50"
	ASCII Look = "ascii"
	Dark  Look = "dark"
	Light Look = "light"
)

// looks are what each look is made of. Each size has one.
var looks = []struct {
	Look
	size  Size
	style theme.Options
}{
	{Usual, Size{80, 24}, theme.Options{Profile: colorprofile.ASCII}},
	{Small, Size{60, 15}, theme.Options{Profile: colorprofile.ASCII}},
	{Large, Size{100, 30}, theme.Options{Profile: colorprofile.ASCII}},
	{Wide, Size{160, 50}, theme.Options{Profile: colorprofile.ASCII}},
	{ASCII, Size{80, 24}, theme.Options{Profile: colorprofile.ASCII, ASCII: true}},
	{Dark, Size{80, 24}, theme.Options{Profile: colorprofile.TrueColor, Background: theme.BackgroundDark}},
	{Light, Size{80, 24}, theme.Options{Profile: colorprofile.TrueColor, Background: theme.BackgroundLight}},
}

// coloured reports whether the look is known by its styles.
func (l Look) coloured() bool { return l == Dark || l == Light }

// Picture compares what is seen with golden files whose names begin with name: in the
// usual look, and in those that are given. It is drawn and checked by show in the others
// too; colour must change no text, and ASCII leave no glyphs.
func Picture(t *testing.T, name string, show func(Size, theme.Options) string, also ...Look) {
	t.Helper()
	for _, l := range looks {
		view := show(l.size, l.style)
		if text := ansi.Strip(view); l.Look == ASCII && strings.ContainsFunc(text, glyph) {
			t.Errorf("%s has a glyph in ASCII:\n%s", name, text)
		} else if l.coloured() {
			if usual := ansi.Strip(show(looks[0].size, looks[0].style)); text != usual {
				t.Errorf("%s reads in the look %s\n%s\nand without colour\n%s", name, l.Look, text, usual)
			}
		}
		if l.Look == Usual || slices.Contains(also, l.Look) {
			Golden(t, name+"-"+string(l.Look), view, l.coloured())
		}
	}
	show(looks[0].size, looks[0].style)
}

// glyph reports whether a character is neither in ASCII nor a letter of some name, nor the
// ellipsis of a sentence.
func glyph(r rune) bool {
	return r > unicode.MaxASCII && r != '…' && !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// GoldenAt is Golden of a picture without styles at a size, where that is the usual one
// or that of one of the looks.
func GoldenAt(t *testing.T, name string, size Size, picture string, also ...Look) {
	t.Helper()
	if look := Look(size.String()); look == Usual || slices.Contains(also, look) {
		Golden(t, name+"-"+string(look), picture, false)
	}
}
