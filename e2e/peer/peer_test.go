package peer

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// recorder is a test that is watched instead of run: it notes how it ends.
type recorder struct {
	testing.TB
	skipped, failed, logged []string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return "TestWatched" }
func (r *recorder) Skip(args ...any) {
	r.skipped = append(r.skipped, fmt.Sprint(args...))
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.failed = append(r.failed, fmt.Sprint(args...))
	runtime.Goexit()
}

func (r *recorder) Logf(format string, args ...any) {
	r.logged = append(r.logged, fmt.Sprintf(format, args...))
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// watch runs f as a test of its own and returns how it ended.
func watch(tb testing.TB, f func(testing.TB)) *recorder {
	tb.Helper()
	r := &recorder{TB: tb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		name, ci, peer string
		skips, fails   bool
		list           string
	}{
		{name: "a peer that is there", peer: "go"},
		{
			name: "a missing peer on a developer's machine", peer: "no-such-peer", skips: true,
			list: "peer.TestWatched (missing no-such-peer)\n",
		},
		{name: "a missing peer under CI", ci: "true", peer: "no-such-peer", fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := filepath.Join(t.TempDir(), "skipped")
			t.Setenv("CI", c.ci)
			t.Setenv(skippedFile, list)
			r := watch(t, func(tb testing.TB) {
				tb.Helper()
				Need(tb, "go", c.peer)
			})
			if got := len(r.skipped) > 0; got != c.skips {
				t.Errorf("skipped: %q", r.skipped)
			}
			if got := len(r.failed) > 0; got != c.fails {
				t.Errorf("failed: %q", r.failed)
			}
			got, err := os.ReadFile(list)
			if string(got) != c.list {
				t.Errorf("listed %q (%v), want %q", got, err, c.list)
			}
		})
	}
}

// A freshly filled server must look to the real clients as Fill says it does.
func TestFill(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, ...Option) *Server{
		"memory": MemoryServer, "production": ProductionServer, "PostgreSQL": PostgresServer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			filled := Fill(t, server)
			reader := Notary(t, server, t.TempDir())
			keys := filled.Notary.Run(t, "key", "list") +
				Notary(t, server, filepath.Join(filled.Docker.Home, "trust")).Run(t, "key", "list")
			for _, r := range filled.Repositories {
				checkListing(t, reader, r)
				checkRootVersion(t, server, r)
				local := slices.ContainsFunc(strings.Split(keys, "\n"), func(line string) bool {
					return strings.HasPrefix(line, "snapshot ") && strings.Contains(line, " "+r.GUN+" ")
				})
				if local == r.ServerSnapshot {
					t.Errorf("%s: a snapshot key in a trust folder: %t", r.GUN, local)
				}
			}
			checkInspect(t, Docker(t, server, t.TempDir()), filled)
		})
	}
}

// checkListing compares a repository with what notary lists.
func checkListing(t *testing.T, notary *Client, r Repository) {
	t.Helper()
	list := notary.Run(t, "list", r.GUN)
	for _, tag := range r.Tags {
		found := slices.ContainsFunc(strings.Split(list, "\n"), func(line string) bool {
			f := strings.Fields(line)
			return len(f) == 4 && f[0] == tag.Name && f[1] == tag.SHA256 && f[2] == fmt.Sprint(tag.Length)
		})
		if !found {
			t.Errorf("%s: tag %+v is not in:\n%s", r.GUN, tag, list)
		}
	}
	delegations := notary.Run(t, "delegation", "list", r.GUN)
	for _, d := range r.Delegations {
		for _, want := range append([]string{d.Role}, d.KeyIDs...) {
			if !strings.Contains(delegations, want) {
				t.Errorf("%s: %s of %+v is not in:\n%s", r.GUN, want, d, delegations)
			}
		}
	}
}

// checkRootVersion compares a repository with the roots that the server has.
func checkRootVersion(t *testing.T, server *Server, r Repository) {
	t.Helper()
	for version, want := range map[int]int{r.RootVersion: http.StatusOK, r.RootVersion + 1: http.StatusNotFound} {
		url := fmt.Sprintf("%s/v2/%s/_trust/tuf/%d.root.json", server.URL, r.GUN, version)
		resp, err := server.Client().Get(url)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", url, resp.Status, want)
		}
	}
}

// checkInspect compares Image with what docker says about it, and that docker
// reads the others too.
func checkInspect(t *testing.T, docker *Client, filled *Filled) {
	t.Helper()
	for _, r := range filled.Repositories {
		got := docker.Run(t, "trust", "inspect", r.GUN)
		if !strings.Contains(got, fmt.Sprintf("%q: %q", "Name", r.GUN)) {
			t.Errorf("docker trust inspect %s:\n%s", r.GUN, got)
		}
	}
	pretty := docker.Run(t, "trust", "inspect", "--pretty", Image)
	for _, tag := range filled.Repository(t, Image).Tags {
		line := strings.Join([]string{tag.Name, tag.SHA256, "carol, dave"}, " ")
		if !strings.Contains(strings.Join(strings.Fields(pretty), " "), line) {
			t.Errorf("docker does not list %q:\n%s", line, pretty)
		}
	}
	if strings.Contains(pretty, "0.9") {
		t.Errorf("docker lists a revoked tag:\n%s", pretty)
	}
}

func TestTokenAuth(t *testing.T) {
	t.Parallel()
	server := ProductionServer(t, TokenAuth())
	admin := Notary(t, server, t.TempDir())
	admin.Run(t, "init", "-p", App)
	fresh := func(account Account) *Client { return Notary(t, server, t.TempDir()).As(account) }

	t.Run("without credentials", func(t *testing.T) {
		if r := fresh(Account{}).Try("list", App); r.Code == 0 {
			t.Errorf("notary lists:\n%s", r.Stdout)
		}
	})
	t.Run("with a wrong password", func(t *testing.T) {
		if r := fresh(Account{Name: Reader.Name, Password: "wrong"}).Try("list", App); r.Code == 0 {
			t.Errorf("notary lists:\n%s", r.Stdout)
		}
		if !slices.ContainsFunc(server.Tokens.Requests(), func(r TokenRequest) bool { return r.Refused }) {
			t.Error("no request was refused")
		}
	})
	t.Run("as a reader", func(t *testing.T) {
		reader := fresh(Reader)
		reader.Run(t, "list", App)
		if r := reader.Try("init", "-p", Empty); r.Code == 0 {
			t.Errorf("a reader publishes:\n%s", r.Stdout)
		}
	})
	t.Run("with docker's password", func(t *testing.T) {
		Docker(t, server, t.TempDir()).Run(t, "trust", "inspect", App)
	})
	t.Run("with docker's identity token", func(t *testing.T) {
		docker := Docker(t, server, t.TempDir())
		config := fmt.Sprintf(`{"auths":{"https://index.docker.io/v1/":{"auth":%q,"identitytoken":%q}}}`,
			basic(Account{Name: "<token>"}), Reader.IdentityToken)
		if err := os.WriteFile(filepath.Join(docker.Home, "config.json"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		docker.Run(t, "trust", "inspect", App)
		if !slices.ContainsFunc(server.Tokens.Requests(), func(r TokenRequest) bool {
			return r.Method == http.MethodPost && r.Account == Reader.Name
		}) {
			t.Error("docker has not used the identity token")
		}
	})
	t.Run("scopes are recorded", func(t *testing.T) {
		for _, want := range []string{"repository:" + App + ":pull", "repository:" + App + ":push,pull"} {
			if got := server.Tokens.Scopes(); !slices.Contains(got, want) {
				t.Errorf("%s is not among %q", want, got)
			}
		}
	})
}

func TestGrant(t *testing.T) {
	for _, c := range []struct {
		account Account
		scope   string
		want    string
	}{
		{Administrator, "repository:docker.io/acme/app:push,pull", "repository docker.io/acme/app [push pull]"},
		{Administrator, "registry:catalog:*", "registry catalog [*]"},
		{Reader, "repository:docker.io/acme/app:push,pull", "repository docker.io/acme/app [pull]"},
		{Reader, "repository:localhost:5000/app:pull", "repository localhost:5000/app [pull]"},
		{Reader, "registry:catalog:*", ""},
		{Account{}, "repository:docker.io/acme/app:pull", ""},
		{Administrator, "nonsense", ""},
	} {
		got := ""
		if a, ok := grant(c.account, c.scope); ok {
			got = fmt.Sprint(a.Type, " ", a.Name, " ", a.Actions)
		}
		if got != c.want {
			t.Errorf("%s of %q gets %q, want %q", c.scope, c.account.Name, got, c.want)
		}
	}
}

// notary-signer signs for anybody who gets through to it, so nobody but a holder
// of a certificate of the right authority may.
func TestSignerMutualTLS(t *testing.T) {
	t.Parallel()
	server := ProductionServer(t)
	known, err := server.PKI.Issue("notary-server")
	if err != nil {
		t.Fatal(err)
	}
	foreignPKI, err := newPKI(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := foreignPKI.Issue("notary-server")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		certificate *Certificate
		refused     bool
	}{
		{"the server's certificate", &known, false},
		{"no certificate", nil, true},
		{"a certificate of another authority", &foreign, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), startLimit)
			defer cancel()
			err := handshake(ctx, server.Signer.Addr, server.PKI, c.certificate)
			if (err != nil) != c.refused {
				t.Fatalf("refused: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "tls:") {
				t.Errorf("refused by something else than TLS: %v", err)
			}
		})
	}
}

// The topologies differ in the kind of key that the server holds.
func TestServerKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		algorithm string
		start     func(testing.TB, ...Option) *Server
	}{
		{"ed25519", MemoryServer},
		{"ecdsa", ProductionServer},
		{"ecdsa", PostgresServer},
	} {
		t.Run(c.algorithm, func(t *testing.T) {
			t.Parallel()
			server := c.start(t)
			Notary(t, server, t.TempDir()).Run(t, "init", "-p", App)
			url := server.URL + "/v2/" + App + "/_trust/tuf/timestamp.key"
			resp, err := server.Client().Get(url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body := make([]byte, 1<<10)
			n, _ := resp.Body.Read(body)
			if want := fmt.Sprintf(`"keytype":%q`, c.algorithm); !strings.Contains(string(body[:n]), want) {
				t.Errorf("%s holds no %s:\n%s", url, want, body[:n])
			}
		})
	}
}

func TestTrustdeckBuilds(t *testing.T) {
	t.Parallel()
	trustdeck := Trustdeck(t)
	if out := trustdeck.Run(t, "version"); !strings.Contains(out, "trustdeck") {
		t.Errorf("trustdeck version: %q", out)
	}
}
