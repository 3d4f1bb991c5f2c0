package trustdir

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// fingerprintID is a rule for IDs that no dialect has.
func fingerprintID(public crypto.PublicKey) (model.KeyID, error) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	sum := sha256.Sum256(spki)
	return model.KeyID(hex.EncodeToString(sum[:])), err
}

func ownFolder(dir string) KeyStore {
	return NewKeeper(OpenOwn(dir, Own{ID: fingerprintID, Makes: []model.Dialect{model.TUF1}}))
}

// ownKeys are a key of each kind, by the name that people read.
func ownKeys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	_, ed := must2(ed25519.GenerateKey(rand.Reader))
	return map[string]crypto.Signer{
		"ECDSA P-256": must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"ECDSA P-384": must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		"Ed25519":     ed,
		"RSA 2048":    must(rsa.GenerateKey(rand.Reader, 2048)),
		"ML-DSA-44":   must(mldsa.GenerateKey(mldsa.MLDSA44())),
		"ML-DSA-65":   must(mldsa.GenerateKey(mldsa.MLDSA65())),
		"ML-DSA-87":   must(mldsa.GenerateKey(mldsa.MLDSA87())),
	}
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// publicOf is the SubjectPublicKeyInfo of a key.
func publicOf(k crypto.Signer) []byte { return must(x509.MarshalPKIXPublicKey(k.Public())) }

// sole is the only key of a folder.
func sole(t testing.TB, s KeyStore) model.PrivateKey {
	t.Helper()
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return keys[0]
}

// A key of trustdeck's own folder is known without its passphrase, which opens it and nothing
// else does; it takes another passphrase and another name, and goes to another folder as it is.
func TestOwnKeys(t *testing.T) {
	for algorithm, private := range ownKeys(t) {
		t.Run(algorithm, func(t *testing.T) {
			folder := ownFolder(t.TempDir())
			made, err := folder.Add(t.Context(), private, "role with: signs", "tuf.example.org", phrase)
			if err != nil {
				t.Fatal(err)
			}
			k := sole(t, folder)
			if k.Fault != nil || k.Algorithm != algorithm || !bytes.Equal(k.SPKI, publicOf(private)) || k.ID != folder.ID(k.SPKI) || k.ID != made.ID() {
				t.Errorf("listed %+v", k)
			}
			if k.Label != "role with: signs" || k.GUN != "tuf.example.org" || !k.Encrypted || filepath.Base(k.Path) != string(k.ID)+keyEnding {
				t.Errorf("listed %+v", k)
			}
			opensOnly(t, folder, k, private, phrase, "guess")

			if err := folder.ChangePassphrases(t.Context(), []port.PassphraseChange{{Key: k, Opens: phrase}}, []byte("another")); err != nil {
				t.Fatal(err)
			}
			k = sole(t, folder)
			if err := folder.RenameKey(t.Context(), k, "other role"); err != nil {
				t.Fatal(err)
			}
			k = sole(t, folder)
			if k.Label != "other role" || k.GUN != "tuf.example.org" || k.SPKI == nil || k.Fault != nil {
				t.Errorf("renamed %+v", k)
			}
			opensOnly(t, folder, k, private, []byte("another"), string(phrase))

			text, err := folder.ExportKey(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			next := ownFolder(t.TempDir())
			found, err := next.ReadKeys("exported.pem", text)
			if err != nil || len(found.Keys) != 1 || len(found.Others) > 0 || !found.Keys[0].Native || found.Keys[0].Key.ID != k.ID || found.Keys[0].Key.Label != "other role" {
				t.Fatalf("exported %+v, %v", found, err)
			}
			if _, err := next.AddKey(t.Context(), found.Keys[0], nil, nil); err != nil {
				t.Fatal(err)
			}
			opensOnly(t, next, sole(t, next), private, []byte("another"), string(phrase))
			if err := next.Remove(t.Context(), k.ID); err != nil {
				t.Error(err)
			}
			if left, err := next.Keys(t.Context()); err != nil || len(left) > 0 {
				t.Errorf("%d keys are left, %v", len(left), err)
			}
		})
	}
}

// opensOnly tries a right and a wrong passphrase, and has the key sign.
func opensOnly(t *testing.T, s KeyStore, k model.PrivateKey, private crypto.Signer, right []byte, wrong string) {
	t.Helper()
	if _, err := s.Unlock(t.Context(), k.ID, []byte(wrong)); model.KindOf(err) != model.FaultSecret || !errors.Is(err, WrongPassphrase) {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	opened, err := s.Unlock(t.Context(), k.ID, right)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if got := must(x509.MarshalPKIXPublicKey(opened.Public())); !bytes.Equal(got, publicOf(private)) {
		t.Error("it opens as another key")
	}
	options := crypto.SignerOpts(crypto.SHA256)
	switch private.(type) {
	case ed25519.PrivateKey, *mldsa.PrivateKey:
		options = crypto.Hash(0)
	}
	message := []byte("a payload")
	sig, err := opened.SignMessage(rand.Reader, message, options)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(message)
	var good bool
	switch public := private.Public().(type) {
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(public, sum[:], sig)
	case ed25519.PublicKey:
		good = ed25519.Verify(public, message, sig)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], sig) == nil
	case *mldsa.PublicKey:
		good = mldsa.Verify(public, message, sig, nil) == nil
	}
	if !good {
		t.Error("the signature does not verify")
	}
}

// New keys are made for the dialects that the owner names, and for no other.
func TestOwnMakes(t *testing.T) {
	own, shared := ownFolder(t.TempDir()), NewKeeper(Open(t.TempDir()))
	for dialect, want := range map[model.Dialect]KeyStore{model.TUF1: own, model.NotaryV1: shared} {
		got, err := port.KeyStores{shared, own}.For(dialect)
		if err != nil || got.Name() != want.Name() {
			t.Errorf("%s: %v, %v", dialect, got, err)
		}
	}
	if _, err := (port.KeyStores{shared, own}).For("ledger"); model.KindOf(err) != model.FaultUsage {
		t.Errorf("another dialect: %v", err)
	}
	made, err := own.Generate(t.Context(), port.NewKey{Role: "targets/role", GUN: "tuf.example.org"}, phrase)
	if err != nil {
		t.Fatal(err)
	}
	k := sole(t, own)
	if k.Label != "targets/role" || k.GUN != "" || k.ID != own.ID(must(x509.MarshalPKIXPublicKey(made.Public()))) {
		t.Errorf("made %+v", k)
	}
}

// Keys of all kinds are made encrypted, are known without their passphrases, and sign.
func TestOwnMakesKeysOfAlgorithms(t *testing.T) {
	for algorithm, want := range map[model.Algorithm]string{
		"": "ECDSA P-256", model.ECDSAP256: "ECDSA P-256", model.ECDSAP384: "ECDSA P-384", model.Ed25519: "Ed25519",
		model.RSA3072: "RSA 3072", model.MLDSA44: "ML-DSA-44", model.MLDSA65: "ML-DSA-65", model.MLDSA87: "ML-DSA-87",
	} {
		t.Run(want, func(t *testing.T) {
			own := ownFolder(t.TempDir())
			made, err := own.Generate(t.Context(), port.NewKey{Role: model.RoleTargets, GUN: "tuf.example.org", Algorithm: algorithm}, phrase)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = made.Close() }()
			k := sole(t, own)
			if k.Algorithm != want || !k.Encrypted || k.Label != "targets" || !k.Usable() {
				t.Errorf("listed as %+v", k)
			}
			if _, err := own.Unlock(t.Context(), k.ID, []byte("guess")); !errors.Is(err, WrongPassphrase) {
				t.Errorf("a wrong passphrase: %v", err)
			}
			again, err := own.Unlock(t.Context(), k.ID, phrase)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = again.Close() }()
			listed := must(tuf.Bare(made.Public()))
			sig := must(tuf.Dialect{}.Sign(listed, again, []byte("payload")))
			if err := (tuf.Dialect{}).Verify(listed, []byte("payload"), sig); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := ownFolder(t.TempDir()).Generate(t.Context(), port.NewKey{Role: model.RoleRoot, Algorithm: "dsa"}, phrase); model.KindOf(err) != model.FaultUsage {
		t.Errorf("a kind that nobody makes: %v", err)
	}
	shared := NewKeeper(Open(t.TempDir()))
	if _, err := shared.Generate(t.Context(), port.NewKey{Role: model.RoleRoot, Algorithm: model.MLDSA65}, phrase); !errors.Is(err, Unsupported) {
		t.Errorf("ML-DSA in the trust folder: %v", err)
	}
}

// What a file shows as the public half must be that of its name, and that of the private half:
// nobody signs with a key that is not the one that was chosen.
func TestOwnPublicHalfIsProved(t *testing.T) {
	mine, other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	layout := ownFolder(t.TempDir()).layout
	text := must(layout.seal(mine, "targets", "", phrase))
	at := bytes.Index(text, []byte("-----BEGIN PUBLIC KEY"))
	theirs := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicOf(other)})
	for name, row := range map[string]struct {
		named crypto.Signer
		text  []byte
		// listed and opened are what is said of the file.
		listed, opened Reason
	}{
		"as it was written":                   {named: mine, text: text},
		"without the public half":             {named: mine, text: text[:at]},
		"with lines that others took away":    {named: mine, text: text[bytes.Index(text, []byte("-----BEGIN")):]},
		"named after another key":             {named: other, text: text, listed: OtherKey},
		"with the public half of another":     {named: mine, text: slices.Concat(text[:at], theirs), listed: OtherKey},
		"named and shown as another":          {named: other, text: slices.Concat(text[:at], theirs), opened: Damaged},
		"with a public half that is none":     {named: mine, text: slices.Concat(text[:at], pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("none")})), listed: Damaged},
		"with two public halves":              {named: mine, text: slices.Concat(text, theirs), listed: SeveralBlocks},
		"with a certificate in its own place": {named: mine, text: bytes.ReplaceAll(text, []byte("PUBLIC KEY"), []byte("CERTIFICATE")), listed: SeveralBlocks},
	} {
		t.Run(name, func(t *testing.T) {
			folder := ownFolder(t.TempDir())
			id := must(fingerprintID(row.named.Public()))
			private := filepath.Join(folder.Dir(), privateDir)
			if err := os.MkdirAll(private, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(private, string(id)+keyEnding), row.text, 0o600); err != nil {
				t.Fatal(err)
			}
			k := sole(t, folder)
			if row.listed != "" && !errors.Is(k.Fault, row.listed) || row.listed == "" && k.Fault != nil {
				t.Errorf("listed with %v", k.Fault)
			}
			_, err := folder.Unlock(t.Context(), id, phrase)
			switch fails := row.opened != "" || row.listed.blocksFile(); {
			case fails && err == nil, !fails && err != nil:
				t.Errorf("opened: %v", err)
			case row.opened != "" && !errors.Is(err, row.opened):
				t.Errorf("opened: %v", err)
			}
		})
	}
}

// blocksFile reports whether a reason, where there is one, keeps a file from being used.
func (r Reason) blocksFile() bool { return r != "" && r.Blocks() }

// Of what OpenSSL encrypted, only what is as strong as trustdeck's own is kept as it is.
func TestOwnKeepsStrongEncryptionOnly(t *testing.T) {
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	plain := must(x509.MarshalPKCS8PrivateKey(private))
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicOf(private)})
	for name, row := range map[string]struct {
		params params
		native bool
	}{
		"trustdeck's own":  {ownParams, true},
		"more rounds":      {params{prfs[2], ciphers[0], ownParams.iterations + 1}, true},
		"fewer rounds":     {params{prfs[2], ciphers[0], 2048}, false},
		"Notary's":         {notaryParams, false},
		"a smaller cipher": {params{prfs[2], ciphers[2], ownParams.iterations}, false},
	} {
		t.Run(name, func(t *testing.T) {
			der := must(row.params.encrypt(plain, phrase, bytes.Repeat([]byte("s"), 16), make([]byte, 16)))
			folder := ownFolder(t.TempDir())
			found, err := folder.ReadKeys("theirs.pem", slices.Concat(pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Bytes: der}), public))
			if err != nil || len(found.Keys) != 1 || found.Keys[0].Native != row.native || found.Keys[0].Key.ID == "" {
				t.Fatalf("%+v, %v", found, err)
			}
			key := found.Keys[0]
			key.Key.Label = "root"
			keep := phrase
			if row.native {
				keep = nil
			}
			if _, err := folder.AddKey(t.Context(), key, phrase, keep); err != nil {
				t.Fatal(err)
			}
			k := sole(t, folder)
			if k.Encoding != folder.layout.encoding() || !strings.Contains(k.Encoding, "SHA-256") || k.SPKI == nil {
				t.Errorf("kept as %+v", k)
			}
			opensOnly(t, folder, k, private, phrase, "guess")
		})
	}
}
