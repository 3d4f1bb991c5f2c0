package mischief

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/report"
)

func TestMain(m *testing.M) { peer.Main(m) }

// timeout is what the client is given, and patience what a whole run may take:
// a few requests in a row may each use up the time-out.
const (
	timeout  = "2s"
	patience = 30 * time.Second
)

// client returns trustdeck in a state: fresh has seen nothing, cached has seen
// the repository whole, pinned knows its root certificate.
func client(t *testing.T, l *liar, state string, repo *notarytest.Repo) (*peer.Client, []string) {
	t.Helper()
	l.hold(repo)
	c := peer.Trustdeck(t)
	args := []string{"--server", l.URL, "--tlscacert", peer.Authority(t).CAFile(), "--timeout", timeout}
	switch state {
	case "cached":
		c.Run(t, append([]string{"inspect", string(gun), "-o", "json"}, args...)...)
		// What is in the cache with the right hash is not asked for again, and
		// cannot be tampered with: everything is published anew.
		repo.Seal("targets", "targets/alice", "targets/bob", docker.Releases, "targets/alice/ci")
		l.hold(repo)
	case "pinned":
		args = append(args, "--pin", string(gun)+"="+string(repo.Keys["root"][0].ID))
	}
	return c, args
}

func TestTampering(t *testing.T) {
	for _, r := range table() {
		for _, state := range []string{"fresh", "cached", "pinned"} {
			t.Run(r.name+"/"+state, func(t *testing.T) {
				t.Parallel()
				l, repo := newLiar(t), newRepo()
				c, args := client(t, l, state, repo)
				r.do(l, repo)
				want, ok := r.want[state]
				if !ok {
					want = r.want["fresh"]
				}
				judge(t, c, string(gun), args, want)
			})
		}
	}
}

// judge reads the JSON answer about a repository: the tampering is named, the repository is not
// healthy, and neither a crash nor a hang has happened. An empty want means
// that this client cannot see it, and must find the repository healthy.
func judge(t *testing.T, c *peer.Client, name string, args []string, want string) {
	t.Helper()
	start := time.Now()
	result := c.Try(append([]string{"inspect", name, "-o", "json"}, args...)...)
	if took := time.Since(start); took > patience {
		t.Errorf("took %s", took)
	}
	if strings.Contains(result.Stderr, "panic") || strings.Contains(result.Stderr, "goroutine ") || strings.ContainsRune(result.Stderr+result.Stdout, 0x1b) {
		t.Fatalf("stderr: %s", result.Stderr)
	}
	var answer report.Inspect
	if err := json.Unmarshal([]byte(result.Stdout), &answer); err != nil || len(answer.Repositories) != 1 {
		t.Fatalf("exit %d, %v\nstdout: %s\nstderr: %s", result.Code, err, result.Stdout, result.Stderr)
	}
	repo := answer.Repositories[0]
	if want == "" {
		if repo.Level != "ok" || !repo.Verified || result.Code != 0 {
			t.Errorf("level %q (%s), verified %t, exit %d: %+v", repo.Level, repo.Reason, repo.Verified, result.Code, repo.Problems)
		}
		return
	}
	if repo.Level == "ok" || result.Code == 0 && want != "outside-paths" && want != "not-notary-bytes" {
		t.Errorf("level %q, exit %d for %s", repo.Level, result.Code, want)
	}
	if names := named(repo); !names[want] {
		t.Errorf("%s is not named in %v\nstdout: %s", want, names, result.Stdout)
	}
}

// named collects every code and kind that an answer names.
func named(r report.Repository) map[string]bool {
	out := map[string]bool{}
	put := func(problems []report.Problem) {
		for _, p := range problems {
			out[p.Code] = true
			if p.Fault != nil {
				out[p.Fault.Kind] = true
			}
		}
	}
	put(r.Problems)
	for _, role := range r.Roles {
		put(role.Problems)
	}
	if r.Fault != nil {
		out[r.Fault.Kind] = true
	}
	return out
}

// The same table on the screen.
func TestTamperingOnScreen(t *testing.T) {
	peer.Need(t, "tmux")
	for _, r := range table() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			l, repo := newLiar(t), newRepo()
			state := "fresh"
			if r.want[state] == "" {
				state = "cached"
			}
			c, args := client(t, l, state, repo)
			r.do(l, repo)
			term := peer.Tmux(t, 120, 40)
			term.Start(c, append([]string{"repo/" + string(gun) + "/roles"}, args...)...)
			term.WaitFor(r.screen)
			term.Keys("C-c")
			term.WaitExit()
			term.CheckRestored()
		})
	}
}
