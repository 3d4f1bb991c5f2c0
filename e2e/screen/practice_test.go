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
const practiceCount = "20 repositories"

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

// The places of the demo are there at every size that the program promises: what
// they are about, what enter leads to, and the way to the help.
func TestPlacesOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux")
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		for key, place := range map[string]struct {
			row          string
			shows, opens []string
		}{
			"P": {"", []string{"Lessons", "A healthy repository"}, []string{"base/alpine", "[1 Roles]", "timestamp"}},
			"S": {"", []string{"Signers", "only in releases", "alice"}, []string{"targets/releases in web/landing", "PROBLEMS"}},
			"C": {"", []string{"Staged changes", "tools/sbom"}, []string{"data/kafka", "not have trust data"}},
			"T": {"reading the private keys", []string{"Tasks", "checking all"}, []string{"> Task", "Read       45 private keys"}},
			",": {"", []string{"Settings", "theme"}, []string{"Change: trust server", "[ Cancel ]"}},
		} {
			t.Run(peer.Size(size[0], size[1])+"-"+key, func(t *testing.T) {
				t.Parallel()
				term, temporary := practice(t, size[0], size[1])
				term.WaitFor("7 need action")
				term.Keys(key)
				shows(t, term, place.shows...)
				// Reading has ended when the first line says so.
				checkFrame(t, term.WaitFor("online"))
				if place.row != "" {
					choose(t, term, place.row)
				}
				term.Keys("Enter")
				shows(t, term, place.opens...)
				quit(t, term)
				leaves(t, temporary)
			})
		}
	}
}

// checkFrame looks at what every screen of the demo has at its edges.
func checkFrame(t *testing.T, screen string) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	if first := lines[0]; !strings.Contains(first, "   DEMO   ") || !strings.HasSuffix(first, "online") {
		t.Errorf("the first line is %q", first)
	}
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, "? help") {
		t.Errorf("the last line is %q", last)
	}
}

// Settings can be tried in the demo, and are not written.
func TestDemoWritesNoSettings(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	client := peer.Trustdeck(t)
	term := peer.Tmux(t, 100, 30)
	term.Start(client.With("TMPDIR="+t.TempDir()), "demo", "settings")
	term.WaitFor("expiry warning")
	choose(t, term, "ascii")
	term.Keys("Enter")
	term.WaitFor("Change: ascii")
	term.Keys("Up", "Up")
	term.WaitFor("│ > on ")
	term.Keys("Enter")
	term.WaitFor("1 change not saved")
	term.Keys("w")
	term.WaitFor("the demo touches nothing outside its")
	quit(t, term)
	if left, err := os.ReadDir(client.Home); err != nil || len(left) > 0 {
		t.Errorf("the demo leaves %v in the home folder, %v", left, err)
	}
}

// A lesson leads to its repository, which shows what it teaches.
func TestLesson(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term, _ := practice(t, 100, 30, "lessons")
	term.WaitFor("A tag whose image")
	choose(t, term, "A tag whose image")
	term.Keys("Enter")
	term.WaitFor("Repositories > tools/lint")
	term.Keys("4")
	choose(t, term, "2.0")
	term.Keys("Enter")
	term.WaitFor("differs")
	term.Keys("P")
	shows(t, term, "1 of 20 done", "✓ done")
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
			term.WaitRaw("targets expired at")
			for _, sent := range []string{"\x1b]", "\x1b[?1004h", "\x1b[>"} {
				if strings.Contains(term.Raw(), sent) {
					t.Errorf("a terminal that is read line by line is sent %q", sent)
				}
			}
		})
	}
}
