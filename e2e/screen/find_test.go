package screen

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestFilter(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	term.Type("/")
	term.Type("gateway")
	shows(t, term, "1 of 10", "edge/gateway")
	term.WaitGone("acme/worker")
	// Kept, the filter is still named, and the keys are those of the list.
	term.Keys("Enter")
	shows(t, term, "filter gateway", "f problems")
	term.Keys("Escape")
	term.WaitFor("acme/worker")

	// A filter that matches nothing says so, whatever the size.
	term.Type("/")
	term.Type("nosuch")
	shows(t, term, "0 of 10", "nosuch")
	term.Keys("Enter")
	term.Resize(60, 15)
	term.WaitFor("No repository matches nosuch")
	term.Resize(100, 30)
	term.Keys("Escape")
	term.WaitFor("acme/worker")
	quit(t, term)
}

func TestPalette(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	term.Keys("C-p")
	term.WaitFor("Commands, places, repositories")
	term.Type("pay/ledger")
	term.WaitUntil("the repository to be chosen", func(screen string) bool {
		return strings.Contains(screen, "> registry.example.org/pay/ledger")
	})
	term.Keys("Enter")
	shows(t, term, "Repositories > pay/ledger", "[1 Roles]")
	term.Keys("C-p")
	term.Type("findings")
	term.Keys("Enter")
	shows(t, term, "Repositories > Doctor", "10 repositories examined")
	quit(t, term)
}

// The help lists the keys that are on; one that is off says why when it is pressed.
func TestHelp(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	term.Type("?")
	shows(t, term, "Help, trustdeck", "Show only repositories that need action")
	term.Type("clear the signs")
	term.WaitFor("No key available here matches")
	term.Keys("Escape") // clears the search
	term.WaitFor("type to search")
	term.Keys("Escape")
	term.WaitGone("type to search")
	term.Keys("Escape")
	term.WaitFor("this is the first place; q quits")
	quit(t, term)
}

func TestSort(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	term.Type("s")
	term.WaitFor("Sort by")
	term.Keys("Down", "Enter")
	term.WaitFor("REPOSITORY↑")
	first := func(want string) {
		t.Helper()
		term.WaitUntil(want+" in the first row", func(screen string) bool {
			_, rows, _ := strings.Cut(screen, "REPOSITORY")
			lines := strings.Split(rows, "\n")
			return len(lines) > 1 && strings.Contains(lines[1], want)
		})
	}
	first("acme/api")
	term.Type("s")
	term.WaitFor("now, ascending")
	term.Keys("Enter")
	term.WaitFor("REPOSITORY↓")
	first("platform/tools")
	quit(t, term)
}

func TestCopy(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	choose(t, term, "acme/web")
	for i, copied := range []struct{ entry, want string }{
		{"name", "docker.io/acme/web"},
		{"place", "repo/docker.io/acme/web/roles"},
		{"inspect command", "trustdeck inspect docker.io/acme/web"},
	} {
		term.Type("y")
		term.WaitFor("─ Copy ─")
		for range i {
			term.Keys("Down")
		}
		term.WaitFor("> " + copied.entry)
		term.Keys("Enter")
		term.WaitFor("Copied the " + copied.entry + ".")
		term.WaitClipboard(copied.want)
	}
	quit(t, term)
}

func TestMouse(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	// place finds a text; the cell at the top left is 1, 1.
	place := func(text string) (column, row int) {
		t.Helper()
		for i, line := range strings.Split(term.WaitFor(text), "\n") {
			if before, _, ok := strings.Cut(line, text); ok {
				return len([]rune(before)) + 1, i + 1
			}
		}
		t.Fatalf("%q is gone", text)
		return 0, 0
	}
	selects := func(name string) {
		t.Helper()
		term.WaitUntil(name+" to be selected", func(screen string) bool { return strings.Contains(selected(screen), name) })
	}

	term.Click(place("acme/catalog"))
	selects("acme/catalog")
	term.Wheel(10, 10, true)
	selects("dev/playground")
	term.Wheel(10, 10, false)
	selects("acme/catalog")
	term.Click(place("acme/catalog"))
	shows(t, term, "Repositories > acme/catalog", "[1 Roles]")
	term.Click(place("Tags"))
	term.WaitFor("[4 Tags")
	term.Click(place("Repositories > "))
	term.WaitFor("NEXT EXPIRY")
	term.Click(place("? help"))
	term.WaitFor("type to search")
	// Beside an overlay a click closes it.
	term.Click(2, 29)
	term.WaitGone("type to search")

	// Switched off, the mouse is the terminal's.
	if !term.Mode("mouse_any_flag") {
		t.Error("the program has not asked for the mouse")
	}
	term.Type("m")
	term.WaitFor("The terminal uses the mouse")
	if term.Mode("mouse_any_flag") {
		t.Error("the mouse is still the program's")
	}
	term.Type("m")
	term.WaitFor("trustdeck uses the mouse again")
	if !term.Mode("mouse_any_flag") {
		t.Error("the mouse is not the program's again")
	}
	quit(t, term)
}
