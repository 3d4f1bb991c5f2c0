package screen

import (
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
)

// current matches what only fresh data may be called.
var current = regexp.MustCompile(`● ok|online|updated`)

// With the server gone, the list shows what was read last, marks it as old, and
// says how old it is and why.
func TestFirstPaintFromCache(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	server := peer.MemoryServer(t)
	filled := peer.Fill(t, server)
	client := deck(t, filled.Docker)
	client.Run(t, "repos")
	server.Process.Stop()

	term := peer.Tmux(t, 100, 30)
	term.Start(client)
	checkOld(t, term, filled, "offline", "the connection was refused", "r refresh")
	term.Keys("Home", "Enter") // what comes in meanwhile must not change which row is meant
	shows(t, term, "[1 Roles]", "not current, read ", "the connection was refused")
	term.Keys("5")
	term.WaitUntil("why there is no history", func(screen string) bool {
		return strings.Contains(unwrapped(screen), "theconnectionwasrefused")
	})
	quit(t, term)
}

// checkOld looks at a list of what was read last.
func checkOld(t *testing.T, term *peer.Terminal, filled *peer.Filled, texts ...string) {
	t.Helper()
	for _, r := range filled.Repositories {
		texts = append(texts, named(r.GUN))
	}
	screen := shows(t, term, append(texts, "? stale", "cached")...)
	if found := current.FindString(screen); found != "" {
		t.Errorf("the list says %q of what was read long ago:\n%s", found, screen)
	}
	if n := strings.Count(screen, "cached"); n < len(filled.Repositories) {
		t.Errorf("%d of %d repositories are marked as cached:\n%s", n, len(filled.Repositories), screen)
	}
}

// A server that takes connections and never answers holds up nothing: the list
// comes from the cache, keys work, and the program ends at once.
func TestSilentServer(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	server := peer.MemoryServer(t)
	filled := peer.Fill(t, server)
	client := deck(t, filled.Docker)
	client.Run(t, "repos")
	server.Process.Stop()
	keepSilent(t, server.Host)

	term := peer.Tmux(t, 100, 30)
	term.Start(client, "--timeout", "1h", "--refresh", "off")
	checkOld(t, term, filled, "reading")
	choose(t, term, strings.TrimPrefix(peer.Rotated, "docker.io/"))
	enter(t, term, "Repositories > acme/rotated", "Role tree", "cached, read ")
	term.Keys("5")
	term.WaitFor("Reading earlier versions")
	term.Keys("Escape")
	term.WaitFor("NEXT EXPIRY")
	term.Type("D")
	term.WaitFor("Reading the repositories")
	term.Type("?")
	term.WaitFor("type to search")
	leavesAtOnce(t, term)

	// The same with nothing to show meanwhile.
	term = peer.Tmux(t, 100, 30)
	term.Start(client, "--timeout", "1h", "--refresh", "off", "--no-cache")
	shows(t, term, "Reading the list of repositories", "reading")
	term.Type("L")
	shows(t, term, "Repositories > Log", "0 events")
	term.Keys("Escape")
	term.WaitFor("NEXT EXPIRY")
	term.Type("q")
	term.WaitFor("Leave trustdeck?")
	leavesAtOnce(t, term)
}

// atOnce is far below the time-out of the requests and far above what a busy
// machine takes.
const atOnce = 5 * time.Second

func leavesAtOnce(t *testing.T, term *peer.Terminal) {
	t.Helper()
	start := time.Now()
	quit(t, term)
	if took := time.Since(start); took > atOnce {
		t.Errorf("ctrl+c took %s", took)
	}
}

// keepSilent listens at an address, takes every connection, and says nothing
// until the test ends.
func keepSilent(t *testing.T, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var taking sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		taking.Wait()
	})
	taking.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
		}
	})
}
