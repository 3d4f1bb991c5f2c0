package trustdir

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/port"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// notary founds a repository on a root key that trustdeck made, and signs a tag
// with a signer's key that trustdeck made, under the longest passphrase that is
// taken.
func TestNotarySigns(t *testing.T) {
	server := peer.MemoryServer(t)
	trust := filepath.Join(t.TempDir(), "trust")
	keeper := trustdir.NewKeeper(trustdir.Open(trust))
	long := strings.Repeat("ä", 2048)

	root := made(t, keeper, model.RoleRoot, peer.RootPassphrase)
	alice := made(t, keeper, "targets/alice", long)
	notary := peer.Notary(t, server, trust).With("NOTARY_DELEGATION_PASSPHRASE=" + long)
	notary.Run(t, "init", "-p", string(gun))
	if listed := rootKey(t, trust); listed != string(root.Public) {
		t.Error("notary has founded the repository on another root key")
	}
	public := publicFile(t, alice)
	for _, role := range []string{"targets/alice", "targets/releases"} {
		notary.Run(t, "delegation", "add", "-p", string(gun), role, public, "--all-paths")
		notary.Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest, "-r", role)
	}
	signs(t, notary, "targets/alice", alice.ID)
	notary.Answering("yes\n").Run(t, "key", "rotate", string(gun), "root")
}

// docker trust sign signs with a signer's key that trustdeck made, in the
// repository that Docker itself founded on a root key that trustdeck made.
func TestDockerSigns(t *testing.T) {
	server := peer.MemoryServer(t)
	config := t.TempDir()
	trust := filepath.Join(config, "trust")
	keeper := trustdir.NewKeeper(trustdir.Open(trust))
	root := made(t, keeper, model.RoleRoot, peer.RootPassphrase)
	carol := made(t, keeper, "targets/carol", peer.RepositoryPassphrase)
	name := strings.TrimPrefix(string(gun), "docker.io/")

	docker := peer.Docker(t, server, config)
	docker.Run(t, "trust", "signer", "add", "--key", publicFile(t, carol), "carol", name)
	if listed := rootKey(t, trust); listed != string(root.Public) {
		t.Error("docker has founded the repository on another root key")
	}
	// Without a daemon, "docker trust sign" takes only a tag that is released.
	notary := peer.Notary(t, server, trust).With(
		"NOTARY_TARGETS_PASSPHRASE="+peer.RepositoryPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.RepositoryPassphrase)
	notary.Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest, "-r", "targets/releases")
	if r := docker.With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=guess").Try("trust", "sign", name+":1.0"); r.Code == 0 {
		t.Errorf("docker signs with another passphrase: %s", r.Stdout)
	}
	docker.Run(t, "trust", "sign", name+":1.0")
	signs(t, notary, "targets/carol", carol.ID)

	// And trustdeck opens every key that Docker made.
	store := trustdir.Open(trust)
	keys, err := store.Keys(t.Context())
	if err != nil || len(keys) < 3 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, key := range keys {
		passphrase := peer.RepositoryPassphrase
		if key.Label == "root" {
			passphrase = peer.RootPassphrase
		}
		opens(t, store, key.ID, []byte(passphrase))
	}
}

// made makes a key and forgets its secret.
func made(t *testing.T, keys port.KeyStore, role model.RoleName, passphrase string) model.PublicKey {
	t.Helper()
	key, err := keys.Generate(t.Context(), port.NewKey{Role: role, GUN: gun}, []byte(passphrase))
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	_ = key.Close()
	return bareKey(t, key)
}

// publicFile writes a public key as docker trust key generate does.
func publicFile(t *testing.T, key model.PublicKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key.Public}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rootKey is the public key in the one root certificate that the client has kept.
func rootKey(t *testing.T, trust string) string {
	t.Helper()
	var root struct {
		Signed struct {
			Keys map[string]struct {
				KeyVal struct{ Public string }
			}
			Roles map[string]struct{ KeyIDs []string }
		}
	}
	metadata(t, trust, "root", &root)
	text, err := base64.StdEncoding.DecodeString(root.Signed.Keys[root.Signed.Roles["root"].KeyIDs[0]].KeyVal.Public)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no certificate: %s", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return string(cert.RawSubjectPublicKeyInfo)
}

// signs checks that the file of a role, as the server has it, is signed by this key
// and no other.
func signs(t *testing.T, notary *peer.Client, role string, id model.KeyID) {
	t.Helper()
	notary.Run(t, "list", string(gun), "-r", role)
	var file struct {
		Signatures []struct{ KeyID string }
		Signed     struct{ Targets map[string]any }
	}
	metadata(t, notary.Home, role, &file)
	if len(file.Signatures) != 1 || file.Signatures[0].KeyID != string(id) || file.Signed.Targets["1.0"] == nil {
		t.Errorf("%s: %+v, want the tag 1.0 and a signature by %s", role, file, id)
	}
}

// metadata reads what the client has kept of the repository.
func metadata(t *testing.T, trust, role string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(trust, "tuf", filepath.FromSlash(string(gun)), "metadata", filepath.FromSlash(role)+".json"))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
