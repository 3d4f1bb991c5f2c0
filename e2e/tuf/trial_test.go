package tuf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// A trial is a repository and the client under test: trustdeck tuf-client.
type trial struct {
	*testing.T
	*tuftest.Repository
	site   *site
	client *peer.Client
	// state and artifacts are the folders of the client.
	state, artifacts string
}

// newTrial makes a sound repository without hashes in snapshot and timestamp, of which the
// client knows nothing.
func newTrial(t *testing.T) *trial {
	t.Helper()
	x := &trial{T: t, Repository: tuftest.New(), client: peer.Trustdeck(t), state: t.TempDir(), artifacts: t.TempDir()}
	x.Plain = true
	x.SetRole("root", tuftest.By(tuftest.P256()))
	clear(x.Wire)
	for _, role := range []model.RoleName{"root", "targets", "snapshot", "timestamp"} {
		x.Signed[role]["version"] = 0
	}
	x.Signers["root"] = x.Signers["root"][:1]
	x.Publish("root", "targets")
	x.site = serve(t, x.Wire)
	x.clock(tuftest.At)
	return x
}

// clock sets what the program date prints.
func (x *trial) clock(at time.Time) {
	x.Helper()
	dir := x.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho %d\n", at.Unix())
	if err := os.WriteFile(filepath.Join(dir, "date"), []byte(script), 0o700); err != nil {
		x.Fatal(err)
	}
	x.client = x.client.With("PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH"))
}

// run runs a command of the client, which must end with this code.
func (x *trial) run(code int, args ...string) {
	x.Helper()
	args = append([]string{"tuf-client", "--metadata-dir", x.state}, args...)
	r := x.client.Try(args...)
	if r.Code != code || strings.Contains(r.Stderr, "panic") {
		x.Errorf("%q: exit code %d, want %d\n%s%s", args, r.Code, code, r.Stdout, r.Stderr)
	}
	if (r.Stderr == "") != (code == 0) {
		x.Errorf("%q: exit code %d, and it says %q", args, r.Code, r.Stderr)
	}
}

// init has the client begin with the first root. It makes no request.
func (x *trial) init() {
	x.Helper()
	x.trust(x.Wire["1.root.json"])
}

func (x *trial) trust(root []byte) {
	x.Helper()
	file := filepath.Join(x.TempDir(), "root.json")
	if err := os.WriteFile(file, root, 0o600); err != nil {
		x.Fatal(err)
	}
	x.run(0, "init", file)
	x.asked()
}

func (x *trial) refresh(code int) {
	x.Helper()
	x.run(code, "--metadata-url", x.site.URL+"/metadata/", "refresh")
}

func (x *trial) download(code int, paths ...string) {
	x.Helper()
	args := []string{"--metadata-url", x.site.URL + "/metadata/"}
	for _, path := range paths {
		args = append(args, "--target-name", path)
	}
	x.run(code, append(args, "--target-dir", x.artifacts, "--target-base-url", x.site.URL+"/targets/", "download")...)
}

// asked fails unless the server was asked for just these metadata files since the last call,
// and for no target.
func (x *trial) asked(names ...string) {
	x.Helper()
	if got, targets := x.site.requests(); !slices.Equal(got, names) || len(targets) > 0 {
		x.Errorf("asked for %q and the targets %q, want %q", got, targets, names)
	}
}

// asksLast fails unless this is the last metadata file that the server was asked for.
func (x *trial) asksLast(name string) {
	x.Helper()
	if got, _ := x.site.requests(); len(got) == 0 || got[len(got)-1] != name {
		x.Errorf("asked for %q, and the last must be %q", got, name)
	}
}

// fetches fails unless the server was asked for just these targets.
func (x *trial) fetches(names ...string) {
	x.Helper()
	if _, got := x.site.requests(); !slices.Equal(got, names) {
		x.Errorf("asked for the targets %q, want %q", got, names)
	}
}

// visits fails unless these roles, in version 1, were asked for after the top-level ones.
func (x *trial) visits(roles string) {
	x.Helper()
	var want []string
	for _, role := range strings.Fields(roles) {
		want = append(want, "1."+role+".json")
	}
	const top = 4
	if got, _ := x.site.requests(); len(got) < top || !slices.Equal(got[top:], want) {
		x.Errorf("asked for %q, want the top-level roles and %q", got, want)
	}
}

// trusts fails unless the client keeps just these files, as "role version".
func (x *trial) trusts(want ...string) {
	x.Helper()
	var got []string
	for name, raw := range x.contents(x.state) {
		var content struct {
			Signed struct {
				Version int `json:"version"`
			} `json:"signed"`
		}
		if err := json.Unmarshal(raw, &content); err != nil {
			x.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d", strings.TrimSuffix(name, ".json"), content.Signed.Version))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		x.Errorf("trusted is %q, want %q", got, want)
	}
}

// contents are the files in a folder.
func (x *trial) contents(dir string) map[string][]byte {
	x.Helper()
	out := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		x.Fatal(err)
	}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			x.Fatal(err)
		}
	}
	return out
}

// keeps fails unless the client keeps these bytes for a role.
func (x *trial) keeps(role model.RoleName, want []byte) {
	x.Helper()
	got, err := os.ReadFile(filepath.Join(x.state, string(role)+".json"))
	if err != nil || !bytes.Equal(got, want) {
		x.Errorf("of %s is kept (%v):\n%s\nwant\n%s", role, err, got, want)
	}
}

// keepsCurrent fails unless the client keeps what is published of each role.
func (x *trial) keepsCurrent(roles ...model.RoleName) {
	x.Helper()
	for _, role := range roles {
		x.keeps(role, x.Wire[string(role)+".json"])
	}
}

// has fails unless the client has downloaded just these contents.
func (x *trial) has(want ...string) {
	x.Helper()
	var got []string
	for _, content := range x.contents(x.artifacts) {
		got = append(got, string(content))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		x.Errorf("downloaded is %q, want %q", got, want)
	}
}

// offer has a role list a target, and the server have its content.
func (x *trial) offer(role model.RoleName, path, content string) {
	x.AddTarget(role, path, content)
	x.serveTarget(path, content)
}

// serveTarget has the server have the content of a target under its plain name and under
// the one that begins with its SHA-256.
func (x *trial) serveTarget(path, content string) {
	sum := sha256.Sum256([]byte(content))
	x.site.targets[path] = []byte(content)
	x.site.targets[hashedName(path, hex.EncodeToString(sum[:]))] = []byte(content)
}

// hashedName is the name of a target in a repository with consistent snapshots.
func hashedName(path, hash string) string {
	dir, base := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, base = path[:i+1], path[i+1:]
	}
	return dir + hash + "." + base
}

// meta is what a snapshot or timestamp lists of a role in its next version.
func (x *trial) meta(in, role model.RoleName) tuftest.Object {
	x.Helper()
	entry, ok := x.Signed[in]["meta"].(tuftest.Object)[string(role)+".json"].(tuftest.Object)
	if !ok {
		x.Fatalf("%s does not list %s", in, role)
	}
	return entry
}

// publish publishes the next version of each role, and nothing else.
func (x *trial) publish(roles ...model.RoleName) {
	for _, role := range roles {
		x.PublishOnly(role)
	}
}

// restart has the next version of a role be the first, and forgets those that were
// published.
func (x *trial) restart(role model.RoleName) {
	for name := range x.Wire {
		if name == string(role)+".json" || strings.HasSuffix(name, "."+string(role)+".json") {
			delete(x.Wire, name)
		}
	}
	x.Signed[role]["version"] = 0
}

// expire has the next version of a role expire at a moment.
func (x *trial) expire(role model.RoleName, at time.Time) {
	x.Signed[role]["expires"] = at.Format(time.RFC3339)
}

// A row is one situation of the conformance suite, under the name that it has there.
type row struct {
	name string
	play func(*trial)
}

func playAll(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.play(newTrial(t))
		})
	}
}

// damage cuts off what the client keeps of a role.
func (x *trial) damage(role model.RoleName) {
	x.Helper()
	if err := os.Truncate(filepath.Join(x.state, string(role)+".json"), 100); err != nil {
		x.Fatal(err)
	}
}
