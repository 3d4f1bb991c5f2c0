package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// images are two repositories of a registry, of which trustdeck signs the tags of the first
// and docker those of the second. alice's key is here, and bob's is not.
type images struct {
	*trouble
	registry     *peer.ImageRegistry
	docker       *peer.Client
	cached       *peer.Client
	ours, theirs string
}

func newImages(t *testing.T, server *peer.Server) *images {
	t.Helper()
	x := &images{trouble: newTrouble(t, server), registry: peer.Registry(t), cached: peer.Notary(t, server, t.TempDir())}
	x.ours, x.theirs = x.registry.Host+"/acme/app", x.registry.Host+"/acme/twin"
	x.docker = peer.Docker(t, server, x.home).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.DelegationPassphrase)
	alice, bob := x.signer("alice", true), x.signer("bob", false)
	x.do("init", x.ours, x.theirs)
	x.do("signer", "add", "--key", alice.PublicFile, "alice", x.ours, x.theirs)
	x.do("signer", "add", "--key", bob.PublicFile, "bob", x.ours, x.theirs)
	return x
}

// hash is the SHA-256 of content, in hexadecimal.
func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// listed is what notary lists in each role of a repository, as a client that knows nothing and
// as one that has seen it before.
func (x *images) listed(gun string) string {
	x.t.Helper()
	var both []string
	for _, client := range []*peer.Client{x.cached, peer.Notary(x.t, x.server, x.t.TempDir())} {
		out := ""
		for _, role := range []string{"targets", "targets/releases", "targets/alice", "targets/bob"} {
			out += role + "\n" + client.Run(x.t, "list", gun, "-r", role)
		}
		both = append(both, out)
	}
	if both[0] != both[1] {
		x.t.Errorf("a client that has seen it before lists\n%s\nand a new one\n%s", both[0], both[1])
	}
	return both[1]
}

// same checks that both repositories list the same.
func (x *images) same(after string) {
	x.t.Helper()
	if ours, theirs := x.listed(x.ours), x.listed(x.theirs); ours != theirs {
		x.t.Errorf("%s: after trustdeck clients find\n%s\nand after docker\n%s", after, ours, theirs)
	}
}

// refused runs a change that must end with a code and name its reason.
func (x *images) refused(code int, says string, args ...string) {
	x.t.Helper()
	r := x.try(append(args, "--yes")...)
	if flat := strings.Join(strings.Fields(r.Stdout+r.Stderr), " "); r.Code != code || !strings.Contains(flat, says) {
		x.t.Errorf("trustdeck %q: exit code %d, want %d and %q in\n%s%s", args, r.Code, code, says, r.Stdout, r.Stderr)
	}
}

// Tags are signed with what the registry serves, in the roles that docker trust sign chooses;
// notary and docker read them, and trustdeck reads what docker has signed.
func TestSign(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newImages(t, start(t))
			one, many := x.registry.Push(t, "acme/app", "1.0", "one"), x.registry.PushIndex(t, "acme/app", "multi", "many")
			x.says([]string{
				"1.0: sha256:" + hash(one) + ", ", "the manifest of one image",
				"multi: sha256:" + hash(many), "an index of images", "in targets/releases", "sees 2 additional tags: 1.0, multi; none removed",
			}, "sign", x.ours+":1.0", x.ours+":multi")

			// docker signs without a daemon what is released already.
			for tag, content := range map[string][]byte{"1.0": one, "multi": many} {
				x.notary.Run(t, "addhash", "-p", x.theirs, tag, strconv.Itoa(len(content)), "--sha256", hash(content), "-r", "targets/releases")
				x.docker.Run(t, "trust", "sign", x.theirs+":"+tag)
			}
			x.same("both tags")
			for _, gun := range []string{x.ours, x.theirs} {
				var inspected []struct {
					SignedTags []struct {
						SignedTag, Digest string
						Signers           []string
					}
				}
				if err := json.Unmarshal([]byte(x.docker.Run(t, "trust", "inspect", gun)), &inspected); err != nil {
					t.Fatal(err)
				}
				if tags := inspected[0].SignedTags; len(tags) != 2 || tags[0].Digest != hash(one) || strings.Join(tags[0].Signers, " ") != "alice" {
					t.Errorf("docker finds %+v", inspected)
				}
				if r := x.try("tags", gun, "-o", "json"); !strings.Contains(r.Stdout, hash(one)) {
					t.Errorf("trustdeck finds %s%s", r.Stdout, r.Stderr)
				}
			}
			if out := x.notary.Run(t, "lookup", x.ours, "multi"); !strings.Contains(out, hash(many)) {
				t.Errorf("notary finds %s", out)
			}
			x.says([]string{"there is nothing to write"}, "sign", x.ours+":1.0")
			x.says([]string{"stable: sha256:" + hash(one), "sees 1 additional tag: stable"}, "sign", "--digest", "sha256:"+hash(one), "--size", strconv.Itoa(len(one)), x.ours+":stable")
			x.drift(one)
		})
	}
}

// drift replaces a tag after its plan was saved: nothing is signed.
func (x *images) drift(was []byte) {
	x.t.Helper()
	before := x.listed(x.ours)
	saved := filepath.Join(x.t.TempDir(), "plan.json")
	x.registry.Push(x.t, "acme/app", "2.0", "first")
	if r := x.try("sign", x.ours+":2.0", "-f", saved); r.Code != 0 {
		x.t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
	}
	second := x.registry.Push(x.t, "acme/app", "2.0", "second")
	r := x.program.Try("apply", "--yes", saved, "--server", x.server.URL, "--tlscacert", x.server.PKI.CAFile(), "--trust-dir", x.trust)
	if r.Code != 8 {
		x.t.Errorf("exit code %d", r.Code)
	}
	hasAll(x.t, strings.Join(strings.Fields(r.Stderr), " "), "the registry now serves sha256:"+hash(second)+" under "+x.ours+":2.0, not sha256:")
	if after := x.listed(x.ours); after != before {
		x.t.Errorf("something was signed:\n%s", after)
	}
	x.says([]string{"2.0: sha256:" + hash(second)}, "sign", x.ours+":2.0")
	x.registry.Push(x.t, "acme/app", "1.0", "another")
	x.says([]string{"sees 1 tag with different contents: 1.0", "(was sha256:" + hash(was)}, "sign", x.ours+":1.0")
}

// What cannot be signed is named with its reason, and nothing changes.
func TestSignRefuses(t *testing.T) {
	x := newImages(t, peer.MemoryServer(t))
	image := x.registry.Push(t, "acme/app", "1.0", "one")
	x.do("init", "127.0.0.1:1/acme/app") // nobody serves its images
	x.do("delegation", "add", "--key", x.signer("qa", true).PublicFile, "--path", "qa-", x.ours, "targets/qa")
	before := x.listed(x.ours)
	size := strconv.Itoa(len(image))
	for _, row := range []struct {
		code int
		says string
		args []string
	}{
		{1, "the registry does not have it", []string{"sign", x.ours + ":9.9"}},
		{2, "has no tag", []string{"sign", x.ours}},
		{2, "cannot be a tag", []string{"sign", x.ours + ":.hidden"}},
		{2, "is not a SHA-256 digest", []string{"sign", "--digest", "sha256:12", "--size", size, x.ours + ":1.0"}},
		{2, "is not a number of bytes", []string{"sign", "--digest", hash(image), "--size", "many", x.ours + ":1.0"}},
		{2, "How many bytes does it have?", []string{"sign", "--digest", hash(image), x.ours + ":1.0"}},
		{2, "a digest belongs to one tag, and you sign 2", []string{"sign", "--digest", hash(image), "--size", size, x.ours + ":1.0", x.ours + ":1.1"}},
		{2, "is not one of the choices", []string{"sign", "--role", "targets/carol", x.ours + ":1.0"}},
		{2, "cannot be read", []string{"sign", "--custom", "nowhere.json", x.ours + ":1.0"}},
		{5, "127.0.0.1:1", []string{"sign", "127.0.0.1:1/acme/app:1.0"}},
		{1, `no role lists the tag "9.9"`, []string{"revoke", x.ours + ":9.9"}},
		{1, `no role lists the tag "9.9"`, []string{"copy", x.ours + ":9.9", "1.0"}},
		{2, "is not one of the choices", []string{"target", "add", "--role", "targets/none", "--size", "1", "--sha256", digest, x.ours, "notes"}},
		{2, "Give the path of the file to sign.", []string{"target", "add", x.ours, "notes", x.trust}},
		{2, "does not have 64 hexadecimal digits", []string{"target", "add", "--size", "1", "--sha256", "12", x.ours, "notes"}},
		{2, "qa is not allowed to sign", []string{"sign", "--role", "targets/qa", x.ours + ":1.0"}},
	} {
		x.refused(row.code, row.says, row.args...)
	}
	// A role whose key is elsewhere: the plan waits for it.
	x.refused(2, "targets/bob needs 1 signature more", "sign", "--role", "targets/bob", x.ours+":1.0")
	if after := x.listed(x.ours); after != before {
		t.Errorf("something was signed:\n%s", after)
	}
}

// Tags are revoked in every role that lists them: in targets too, where docker leaves them.
func TestRevoke(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newImages(t, start(t))
			for _, gun := range []string{x.ours, x.theirs} {
				for _, tag := range []string{"1.0", "1.1"} {
					x.notary.Run(t, "addhash", "-p", gun, tag, "10", "--sha256", digest, "-r", "targets/releases")
					x.docker.Run(t, "trust", "sign", gun+":"+tag)
				}
			}
			x.do("revoke", x.ours+":1.0")
			x.docker.Run(t, "trust", "revoke", x.theirs+":1.0")
			x.same("revoked")
			for _, gun := range []string{x.ours, x.theirs} {
				x.notary.Run(t, "addhash", "-p", gun, "1.1", "10", "--sha256", digest)
			}
			x.docker.Run(t, "trust", "revoke", x.theirs+":1.1")
			if list := x.listed(x.theirs); !strings.Contains(list, "1.1") {
				t.Errorf("docker has revoked it in targets too:\n%s", list)
			}
			x.says([]string{"no longer sees 1 tag: 1.1"}, "revoke", x.ours+":1.1")
			if list := x.listed(x.ours); strings.Contains(list, "1.1") {
				t.Errorf("a client still finds\n%s", list)
			}
			x.keyElsewhere()
		})
	}
}

// keyElsewhere revokes a tag that a role lists whose key is away: the plan names that role.
func (x *images) keyElsewhere() {
	x.t.Helper()
	x.notary.Run(x.t, "addhash", "-p", x.ours, "3.0", "10", "--sha256", digest, "-r", "targets/releases")
	x.notary.Run(x.t, "addhash", "-p", x.ours, "3.0", "10", "--sha256", digest)
	keys, err := filepath.Glob(filepath.Join(x.trust, "private", "*.key"))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, key := range keys {
		text, err := os.ReadFile(key)
		if err != nil {
			x.t.Fatal(err)
		}
		if strings.Contains(string(text), "role: targets") {
			if err := os.Rename(key, key+".away"); err != nil {
				x.t.Fatal(err)
			}
		}
	}
	x.says([]string{"targets still lists 3.0", `clients still find "3.0" in targets`}, "revoke", x.ours+":3.0")
	if list := x.cached.Run(x.t, "list", x.ours, "-r", "targets"); !strings.Contains(list, "3.0") {
		x.t.Errorf("notary lists\n%s", list)
	}
}

// A signature is copied to other tags of the repository.
func TestCopySignature(t *testing.T) {
	x := newImages(t, peer.MemoryServer(t))
	custom := filepath.Join(t.TempDir(), "custom.json")
	if err := os.WriteFile(custom, []byte(`{"build": 42}`), 0o600); err != nil {
		t.Fatal(err)
	}
	x.notary.Run(t, "addhash", "-p", x.ours, "1.0", "10", "--sha256", digest, "-r", "targets/releases", "--custom", custom)
	x.says([]string{"latest: sha256:" + digest, "sees 2 additional tags: latest, stable"}, "copy", x.ours+":1.0", "latest", "stable")
	if list := x.listed(x.ours); strings.Count(list, digest) != 8 {
		t.Errorf("clients find\n%s", list)
	}
	x.notary.Run(t, "addhash", "-p", x.ours, "last", "10", "--sha256", digest, "-r", "targets/releases")
}

// Files and hashes are signed as notary signs them, and removed.
func TestTargets(t *testing.T) {
	for name, start := range serversOfDelegations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newImages(t, start(t))
			dir := t.TempDir()
			// notary needs custom data in the form in which it signs it.
			file, custom, loose := filepath.Join(dir, "notes.txt"), filepath.Join(dir, "custom.json"), filepath.Join(dir, "loose.json")
			for path, content := range map[string]string{file: "what is new", custom: `{"a":{"é":true},"z":1}`, loose: "{\"z\": 1,\n \"a\": {\"é\": true}}\n"} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			x.notary.Run(t, "add", "-p", x.theirs, "release/notes.txt", file, "--custom", custom)
			x.do("target", "add", "--custom", loose, x.ours, "release/notes.txt", file)
			x.notary.Run(t, "add", "-p", x.theirs, "notes", file, "-r", "targets/releases", "-r", "targets/alice")
			x.do("target", "add", "--role", "targets/releases", "--role", "targets/alice", x.ours, "notes", file)
			x.notary.Run(t, "addhash", "-p", x.theirs, "by hash", "7", "--sha256", digest)
			x.do("target", "add", "--size", "7", "--sha256", digest, x.ours, "by hash")
			x.same("added")
			if ours, theirs := x.targets(x.ours), x.targets(x.theirs); ours != theirs || !strings.Contains(ours, "é") {
				t.Errorf("targets of both:\n%s\n%s", ours, theirs)
			}
			x.notary.Run(t, "verify", x.ours, "release/notes.txt", "-i", file)
			x.notary.Run(t, "remove", "-p", x.theirs, "notes", "-r", "targets/alice")
			x.do("target", "remove", "--role", "targets/alice", x.ours, "notes")
			x.notary.Run(t, "remove", "-p", x.theirs, "by hash")
			x.do("target", "remove", x.ours, "by hash")
			x.same("removed")
			x.notary.Run(t, "addhash", "-p", x.ours, "after", "7", "--sha256", digest)
		})
	}
}

// targets is what the file targets of a repository lists, in its own form.
func (x *images) targets(gun string) string {
	x.t.Helper()
	raw, err := os.ReadFile(filepath.Join(x.cached.Home, "tuf", gun, "metadata", "targets.json"))
	if err != nil {
		matches, _ := filepath.Glob(filepath.Join(x.cached.Home, "*"))
		x.t.Fatalf("%v: %q", err, matches)
	}
	var file struct {
		Signed struct{ Targets json.RawMessage }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		x.t.Fatal(err)
	}
	return string(file.Signed.Targets)
}
