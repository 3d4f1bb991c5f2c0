package screen

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trustdeck/e2e/peer"
)

// However it ends, the terminal is as it was, and the exit code is the one that
// the help names.
func TestEndings(t *testing.T) {
	peer.Need(t, "tmux")
	for name, test := range map[string]struct {
		end  func(term *peer.Terminal)
		code int
	}{
		"q and enter": {func(term *peer.Terminal) {
			term.Type("q")
			term.WaitFor("Leave trustdeck?")
			term.Keys("Enter")
		}, 0},
		"q and y": {func(term *peer.Terminal) {
			term.Type("q")
			term.WaitFor("Leave trustdeck?")
			term.Type("y")
		}, 0},
		"q on a terminal that is too small": {func(term *peer.Terminal) {
			term.Resize(50, 10)
			term.WaitFor("too small")
			term.Type("q")
		}, 0},
		"ctrl+c":           {func(term *peer.Terminal) { term.Keys("C-c") }, 0},
		"ctrl+c twice":     {func(term *peer.Terminal) { term.Keys("C-c", "C-c") }, 0},
		"ctrl+c in a menu": {func(term *peer.Terminal) { term.Keys("C-p"); term.WaitFor("Commands"); term.Keys("C-c") }, 0},
		"palette": {func(term *peer.Terminal) {
			term.Keys("C-p")
			term.Type("quit")
			term.WaitFor("> Quit")
			term.Keys("Enter")
		}, 0},
		"SIGINT":  {func(term *peer.Terminal) { term.Signal(syscall.SIGINT) }, 130},
		"SIGTERM": {func(term *peer.Terminal) { term.Signal(syscall.SIGTERM) }, 143},
		"SIGHUP":  {func(term *peer.Terminal) { term.Signal(syscall.SIGHUP) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := browse(t, 80, 24)
			test.end(term)
			if code := term.WaitExit(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			term.CheckRestored()
			if screen := term.Screen(); strings.TrimSpace(screen) != "" {
				t.Errorf("the main screen has:\n%s", screen)
			}
		})
	}
}

// Whoever answers no stays where he was.
func TestStay(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 80, 24)
	choose(t, term, "acme/web")
	for _, keys := range [][]string{{"Escape"}, {"Tab", "Enter"}} {
		term.Type("q")
		term.WaitFor("Leave trustdeck?")
		term.Keys(keys...)
		if screen := term.WaitGone("Leave trustdeck?"); !strings.Contains(selected(screen), "acme/web") {
			t.Errorf("selected is %q", selected(screen))
		}
	}
	quit(t, term)
}

// A terminal that is closed takes the program with it.
func TestClosedTerminal(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	// The shell outlives the terminal to note how the program ended.
	codeFile := filepath.Join(t.TempDir(), "code")
	term := peer.Tmux(t, 80, 24)
	term.Start(shell(t, "CODE="+codeFile), "-c", `trap : HUP; "$TRUSTDECK" --archive "$SAMPLE" /repos; echo $? >"$CODE.new"; mv "$CODE.new" "$CODE"`)
	term.WaitFor(sampleCount)
	term.Close()
	if code := term.WaitFile(codeFile); code != "143" {
		t.Errorf("exit code %s, want 143", code)
	}
}

// ctrl+z hands the terminal back to the shell, and fg brings the program back to
// where it was.
func TestSuspend(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := peer.Tmux(t, 80, 24)
	term.Start(shell(t, "PS1=shell: "), "-i")
	term.WaitFor("shell:")
	term.Type(`"$TRUSTDECK" --archive "$SAMPLE" /repos`)
	term.Keys("Enter")
	term.WaitFor(sampleCount)
	choose(t, term, "acme/web")
	row := selected(term.Screen())
	for range 2 {
		term.Keys("C-z")
		term.WaitGone(sampleCount)
		term.WaitFor("shell:")
		term.CheckQuiet()
		// The shell echoes and reads lines again: what is typed is a command.
		term.Type("echo $((40 + 2))")
		term.Keys("Enter")
		shows(t, term, "echo $((40 + 2))", "\n42\n")
		for mode, want := range map[string]bool{"alternate_on": false, "mouse_any_flag": false, "cursor_flag": true} {
			if term.Mode(mode) != want {
				t.Errorf("while the program sleeps, %s is %t", mode, !want)
			}
		}
		term.Type("fg")
		term.Keys("Enter")
		term.WaitFor(sampleCount)
		if got := selected(term.Screen()); got != row {
			t.Errorf("selected was %q and is %q", row, got)
		}
		if !term.Mode("alternate_on") || !term.Mode("mouse_any_flag") {
			t.Error("awake again, the program has not taken the terminal back")
		}
	}
	term.Keys("C-c")
	term.WaitGone(sampleCount)
	term.Type("exit")
	term.Keys("Enter")
	if code := term.WaitExit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	term.CheckRestored()
}

// A program that was terminated while asleep ends as one that was not.
func TestTerminatedAsleep(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := peer.Tmux(t, 80, 24)
	term.Start(shell(t, "PS1=shell: "), "-i")
	term.WaitFor("shell:")
	term.Type(`"$TRUSTDECK" --archive "$SAMPLE" /repos`)
	term.Keys("Enter")
	term.WaitFor(sampleCount)
	term.Keys("C-z")
	term.WaitGone(sampleCount)
	term.Type("kill %1; fg; echo code $?")
	term.Keys("Enter")
	term.WaitFor("code 143")
	term.Type("exit")
	term.Keys("Enter")
	term.WaitExit()
	term.CheckRestored()
}
