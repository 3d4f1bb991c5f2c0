package change

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

// A watched server tells what was written to it.
type watched struct {
	*peer.Server
	writes func() []string
}

// watchedServers are the practice server and the topology of a real installation,
// each with the log that it keeps itself.
var watchedServers = map[string]func(*testing.T) watched{
	"practice": func(t *testing.T) watched {
		var mu sync.Mutex
		var writes []string
		server := peer.Sandbox(t, sandbox.Config{Log: func(e model.Event) {
			mu.Lock()
			defer mu.Unlock()
			if isWrite(e.Text) {
				writes = append(writes, e.Text)
			}
		}})
		return watched{server, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(writes)
		}}
	},
	"production": func(t *testing.T) watched {
		server := peer.ProductionServer(t)
		return watched{server, func() []string {
			var writes []string
			for line := range strings.Lines(server.Process.Output()) {
				if isWrite(line) {
					writes = append(writes, line)
				}
			}
			return writes
		}}
	},
}

// isWrite tells the requests that change a server: publishing, and asking for a key,
// which makes one where there is none.
func isWrite(line string) bool {
	return strings.Contains(line, "POST") || strings.Contains(line, ".key")
}

// onScreen is a command on a terminal.
type onScreen struct {
	*peer.Terminal
	t *testing.T
}

// begin starts a command that lacks answers, with nothing but the way to the server.
func begin(t *testing.T, server watched, home string, width, height int, args ...string) onScreen {
	t.Helper()
	term := peer.Tmux(t, width, height)
	c := peer.Trustdeck(t).With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home, "TMPDIR="+home)
	term.Start(c, append(args, "--gun", "--server", server.URL, "--tlscacert", server.PKI.CAFile(),
		"--trust-dir", filepath.Join(home, "trust"), "--log-file", filepath.Join(home, "log"))...)
	return onScreen{term, t}
}

// answer waits for a question, types an answer and goes on.
func (s onScreen) answer(question, text string) {
	s.t.Helper()
	s.WaitFor(question)
	if text != "" {
		s.Keys("C-u")
		s.Type(text)
	}
	s.Keys("Enter")
}

// several answers a question that takes several lines with one.
func (s onScreen) several(question, text, label string) {
	s.t.Helper()
	s.answer(question, text)
	s.WaitFor("• " + text)
	s.Keys("Enter")
	s.WaitGone(label)
}

// accept waits for the review, checks that nothing was written before it was on the
// screen, and presses the button.
func (s onScreen) accept(server watched, button, follows string) {
	s.t.Helper()
	s.WaitFor("Ready:")
	if before := server.writes(); len(before) > 0 {
		s.t.Errorf("before the review was on the screen the server was asked: %s", before)
	}
	s.Press(button, follows)
}

// fresh chooses a passphrase for a new key, twice.
func (s onScreen) fresh(title, passphrase string) {
	s.t.Helper()
	s.WaitFor(title)
	s.WaitGone("Type the passphrase again")
	s.Type(passphrase)
	s.WaitFor("********   long enough")
	s.Keys("Enter")
	s.WaitFor("Type the passphrase again")
	s.Type(passphrase)
	s.WaitFor("> ********")
	s.Keys("Enter")
}

// ends closes the result, and checks what is left on the terminal, and the exit
// code.
func (s onScreen) ends(code int, says string) {
	s.t.Helper()
	s.Keys("Escape")
	if got := s.WaitExit(); got != code {
		s.t.Errorf("exit code %d, want %d", got, code)
	}
	screen := s.WaitFor(says)
	for _, secret := range typed {
		if strings.Contains(screen, secret) {
			s.t.Errorf("the terminal shows %q", secret)
		}
	}
	s.CheckRestored()
}

// Somebody types nothing but the command: the full screen asks, shows the plan
// before the server hears of any write, executes it and proves it. The report and the
// exit code are those of the command, no passphrase is left anywhere, and real
// clients read what was made.
func TestFullScreen(t *testing.T) {
	peer.Need(t, "tmux")
	for name, start := range watchedServers {
		for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
			if name == "production" && size[0] != 80 {
				continue
			}
			t.Run(name+"-"+peer.Size(size[0], size[1]), func(t *testing.T) {
				fullScreen(t, start(t), size[0], size[1])
			})
		}
	}
}

func fullScreen(t *testing.T, server watched, width, height int) {
	home := t.TempDir()
	s := begin(t, server, home, width, height, "init")
	s.several("Which repositories do you want to initialise?", "docker.io/acme/app", "Which repositories")
	s.answer("Which key do you want to sign the root with?", "")
	s.answer("How many root keys do you want?", "0")
	s.WaitFor("is not a number from 1 to 20")
	s.answer("How many root keys do you want?", "1")
	s.WaitFor("Where do you want the snapshot key?")
	s.Keys("Down", "Enter")
	s.accept(server, "Initialise", "Passphrase 1 of 3")
	for i := range typed {
		s.fresh("Passphrase "+string(rune('1'+i))+" of 3", typed[i])
	}
	s.WaitFor("─ Done ─")
	if len(server.writes()) == 0 {
		t.Error("the server saw no write at all")
	}
	s.ends(0, "trustdeck read it back")

	alice := publicFile(t, notarytest.NewKey())
	s = begin(t, server, home, width, height, "signer", "add", "--key", alice)
	s.answer("What is the name of the signer?", "Alice")
	s.WaitFor("signer cannot be called")
	s.answer("What is the name of the signer?", "alice")
	s.several("Which repositories may the signer sign for?", "docker.io/acme/app", "Which repositories may")
	before := len(server.writes())
	s.WaitFor("Ready:")
	if after := len(server.writes()); after != before {
		t.Errorf("the server saw %d writes before the review was accepted", after-before)
	}
	s.Press("Add the signer", "Passphrase 1 of 2")
	s.answer("Passphrase 1 of", "wrong passphrase")
	s.WaitFor("✗")
	for i := range 2 {
		screen := s.WaitFor("Passphrase " + string(rune('1'+i)) + " of 2")
		secret := typed[1]
		if strings.Contains(screen, "Passphrase of the snapshot key") {
			secret = typed[2]
		}
		s.Type(secret)
		s.WaitFor("> ********")
		s.Keys("Enter")
	}
	s.WaitFor("─ Done ─")
	s.ends(0, "trustdeck read it back")
	search(t, home)

	if list := peer.Notary(t, server.Server, t.TempDir()).Run(t, "delegation", "list", "docker.io/acme/app"); !strings.Contains(list, "targets/alice") {
		t.Errorf("notary delegation list:\n%s", list)
	}
	if inspect := peer.Docker(t, server.Server, t.TempDir()).Run(t, "trust", "inspect", "acme/app"); !strings.Contains(inspect, `"alice"`) {
		t.Errorf("docker trust inspect:\n%s", inspect)
	}
}

// Leaving is no failure of anything: nothing is written, and the exit code says that
// it was cancelled. The plan may be saved instead.
func TestFullScreenLeft(t *testing.T) {
	peer.Need(t, "tmux")
	for name, row := range map[string]struct {
		leave func(onScreen)
		code  int
		says  string
	}{
		"cancel": {func(s onScreen) {
			s.Press("Cancel", "You will lose the answers")
			s.Press("Leave", "you did not accept the plan")
		}, 7, "you did not accept the plan"},
		"forced": {func(s onScreen) {
			s.Press("Initialise", "Passphrase 1 of 2")
			s.Keys("C-c")
			s.WaitFor("[ Quit now ]")
			s.Keys("C-c")
		}, 7, "Nothing was published"},
		"ctrl+c": {func(s onScreen) { s.Keys("C-c") }, 7, "you did not accept the plan"},
		"saved": {func(s onScreen) {
			s.Keys("p")
			s.WaitFor("Save the plan")
			s.Keys("Enter")
			s.WaitFor("Nothing was changed.")
			s.Keys("C-c")
		}, 0, "The plan is in plan.json."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := watchedServers["practice"](t)
			s := begin(t, server, t.TempDir(), 80, 24, "init", "docker.io/acme/app")
			s.answer("Which key do you want to sign the root with?", "")
			s.answer("How many root keys do you want?", "")
			s.answer("Where do you want the snapshot key?", "")
			s.WaitFor("Ready:")
			row.leave(s)
			if code := s.WaitExit(); code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			s.WaitFor(row.says)
			if writes := server.writes(); len(writes) > 0 {
				t.Errorf("the server was asked: %s", writes)
			}
			s.CheckRestored()
		})
	}
}

// What was typed ahead of the review does not accept it, however fast.
func TestFullScreenTypedAhead(t *testing.T) {
	peer.Need(t, "tmux")
	server := watchedServers["practice"](t)
	s := begin(t, server, t.TempDir(), 80, 24, "init", "docker.io/acme/app")
	s.answer("Which key do you want to sign the root with?", "")
	s.answer("How many root keys do you want?", "")
	s.WaitFor("Where do you want the snapshot key?")
	s.Type("\r\t\r\t\r\t\r")
	s.WaitFor("Ready:")
	s.Keys("Escape")
	s.WaitFor("Where do you want the snapshot key?")
	if writes := server.writes(); len(writes) > 0 {
		t.Errorf("the server was asked: %s", writes)
	}
	s.Keys("C-c")
	s.WaitExit()
}
