package change

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// Trust data is deleted on the server and here, and every client meets what the review says.
func TestDelete(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTrouble(t, start(t))
			const longer = "docker.io/acme/app-tools"
			cached, docker := peer.Notary(t, x.server, t.TempDir()), peer.Docker(t, x.server, t.TempDir())
			for _, gun := range []string{troubled, longer} {
				x.notary.Run(t, "init", "-p", gun)
				x.notary.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
			}
			cached.Run(t, "list", troubled)
			asks := func(docker *peer.Client) string {
				r := docker.With("DOCKER_CONTENT_TRUST=1", "DOCKER_HOST=tcp://127.0.0.1:1").Try("pull", troubled+":1.0")
				return r.Stdout + r.Stderr
			}
			const noDaemon = "Cannot connect to the Docker daemon"
			if out := asks(docker); !strings.Contains(out, noDaemon) {
				t.Fatalf("docker refuses what is signed: %s", out)
			}
			x.notary.Run(t, "addhash", troubled, "2.0", "10", "--sha256", digest) // staged

			// What is reviewed says it, and nothing is done.
			archive := filepath.Join(x.home, "archive")
			r := x.try("delete", "--remote", "--archive-to", archive, "--details", troubled)
			hasAll(t, r.Stderr, "the server deletes every version of every role", longer, "finds no trust data", "with a cached copy", "refuse a new root", "1 staged change will be lost", "trust folder")
			if r.Code != 2 {
				t.Errorf("without --yes it ends with %d", r.Code)
			}
			cached.Run(t, "list", troubled)

			answer := x.deleted("--remote", "--archive-to", archive, troubled)
			if !answer.Deleted || answer.Archive != archive || answer.Removed == 0 || len(answer.Keys) != 3 || answer.Fault != nil {
				t.Errorf("the answer is %+v", answer)
			}
			if lost := len(answer.Lost) > 0; lost != (name == "memory") {
				t.Errorf("lost with it: %q", answer.Lost)
			}
			if r := x.program.Try("--archive", archive, "inspect", troubled, "--gun"); r.Code != 0 || !strings.Contains(r.Stdout, "targets") {
				t.Errorf("the archive: %d\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
			if r := peer.Notary(t, x.server, t.TempDir()).Try("list", troubled); r.Code == 0 || !strings.Contains(r.Stdout+r.Stderr, "does not have trust data") {
				t.Errorf("a new client: %d %s%s", r.Code, r.Stdout, r.Stderr)
			}
			if out := asks(peer.Docker(t, x.server, t.TempDir())); strings.Contains(out, noDaemon) || !strings.Contains(out, "does not have trust data") {
				t.Errorf("docker pull as a new client: %s", out)
			}
			const warning = "using cached timestamp"
			if r := cached.Try("list", troubled); r.Code != 0 || !strings.Contains(r.Stdout, "1.0") || !strings.Contains(r.Stderr, warning) {
				t.Errorf("a client with a copy: %d %s%s", r.Code, r.Stdout, r.Stderr)
			}
			if out := asks(docker); !strings.Contains(out, noDaemon) || !strings.Contains(out, warning) {
				t.Errorf("docker pull with a copy: %s", out)
			}
			if _, err := os.Stat(filepath.Join(x.trust, "tuf", troubled)); !os.IsNotExist(err) {
				t.Errorf("the trust folder still has it: %v", err)
			}
			if _, err := os.Stat(filepath.Join(x.trust, "tuf", longer, "metadata", "root.json")); err != nil {
				t.Errorf("the other one is lost here: %v", err)
			}
			if keys, _ := filepath.Glob(filepath.Join(x.trust, "private", "*.key")); len(keys) < 3 {
				t.Errorf("private keys were lost: %q", keys)
			}
			if again := x.deleted("--remote", troubled); again.Deleted || again.Removed != 0 {
				t.Errorf("once more: %+v", again)
			}

			x.madeAgain(cached)
		})
	}
}

// deleted runs trustdeck delete, and returns its answer.
func (x *trouble) deleted(args ...string) report.Deletion {
	x.t.Helper()
	r := x.try(append([]string{"delete", "--yes", "-o", "json"}, args...)...)
	var answer report.Deletion
	if err := json.Unmarshal([]byte(r.Stdout), &answer); err != nil || r.Code != 0 {
		x.t.Fatalf("%q: exit code %d, %v\n%s", args, r.Code, err, r.Stderr)
	}
	return answer
}

// madeAgain makes the repository again with another root: who knew it refuses that, until
// its copy is deleted, and trustdeck until its root is accepted.
func (x *trouble) madeAgain(cached *peer.Client) {
	x.t.Helper()
	others := peer.Notary(x.t, x.server, x.t.TempDir())
	others.Run(x.t, "init", "-p", troubled)
	others.Run(x.t, "addhash", "-p", troubled, "3.0", "10", "--sha256", digest)
	if r := cached.Try("list", troubled); r.Code == 0 {
		x.t.Errorf("who knew it takes the new root: %s", r.Stdout)
	}
	if r := x.try("inspect", troubled); r.Code != 4 || !strings.Contains(r.Stdout+r.Stderr, "root") {
		x.t.Errorf("trustdeck has forgotten the old root: %d %s%s", r.Code, r.Stdout, r.Stderr)
	}
	r := x.program.Try("delete", "--yes", troubled, "--gun", "--server", x.server.URL, "--tlscacert", x.server.PKI.CAFile(), "--trust-dir", cached.Home)
	if r.Code != 0 {
		x.t.Errorf("the copy of who knew it: %d %s", r.Code, r.Stderr)
	}
	if list := cached.Run(x.t, "list", troubled); !strings.Contains(list, "3.0") {
		x.t.Errorf("afterwards it lists %s", list)
	}
}
