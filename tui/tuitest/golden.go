package tuitest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Size is a terminal or body size in cells.
type Size struct{ Width, Height int }

// Body is the size of the body of a screen in a terminal of this size.
func (s Size) Body() (width, height int) {
	if s.Height < 20 {
		return s.Width, s.Height - 3
	}
	return s.Width, s.Height - 5
}

// String is the size as "80x24".
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Sizes are the sizes at which every screen is pictured.
func Sizes() []Size { return []Size{{60, 15}, {80, 24}, {100, 30}, {160, 50}} }

// Golden compares a picture with testdata/NAME.golden; -update writes it. Spaces
// at the ends of lines are not compared. Styles are kept where styled is true.
func Golden(t *testing.T, name, picture string, styled bool) {
	t.Helper()
	if !styled {
		picture = ansi.Strip(picture)
	} else {
		picture = strings.ReplaceAll(picture, "\x1b", "␛")
	}
	lines := strings.Split(picture, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	picture = strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(picture), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update to make it", err)
	}
	if string(want) != picture {
		t.Errorf("%s differs; run the test with -update and look at the difference\ngot:\n%s\nwant:\n%s", path, picture, want)
	}
}

// CheckView fails where a view is wider or higher than allowed or holds
// anything that a terminal would obey, styles aside.
func CheckView(t *testing.T, view string, width, height int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) > height {
		t.Errorf("%d lines in a height of %d:\n%s", len(lines), height, view)
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("%d cells in a width of %d: %q", w, width, line)
		}
		if bad := obeyed(line); bad != "" {
			t.Errorf("a terminal would obey %q in %q", bad, line)
		}
	}
}

// link reports whether a sequence begins a link that may be one, or ends one.
func link(seq string) bool {
	target, begins := strings.CutPrefix(seq, "\x1b]8;;")
	target, ends := strings.CutSuffix(target, "\a")
	return begins && ends && (target == "" || text.Linkable(target))
}

// obeyed returns the first thing in a line that is neither text, a style nor a link.
func obeyed(line string) string {
	var state byte
	for len(line) > 0 {
		seq, _, n, next := ansi.DecodeSequence(line, state, nil)
		state = next
		style := strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m") && strings.Trim(seq[2:len(seq)-1], "0123456789;:") == ""
		if !style && !link(seq) {
			for _, r := range seq {
				if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
					return seq
				}
			}
		}
		line = line[n:]
	}
	return ""
}
