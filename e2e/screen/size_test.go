package screen

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/e2e/peer"
)

// The program follows the size of the terminal, keeps what is selected, and says
// so where there is no room.
func TestResize(t *testing.T) {
	peer.Need(t, "tmux")
	for place, walk := range map[string]struct {
		keys   []string
		choose string
		shows  string
	}{
		"list":    {nil, "acme/web", "acme/web"},
		"tags":    {[]string{"4"}, "stable", "[4 Tags"},
		"overlay": {[]string{"?"}, "", "type to search"},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			term := browse(t, 100, 30)
			if place == "tags" {
				choose(t, term, "acme/web")
				enter(t, term, "Role tree")
			}
			term.Keys(walk.keys...)
			term.WaitFor(walk.shows)
			name := ""
			switch place {
			case "list":
				choose(t, term, walk.choose)
				name = walk.choose
			case "tags":
				term.Keys("Down")
				name = strings.Fields(selected(term.Screen()))[1]
			}
			for _, size := range [][2]int{{60, 15}, {200, 60}, {80, 24}, {50, 10}, {100, 30}, {20, 3}, {60, 15}} {
				term.Resize(size[0], size[1])
				fits := size[0] >= 60
				screen := term.WaitUntil("the new size", func(screen string) bool {
					return fitted(screen, size[0], size[1]) && fits == !strings.Contains(screen, "The terminal is to") &&
						(!fits || strings.Contains(screen, walk.shows))
				})
				if fits && !strings.Contains(selected(screen), name) {
					t.Errorf("%d x %d: selected was %q and is %q", size[0], size[1], name, selected(screen))
				}
				if !fits && strings.Contains(screen, "help") {
					t.Errorf("%d x %d:\n%s", size[0], size[1], screen)
				}
			}
			quit(t, term)
		})
	}
}

// fitted reports whether a screen is drawn for a size: nothing is wider, and the
// footer stands in the last line.
func fitted(screen string, width, height int) bool {
	lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	for _, line := range lines {
		if ansi.StringWidth(line) > width {
			return false
		}
	}
	return len(lines) == height
}
