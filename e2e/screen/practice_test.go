package screen

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trustdeck/e2e/peer"
)

// practiceCount is how the list of the practice world says that it is complete.
const practiceCount = "15 repositories"

// practice starts the demo with a temporary folder of its own.
func practice(t *testing.T, width, height int, args ...string) (term *peer.Terminal, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	term = peer.Tmux(t, width, height)
	term.Start(peer.Trustdeck(t).With("TMPDIR="+temporary), append([]string{"demo"}, args...)...)
	return term, temporary
}

// leaves checks that the demo has left nothing behind.
func leaves(t *testing.T, temporary string) {
	t.Helper()
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("the demo leaves %v, %v", left, err)
	}
}

// The new places are there at every size that the program promises: what they are
// about, and how to get on.
func TestPlacesOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux")
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		for key, shows := range map[string][]string{
			"P": {"Lessons", "A healthy repository"},
			"S": {"Signers", "alice"},
			"C": {"Staged changes", "tools/sbom"},
			"T": {"Tasks", "looking at all"},
			",": {"Settings", "theme"},
		} {
			t.Run(strings.Join([]string{peer.Size(size[0], size[1]), key}, "-"), func(t *testing.T) {
				t.Parallel()
				term, temporary := practice(t, size[0], size[1])
				term.WaitFor("DEMO")
				term.Keys(key)
				for _, want := range shows {
					term.WaitFor(want)
				}
				for _, line := range strings.Split(term.Screen(), "\n") {
					if len([]rune(line)) > size[0] {
						t.Errorf("a line of %d cells: %q", len([]rune(line)), line)
					}
				}
				quit(t, term)
				leaves(t, temporary)
			})
		}
	}
}

// A lesson leads to its repository, which shows what it teaches.
func TestLesson(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term, _ := practice(t, 100, 30, "lessons")
	term.WaitFor("A tag whose image was replaced")
	choose(t, term, "A tag whose image was replaced")
	term.Keys("Enter")
	term.WaitFor("Repositories > Lessons > tools/lint")
	term.Keys("4")
	choose(t, term, "2.0")
	term.Keys("Enter")
	term.WaitFor("differs")
	quit(t, term)
}

// Whatever ends the demo, its folder is gone.
func TestDemoLeavesNothing(t *testing.T) {
	peer.Need(t, "tmux")
	for name, end := range map[string]func(*peer.Terminal){
		"ctrl+c":  func(term *peer.Terminal) { term.Keys("C-c") },
		"SIGINT":  func(term *peer.Terminal) { term.Signal(syscall.SIGINT) },
		"SIGTERM": func(term *peer.Terminal) { term.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(term *peer.Terminal) { term.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term, temporary := practice(t, 80, 24)
			term.WaitFor(practiceCount)
			if found, err := filepath.Glob(filepath.Join(temporary, "*", "docker", "trust", "private", "*.key")); err != nil || len(found) == 0 {
				t.Errorf("the keys of the demo are not where they are looked for: %v", err)
			}
			end(term)
			term.WaitExit()
			leaves(t, temporary)
		})
	}
}

// On a terminal that can only write lines, the same places are read and answered
// line by line.
func TestPlain(t *testing.T) {
	peer.Need(t, "tmux")
	for name, command := range map[string]string{
		"TERM=dumb":    `TERM=dumb "$TRUSTDECK" demo`,
		"ACCESSIBLE=1": `ACCESSIBLE=1 "$TRUSTDECK" demo`,
		"--plain":      `"$TRUSTDECK" demo --plain`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := peer.Tmux(t, 100, 30)
			term.Start(shell(t), "-c", command)
			term.WaitFor("Number or command")
			term.Type("go lessons")
			term.Keys("Enter")
			term.WaitFor("lesson A healthy repository")
			term.Type("3")
			term.Keys("Enter")
			term.WaitFor("targets expired at")
			term.Type("q")
			term.Keys("Enter")
			if code := term.WaitExit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			term.CheckRestored()
		})
	}
}
