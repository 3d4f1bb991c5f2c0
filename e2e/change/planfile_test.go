package change

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

// What people read in a plan file is what is applied, or nothing is: the plan of another
// change under it, an edit, another digest and another file are refused.
func TestSwappedPlanFile(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	home := t.TempDir()
	program := peer.Trustdeck(t).With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home,
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	run := func(args ...string) peer.Result {
		t.Helper()
		return program.Try(append(args, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filepath.Join(home, "trust"))...)
	}
	want := func(code int, says string, args ...string) {
		t.Helper()
		if r := run(args...); r.Code != code || !strings.Contains(r.Stderr+r.Stdout, says) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%s%s", args, r.Code, code, says, r.Stdout, r.Stderr)
		}
	}
	want(0, "trustdeck read it back", "init", "--yes", "acme/app")
	key := publicFile(t, notarytest.NewKey())
	plan := func(name string) (path, digest string) {
		t.Helper()
		path = filepath.Join(home, name+".json")
		r := run("signer", "add", "--key", key, name, "acme/app", "-f", path)
		if r.Code != 0 || strings.Contains(r.Stderr, `\n`) {
			t.Fatalf("exit code %d:\n%s", r.Code, r.Stderr)
		}
		found := regexp.MustCompile("Its digest is ([0-9a-f]{64});").FindStringSubmatch(r.Stderr)
		if found == nil {
			t.Fatalf("no digest is said:\n%s", r.Stderr)
		}
		return path, found[1]
	}
	alice, first := plan("alice")
	mallory, second := plan("mallory")

	read := func(path string) (out struct {
		Schema   json.RawMessage `json:"schema"`
		Digest   json.RawMessage `json:"digest"`
		Requests json.RawMessage `json:"requests"`
		Plan     json.RawMessage `json:"plan"`
	},
	) {
		t.Helper()
		raw, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(raw, &out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	write := func(name string, content any) string {
		t.Helper()
		raw, err := json.Marshal(content)
		path := filepath.Join(home, name)
		if err == nil {
			err = os.WriteFile(path, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	honest := read(alice)
	swapped := read(mallory)
	swapped.Plan = honest.Plan
	want(1, "was changed after planning", "apply", "--yes", write("plan.json", swapped))
	swapped.Digest = honest.Digest
	want(1, "was changed after planning", "apply", "--yes", write("plan-and-digest.json", swapped))
	edited := read(alice)
	edited.Plan = []byte(strings.Replace(string(edited.Plan), "sign every tag of the repository alone", "once root agrees", 1))
	want(1, "was changed after planning", "apply", "--yes", write("edited.json", edited))
	want(1, "this is a different plan", "apply", "--yes", "--digest", first, mallory)
	want(2, "is not a digest", "apply", "--yes", "--digest", first[:40], alice)
	if list := run("signers"); strings.Contains(list.Stdout, "mallory") || strings.Contains(list.Stdout, "alice") {
		t.Errorf("something was applied:\n%s", list.Stdout)
	}

	// The second administrator has neither key: the plan is the same, and waits.
	elsewhere := program.Try("apply", "--yes", alice, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", t.TempDir())
	if elsewhere.Code != 2 || !strings.Contains(elsewhere.Stderr, "some keys are not on this machine") {
		t.Errorf("elsewhere: exit code %d\n%s", elsewhere.Code, elsewhere.Stderr)
	}
	want(0, "trustdeck read it back", "apply", "--yes", "--digest", strings.ToUpper(first), alice)
	want(8, "the plan is out of date", "apply", "--yes", "--digest", second, mallory)

	nothing := filepath.Join(home, "nothing.json")
	want(0, "The plan has nothing to change.", "signer", "add", "--key", key, "alice", "acme/app", "-f", nothing)
	want(0, "there is nothing to write", "apply", "--yes", nothing)
}
