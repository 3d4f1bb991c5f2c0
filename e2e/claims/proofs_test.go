package claims

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
)

var digest = strings.Repeat("ab", 32)

// Neither client takes a signer whose key is no ECDSA or RSA key.
func TestSignersOfOtherAlgorithms(t *testing.T) {
	server := peer.MemoryServer(t)
	const gun = "docker.io/acme/algorithms"
	config := t.TempDir()
	notary := peer.Notary(t, server, filepath.Join(config, "trust"))
	notary.Run(t, "init", gun, "-p")
	docker := peer.Docker(t, server, config)
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, public := range map[string]any{"Ed25519": ed, "X25519": x.PublicKey()} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "key.pub")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := notary.Try("delegation", "add", "-p", gun, "targets/alice", file, "--all-paths"); r.Code == 0 {
			t.Errorf("%s: notary takes it:\n%s%s", name, r.Stdout, r.Stderr)
		}
		if r := docker.Try("trust", "signer", "add", "--key", file, "alice", gun); r.Code == 0 {
			t.Errorf("%s: docker takes it:\n%s%s", name, r.Stdout, r.Stderr)
		}
	}
}

// The prompts of both refuse fewer than 8 characters, and cut white space off both ends.
func TestPrompts(t *testing.T) {
	peer.Need(t, "tmux")
	server := peer.MemoryServer(t)
	config := t.TempDir()
	clients := map[string]struct {
		client *peer.Client
		args   []string
	}{
		"docker": {peer.Docker(t, server, config).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="), []string{"trust", "key", "generate", "bob"}},
		"notary": {peer.Notary(t, server, t.TempDir()).With("NOTARY_ROOT_PASSPHRASE="), []string{"key", "generate", "ecdsa", "--role", "root"}},
	}
	for name, row := range clients {
		t.Run(name, func(t *testing.T) {
			term := peer.Tmux(t, 120, 40)
			term.Start(row.client, row.args...)
			term.WaitFor("assphrase for")
			term.Type("1234567")
			term.Keys("Enter")
			term.WaitFor("too short")
			for range 2 {
				term.Type("  passw0rd-x ")
				term.Keys("Enter")
			}
			if code := term.WaitExit(); code != 0 {
				t.Fatalf("exit code %d\n%s", code, term.Screen())
			}
		})
	}
	keys, err := filepath.Glob(filepath.Join(config, "trust", "private", "*.key"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	id := strings.TrimSuffix(filepath.Base(keys[0]), ".key")
	peer.Notary(t, server, filepath.Join(config, "trust")).With("NOTARY_DELEGATION_PASSPHRASE=passw0rd-x").Run(t, "key", "passwd", id)
}

// A custom value that is not canonical verifies, and notary cannot sign the file again.
func TestCustomValues(t *testing.T) {
	server := peer.MemoryServer(t)
	for custom, signs := range map[string]bool{`{"a":1}`: true, `"a<b"`: false} {
		folder := t.TempDir()
		r := notarytest.New("docker.io/acme/custom", time.Now().Add(-time.Hour))
		if !signs {
			r.GUN += "-unsafe"
			r = notarytest.New(r.GUN, time.Now().Add(-time.Hour))
		}
		k := notarytest.NewKey()
		r.Delegate("targets/alice", 1, []string{""}, k)
		r.Tag("targets/alice", "v1", "one")
		r.Files["targets/alice"].Targets[0].Custom = []byte(custom)
		r.Seal(model.RoleTargets, "targets/alice")
		peer.Publish(t, server, server.Client(), r)

		der, err := x509.MarshalPKCS8PrivateKey(k.Private)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "alice.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		notary := peer.Notary(t, server, folder)
		notary.Run(t, "key", "import", file, "-r", "alice")
		notary.Run(t, "list", string(r.GUN))
		if result := notary.Try("addhash", "-p", string(r.GUN), "v2", "3", "--sha256", digest, "-r", "targets/alice"); (result.Code == 0) != signs {
			t.Errorf("%s: notary exits %d\n%s%s", custom, result.Code, result.Stdout, result.Stderr)
		}
	}
}

// A root that needs two signatures is changed where both keys are, and not where one is.
func TestRootOfTwo(t *testing.T) {
	server := peer.MemoryServer(t)
	const gun = "docker.io/acme/two"
	folder := t.TempDir()
	deck := peer.Trustdeck(t).With("NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.TargetsPassphrase)
	deck.Run(t, "init", "--yes", gun, "--root-keys", "2", "--root-threshold", "2",
		"--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", folder)
	notary := peer.Notary(t, server, folder)
	notary.Run(t, "key", "rotate", gun, "targets")
	for _, name := range rootKeys(t, folder)[:1] {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if r := notary.Try("key", "rotate", gun, "targets"); r.Code == 0 {
		t.Errorf("one key suffices:\n%s%s", r.Stdout, r.Stderr)
	}
}

// rootKeys are the files of the root keys in a trust folder.
func rootKeys(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "private", "*.key"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "role: root") {
			out = append(out, name)
		}
	}
	if len(out) != 2 {
		t.Fatalf("root keys: %v", out)
	}
	return out
}

// Who knew a repository refuses another of the same name, until what is cached is gone.
func TestMadeAnew(t *testing.T) {
	server := peer.MemoryServer(t)
	const gun = "docker.io/acme/anew"
	known := t.TempDir()
	peer.Notary(t, server, t.TempDir()).Run(t, "init", gun, "-p")
	notary := peer.Notary(t, server, known)
	notary.Run(t, "list", gun)
	peer.Notary(t, server, t.TempDir()).Run(t, "delete", gun, "--remote")
	peer.Notary(t, server, t.TempDir()).Run(t, "init", gun, "-p")
	if r := notary.Try("list", gun); r.Code == 0 {
		t.Errorf("taken:\n%s%s", r.Stdout, r.Stderr)
	}
	if err := os.RemoveAll(filepath.Join(known, "tuf")); err != nil {
		t.Fatal(err)
	}
	notary.Run(t, "list", gun)
}

// Who has seen a version of a top-level role refuses a lower one. Of a delegation
// notary does not notice it as long as targets stay the same, so trustdeck does not say
// that clients refuse such a rollback.
func TestOlderVersions(t *testing.T) {
	const gun = "docker.io/acme/older"
	for role, refused := range map[model.RoleName]bool{"targets": true, "snapshot": true, "timestamp": true, "targets/alice": false} {
		t.Run(string(role), func(t *testing.T) {
			r := notarytest.New(gun, time.Now().Add(-time.Hour))
			r.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
			r.Tag("targets/alice", "v1", "one")
			r.Seal(model.RoleTargets, "targets/alice")
			r.Seal(model.RoleTargets, "targets/alice")
			s := newShelf(r)
			server := peer.Serve(t, s)
			notary := peer.Notary(t, server, t.TempDir())
			notary.Run(t, "list", gun)

			// A server that was restored signs what lists the older version.
			f := r.Files[role]
			f.Version -= 2
			switch role {
			case model.RoleTimestamp:
				r.SealTimestamp()
			case model.RoleSnapshot:
				r.SealSnapshot()
			default:
				r.Seal(role)
			}
			s.files.Store(newShelf(r).files.Load())
			if result := notary.Try("list", gun); (result.Code != 0) != refused {
				t.Errorf("refused: %t; notary exits %d\n%s%s", refused, result.Code, result.Stdout, result.Stderr)
			}
			peer.Notary(t, server, t.TempDir()).Run(t, "list", gun)
		})
	}
}

// A shelf gives the files that it holds at the moment, by name and by hash.
type shelf struct {
	files atomic.Pointer[map[string][]byte]
}

func newShelf(r *notarytest.Repo) *shelf {
	files := map[string][]byte{}
	for role, raw := range r.Wire() {
		sum := sha256.Sum256(raw)
		files[string(role)+".json"], files[string(role)+"."+hex.EncodeToString(sum[:])+".json"] = raw, raw
	}
	s := &shelf{}
	s.files.Store(&files)
	return s
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	_, name, _ := strings.Cut(req.URL.Path, "/_trust/tuf/")
	switch raw, ok := (*s.files.Load())[name]; {
	case ok:
		_, _ = w.Write(raw)
	case req.URL.Path != "/v2/":
		http.NotFound(w, req)
	}
}
