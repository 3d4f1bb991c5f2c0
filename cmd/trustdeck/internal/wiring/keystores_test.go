package wiring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// privateKeys are a private key of each kind that a repository can list.
func privateKeys() []crypto.Signer {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return []crypto.Signer{
		must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), ed,
		must(rsa.GenerateKey(rand.Reader, 2048)), must(mldsa.GenerateKey(mldsa.MLDSA65())),
	}
}

// The store that makes keys for a dialect has them under the IDs of that dialect.
func TestStoresMakeKeysUnderIDsOfTheDialect(t *testing.T) {
	s := settings.Settings{TrustDir: t.TempDir(), KeyDir: t.TempDir()}
	stores := keyStores(s, trustdir.Open(s.TrustDir))
	for _, d := range []dialect.Dialect{docker.Dialect{}, tuf.Dialect{}} {
		store, err := stores.For(d.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, private := range privateKeys() {
			listed, err := d.Bare(private.Public())
			if got := store.ID(must(x509.MarshalPKIXPublicKey(private.Public()))); got != listed.ID || (err == nil) != (got != "") {
				t.Errorf("%s: a key of type %T is %q in %s, and %q in metadata, %v", d.Name(), private, got, store.Name(), listed.ID, err)
			}
		}
	}
}

// Private keys of Docker's folder and of trustdeck's own serve a TUF 1.0 repository: each is
// listed with its folder and with the role that lists it.
func TestKeysOfBothFolders(t *testing.T) {
	t.Parallel()
	home, folder := t.TempDir(), t.TempDir()
	s := settings.Settings{
		Server: "https://127.0.0.1:9", TrustDir: filepath.Join(home, "trust"), KeyDir: filepath.Join(home, "keys"),
		MemoryDir: filepath.Join(home, "memory"), JournalDir: filepath.Join(home, "journal"), At: tuftest.At,
		Repositories: map[string]string{"app": folder},
	}
	passphrase := []byte("a good passphrase")
	shared := must(trustdir.Open(s.TrustDir).Generate(t.Context(), "alice", "", passphrase))
	own := must(trustdir.NewKeeper(ownKeys(s)).Generate(t.Context(), port.NewKey{Role: model.RoleTargets, GUN: "app"}, passphrase))

	r := tuftest.New()
	quorum := tuftest.Quorum{Threshold: 1, Keys: r.Signers[model.RoleTargets]}
	for _, k := range []port.Signer{shared, own} {
		listed := must(tuf.Bare(k.Public()))
		quorum.Keys = append(slices.Clone(quorum.Keys), &tuftest.Key{ID: listed.ID, Object: tuftest.Object{
			"keytype": string(listed.Type), "scheme": listed.Scheme, "keyval": tuftest.Object{"public": string(listed.Public)},
		}})
	}
	signers := r.Signers[model.RoleTargets]
	r.SetRole(model.RoleTargets, quorum)
	r.Signers[model.RoleTargets] = signers
	r.Publish(model.RoleRoot)
	publish(t, r, folder)

	session, err := Open(s, &admin.Log{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	look := session.Service.Open(t.Context(), "app")
	if look.Fault != nil || len(problems(look)) > 0 {
		t.Fatalf("%v, problems %v", look.Fault, problems(look))
	}
	keys, err := session.Service.Keys(t.Context(), []admin.Look{look})
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for i, dir := range []string{s.TrustDir, s.KeyDir} {
		if k := keys[i]; k.Store != dir || !slices.Equal(k.Uses, []admin.Use{{GUN: "app", Role: model.RoleTargets}}) {
			t.Errorf("%s in %s: uses %v", k.ID.Short(), k.Store, k.Uses)
		}
	}
	if keys[0].SPKI != nil || keys[1].SPKI == nil || len(keys[0].Also) != 1 {
		t.Errorf("what is known of closed keys: %+v, %+v", keys[0], keys[1])
	}
}

// A key in a file that the user names serves the repository that lists it, and is told from
// those of the folders.
func TestKeyFilesOfTheUser(t *testing.T) {
	t.Parallel()
	private := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	file := filepath.Join(t.TempDir(), "release.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(private))})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings.Settings{TrustDir: t.TempDir(), KeyDir: t.TempDir(), KeyFiles: []string{file}}
	stores := keyStores(s, trustdir.Open(s.TrustDir))
	keys, err := stores.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Path != file || keys[0].ID != must(tuf.Bare(private.Public())).ID {
		t.Fatalf("%+v, %v", keys, err)
	}
	if store := stores.Of(keys[0]); store.Removes() || store.Name() == s.TrustDir || store.Name() == s.KeyDir {
		t.Errorf("it is in %s", store.Name())
	}
}
