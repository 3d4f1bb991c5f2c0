package screen

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// world is a server that notary and docker have filled, and the arguments that
// lead trustdeck to it.
func world(t *testing.T, opts ...peer.Option) (*peer.Server, *peer.Filled, *peer.Client, []string) {
	t.Helper()
	peer.Need(t, "tmux")
	server := peer.MemoryServer(t, opts...)
	filled := peer.Fill(t, server)
	docker := peer.Docker(t, server, t.TempDir())
	deck := peer.Trustdeck(t).With(docker.Env...).With("TERM=xterm-256color")
	return server, filled, deck, nil
}

// quit ends the program by ctrl+c and checks what it leaves.
func quit(t *testing.T, term *peer.Terminal) {
	t.Helper()
	term.Keys("C-c")
	if code := term.WaitExit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.CheckRestored()
}

// An administrator starts, walks to a role and to a tag, and finds what notary
// and docker have put there.
func TestWalk(t *testing.T) {
	for name, opts := range map[string][]peer.Option{"open": nil, "with tokens": {peer.TokenAuth()}} {
		t.Run(name, func(t *testing.T) {
			server, filled, deck, args := world(t, opts...)
			app := filled.Repository(t, peer.App)
			// Only a server without accounts tells everybody what it holds.
			start := append([]string{"repo/" + peer.App + "/roles"}, args...)
			if server.Tokens == nil {
				start = args
			}
			term := peer.Tmux(t, 120, 40)
			term.Start(deck, start...)
			if server.Tokens == nil {
				term.WaitFor("4 repositories")
				for _, r := range filled.Repositories {
					term.WaitFor(strings.TrimPrefix(r.GUN, "docker.io/"))
				}
				term.Type("/")
				term.Type("rotated")
				term.WaitFor("1 of 4")
				term.Keys("Escape")
				term.WaitFor("4 repositories")
				term.Keys("C-p")
				term.Type("acme/app")
				term.Keys("Enter")
			}
			term.WaitFor("Role tree")
			term.WaitFor("releases")
			term.Keys("Down", "Down", "Enter")
			term.WaitFor("acme/app > targets")
			term.Keys("Escape")
			term.WaitFor("[Roles]")
			tag := app.Tags[0]
			term.Keys("4")
			term.WaitFor(tag.Name)
			term.Type("/")
			term.Type(tag.Name)
			term.Keys("Enter")
			term.WaitFor(tag.SHA256[:8])
			term.Keys("Escape") // clears the filter, and stays
			term.WaitFor("alice/tool")
			for key, text := range map[string]string{"2": "ECDSA P-256", "3": "signer", "5": "version", "6": `"signed"`} {
				term.Keys(key)
				term.WaitUntil(text, func(screen string) bool { return strings.Contains(strings.ToLower(screen), strings.ToLower(text)) })
			}
			quit(t, term)
		})
	}
}

func TestPlaces(t *testing.T) {
	_, _, deck, args := world(t)
	for route, text := range map[string]string{
		"repo/" + peer.App + "/role/targets/releases": "targets/releases",
		"doctor": "Doctor", "keys": "Keys", "log": "WHAT",
	} {
		t.Run(route, func(t *testing.T) {
			term := peer.Tmux(t, 100, 30)
			term.Start(deck, append([]string{"/" + route}, args...)...)
			term.WaitFor(text)
			term.Type("?")
			term.WaitFor("Help")
			term.Keys("Escape")
			term.WaitGone("type to search")
			quit(t, term)
		})
	}
	if r := deck.Try(append([]string{"/no/such/place"}, args...)...); r.Code != 2 || r.Stderr == "" || r.Stdout != "" {
		t.Errorf("a place that is none: exit code %d, %q", r.Code, r.Stderr)
	}
}

func TestResize(t *testing.T) {
	_, _, deck, args := world(t)
	term := peer.Tmux(t, 100, 30)
	term.Start(deck, args...)
	term.WaitFor("4 repositories")
	chosen := func(screen string) string {
		for line := range strings.Lines(screen) {
			if strings.HasPrefix(line, ">") {
				return strings.Fields(line)[3]
			}
		}
		return ""
	}
	first := chosen(term.Screen())
	term.Keys("Down")
	name := chosen(term.WaitUntil("another row", func(s string) bool { return chosen(s) != first }))
	for _, size := range [][2]int{{60, 15}, {200, 60}, {80, 24}, {50, 10}, {100, 30}} {
		term.Resize(size[0], size[1])
		if size[0] < 60 {
			term.WaitFor("needed are 60 x 15")
			continue
		}
		screen := term.WaitUntil("the list", func(s string) bool {
			return strings.Contains(s, "filter") && strings.Contains(s, "? help")
		})
		for line := range strings.Lines(screen) {
			if w := ansi.StringWidth(strings.TrimRight(line, "\n")); w > size[0] {
				t.Errorf("%dx%d: a line of %d cells: %q", size[0], size[1], w, line)
			}
		}
		if size[0] == 100 && chosen(screen) != name {
			t.Errorf("the selection was %q and is %q", name, chosen(screen))
		}
	}
	quit(t, term)
}

// However it ends, the terminal is as it was.
func TestEndings(t *testing.T) {
	peer.Need(t, "tmux")
	deck := peer.Trustdeck(t)
	for name, tt := range map[string]struct {
		end  func(term *peer.Terminal)
		code int
	}{
		"q and yes": {func(term *peer.Terminal) {
			term.Type("q")
			term.WaitFor("Quit")
			term.Keys("Enter")
		}, 0},
		"ctrl+c": {func(term *peer.Terminal) { term.Keys("C-c") }, 0},
		"palette": {func(term *peer.Terminal) {
			term.Keys("C-p")
			term.Type("quit at once")
			term.WaitFor("> Quit at once")
			term.Keys("Enter")
		}, 0},
		"SIGTERM": {func(term *peer.Terminal) { term.Signal(syscall.SIGTERM) }, 143},
		"SIGINT":  {func(term *peer.Terminal) { term.Signal(syscall.SIGINT) }, 130},
	} {
		t.Run(name, func(t *testing.T) {
			term := peer.Tmux(t, 100, 30)
			term.Start(deck, "demo")
			term.WaitFor("10 repositories")
			tt.end(term)
			if code := term.WaitExit(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			term.CheckRestored()
		})
	}
}

// With the server gone, what was read last is shown, and said to be old.
func TestFirstPaintFromCache(t *testing.T) {
	server, _, deck, args := world(t)
	deck.Run(t, append([]string{"repos"}, args...)...)
	server.Process.Stop()
	term := peer.Tmux(t, 100, 30)
	term.Start(deck, args...)
	term.WaitFor("stale")
	term.WaitFor("acme/app")
	term.WaitFor("acme/image")
	term.WaitUntil("no row that is ok", func(s string) bool { return !strings.Contains(s, "● ok") })
	quit(t, term)
}

// colour matches a sequence that sets a colour other than the terminal's own.
var colour = regexp.MustCompile(`\x1b\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)

func TestWithoutColourAndUnicode(t *testing.T) {
	peer.Need(t, "tmux")
	term := peer.Tmux(t, 100, 30)
	term.Start(peer.Trustdeck(t).With("NO_COLOR=1"), "demo", "--ascii")
	term.WaitFor("10 repositories")
	for _, r := range term.Screen() {
		if r > 0x7f {
			t.Errorf("%q is not ASCII", r)
		}
	}
	if found := colour.FindString(term.Styled()); found != "" {
		t.Errorf("colour: %q", found)
	}
	quit(t, term)
}

func TestWithoutATerminal(t *testing.T) {
	r := peer.Trustdeck(t).Try("demo")
	if r.Code != 2 || r.Stdout != "" || !strings.Contains(r.Stderr, "Use a command: repos") {
		t.Errorf("exit code %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
}
