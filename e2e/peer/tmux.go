package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// screenLimit is how long a test waits for something to be seen.
const screenLimit = 2 * time.Minute

// tmuxConfig gives the program the whole window and its escape sequences at
// once. The pane stays when its program ends, to be looked at.
const tmuxConfig = `set -g status off
set -g remain-on-exit on
set -g default-terminal tmux-256color
set -s escape-time 0
set -s set-clipboard on
`

// paneScript runs a program as a shell would and notes its process ID, its exit
// code, and the state of the terminal before and after it. In the end it holds
// the pane with cat, which echoes what is typed. Interrupts from the keyboard
// are for the program; a trapped signal is not ignored in it.
const paneScript = `trap : INT QUIT
dir=$1
shift
stty -g >"$dir/before"
sh -c 'echo $$ >"$0/pid"; exec "$@"' "$dir" "$@"
echo $? >"$dir/ended"
stty -g >"$dir/after"
mv "$dir/ended" "$dir/code"
exec cat
`

// Terminal is a real terminal, inside tmux, in which a program runs.
type Terminal struct {
	tb  testing.TB
	dir string
	// width and height are the size at the start.
	width, height int
	server        *Process
}

// Tmux opens a terminal of the given size.
func Tmux(tb testing.TB, width, height int) *Terminal {
	tb.Helper()
	Need(tb, "tmux")
	// In the folder of the test binary, whose path is short enough for a socket.
	dir, err := os.MkdirTemp(shared(tb).dir, "tmux-")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "tmux.conf"), []byte(tmuxConfig), 0o600),
		os.WriteFile(filepath.Join(dir, "pane.sh"), []byte(paneScript), 0o600),
	)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return &Terminal{tb: tb, dir: dir, width: width, height: height}
}

// Start runs a program in the terminal, once, with the client's environment.
func (t *Terminal) Start(c *Client, args ...string) {
	t.tb.Helper()
	cmd := exec.Command(find("tmux"), "-D", "-S", t.socket(), "-f", filepath.Join(t.dir, "tmux.conf"))
	cmd.Env = c.Env
	cmd.Dir = c.Home
	server, err := startProcess(t.dir, "tmux", cmd)
	if err != nil {
		t.tb.Fatalf("peer: %v", err)
	}
	t.server = server
	server.endWith(t.tb)
	healthy := func(ctx context.Context) error {
		_, err := t.try(ctx, "list-sessions")
		return err
	}
	if err := server.awaitHealthy(healthy); err != nil {
		t.tb.Fatalf("peer: %v", err)
	}
	t.tmux(slices.Concat([]string{
		"new-session", "-d", "-x", strconv.Itoa(t.width), "-y", strconv.Itoa(t.height), "-c", c.Home,
		"sh", filepath.Join(t.dir, "pane.sh"), t.dir, c.Program,
	}, c.leading, args)...)
	// What reads it early finds it empty: tmux starts the shell that writes it when it can.
	if err := os.WriteFile(t.rawFile(), nil, 0o600); err != nil {
		t.tb.Fatalf("peer: %v", err)
	}
	t.tmux("pipe-pane", "exec cat >>"+t.rawFile())
	t.read("pid")
}

// Keys presses keys, by the names that tmux has for them: "j", "Down", "Enter",
// "Escape", "C-c", "BTab".
func (t *Terminal) Keys(names ...string) {
	t.tb.Helper()
	t.tmux(append([]string{"send-keys", "--"}, names...)...)
}

// Type types text as it is.
func (t *Terminal) Type(text string) {
	t.tb.Helper()
	t.tmux("send-keys", "-l", "--", text)
}

// Paste pastes text, bracketed if the program has asked for that.
func (t *Terminal) Paste(text string) {
	t.tb.Helper()
	t.tmux("set-buffer", "-b", "pasted", "--", text)
	t.tmux("paste-buffer", "-p", "-d", "-b", "pasted")
}

// Click presses and releases the left button of the mouse; the cell at the top
// left is 1, 1. The program must have asked for the mouse in SGR form.
func (t *Terminal) Click(column, row int) {
	t.tb.Helper()
	t.Type(fmt.Sprintf("\x1b[<0;%[1]d;%[2]dM\x1b[<0;%[1]d;%[2]dm", column, row))
}

// Wheel turns the wheel of the mouse by one notch over a cell.
func (t *Terminal) Wheel(column, row int, down bool) {
	t.tb.Helper()
	button := 64
	if down {
		button = 65
	}
	t.Type(fmt.Sprintf("\x1b[<%d;%d;%dM", button, column, row))
}

// Resize changes the size of the terminal.
func (t *Terminal) Resize(width, height int) {
	t.tb.Helper()
	t.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

// Screen is the text that the terminal shows, without spaces at the ends of
// lines.
func (t *Terminal) Screen() string {
	t.tb.Helper()
	return t.tmux("capture-pane", "-p")
}

// Styled is the screen with the escape sequences of its colours and attributes.
func (t *Terminal) Styled() string {
	t.tb.Helper()
	return t.tmux("capture-pane", "-p", "-e")
}

// Mode reports whether a mode of the terminal is on, by the name that tmux has
// for it: "alternate_on", "cursor_flag", "mouse_any_flag".
func (t *Terminal) Mode(name string) bool {
	t.tb.Helper()
	return strings.TrimSpace(t.tmux("display-message", "-p", "#{"+name+"}")) == "1"
}

// Cursor is the cell of the cursor; that at the top left is 0, 0.
func (t *Terminal) Cursor() (column, row int) {
	t.tb.Helper()
	at := t.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}")
	if _, err := fmt.Sscan(at, &column, &row); err != nil {
		t.tb.Fatalf("peer: cursor %q: %v", at, err)
	}
	return column, row
}

// WaitClipboard waits until text is what the program has last copied with OSC 52.
func (t *Terminal) WaitClipboard(text string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenLimit)
	defer cancel()
	var last string
	if err := poll(ctx, func() bool {
		// Without anything copied it fails.
		last, _ = t.try(ctx, "show-buffer")
		return last == text
	}); err != nil {
		t.tb.Fatalf("waited in vain for %q in the clipboard, which holds %q", text, last)
	}
}

// WaitFor waits until the screen contains text, and returns the screen.
func (t *Terminal) WaitFor(text string) string {
	t.tb.Helper()
	return t.WaitUntil(fmt.Sprintf("%q on the screen", text), func(screen string) bool {
		return strings.Contains(screen, text)
	})
}

// WaitGone waits until the screen does not contain text, and returns the screen.
func (t *Terminal) WaitGone(text string) string {
	t.tb.Helper()
	return t.WaitUntil(fmt.Sprintf("%q gone from the screen", text), func(screen string) bool {
		return !strings.Contains(screen, text)
	})
}

// WaitUntil waits until the screen is as wanted, and returns it. What is wanted
// is said in words for a failure.
func (t *Terminal) WaitUntil(what string, wanted func(screen string) bool) string {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenLimit)
	defer cancel()
	var screen string
	if err := poll(ctx, func() bool {
		screen = t.Screen()
		return wanted(screen)
	}); err != nil {
		t.tb.Fatalf("waited in vain for %s; the screen:\n%s", what, screen)
	}
	return screen
}

// Signal sends a signal to the program.
func (t *Terminal) Signal(signal os.Signal) {
	t.tb.Helper()
	pid, err := strconv.Atoi(t.read("pid"))
	if err != nil {
		t.tb.Fatalf("peer: process ID of the program: %v", err)
	}
	program, err := os.FindProcess(pid)
	if err == nil {
		err = program.Signal(signal)
	}
	if err != nil {
		t.tb.Fatalf("peer: %v: %v", signal, err)
	}
}

// Close closes the terminal as its window would: the program is hung up on.
func (t *Terminal) Close() {
	t.tb.Helper()
	t.tmux("kill-session")
}

// WaitFile waits until the file has content, and returns it without the space
// around it.
func (t *Terminal) WaitFile(path string) string {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenLimit)
	defer cancel()
	var text string
	if err := poll(ctx, func() bool {
		b, err := os.ReadFile(path)
		text = strings.TrimSpace(string(b))
		return err == nil && text != ""
	}); err != nil {
		t.tb.Fatalf("peer: waited in vain for %s", filepath.Base(path))
	}
	return text
}

// WaitExit waits until the program has ended, and returns its exit code: 128 and
// the signal's number where a signal ended it.
func (t *Terminal) WaitExit() int {
	t.tb.Helper()
	code, err := strconv.Atoi(t.read("code"))
	if err != nil {
		t.tb.Fatalf("peer: exit code: %v", err)
	}
	return code
}

// Raw is what the program has written to the terminal, from about its start on.
func (t *Terminal) Raw() string {
	t.tb.Helper()
	raw, err := os.ReadFile(t.rawFile())
	if err != nil {
		t.tb.Fatalf("peer: %v", err)
	}
	return string(raw)
}

func (t *Terminal) rawFile() string { return filepath.Join(t.dir, "raw") }

// WaitRaw waits until the program has written these bytes.
func (t *Terminal) WaitRaw(bytes string) {
	t.tb.Helper()
	t.waitRaw(fmt.Sprintf("%q", bytes), func(raw string) bool { return strings.Contains(raw, bytes) })
}

// waitRaw waits until what the program has written is as wanted: tmux hands it on when it
// has time for that.
func (t *Terminal) waitRaw(what string, wanted func(raw string) bool) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenLimit)
	defer cancel()
	if err := poll(ctx, func() bool { return wanted(t.Raw()) }); err != nil {
		raw := t.Raw()
		t.tb.Fatalf("waited in vain for %s; written were %d bytes, in the end %q", what, len(raw), raw[max(len(raw)-500, 0):])
	}
}

// leavings are what tmux does not tell of itself: by the beginning of a sequence, with what
// the last one of these must go on where there is one.
var leavings = map[string]string{
	"\x1b[?1004": "l", "\x1b[?2004": "l", "\x1b]9;4;": "0\a", "\x1b]7501;": "state=clear\a",
}

// CheckQuiet fails the test unless the program has switched off the reports of focus and
// pastes, and taken back progress and status: when it has ended, or sleeps.
func (t *Terminal) CheckQuiet() {
	t.tb.Helper()
	for begin, end := range leavings {
		t.waitRaw(fmt.Sprintf("%q as the last %q", end, begin), func(raw string) bool {
			at := strings.LastIndex(raw, begin)
			return at < 0 || strings.HasPrefix(raw[at+len(begin):], end)
		})
	}
}

// CheckRestored fails the test unless the program, which has ended, has left the
// terminal as it was: its line settings, the main screen, a visible cursor, no
// reports of mouse, focus and pastes, no progress and no status.
func (t *Terminal) CheckRestored() {
	t.tb.Helper()
	t.WaitExit()
	if before, after := t.read("before"), t.read("after"); before != after {
		t.tb.Errorf("stty -g before: %s, after: %s", before, after)
	}
	const format = "alternate screen #{alternate_on}, cursor #{cursor_flag}, mouse #{mouse_any_flag}, " +
		"keypad #{keypad_flag}, cursor keys #{keypad_cursor_flag}"
	const want = "alternate screen 0, cursor 1, mouse 0, keypad 0, cursor keys 0"
	if got := strings.TrimSpace(t.tmux("display-message", "-p", format)); got != want {
		t.tb.Errorf("the terminal was left with %s; want %s", got, want)
	}
	t.CheckQuiet()
}

func (t *Terminal) socket() string { return filepath.Join(t.dir, "s") }

// tmux runs a tmux command, which must succeed, and returns its output.
func (t *Terminal) tmux(args ...string) string {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenLimit)
	defer cancel()
	out, err := t.try(ctx, args...)
	if err != nil {
		t.tb.Fatalf("peer: tmux %s: %v", args[0], err)
	}
	return out
}

func (t *Terminal) try(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, find("tmux"), append([]string{"-N", "-S", t.socket()}, args...)...)
	cmd.Env = baseEnv(t.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// read waits until paneScript has written a file and returns what it holds.
func (t *Terminal) read(name string) string {
	t.tb.Helper()
	return t.WaitFile(filepath.Join(t.dir, name))
}

// Size names the size of a terminal.
func Size(width, height int) string { return strconv.Itoa(width) + "x" + strconv.Itoa(height) }
