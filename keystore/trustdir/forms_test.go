package trustdir

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/display"
)

// The forms that notary, docker and OpenSSL write.
func TestForms(t *testing.T) {
	const (
		root   = "passw0rd-root"
		deleg  = "passw0rd-deleg"
		ossl   = "passw0rd-openssl"
		legacy = "acc0db79ee65024f075738aa612cb552ac3852c5760a13c4a7e2260a65611f44"
	)
	for _, tt := range []struct {
		file, passphrase    string
		encoding, algorithm string
		reasons             []Reason
		id                  model.KeyID
	}{
		{file: "loose/ec-dek-info-aes128.pem", passphrase: root, encoding: "PEM, DEK-Info AES-128-CBC", algorithm: "ECDSA P-256", id: legacy},
		{file: "loose/ec-pkcs8-openssl-prf-sha1-readable.pem", passphrase: root, encoding: "PKCS#8, PBES2", algorithm: "ECDSA P-256", id: legacy},
		{file: "loose/ec-pkcs8-openssl-prf-sha256.pem", passphrase: root, encoding: "PKCS#8, PBES2 HMAC-SHA-256, AES-256-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}, id: legacy},
		{file: "loose/p384.pem", passphrase: root, encoding: "PKCS#8, PBES2", algorithm: "ECDSA P-384", id: "e68db222ad8777f198765d0a8567a0dd84673f7161c193b472a5f592e4596583"},
		{file: "loose/rsak.pem", passphrase: root, encoding: "PKCS#8, PBES2", algorithm: "RSA 2048", id: "9e3803fc3c871fe81dfce6723a8848708ca2d33c179ed84dac4a6ad48ef50f3b"},
		{file: "loose/alice-key.pem", passphrase: deleg, encoding: "PKCS#8, PBES2", algorithm: "ECDSA P-256", id: "d3d2dec71ef726b7c52f224a5fe3d7b42b1cc7daca52cdae4da47ceb7ecacc06"},
		{file: "loose/bob-key.pem", encoding: "PKCS#8", algorithm: "RSA 2048", id: "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"},
		{file: "loose/p9c.pem", encoding: "PEM, SEC 1", algorithm: "ECDSA P-256"},

		{file: "openssl/ec.sec1.pem", encoding: "PEM, SEC 1", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.pkcs8.pem", encoding: "PKCS#8", algorithm: "ECDSA P-256"},
		{file: "openssl/rsa.pkcs1.pem", encoding: "PEM, PKCS#1", algorithm: "RSA 2048"},
		{file: "openssl/ec521.pbes2.pem", passphrase: ossl, encoding: "PKCS#8, PBES2", algorithm: "ECDSA P-521"},
		{file: "openssl/ed25519.rfc8410.pem", encoding: "PKCS#8", algorithm: "Ed25519", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.dek-des.pem", passphrase: ossl, encoding: "PEM, DEK-Info DES-CBC", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.dek-des3.pem", passphrase: ossl, encoding: "PEM, DEK-Info DES-EDE3-CBC", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.dek-aes128.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-128-CBC", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.dek-aes192.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-192-CBC", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.dek-aes256.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-256-CBC", algorithm: "ECDSA P-256"},
		{file: "openssl/rsa.dek-des.pem", passphrase: ossl, encoding: "PEM, DEK-Info DES-CBC", algorithm: "RSA 2048"},
		{file: "openssl/rsa.dek-des3.pem", passphrase: ossl, encoding: "PEM, DEK-Info DES-EDE3-CBC", algorithm: "RSA 2048"},
		{file: "openssl/rsa.dek-aes128.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-128-CBC", algorithm: "RSA 2048"},
		{file: "openssl/rsa.dek-aes192.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-192-CBC", algorithm: "RSA 2048"},
		{file: "openssl/rsa.dek-aes256.pem", passphrase: ossl, encoding: "PEM, DEK-Info AES-256-CBC", algorithm: "RSA 2048"},
		{file: "openssl/ec.pbes2-hmacWithSHA1.pem", passphrase: ossl, encoding: "PKCS#8, PBES2", algorithm: "ECDSA P-256"},
		{file: "openssl/ec.pbes2-hmacWithSHA224.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-224, AES-256-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.pbes2-hmacWithSHA256.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-256, AES-256-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.pbes2-hmacWithSHA384.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-384, AES-256-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.pbes2-hmacWithSHA512.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-512, AES-256-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.pbes2-aes-128-cbc.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-1, AES-128-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
		{file: "openssl/ec.pbes2-aes-192-cbc.pem", passphrase: ossl, encoding: "PKCS#8, PBES2 HMAC-SHA-1, AES-192-CBC", algorithm: "ECDSA P-256", reasons: []Reason{UnreadableByNotary}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			data := sample(t, tt.file)
			if tt.id == "" {
				tt.id = idOf(t, data, []byte(tt.passphrase))
			}
			checkForm(t, data, form{tt.passphrase, tt.encoding, tt.algorithm, tt.reasons, tt.id})
		})
	}
}

// form is what a key file must turn out to be.
type form struct {
	passphrase, encoding, algorithm string
	reasons                         []Reason
	id                              model.KeyID
}

// checkForm puts a key file where it belongs and checks how it is listed, that
// it opens, and that it opens with nothing else.
func checkForm(t *testing.T, data []byte, want form) {
	t.Helper()
	store := unchanged(t, folderWith(t, map[string][]byte{keyPath(want.id): data}))
	k := only(t, store)
	encrypted := want.passphrase != ""
	if k.Encoding != want.encoding || k.Encrypted != encrypted || k.ID != want.id {
		t.Errorf("listed as %+v", k)
	}
	if listed := (map[bool]string{true: "", false: want.algorithm})[encrypted]; k.Algorithm != listed {
		t.Errorf("algorithm %q in the list, want %q", k.Algorithm, listed)
	}
	key, err := store.Unlock(context.Background(), k, []byte(want.passphrase))
	if err != nil {
		t.Fatalf("Unlock: %v", err)
	}
	proves(t, key, want.id)
	info := key.Info()
	if info.Algorithm != want.algorithm {
		t.Errorf("algorithm %q, want %q", info.Algorithm, want.algorithm)
	}
	if want.reasons == nil && (k.Fault != nil || info.Fault != nil) {
		t.Errorf("faults %v, %v", k.Fault, info.Fault)
	} else if want.reasons != nil {
		wantFault(t, info.Fault, k.Path, want.reasons...)
	}
	if encrypted {
		for range 40 {
			_, err := store.Unlock(context.Background(), k, []byte(rand.Text()))
			wantFault(t, err, k.Path, WrongPassphrase)
		}
	}
}

// The forms that only Notary writes, made here as it makes them, and those at
// the edge of what it reads.
func TestFormsOfNotary(t *testing.T) {
	ec, rsaKey, ed := newEC(t, elliptic.P256()), newRSA(t), newEd25519(t)
	sec1 := must(x509.MarshalECPrivateKey(ec))
	octets := slices.Concat([]byte(ed.Public().(ed25519.PublicKey)), []byte(ed))
	broad := idOfKey(t, ec)
	oids := func(ids ...asn1.ObjectIdentifier) []asn1.ObjectIdentifier { return ids }

	plain := map[string]struct {
		typ       string
		der       []byte
		id        model.KeyID
		encoding  string
		algorithm string
	}{
		"EC, version 1":        {"PRIVATE KEY", pkcs8Info(t, 1, oids(oidEC, curves[1]), sec1), broad, "PKCS#8", "ECDSA P-256"},
		"EC, version 0":        {"PRIVATE KEY", pkcs8Info(t, 0, oids(oidEC, curves[1]), sec1), broad, "PKCS#8", "ECDSA P-256"},
		"RSA without NULL":     {"PRIVATE KEY", pkcs8Info(t, 0, oids(oidRSA), x509.MarshalPKCS1PrivateKey(rsaKey)), idOfKey(t, rsaKey), "PKCS#8", "RSA 2048"},
		"RSA with NULL":        {"PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey)), idOfKey(t, rsaKey), "PKCS#8", "RSA 2048"},
		"Ed25519 of Notary":    {"PRIVATE KEY", pkcs8Info(t, 0, oids(oidNotaryEd25519), octets), idOfKey(t, ed), "PKCS#8", "Ed25519"},
		"raw Ed25519":          {"ED25519 PRIVATE KEY", octets, idOfKey(t, ed), "PEM, raw Ed25519", "Ed25519"},
		"bytes after the end":  {"PRIVATE KEY", append(pkcs8Info(t, 1, oids(oidEC, curves[1]), sec1), 1, 2, 3), broad, "PKCS#8", "ECDSA P-256"},
		"plain, but labelled":  {"ENCRYPTED PRIVATE KEY", pkcs8Info(t, 1, oids(oidEC, curves[1]), sec1), broad, "PKCS#8", "ECDSA P-256"},
		"P-384 as Notary does": {"PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(newEC(t, elliptic.P384()))), "", "PKCS#8", "ECDSA P-384"},
		"P-224":                {"PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(newEC(t, elliptic.P224()))), "", "PKCS#8", "ECDSA P-224"},
	}
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		tt := plain[name]
		data := pem.EncodeToMemory(&pem.Block{Type: tt.typ, Bytes: tt.der})
		if tt.id == "" {
			tt.id = idOf(t, data, nil)
		}
		t.Run(name, func(t *testing.T) {
			checkForm(t, data, form{"", tt.encoding, tt.algorithm, nil, tt.id})
		})
		if tt.typ != "PRIVATE KEY" {
			continue
		}
		t.Run(name+", encrypted", func(t *testing.T) {
			data := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: sealed(t, tt.der, "secret", 2048)})
			checkForm(t, data, form{"secret", "PKCS#8, PBES2", tt.algorithm, nil, tt.id})
		})
		t.Run(name+", encrypted, with the plain label", func(t *testing.T) {
			data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: sealed(t, tt.der, "secret", 1)})
			checkForm(t, data, form{"secret", "PKCS#8, PBES2", tt.algorithm, nil, tt.id})
		})
	}
	t.Run("Ed25519 of RFC 8410, encrypted", func(t *testing.T) {
		// What Notary cannot read shows only once it is decrypted.
		data := sample(t, "openssl/ed25519.pbes2.pem")
		checkForm(t, data, form{"passw0rd-openssl", "PKCS#8, PBES2", "Ed25519", []Reason{UnreadableByNotary}, idOf(t, data, []byte("passw0rd-openssl"))})
	})
	for name, cipher := range map[string]x509.PEMCipher{
		"DES-CBC": x509.PEMCipherDES, "DES-EDE3-CBC": x509.PEMCipher3DES, "AES-128-CBC": x509.PEMCipherAES128,
		"AES-192-CBC": x509.PEMCipherAES192, "AES-256-CBC": x509.PEMCipherAES256,
	} {
		t.Run("raw Ed25519, "+name, func(t *testing.T) {
			//nolint:staticcheck // SA1019: the old form is what is tested.
			block, err := x509.EncryptPEMBlock(rand.Reader, "ED25519 PRIVATE KEY", octets, []byte("secret"), cipher)
			if err != nil {
				t.Fatal(err)
			}
			checkForm(t, pem.EncodeToMemory(block), form{"secret", "PEM, DEK-Info " + name, "Ed25519", nil, idOfKey(t, ed)})
		})
	}
}

// What is whole and cannot be used is refused by name, not called damaged.
func TestUnsupportedForms(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	for file, text := range map[string]string{
		"openssl/ec.unsupported-scrypt.pem":     "scrypt",
		"openssl/ec.unsupported-des3.pem":       "1.2.840.113549.3.7",
		"openssl/ec.unsupported-pbes1.pem":      "1.2.840.113549.1.12.1.3",
		"openssl/ec.unsupported-parameters.pem": "EC PARAMETERS",
		"openssl/ec.unsupported-secp256k1.pem":  "1.3.132.0.10",
		"openssl/rsa.unsupported-1024.pem":      "1024",
		"openssl/x25519.unsupported.pem":        "1.3.101.110",
	} {
		t.Run(file, func(t *testing.T) {
			store := unchanged(t, folderWith(t, map[string][]byte{keyPath(idOfKey(t, ec)): sample(t, file)}))
			k := only(t, store)
			wantFault(t, k.Fault, k.Path, Unsupported)
			if !strings.Contains(k.Fault.Text, text) {
				t.Errorf("%q does not name %q", k.Fault.Text, text)
			}
			_, err := store.Unlock(context.Background(), k, []byte("passw0rd-openssl"))
			wantFault(t, err, k.Path, Unsupported)
		})
	}
}

// The old layout, with and without roles in names, headers, and what "notary key
// export" adds.
func TestNamesAndHeaders(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	id := string(idOfKey(t, ec))
	for _, tt := range []struct {
		path    string
		headers map[string]string
		label   string
		gun     model.GUN
		legacy  bool
		reasons []Reason
	}{
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "gun": "docker.io/library/x"}, label: "targets", gun: "docker.io/library/x"},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "ci bot"}, label: "ci bot"},
		{path: "private/" + id + ".key"},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "path": "tuf_keys/localhost:5000/x/" + id}, label: "targets", gun: "localhost:5000/x"},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "root", "path": "root_keys/" + id}, label: "root"},
		{path: "private/root_keys/" + id + "_root.key", label: "root", legacy: true},
		{path: "private/root_keys/" + id + ".key", headers: map[string]string{"role": "root"}, label: "root", legacy: true},
		{path: "private/root_keys/" + id + ".key", label: "root", legacy: true},
		{path: "private/tuf_keys/docker.io/library/x/" + id + "_snapshot.key", label: "snapshot", gun: "docker.io/library/x", legacy: true},
		{path: "private/tuf_keys/a/" + id + "_snapshot.key", headers: map[string]string{"role": "no", "gun": "no"}, label: "snapshot", gun: "a", legacy: true},
		{path: "private/tuf_keys/a/b/" + id + ".key", headers: map[string]string{"role": "targets"}, label: "targets", gun: "a/b", legacy: true},
		{path: "private/tuf_keys/" + id + ".key", headers: map[string]string{"role": "targets/releases"}, label: "targets/releases", legacy: true},
		{path: "private/tuf_keys/" + id + "_my_signer.key", label: "my_signer", legacy: true},

		{path: "private/" + id + ".key", headers: map[string]string{"role": "a\x1b[31mb"}, reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "a\xffb"}, reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "a\u202eb"}, reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": strings.Repeat("a", 256)}, reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "gun": "../../etc"}, label: "targets", reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "gun": "a\x07b"}, label: "targets", reasons: []Reason{BadHeader}},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "path": "tuf_keys/../../etc/x"}, label: "targets"},
		{path: "private/" + id + ".key", headers: map[string]string{"role": "targets", "path": "tuf_keys/a\x1bb/x"}, label: "targets", reasons: []Reason{BadHeader}},
		{path: "private/tuf_keys/a b/" + id + "_targets.key", label: "targets", legacy: true, reasons: []Reason{BadHeader}},
		{path: "private/old/" + id + ".key", headers: map[string]string{"role": "root"}, label: "root", reasons: []Reason{Misplaced}},
	} {
		t.Run(tt.path+" "+display.Quote(tt.headers["role"]), func(t *testing.T) {
			der := must(x509.MarshalPKCS8PrivateKey(ec))
			data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: tt.headers, Bytes: der})
			store := unchanged(t, folderWith(t, map[string][]byte{tt.path: data}))
			k := only(t, store)
			if k.Label != tt.label || k.GUN != tt.gun || k.Legacy != tt.legacy || string(k.ID) != id {
				t.Errorf("listed as %+v", k)
			}
			if want := filepath.Join(store.Dir(), filepath.FromSlash(tt.path)); k.Path != want {
				t.Errorf("path %q, want %q", k.Path, want)
			}
			if tt.reasons == nil && k.Fault != nil {
				t.Errorf("fault %v", k.Fault)
			} else if tt.reasons != nil {
				wantFault(t, k.Fault, k.Path, tt.reasons...)
			}
			key, err := store.Unlock(context.Background(), k, nil)
			if err != nil {
				t.Fatal(err)
			}
			proves(t, key, model.KeyID(id))
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newEC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	return must(ecdsa.GenerateKey(curve, rand.Reader))
}

func newRSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(sample(t, "openssl/rsa.pkcs1.pem"))
	return must(x509.ParsePKCS1PrivateKey(block.Bytes))
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func idOfKey(t testing.TB, key crypto.Signer) model.KeyID {
	t.Helper()
	public, err := describe(notaryLayout{}, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public.id
}
