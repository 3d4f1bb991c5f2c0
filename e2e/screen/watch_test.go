package screen

import (
	"net/http"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/sandbox"
)

// watched starts the program on a server, on which notary has made acme/app, with a short
// time between its looks.
func watched(t *testing.T, server *peer.Server, notary *peer.Client) *peer.Terminal {
	t.Helper()
	notary.Run(t, "init", "-p", "docker.io/acme/app")
	term := peer.Tmux(t, 100, 30)
	client := peer.Trustdeck(t)
	client.Run(t, "inspect", "docker.io/acme/app", "--server", server.URL, "--tlscacert", server.PKI.CAFile())
	term.Start(client, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--refresh", "1")
	// What the cache holds is shown before the server has answered, and is no look at it.
	shows(t, term, "acme/app", "NEXT EXPIRY", "checked ")
	return term
}

// addhash has notary sign a tag.
func addhash(t *testing.T, notary *peer.Client, tag string) {
	t.Helper()
	notary.Run(t, "addhash", "-p", "docker.io/acme/app", tag, "100", "--sha256", strings.Repeat("ab", 32))
}

// withoutFeed is a practice server that shows nobody its list of changes.
func withoutFeed(t *testing.T) *peer.Server {
	t.Helper()
	world, err := sandbox.Start(sandbox.Config{Front: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/v2/_trust/changefeed") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return peer.SandboxAt(t, world.URL(), world.CA())
}

// What notary changes is shown and marked without a key, in the list and in the repository,
// until it was looked at; from a server that lists its changes, and from one that does not.
func TestOthersChange(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	for name, start := range map[string]func(*testing.T) *peer.Server{
		"notary-server": func(t *testing.T) *peer.Server { return peer.MemoryServer(t) },
		"no changefeed": withoutFeed,
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			notary := peer.Notary(t, server, t.TempDir())
			term := watched(t, server, notary)
			addhash(t, notary, "v1")
			shows(t, term, "acme/app *", "* changed at ", "UTC: snapshot, targets, timestamp")
			term.Keys("Enter")
			shows(t, term, "targets *", "snapshot *", "* changed since you last looked", "Tags (1)")
			addhash(t, notary, "v2")
			shows(t, term, "Tags (2)")
			term.Keys("Escape")
			shows(t, term, "NEXT EXPIRY", "checked ")
			if screen := term.Screen(); strings.Contains(screen, "app *") {
				t.Errorf("it is marked after it was looked at:\n%s", screen)
			}
			addhash(t, notary, "v3")
			shows(t, term, "acme/app *")
			term.Keys("c")
			term.WaitGone("acme/app *")
			if name == "notary-server" {
				notary.Run(t, "init", "-p", "docker.io/acme/other")
				shows(t, term, "2 repositories", "acme/other *")
			}
			quit(t, term)
		})
	}
}

// A server that stops and starts again is noticed both times without a key, and what it was
// changed meanwhile is shown.
func TestServerComesBack(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	cfg := sandbox.Config{Dir: t.TempDir()}
	world, err := sandbox.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := peer.SandboxAt(t, world.URL(), world.CA())
	notary := peer.Notary(t, server, t.TempDir())
	term := watched(t, server, notary)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	shows(t, term, "? stale", "acme/app", "offline since ", "trying again in ", "last read ")
	term.Keys("Enter")
	shows(t, term, "Role tree", "not current, read ")
	term.Keys("Escape")
	cfg.Addr = server.Host
	if world, err = sandbox.Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	addhash(t, notary, "v1")
	shows(t, term, "online", "acme/app *", "checked ")
	if screen := term.Screen(); strings.Contains(screen, "stale") || strings.Contains(screen, "offline") {
		t.Errorf("the server answers, and it is not shown:\n%s", screen)
	}
	quit(t, term)
}
