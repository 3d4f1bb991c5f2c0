package screen

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// sampleCount is how the list of the sample says that it is complete.
const sampleCount = "10 repositories"

// browse starts the program on the sample.
func browse(t *testing.T, width, height int, args ...string) *peer.Terminal {
	t.Helper()
	term := peer.Tmux(t, width, height)
	term.Start(peer.Trustdeck(t), append(sample(t, "/repos"), args...)...)
	term.WaitFor(sampleCount)
	return term
}

// shell starts a shell in which "$TRUSTDECK" with $SAMPLE is the program on the
// sample.
func shell(t *testing.T, env ...string) *peer.Client {
	t.Helper()
	c := peer.Trustdeck(t)
	c.Env = append(c.Env, append([]string{"TRUSTDECK=" + c.Program, "SAMPLE=" + sample(t, "/repos")[1]}, env...)...)
	c.Program = "/bin/sh"
	return c
}

// sample returns the arguments that open the sample as an archive, at a route.
func sample(t *testing.T, route string) []string {
	t.Helper()
	dir, err := filepath.Abs("../../remote/archive/testdata/sample")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--archive", dir, route}
}

// deck returns trustdeck as an administrator has it who uses docker with a
// server: everything comes from docker's folder and environment.
func deck(t *testing.T, docker *peer.Client) *peer.Client {
	t.Helper()
	c := peer.Trustdeck(t)
	for _, setting := range docker.Env {
		if strings.HasPrefix(setting, "DOCKER_CONFIG=") || strings.HasPrefix(setting, "DOCKER_CONTENT_TRUST_SERVER=") {
			c = c.With(setting)
		}
	}
	return c
}

// quit ends the program by ctrl+c and checks what it leaves.
func quit(t *testing.T, term *peer.Terminal) {
	t.Helper()
	term.Keys("C-c")
	if code := term.WaitExit(); code != 0 {
		t.Errorf("exit code %d after ctrl+c, want 0", code)
	}
	term.CheckRestored()
}

// selected is the line of the selected row, "" where none is marked. Where two
// lists stand side by side it is that of the left one.
func selected(screen string) string {
	for line := range strings.Lines(screen) {
		line = leftPane(line)
		if strings.HasPrefix(strings.TrimLeft(line, "│ "), "> ") {
			return line
		}
	}
	return ""
}

// leftPane is what a line shows in the left one of two panes, or all of it.
func leftPane(line string) string {
	left, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "││")
	return left
}

// named is a repository as the list names it where there is little room: without the
// registry that stands above.
func named(gun string) string { return strings.TrimPrefix(gun, "docker.io/") }

// choose moves to the row that contains name, which must be in sight.
func choose(t *testing.T, term *peer.Terminal, name string) {
	t.Helper()
	var down int
	term.WaitUntil("a selected row, and one with "+name, func(screen string) (found bool) {
		down, found = distance(screen, name)
		return found
	})
	for range max(down, -down) {
		if down > 0 {
			term.Keys("Down")
		} else {
			term.Keys("Up")
		}
	}
	term.WaitUntil(name+" to be selected", func(screen string) bool { return strings.Contains(selected(screen), name) })
}

// enter opens the selected row of a list that is still being read, and waits for words. A
// key that comes just after a row has moved is refused with a notice, and pressed again.
func enter(t *testing.T, term *peer.Terminal, texts ...string) string {
	t.Helper()
	const refused = "The list has just changed"
	for {
		term.Keys("Enter")
		screen := term.WaitUntil(strings.Join(texts, ", "), func(screen string) bool {
			return containsAll(screen, texts) || strings.Contains(screen, refused)
		})
		if containsAll(screen, texts) {
			return screen
		}
		term.WaitGone(refused)
	}
}

// distance is how many rows below the selected one the nearest stands that
// contains name.
func distance(screen, name string) (down int, found bool) {
	lines := strings.Split(screen, "\n")
	from := slices.IndexFunc(lines, func(line string) bool { return selected(line) != "" })
	if from < 0 {
		return 0, false
	}
	for i, line := range lines {
		if strings.Contains(leftPane(line), name) && (!found || max(i-from, from-i) < max(down, -down)) {
			down, found = i-from, true
		}
	}
	return down, found
}

// shows waits until all of the texts are on the screen, and returns it.
func shows(t *testing.T, term *peer.Terminal, texts ...string) string {
	t.Helper()
	return term.Shows(texts...)
}

func containsAll(screen string, texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(screen, text) })
}

// unwrapped is the text of the left pane without the spaces and breaks that
// laying it out has put in.
func unwrapped(screen string) string {
	var b strings.Builder
	for line := range strings.Lines(screen) {
		b.WriteString(strings.Join(strings.Fields(strings.Trim(leftPane(line), "│╭╮╰╯─")), ""))
	}
	return b.String()
}
