package screen

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A route opens the program at a place, and going back leads up from there.
func TestRoutes(t *testing.T) {
	peer.Need(t, "tmux")
	for _, test := range []struct {
		route string
		shows []string
		back  string
	}{
		{"/repos", []string{"NEXT EXPIRY", sampleCount}, ""},
		{"repo/docker.io/acme/web", []string{"Repositories > acme/web", "[1 Roles]", "Role tree"}, sampleCount},
		{"repo/docker.io/acme/web/history", []string{"[5 History (9)]", "WHAT CHANGED"}, sampleCount},
		{"repo/docker.io/acme/web/role/targets/releases", []string{"acme/web > targets/releases", "Trust path"}, "[1 Roles]"},
		{"repo/docker.io/acme/web/tag/1.0", []string{"acme/web > 1.0", "docker pull accepts it"}, "[4 Tags (3)]"},
		{"/doctor", []string{"Repositories > Doctor", "OBJECT"}, "NEXT EXPIRY"},
		{"/keys", []string{"Repositories > Keys", "no private keys here"}, "NEXT EXPIRY"},
		{"/log", []string{"Repositories > Log", "TIME UTC"}, "NEXT EXPIRY"},
		{"/welcome", []string{"WHERE TO START"}, ""},
	} {
		t.Run(strings.ReplaceAll(strings.Trim(test.route, "/"), "/", "-"), func(t *testing.T) {
			t.Parallel()
			term := peer.Tmux(t, 100, 30)
			term.Start(peer.Trustdeck(t), sample(t, test.route)...)
			shows(t, term, test.shows...)
			if test.back != "" {
				term.Keys("Escape")
				term.WaitFor(test.back)
			}
			quit(t, term)
		})
	}
}

// What is no route is refused in a sentence that says what is wrong with it.
func TestWrongRoutes(t *testing.T) {
	for route, want := range map[string]string{
		"no/such/place":                  `there is no place "no/such/place"`,
		"keyz":                           "Did you mean keys or key?",
		"repo/docker.io/acme/web/role/x": `"x"`,
		"repo/docker.io/acme/web/tag/":   "the tag of docker.io/acme/web is empty",
	} {
		r := peer.Trustdeck(t).Try(route)
		if r.Code != 2 || r.Stdout != "" || !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: exit code %d, want 2; stdout %q; stderr %q, want %q in it", route, r.Code, r.Stdout, r.Stderr, want)
		}
	}
}

// Where there is no terminal, the program names the commands and draws nothing.
func TestWithoutATerminal(t *testing.T) {
	for _, args := range [][]string{nil, {"demo"}, sample(t, "/repos")} {
		r := peer.Trustdeck(t).Try(args...)
		if r.Code != 2 || r.Stdout != "" || !strings.Contains(r.Stderr, "Use a command: repos, inspect, tags") || strings.Contains(r.Stderr, "\x1b") {
			t.Errorf("%q: exit code %d, want 2; stdout %q; stderr %q", args, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// A terminal at one end only is none: somebody may see, but nobody can answer.
func TestWithATerminalAtOneEnd(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	for _, redirection := range []string{"</dev/null", ">/dev/null"} {
		term := peer.Tmux(t, 100, 30)
		term.Start(shell(t), "-c", `"$TRUSTDECK" --archive "$SAMPLE" /repos `+redirection)
		if code := term.WaitExit(); code != 2 {
			t.Errorf("%s: exit code %d, want 2", redirection, code)
		}
		term.WaitFor("Use a command: repos, inspect, tags")
		term.CheckRestored()
	}
}
