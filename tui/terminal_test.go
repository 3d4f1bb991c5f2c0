//go:build unix

package tui_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// playEnv makes the test binary itself the program that runs in the terminal:
// its value is the place to start at.
const playEnv = "TRUSTDECK_TUI_PLAY"

func TestMain(m *testing.M) {
	if path, ok := os.LookupEnv(playEnv); ok {
		playInTerminal(path)
	}
	os.Exit(m.Run())
}

// playInTerminal shows the test world. The place "panic" fails in the middle of
// an update.
func playInTerminal(path string) {
	o := options(tuitest.NewSource())
	if path == "panic" {
		calls := 0
		o.Clock = func() time.Time {
			if calls++; calls > 40 {
				panic("the clock broke")
			}
			return tuitest.Now
		}
	} else {
		o.Start, _ = nav.Parse(path, dialect.Only(docker.Dialect{}))
	}
	result, err := tui.Run(context.Background(), os.Stdin, os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(exitCode(result, err))
}

// terminal is a real terminal: a tmux session of its own server.
type terminal struct {
	t      *testing.T
	socket string
}

// noteSkipped adds the test to the list that "make test" prints at its end.
func noteSkipped(t *testing.T) {
	t.Helper()
	name := os.Getenv("TRUSTDECK_SKIPPED")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "tui.%s (missing tmux)\n", t.Name())
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// openTerminal starts a shell that runs the program, and says how it ended.
func openTerminal(t *testing.T, path string, width, height int) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tmux is missing")
		}
		noteSkipped(t)
		t.Skip("tmux is missing")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	script := fmt.Sprintf(`before=$(stty -g); %s=%q %q; code=$?; after=$(stty -g); [ "$before" = "$after" ] && same=yes || same=no; echo "ended with $code, terminal restored: $same"; exec cat`, playEnv, path, self)
	term.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "sh", "-c", script)
	t.Cleanup(func() { term.tmux("kill-server") })
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (term *terminal) press(keys ...string) *terminal {
	term.t.Helper()
	term.tmux(append([]string{"send-keys"}, keys...)...)
	return term
}

// sees waits until all words are on the screen.
func (term *terminal) sees(words ...string) *terminal {
	term.t.Helper()
	term.until(func() string {
		view := term.tmux("capture-pane", "-p", "-J")
		for _, w := range words {
			if !strings.Contains(view, w) {
				return fmt.Sprintf("%q is not on the screen:\n%s", w, view)
			}
		}
		return ""
	})
	return term
}

// until asks again and again, for a real terminal tells nobody when it changes.
func (term *terminal) until(wrong func() string) {
	term.t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	late := time.After(20 * time.Second)
	for why := wrong(); why != ""; why = wrong() {
		select {
		case <-poll.C:
		case <-late:
			term.t.Fatal(why)
		}
	}
}

// ended waits for the end and checks that the terminal is as it was.
func (term *terminal) ended(code int) {
	term.t.Helper()
	term.sees(fmt.Sprintf("ended with %d, terminal restored: yes", code))
	flags := strings.TrimSpace(term.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"))
	if flags != "0 0 1" {
		term.t.Errorf("alternate screen, mouse, cursor are %q, want 0 0 1", flags)
	}
}

// signal sends a signal to the program.
func (term *terminal) signal(name string) {
	term.t.Helper()
	shell := strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_pid}"))
	out, err := exec.Command("pkill", "-"+name, "-P", shell).CombinedOutput()
	if err != nil {
		term.t.Fatalf("signal: %v: %s", err, out)
	}
}

func TestWalkInATerminal(t *testing.T) {
	term := openTerminal(t, "repos", 100, 30)
	term.sees("web/frontend", "▲ expiring").press("j", "Enter").sees("Role tree", "web/frontend")
	term.press("j", "j", "j", "j", "j").sees("targets/ci-bot", "in 12 d")
	term.press("Escape").sees("NEXT EXPIRY").press("/", "k", "a", "f").sees("1 of 10")
	term.press("Enter").press("C-p").sees("Commands, places")
	term.press("l", "o", "g", " ", "o", "f", "Enter").sees("Repositories > Log")
	term.tmux("resize-window", "-x", "60", "-y", "15")
	term.sees("Log").press("q").sees("kafka")
	term.tmux("resize-window", "-x", "50", "-y", "10")
	term.sees("too small")
	term.tmux("resize-window", "-x", "100", "-y", "30")
	term.sees("NEXT EXPIRY").press("q").sees("Leave trustdeck?").press("Enter").ended(0)
}

func TestEveryEndingRestoresTheTerminal(t *testing.T) {
	endings := []struct {
		name string
		end  func(*terminal)
		code int
	}{
		{"ctrl+c", func(term *terminal) { term.press("C-c") }, 0},
		{"ctrl+c in an overlay", func(term *terminal) { term.press("?").sees("type to search").press("C-c") }, 0},
		{"SIGTERM", func(term *terminal) { term.signal("TERM") }, 143},
		{"SIGINT", func(term *terminal) { term.signal("INT") }, 130},
		{"SIGHUP", func(term *terminal) { term.signal("HUP") }, 129},
	}
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			term := openTerminal(t, "repos", 80, 24).sees("pay/api")
			ending.end(term)
			term.ended(ending.code)
		})
	}
}

func TestAPanicRestoresTheTerminal(t *testing.T) {
	term := openTerminal(t, "panic", 100, 30)
	// The clock breaks at some message; keys bring it there.
	for range 45 {
		term.press("j")
	}
	term.ended(1)
	term.sees("restored the terminal")
}

func TestSuspendAndResume(t *testing.T) {
	term := openTerminal(t, "repos", 80, 24).sees("pay/api").press("C-z")
	term.until(func() string {
		if strings.TrimSpace(term.tmux("display-message", "-p", "#{alternate_on}")) != "0" {
			return "the alternate screen is not left"
		}
		return ""
	})
	term.signal("CONT")
	term.sees("pay/api").press("C-c").ended(0)
}
