package change

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// serversOfDelegations are those of servers, and the one that keeps everything in memory.
func serversOfDelegations() map[string]func(*testing.T) *peer.Server {
	out := map[string]func(*testing.T) *peer.Server{"memory": func(t *testing.T) *peer.Server { return peer.MemoryServer(t) }}
	for name, start := range servers {
		out[name] = start
	}
	return out
}

// lists has notary list the tags of roles, as a new client and as one that has seen the
// repository before.
func (x *trouble) lists(cached *peer.Client, roles string, want, not []string) {
	x.t.Helper()
	for who, client := range map[string]*peer.Client{"cached": cached, "new": peer.Notary(x.t, x.server, x.t.TempDir())} {
		list := client.Run(x.t, "list", troubled, "-r", roles)
		for _, tag := range want {
			if !strings.Contains(list, tag) {
				x.t.Errorf("a %s client lacks %s in %s:\n%s", who, tag, roles, list)
			}
		}
		for _, tag := range not {
			if strings.Contains(list, tag) {
				x.t.Errorf("a %s client finds %s in %s:\n%s", who, tag, roles, list)
			}
		}
	}
}

// Delegations are added, changed, purged and removed, and notary and docker see and use them
// after each step.
func TestDelegations(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTrouble(t, start(t))
			cached := peer.Notary(t, x.server, t.TempDir())
			x.notary.Run(t, "init", "-p", troubled)
			x.notary.Run(t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest)
			x.lists(cached, "targets", []string{"1.0"}, nil)
			qa, more, night := x.signer("qa", true), x.signer("more", true), x.signer("night", true)

			x.do("delegation", "add", "--key", qa.PublicFile, "--path", "qa-", "--path", "v1", troubled, "targets/qa")
			hasAll(t, x.notary.Run(t, "delegation", "list", troubled), "targets/qa", "qa-", "v1", qa.ID)
			x.notary.Run(t, "addhash", "-p", troubled, "qa-1", "10", "--sha256", digest, "-r", "targets/qa")
			x.do("delegation", "add", "--key", night.PublicFile, "--path", "qa-night", troubled, "targets/qa/night")
			hasAll(t, x.notary.Run(t, "delegation", "list", troubled), "targets/qa/night", "qa-night", night.ID)
			x.notary.Run(t, "addhash", "-p", troubled, "qa-night-1", "10", "--sha256", digest, "-r", "targets/qa/night")
			x.lists(cached, "targets", []string{"1.0", "qa-1", "qa-night-1"}, nil)
			x.outside(more)

			x.do("delegation", "edit", "--key", more.PublicFile, "--threshold", "2", "--path", "v2", "--remove-path", "v1", troubled, "targets/qa")
			hasAll(t, x.notary.Run(t, "delegation", "list", troubled), qa.ID, more.ID, "v2", "2")
			x.lists(cached, "targets", []string{"qa-1", "qa-night-1"}, nil)
			x.do("delegation", "edit", "--remove-key", qa.ID[:12], "--threshold", "1", troubled, "targets/qa")
			if list := x.notary.Run(t, "delegation", "list", troubled); strings.Contains(list, qa.ID) {
				t.Errorf("the removed key is still listed:\n%s", list)
			}
			x.lists(cached, "targets", []string{"qa-1", "qa-night-1"}, nil)

			x.do("delegation", "add", "--key", night.PublicFile, "--key", more.PublicFile, "--all-paths", troubled, "targets/other")
			x.do("delegation", "purge", night.ID, troubled)
			if list := x.notary.Run(t, "delegation", "list", troubled); strings.Contains(list, night.ID) || strings.Contains(list, "targets/qa/night") {
				t.Errorf("the purged key is still listed:\n%s", list)
			}
			x.lists(cached, "targets", []string{"qa-1"}, []string{"qa-night-1"})

			x.do("delegation", "remove", troubled, "targets/qa")
			x.lists(cached, "targets", []string{"1.0"}, []string{"qa-1"})
			// The server keeps the file: it is replaced, and none of its tags returns.
			x.do("delegation", "add", "--key", more.PublicFile, "--all-paths", troubled, "targets/qa")
			x.lists(cached, "targets", []string{"1.0"}, []string{"qa-1"})
			x.notary.Run(t, "addhash", "-p", troubled, "qa-2", "10", "--sha256", digest, "-r", "targets/qa")
			x.lists(cached, "targets", []string{"qa-2"}, nil)
		})
	}
}

// Both list the same roles, keys, paths and thresholds: nested roles too, those with several
// keys, as certificates or bare, and those that have no file.
func TestDelegationList(t *testing.T) {
	t.Parallel()
	x := newTrouble(t, peer.MemoryServer(t))
	x.notary.Run(t, "init", "-p", troubled)
	x.comparesDelegations(0, 0)
	qa, more, night := x.signer("qa", true), x.signer("more", true), x.signer("night", false)
	bare := peer.BareKey(t, t.TempDir(), "bare")
	x.notary.Run(t, "delegation", "add", "-p", troubled, "targets/releases", qa.PublicFile, more.PublicFile, night.PublicFile, bare.PublicFile, "--all-paths")
	x.notary.Run(t, "delegation", "add", "-p", troubled, "targets/qa", qa.PublicFile, more.PublicFile, "--paths", "v1,qa-,a b")
	x.notary.Run(t, "delegation", "add", "-p", troubled, "targets/qa", "--paths", "z")
	x.notary.Run(t, "delegation", "add", "-p", troubled, "targets/empty", more.PublicFile)
	x.comparesDelegations(0, 3)
	x.notary.Run(t, "addhash", "-p", troubled, "qa-1", "10", "--sha256", digest, "-r", "targets/qa")
	x.notary.Run(t, "delegation", "add", "-p", troubled, "targets/qa/night", bare.PublicFile, "--paths", "qa-night")
	x.notary.Run(t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
	x.do("threshold", troubled, "targets/qa", "2")
	x.comparesDelegations(0, 4)
	// This leaves a role with fewer keys than its threshold. Both list it; trustdeck exits with
	// 4, and marks the role below.
	x.notary.Run(t, "delegation", "purge", "-p", troubled, "--key", more.ID)
	x.comparesDelegations(4, 3)
	hasAll(t, x.try("delegation", "list", troubled).Stdout, "1 of 1     unpublished; targets/qa is broken")
}

// comparesDelegations compares both lists, on which at least so many roles must be; trustdeck
// exits with a code.
func (x *trouble) comparesDelegations(code, least int) {
	x.t.Helper()
	r := x.try("delegation", "list", troubled, "-o", "json")
	var answer report.Delegations
	if err := json.Unmarshal([]byte(r.Stdout), &answer); r.Code != code || err != nil {
		x.t.Fatalf("exit code %d: %v\n%s", r.Code, err, r.Stderr)
	}
	var got []string
	for _, d := range answer.Delegations {
		if d.Blocked != nil {
			continue // notary leaves out what clients don't follow
		}
		slices.Sort(d.Paths)
		slices.Sort(d.Keys)
		got = append(got, fmt.Sprintf("%s %q %q %d", d.Role, d.Paths, d.Keys, d.Threshold))
	}
	slices.Sort(got)
	list := x.notary.Run(x.t, "delegation", "list", troubled)
	if want := notaryDelegations(list); !slices.Equal(got, want) || len(got) < least {
		x.t.Errorf("trustdeck lists\n%s\nand notary\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), list)
	}
}

// notaryDelegations reads what notary delegation list prints: a role has a line for each of
// its paths or keys, whichever are more, and its name on the first.
func notaryDelegations(list string) []string {
	lines := strings.Split(list, "\n")
	head := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "ROLE") })
	if head < 0 {
		return nil
	}
	var at []int
	for _, title := range []string{"ROLE", "PATHS", "KEY IDS", "THRESHOLD"} {
		at = append(at, strings.Index(lines[head], title))
	}
	var out []string
	var role, threshold string
	var paths, keys []string
	flush := func() {
		if role != "" {
			slices.Sort(paths)
			slices.Sort(keys)
			out = append(out, fmt.Sprintf("%s %q %q %s", role, paths, keys, threshold))
		}
		paths, keys = []string{}, []string{}
	}
	for _, line := range lines[head+2:] {
		line += strings.Repeat(" ", max(at[3]-len(line), 0))
		cell := func(i int) string { return strings.TrimSpace(line[at[i]:at[i+1]]) }
		if name := cell(0); name != "" {
			flush()
			role, threshold = name, strings.TrimSpace(line[at[3]:])
		}
		if path := cell(1); path == `"" <all paths>` {
			paths = append(paths, "")
		} else if path != "" {
			paths = append(paths, path)
		}
		if id := cell(2); id != "" {
			keys = append(keys, id)
		}
	}
	flush()
	slices.Sort(out)
	return out
}

// outside gives a delegation a path that its delegator may not list: notary refuses it, and
// so does trustdeck, which names it.
func (x *trouble) outside(key peer.Key) {
	x.t.Helper()
	refused := x.notary.Try("delegation", "add", "-p", troubled, "targets/qa/w", key.PublicFile, "--paths", "w")
	if refused.Code == 0 || !strings.Contains(refused.Stdout+refused.Stderr, "invalid paths") {
		x.t.Errorf("notary takes it: %s%s", refused.Stdout, refused.Stderr)
	}
	x.notary.Run(x.t, "reset", troubled, "--all")
	r := x.try("delegation", "add", "--yes", "--key", key.PublicFile, "--path", "w", troubled, "targets/qa/w")
	if r.Code != 2 {
		x.t.Errorf("exit code %d", r.Code)
	}
	hasAll(x.t, r.Stderr, `the path "w" is outside the paths of the role that delegates it: "qa-", "v1"`)
}

// A role of which two must sign is read by every client; docker and notary sign it only
// where both keys are in one trust folder, as the plan says. Root, targets and
// targets/releases are each raised and lowered again.
func TestThresholds(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTrouble(t, start(t))
			if r := x.try("init", "--yes", "--root-key", "new", "--root-keys", "2", "--root-threshold", "1", troubled); r.Code != 0 {
				t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
			}
			cached := peer.Notary(t, x.server, t.TempDir())
			alice, bob := x.signer("alice", true), x.signer("bob", true)
			x.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			x.do("signer", "add", "--key", bob.PublicFile, "bob", troubled)
			x.notary.Run(t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			x.notary.Run(t, "addhash", "-p", troubled, "0.9", "10", "--sha256", digest) // docker signs it in targets/releases
			x.lists(cached, "targets/releases", []string{"1.0"}, nil)

			x.says([]string{
				"targets/releases: 2 of 2 must sign (was 1 of 2); if a key is lost, no one can sign it (was: any one key can be lost)",
				"argets/releases needs 2 signatures; notary and docker trust can sign it only with 2 of its keys in one trust folder (docker trust sign)",
			},
				"threshold", troubled, "targets/releases", "2")
			x.lists(cached, "targets/releases", []string{"1.0"}, nil)
			x.needsBoth(bob)

			x.says([]string{"root: 2 of 2 must sign (was 1 of 2)"}, "threshold", troubled, "root", "2")
			x.lists(cached, "targets/releases", []string{"1.0"}, nil)
			x.do("threshold", troubled, "root", "1")
			x.do("threshold", troubled, "targets/releases", "1")
			x.lists(cached, "targets/releases", []string{"1.0"}, nil)
			if r := x.try("threshold", "--yes", troubled, "targets/releases", "3"); r.Code != 2 || !strings.Contains(r.Stderr, "is not one of the choices: 1, 2") {
				t.Errorf("exit code %d: %s", r.Code, r.Stderr)
			}
			if r := x.try("threshold", "--yes", troubled, "snapshot", "1"); r.Code != 2 {
				t.Errorf("exit code %d: %s", r.Code, r.Stderr)
			}
		})
	}
}

// says runs a change, in whose review there are sentences.
func (x *trouble) says(sentences []string, args ...string) {
	x.t.Helper()
	r := x.try(append(args, "--yes", "--details")...)
	if r.Code != 0 {
		x.t.Fatalf("trustdeck %q: exit code %d\n%s", args, r.Code, r.Stderr)
	}
	flat := strings.Join(strings.Fields(r.Stdout+r.Stderr), " ")
	hasAll(x.t, flat, sentences...)
}

// needsBoth has docker and notary sign targets/releases with one of its keys, and with both.
func (x *trouble) needsBoth(second peer.Key) {
	x.t.Helper()
	away, place := filepath.Join(x.t.TempDir(), "key"), filepath.Join(x.trust, "private", second.ID+".key")
	docker := peer.Docker(x.t, x.server, x.home).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.DelegationPassphrase)
	image := strings.TrimPrefix(troubled, "docker.io/") + ":0.9"
	commands := map[string]func() peer.Result{
		"docker trust sign": func() peer.Result { return docker.Try("trust", "sign", image) },
		"notary addhash": func() peer.Result {
			return x.notary.Try("addhash", "-p", troubled, "2.0", "10", "--sha256", digest, "-r", "targets/releases")
		},
	}
	for name, run := range commands {
		if err := os.Rename(place, away); err != nil {
			x.t.Fatal(err)
		}
		if r := run(); r.Code == 0 {
			x.t.Errorf("%s signs with one of two keys:\n%s%s", name, r.Stdout, r.Stderr)
		}
		if err := os.Rename(away, place); err != nil {
			x.t.Fatal(err)
		}
		x.notary.Run(x.t, "reset", troubled, "--all")
		if r := run(); r.Code != 0 {
			x.t.Errorf("%s does not sign with both keys:\n%s%s", name, r.Stdout, r.Stderr)
		}
	}
}
