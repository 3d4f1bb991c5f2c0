package peer

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// shell returns a client that runs a script, to be driven in place of trustdeck.
func shell(tb testing.TB, script string) *Client {
	tb.Helper()
	home := tb.TempDir()
	return &Client{Program: "/bin/sh", Home: home, Env: baseEnv(home), leading: []string{"-c", script, "sh"}}
}

func TestTmux(t *testing.T) {
	t.Parallel()
	term := Tmux(t, 60, 15)
	// The script paints the size of its terminal whenever that changes, takes
	// one line, copies it, and ends with the code that the line says.
	term.Start(shell(t, `trap 'echo size $(stty size)' WINCH
echo "first argument: $1"
echo size $(stty size)
until read -r line; do :; done
printf 'took <%s>\n\033]52;c;%s\a' "$line" "$(printf %s "$line" | base64)"
exit "$line"`), "hello")

	term.WaitFor("first argument: hello")
	term.WaitFor("size 15 60")
	term.Resize(100, 30)
	term.WaitFor("size 30 100")
	term.Type("34")
	term.Keys("BSpace", "Enter")
	term.WaitFor("took <3>")
	if code := term.WaitExit(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	term.WaitClipboard("3")
	term.WaitUntil("a screen of 30 lines", func(screen string) bool { return strings.Count(screen, "\n") == 30 })
	term.CheckRestored()
}

func TestTmuxSignal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal os.Signal
		code   int
	}{
		{syscall.SIGTERM, 128 + 15},
		{syscall.SIGHUP, 128 + 1},
	} {
		term := Tmux(t, 80, 24)
		term.Start(shell(t, "echo ready; exec cat"))
		term.WaitFor("ready")
		term.Signal(c.signal)
		if code := term.WaitExit(); code != c.code {
			t.Errorf("%v: exit code %d, want %d", c.signal, code, c.code)
		}
	}
}

// A program that leaves the terminal changed must be noticed.
func TestCheckRestored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script, want string
	}{
		{"line settings", "stty -echo", "stty -g before"},
		{"alternate screen", `printf '\033[?1049h'`, "alternate screen 1"},
		{"hidden cursor", `printf '\033[?25l'`, "cursor 0"},
		{"mouse", `printf '\033[?1002h\033[?1006h'`, "mouse 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			term := Tmux(t, 80, 24)
			term.Start(shell(t, c.script))
			r := watch(t, func(tb testing.TB) {
				tb.Helper()
				term.tb = tb
				term.CheckRestored()
			})
			if got := strings.Join(r.failed, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("reported %q, want %q", got, c.want)
			}
		})
	}
}

// What the mouse and a paste send must reach the program as a terminal sends it.
func TestTmuxMouseAndPaste(t *testing.T) {
	t.Parallel()
	term := Tmux(t, 80, 24)
	term.Start(shell(t, `printf '\033[?1002h\033[?1006h\033[?2004hready'; stty -echo; exec cat -v`))
	term.WaitFor("ready")
	term.Click(7, 3)
	term.Keys("Enter")
	term.WaitFor("^[[<0;7;3M^[[<0;7;3m")
	term.Paste("one two")
	term.Keys("Enter")
	term.WaitFor("^[[200~one two^[[201~")
}
