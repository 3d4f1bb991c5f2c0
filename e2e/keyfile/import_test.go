package keyfile

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/report"
)

func TestMain(m *testing.M) { peer.Main(m) }

const (
	gun     = "docker.io/acme/app"
	digest  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	openssl = "../../keystore/trustdir/testdata/openssl/"
	// opensslPassphrase is that of its files.
	opensslPassphrase = "passw0rd-openssl"
)

// A deck is trustdeck on a trust folder, without a server.
type deck struct {
	*peer.Client
	trust string
}

// deckOn knows a passphrase for keys of signers.
func deckOn(t *testing.T, trust, signers string) deck {
	t.Helper()
	return deck{peer.Trustdeck(t).With(
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+signers), trust}
}

// key runs a command of trustdeck key, with an answer in JSON.
func (d deck) key(args ...string) peer.Result {
	return d.Try(append([]string{"--server", "https://127.0.0.1:9", "--trust-dir", d.trust, "key"}, append(args, "-o", "json")...)...)
}

// answers runs a command of trustdeck key, which must succeed and answer with into.
func (d deck) answers(t *testing.T, into any, args ...string) {
	t.Helper()
	r := d.key(args...)
	if r.Code != 0 {
		t.Fatalf("trustdeck key %q: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
	}
	if err := json.Unmarshal([]byte(r.Stdout), into); err != nil {
		t.Fatal(err)
	}
}

// imports has trustdeck import files.
func (d deck) imports(t *testing.T, args ...string) (out report.KeyImport) {
	t.Helper()
	d.answers(t, &out, append([]string{"import", "--yes"}, args...)...)
	return out
}

// publicFile writes the public half of a key that is in a trust folder.
func publicFile(t *testing.T, trust string, id, passphrase string) string {
	t.Helper()
	key, err := trustdir.NewKeeper(trustdir.Open(trust)).Unlock(t.Context(), model.KeyID(id), []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = key.Close() }()
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Keys of OpenSSL in every form are imported, also where notary can't read them in the form
// that they have, and notary signs with each.
func TestNotarySignsWithImportedKeys(t *testing.T) {
	server := peer.MemoryServer(t)
	for _, file := range []string{"ec.dek-aes256.pem", "ec.pbes2-hmacWithSHA256.pem", "ec521.pbes2.pem", "rsa.pkcs1.pem", "ec.unsupported-parameters.pem"} {
		t.Run(file, func(t *testing.T) {
			trust := filepath.Join(t.TempDir(), "trust")
			made := deckOn(t, trust, opensslPassphrase).imports(t, "--role", "alice", openssl+file)
			if made.Imported != 1 || !made.Keys[0].Opened {
				t.Fatalf("it imported %+v", made)
			}
			name := gun + "/" + strings.ReplaceAll(strings.ToLower(file), ".", "-")
			notary := peer.Notary(t, server, trust).With("NOTARY_DELEGATION_PASSPHRASE=" + opensslPassphrase)
			notary.Run(t, "init", "-p", name)
			notary.Run(t, "delegation", "add", "-p", name, "targets/alice", publicFile(t, trust, made.Keys[0].ID, opensslPassphrase), "--all-paths")
			notary.Run(t, "addhash", "-p", name, "1.0", "10", "--sha256", digest, "-r", "targets/alice")
			if listed := notary.Run(t, "list", name, "-r", "targets/alice"); !strings.Contains(listed, "1.0") {
				t.Errorf("notary lists %s", listed)
			}
		})
	}
}

// What notary exports is imported without passphrases and with them, with role and
// repository, and notary goes on with it.
func TestImportOfNotarysExport(t *testing.T) {
	server := peer.MemoryServer(t)
	from := filepath.Join(t.TempDir(), "from")
	notary := peer.Notary(t, server, from)
	notary.Run(t, "init", "-p", gun)
	notary.Run(t, "key", "generate", "ecdsa", "--role", "alice")
	bundle := filepath.Join(t.TempDir(), "exported.pem")
	notary.Run(t, "key", "export", "-o", bundle)
	for i, args := range [][]string{{bundle}, {"--as-is", bundle}} {
		t.Run(strings.Join(args[:i], ""), func(t *testing.T) {
			trust := filepath.Join(t.TempDir(), "trust")
			made := deckOn(t, trust, peer.DelegationPassphrase).imports(t, args...)
			if made.Imported != 4 {
				t.Fatalf("%d keys were imported: %+v", made.Imported, made.Keys)
			}
			for _, k := range made.Keys {
				if k.Opened != (i == 0) || (k.Repository == gun) != (k.Label == "targets" || k.Label == "snapshot") {
					t.Errorf("%+v", k)
				}
			}
			other := peer.Notary(t, server, trust)
			if list := other.Run(t, "key", "list"); strings.Count(list, "trust/private") != 4 {
				t.Errorf("notary lists\n%s", list)
			}
			other.Run(t, "addhash", "-p", gun, fmt.Sprint(i), "10", "--sha256", digest)
			if i == 1 { // nobody has the new keys then
				other.Answering("yes\n").Run(t, "key", "rotate", gun, "root")
			}
		})
	}
}

// docker trust key load says that it loads an encrypted key, keeps none, and ignores a name
// that contradicts the file; trustdeck imports the key, and refuses the name.
func TestImportOfWhatDockerLoads(t *testing.T) {
	server := peer.MemoryServer(t)
	config := t.TempDir()
	peer.Docker(t, server, config).Run(t, "trust", "key", "generate", "--dir", t.TempDir(), "alice")
	made, err := trustdir.Open(filepath.Join(config, "trust")).Keys(t.Context())
	if err != nil || len(made) != 1 {
		t.Fatalf("docker has made %d keys, %v", len(made), err)
	}
	path := made[0].Path

	second := t.TempDir()
	docker := peer.Docker(t, server, second)
	docker.Run(t, "trust", "key", "load", "--name", "alice", path)
	trust := filepath.Join(second, "trust")
	if keys, err := trustdir.Open(trust).Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Fatalf("docker has kept %d keys, %v", len(keys), err)
	}
	program := deckOn(t, trust, peer.RepositoryPassphrase)
	if r := program.key("load", "--yes", "--name", "bob", path); r.Code != 2 || !strings.Contains(r.Stderr, "states that it is a alice key, not one of bob") {
		t.Errorf("another name: %+v", r)
	}
	if out := program.imports(t, path); out.Imported != 1 || out.Keys[0].Label != "alice" {
		t.Fatalf("%+v", out)
	}
	image := strings.TrimPrefix(gun, "docker.io/")
	docker.Run(t, "trust", "signer", "add", "--key", publicFile(t, trust, string(made[0].ID), peer.RepositoryPassphrase), "alice", image)
	notary := peer.Notary(t, server, trust).With("NOTARY_DELEGATION_PASSPHRASE=" + peer.RepositoryPassphrase)
	notary.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest, "-r", "targets/alice", "-r", "targets/releases")
	if out := docker.Run(t, "trust", "inspect", image); !strings.Contains(out, `"alice"`) {
		t.Errorf("docker inspects %s", out)
	}

	// The header of a key without a passphrase wins over docker's flag.
	bare := filepath.Join(t.TempDir(), "bare.pem")
	content, err := os.ReadFile(openssl + "ec.pkcs8.pem")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(content), "PRIVATE KEY-----\n", "PRIVATE KEY-----\nrole: carol\n\n", 1)
	if err := os.WriteFile(bare, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	third := t.TempDir()
	peer.Docker(t, server, third).Run(t, "trust", "key", "load", "--name", "dave", bare)
	if keys, err := trustdir.Open(filepath.Join(third, "trust")).Keys(t.Context()); err != nil || len(keys) != 1 || keys[0].Label != "carol" {
		t.Errorf("docker keeps %+v, %v", keys, err)
	}
}
