package trustdir

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(writerEnv); ok {
		os.Exit(writeKeys(dir))
	}
	peer.Main(m)
}

const gun = model.GUN("docker.io/acme/app")

// kinds are the private keys that Notary can keep.
func kinds(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"Ed25519": edwards, "RSA": numbers}
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		if keys[curve.Params().Name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// phrases are what the real clients answer, by the label of the key.
func phrase(label string) []byte {
	switch label {
	case "root":
		return []byte(peer.RootPassphrase)
	case "targets":
		return []byte(peer.TargetsPassphrase)
	default:
		return []byte(peer.DelegationPassphrase)
	}
}

// Every kind of key, with every kind of label, is listed by notary, opened and
// written anew by notary in the very form that it had, and opened again here.
func TestNotaryReadsAndWritesAnew(t *testing.T) {
	server := peer.MemoryServer(t)
	for _, label := range []string{"root", "targets", "alice"} {
		for kind, private := range kinds(t) {
			t.Run(label+" "+kind, func(t *testing.T) {
				store := trustdir.Open(filepath.Join(t.TempDir(), "trust"))
				notary := peer.Notary(t, server, store.Dir())
				key, err := store.Add(t.Context(), private, label, gun, phrase(label))
				if err != nil {
					t.Fatal(err)
				}
				_ = key.Close()
				made := read(t, key.Info().Path)

				line := listed(t, notary, key.ID())
				if !strings.HasPrefix(line, label+" ") || strings.Contains(line, string(gun)) != (label == "targets") {
					t.Errorf("notary lists %q", line)
				}
				wrong := notary.With("NOTARY_ROOT_PASSPHRASE=guess", "NOTARY_TARGETS_PASSPHRASE=guess", "NOTARY_DELEGATION_PASSPHRASE=guess")
				if r := wrong.Try("key", "passwd", string(key.ID())); r.Code == 0 {
					t.Error("notary has opened it with another passphrase")
				}
				notary.Run(t, "key", "passwd", string(key.ID()))
				rewritten := read(t, key.Info().Path)
				if string(made.Bytes) == string(rewritten.Bytes) {
					t.Fatal("notary has not written it anew")
				}
				if got, want := form(t, made), form(t, rewritten); got != want {
					t.Errorf("trustdeck writes\n%s\nand notary\n%s", got, want)
				}
				if got, want := plain(t, made, phrase(label)), plain(t, rewritten, phrase(label)); got != want {
					t.Errorf("trustdeck encrypts\n%x\nand notary\n%x", got, want)
				}
				opens(t, store, key.ID(), phrase(label))
			})
		}
	}
}

// What notary made and imported opens here, and still does there once its
// passphrase was changed here.
func TestPassphraseOfNotarysKeys(t *testing.T) {
	server := peer.MemoryServer(t)
	store := trustdir.Open(t.TempDir())
	notary := peer.Notary(t, server, store.Dir())
	notary.Run(t, "init", "-p", string(gun))
	alice := peer.CertifiedKey(t, t.TempDir(), "alice")
	notary.Run(t, "key", "import", "--role", "alice", alice.PrivateFile)

	fresh := map[string]string{"root": "another root", "targets": "another targets", "snapshot": "another snapshot", "alice": "another alice"}
	keys, err := store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) < 3 {
		t.Fatalf("notary has made %d keys", len(keys))
	}
	for _, key := range keys {
		old := phrase(key.Label)
		if key.Label == "snapshot" {
			old = []byte(peer.SnapshotPassphrase)
		}
		before := read(t, key.Path)
		if err := store.ChangePassphrase(t.Context(), key, old, []byte(fresh[key.Label])); err != nil {
			t.Fatal(err, model.HintOf(err))
		}
		if got, want := form(t, read(t, key.Path)), form(t, before); got != want {
			t.Errorf("trustdeck writes\n%s\nand notary\n%s", got, want)
		}
	}
	if r := notary.Try("addhash", "-p", string(gun), "1.0", "10", "--sha256", digest); r.Code == 0 {
		t.Error("notary signs with the old passphrase")
	}
	notary = notary.With("NOTARY_ROOT_PASSPHRASE="+fresh["root"], "NOTARY_TARGETS_PASSPHRASE="+fresh["targets"],
		"NOTARY_SNAPSHOT_PASSPHRASE="+fresh["snapshot"], "NOTARY_DELEGATION_PASSPHRASE="+fresh["alice"])
	notary.Run(t, "delegation", "add", "-p", string(gun), "targets/alice", alice.PublicFile, "--all-paths")
	notary.Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest, "-r", "targets/alice")
	notary.Answering("yes\n").Run(t, "key", "rotate", string(gun), "root")
}

// notary exports the keys of trustdeck, imports them elsewhere, and removes them;
// it doesn't find what was removed here.
func TestExportAndRemove(t *testing.T) {
	server := peer.MemoryServer(t)
	store, elsewhere := trustdir.Open(t.TempDir()), trustdir.Open(t.TempDir())
	notary, other := peer.Notary(t, server, store.Dir()), peer.Notary(t, server, elsewhere.Dir())
	keeper := trustdir.NewKeeper(store)
	ids := map[model.RoleName]model.KeyID{}
	for _, role := range []model.RoleName{"root", "targets", "targets/alice"} {
		key, err := keeper.Generate(t.Context(), port.NewKey{Role: role, GUN: gun}, phrase(path.Base(string(role))))
		if err != nil {
			t.Fatal(err)
		}
		_ = key.Close()
		ids[role] = bareKey(t, key).ID
	}
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	notary.Run(t, "key", "export", "-o", bundle)
	other.Run(t, "key", "import", bundle)
	for role, id := range ids {
		opens(t, elsewhere, id, phrase(path.Base(string(role))))
		copied, err := elsewhere.Find(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := elsewhere.Remove(t.Context(), copied, nil); err != nil {
			t.Fatal(err)
		}
		if list := other.Run(t, "key", "list"); strings.Contains(list, string(id)) {
			t.Errorf("notary still lists what was removed:\n%s", list)
		}
	}
	notary.Answering("yes\n").Run(t, "key", "remove", string(ids["targets/alice"]))
	if keys, err := store.Keys(t.Context()); err != nil || len(keys) != 2 {
		t.Errorf("%d keys are left, %v", len(keys), err)
	}
}

// listed is the line of a key in the list of notary.
func listed(t *testing.T, notary *peer.Client, id model.KeyID) string {
	t.Helper()
	list := notary.Run(t, "key", "list")
	for line := range strings.Lines(list) {
		if strings.Contains(line, string(id)) {
			return line
		}
	}
	t.Fatalf("notary does not list %s:\n%s", id, list)
	return ""
}

func opens(t *testing.T, store *trustdir.Store, id model.KeyID, passphrase []byte) {
	t.Helper()
	key, err := trustdir.NewKeeper(store).Unlock(t.Context(), id, passphrase)
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	defer func() { _ = key.Close() }()
	if _, err := notary.Sign(id, key, []byte("payload")); err != nil || bareKey(t, key).ID != id {
		t.Errorf("key %s, %v", bareKey(t, key).ID, err)
	}
}

// read returns the one PEM block of a key file with the modes that Notary gives.
func read(t *testing.T, path string) *pem.Block {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	if block == nil || len(rest) > 0 || info.Mode().Perm() != 0o600 {
		t.Fatalf("%s, mode %v, holds\n%s", path, info.Mode(), text)
	}
	if again := pem.EncodeToMemory(block); string(again) != string(text) {
		t.Errorf("%s is not laid out as Go does:\n%s", path, text)
	}
	return block
}

// form is everything of a key file but the noise: type, headers, and the ASN.1
// with the lengths of its octet strings. As nothing in it has optional parts but
// what it shows, equal forms are equally read.
func form(t *testing.T, block *pem.Block) string {
	t.Helper()
	var out strings.Builder
	out.WriteString(block.Type + "\n")
	for _, name := range slices.Sorted(maps.Keys(block.Headers)) {
		out.WriteString(name + ": " + block.Headers[name] + "\n")
	}
	outline(t, &out, block.Bytes, "")
	return out.String()
}

// plain decrypts a key file by the parameters that form compares, with the padding.
func plain(t *testing.T, block *pem.Block, passphrase []byte) string {
	t.Helper()
	var info struct {
		Scheme struct {
			OID    asn1.ObjectIdentifier
			Params struct {
				KDF struct {
					OID    asn1.ObjectIdentifier
					Params struct {
						Salt       []byte
						Iterations int
					}
				}
				Cipher struct {
					OID asn1.ObjectIdentifier
					IV  []byte
				}
			}
		}
		Data []byte
	}
	if _, err := asn1.Unmarshal(block.Bytes, &info); err != nil {
		t.Fatal(err)
	}
	kdf := info.Scheme.Params.KDF.Params
	key, err := pbkdf2.Key(sha1.New, string(passphrase), kdf.Salt, kdf.Iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	decrypter, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(decrypter, info.Scheme.Params.Cipher.IV).CryptBlocks(info.Data, info.Data)
	return string(info.Data)
}

// outline writes the elements of DER, of octet strings only the length.
func outline(t *testing.T, out *strings.Builder, der []byte, indent string) {
	t.Helper()
	for len(der) > 0 {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(der, &element)
		if err != nil {
			t.Fatal(err)
		}
		der = rest
		switch {
		case element.IsCompound:
			fmt.Fprintf(out, "%s%d/%d\n", indent, element.Class, element.Tag)
			outline(t, out, element.Bytes, indent+"  ")
		case element.Tag == asn1.TagOctetString:
			fmt.Fprintf(out, "%s%d bytes\n", indent, len(element.Bytes))
		default:
			fmt.Fprintf(out, "%s%d/%d %x\n", indent, element.Class, element.Tag, element.Bytes)
		}
	}
}

// bareKey is a key as metadata lists it.
func bareKey(t *testing.T, key crypto.Signer) model.PublicKey {
	t.Helper()
	k, err := notary.Bare(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}
