package change

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// fleet are the repositories of a plan for several, in its order.
var fleet = []string{"docker.io/acme/one", "docker.io/acme/two", "docker.io/acme/three"}

// ends are what becomes of each of the fleet.
type ends [3]string

// door passes requests on to a server, but for the upload to the second of the fleet: that
// meets refuse, which reports whether the upload goes on.
func door(t *testing.T, server *peer.Server, refuse func(http.ResponseWriter, *http.Request, http.Handler)) *peer.Server {
	t.Helper()
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.PKI.Pool(), MinVersion: tls.VersionTLS12}},
	}
	return peer.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/v2/"+fleet[1]+"/") {
			refuse(w, r, proxy)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
}

// A plan for several repositories goes on where the server refuses one, and ends where the
// next could fail too. An answer that is lost is no failure: what was stored is read back.
// What trustdeck says of each is what notary finds there, and the same command does the rest.
func TestSeveral(t *testing.T) {
	answer := func(status int, body string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, row := range map[string]struct {
		refuse func(http.ResponseWriter, *http.Request, http.Handler)
		code   int
		ends   ends
		gone   [3]bool // whether alice is gone
	}{
		"refused": {
			answer(http.StatusBadRequest, `{"errors":[{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid."}]}`),
			1,
			ends{"verified", "failed", "verified"},
			[3]bool{true, false, true},
		},
		"server fails": {
			answer(http.StatusBadGateway, "out of order"),
			5,
			ends{"verified", "failed", "not-started"},
			[3]bool{true, false, false},
		},
		"answer lost": {
			func(_ http.ResponseWriter, r *http.Request, on http.Handler) {
				on.ServeHTTP(discard{http.Header{}}, r)
				panic(http.ErrAbortHandler)
			},
			0,
			ends{"verified", "verified", "verified"},
			[3]bool{true, true, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCrew(t, peer.ProductionServer(t))
			r := f.try(door(t, f.server, row.refuse), slices.Concat([]string{"signer", "remove", "--yes", "-o", "json", "alice"}, fleet)...)
			var out struct {
				Done         bool
				Repositories []struct{ Repository, State string }
			}
			if err := json.Unmarshal([]byte(r.Stdout), &out); err != nil || r.Code != row.code || out.Done != (row.code == 0) {
				t.Errorf("exit code %d, want %d; done %t, %v\n%s%s", r.Code, row.code, out.Done, err, r.Stdout, r.Stderr)
			}
			var got ends
			for i, one := range out.Repositories {
				got[i] = one.State
			}
			if got != row.ends {
				t.Errorf("the answer says %v, want %v\n%s%s", got, row.ends, r.Stdout, r.Stderr)
			}
			f.alice(row.gone)
			if row.code == 0 {
				return
			}
			if again := f.try(f.server, slices.Concat([]string{"signer", "remove", "--yes", "alice"}, fleet)...); again.Code != 0 {
				t.Errorf("again: exit code %d\n%s%s", again.Code, again.Stdout, again.Stderr)
			}
			f.alice([3]bool{true, true, true})
		})
	}
}

// Targets is rotated in three repositories; the server refuses the second. The keys that were
// made for it are used by the next attempt, and every client goes on everywhere.
func TestRotateSeveral(t *testing.T) {
	f := newCrew(t, peer.ProductionServer(t))
	refuse := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusForbidden) }
	args := slices.Concat([]string{"rotate", "--yes", "--new-key", "new"}, fleet, []string{"targets"})
	r := f.try(door(t, f.server, refuse), args...)
	if r.Code == 0 || !strings.Contains(r.Stdout+r.Stderr, fleet[1]+": not changed") || !strings.Contains(r.Stdout+r.Stderr, fleet[2]+": published and verified") {
		t.Fatalf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	f.published("2.0")
	made := f.notary.Run(t, "key", "list")
	if r := f.try(f.server, "rotate", "--yes", "--new-key", "new", fleet[1], "targets"); r.Code != 0 {
		t.Fatalf("again: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	if now := f.notary.Run(t, "key", "list"); now != made {
		t.Errorf("a second key was made:\n%s\nafter\n%s", now, made)
	}
	f.published("3.0")
}

// discard is the answer that nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// crew is an administrator of three repositories, with alice as a signer of each.
type crew struct {
	t       *testing.T
	server  *peer.Server
	home    string
	program *peer.Client
	notary  *peer.Client
}

func newCrew(t *testing.T, server *peer.Server) *crew {
	t.Helper()
	home := t.TempDir()
	f := &crew{
		t: t, server: server, home: home, notary: peer.Notary(t, server, filepath.Join(home, "trust")),
		program: peer.Trustdeck(t).With("HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home,
			"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
			"NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.DelegationPassphrase),
	}
	for _, gun := range fleet {
		f.notary.Run(t, "init", "-p", gun)
	}
	alice := peer.BareKey(t, t.TempDir(), "alice")
	if r := f.try(server, slices.Concat([]string{"signer", "add", "--yes", "--key", alice.PublicFile, "alice"}, fleet)...); r.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	return f
}

// try runs trustdeck against a server.
func (f *crew) try(server *peer.Server, args ...string) peer.Result {
	return f.program.Try(append(args, "--gun", "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filepath.Join(f.home, "trust"))...)
}

// alice has a new client of notary look where alice is no signer any more.
func (f *crew) alice(gone [3]bool) {
	f.t.Helper()
	for i, gun := range fleet {
		list := peer.Notary(f.t, f.server, f.t.TempDir()).Run(f.t, "delegation", "list", gun)
		if strings.Contains(list, "targets/alice") == gone[i] {
			f.t.Errorf("%s: alice gone %t, want %t\n%s", gun, !gone[i], gone[i], list)
		}
	}
}

// published has notary publish a tag in each, with the keys of the trust folder, and a new
// client of it list the tag.
func (f *crew) published(tag string) {
	f.t.Helper()
	for _, gun := range fleet {
		f.notary.Run(f.t, "addhash", "-p", gun, tag, "10", "--sha256", digest)
		if list := peer.Notary(f.t, f.server, f.t.TempDir()).Run(f.t, "list", gun); !strings.Contains(list, tag) {
			f.t.Errorf("%s lacks %s:\n%s", gun, tag, list)
		}
	}
}
