package trustdir

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"
	securesystems "github.com/secure-systems-lab/go-securesystemslib/encrypted"

	"trustdeck/model"
)

type object = map[string]any

// keyObject is a private key as python-securesystemslib and go-tuf before 2 write it.
func keyObject(t testing.TB, private crypto.Signer) object {
	t.Helper()
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	value := object{"public": text("PUBLIC KEY", publicOf(private))}
	kind, scheme := "ecdsa", "ecdsa-sha2-nistp256"
	switch k := private.(type) {
	case ed25519.PrivateKey:
		kind, scheme = "ed25519", "ed25519"
		value = object{"public": hex.EncodeToString(k[32:]), "private": hex.EncodeToString(k[:32])}
	case *mldsa.PrivateKey:
		kind, scheme = "ml-dsa", strings.ToLower(k.PublicKey().Parameters().String())+"/1"
		value["private"] = hex.EncodeToString(k.Bytes())
	default:
		value["private"] = text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private)))
	}
	return object{"keytype": kind, "scheme": scheme, "keyval": value}
}

func asJSON(v any) []byte { return must(json.Marshal(v)) }

// sealedBy is what the encryption of securesystemslib makes of a value.
func sealedBy(v any) []byte { return must(securesystems.Marshal(v, phrase)) }

// Keys in the files of securesystemslib, go-tuf before 2 and cosign are read, and only their
// passphrase opens them.
func TestSecureSystemsKeys(t *testing.T) {
	folder := ownFolder(t.TempDir())
	for algorithm, private := range ownKeys(t) {
		key := keyObject(t, private)
		long := keyObject(t, private)
		if k, ok := private.(ed25519.PrivateKey); ok {
			long["keyval"].(object)["private"] = hex.EncodeToString(k) // as go-tuf does
		}
		der := must(x509.MarshalPKCS8PrivateKey(private))
		type written struct {
			text      []byte
			encrypted bool
		}
		rows := map[string]written{
			"securesystemslib": {text: asJSON(key)},
			"go-tuf":           {text: asJSON(object{"encrypted": false, "data": []object{long}})},
		}
		if !testing.Short() { // scrypt takes a while
			rows["securesystemslib, encrypted"] = written{sealedBy(key), true}
			rows["go-tuf, encrypted"] = written{asJSON(object{"encrypted": true, "data": json.RawMessage(sealedBy([]object{long}))}), true}
			rows["cosign"] = written{pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: must(securesystems.Encrypt(der, phrase))}), true}
		}
		for name, row := range rows {
			t.Run(algorithm+", "+name, func(t *testing.T) {
				found, err := folder.ReadKeys("theirs", row.text)
				if err != nil || len(found.Keys) != 1 || found.Keys[0].Key.Encrypted != row.encrypted || found.Keys[0].Native {
					t.Fatalf("%+v, %v", found, err)
				}
				k := found.Keys[0]
				if shown := k.Key.ID != ""; shown == row.encrypted {
					t.Errorf("its ID is %q", k.Key.ID)
				}
				if row.encrypted && algorithm == "Ed25519" { // scrypt takes a while
					for _, wrong := range []string{"", "guess"} {
						if _, err := folder.OpenKey(k, []byte(wrong)); model.KindOf(err) != model.FaultSecret {
							t.Errorf("with %q: %v", wrong, err)
						}
					}
				}
				opened, err := folder.OpenKey(k, phrase)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(must(x509.MarshalPKIXPublicKey(opened.Public())), publicOf(private)) {
					t.Error("it opens as another key")
				}
			})
		}
	}
}

// Of several encrypted keys in one file, the one that is meant is opened; where none is, the
// file is refused.
func TestSeveralEncryptedKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("scrypt takes a while")
	}
	folder := ownFolder(t.TempDir())
	keys := ownKeys(t)
	first, second := keys["Ed25519"], keys["ECDSA P-256"]
	file := asJSON(object{"encrypted": true, "data": json.RawMessage(sealedBy([]object{keyObject(t, first), keyObject(t, second)}))})
	found, err := folder.ReadKeys("root.json", file)
	if err != nil || len(found.Keys) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	k := found.Keys[0]
	if _, err := folder.OpenKey(k, phrase); !errors.Is(err, Unsupported) {
		t.Errorf("where none is meant: %v", err)
	}
	k.Key.ID = must(fingerprintID(second.Public()))
	opened, err := folder.OpenKey(k, phrase)
	if err != nil || !bytes.Equal(must(x509.MarshalPKIXPublicKey(opened.Public())), publicOf(second)) {
		t.Errorf("the second: %v", err)
	}
	k.Key.ID = must(fingerprintID(keys["RSA 2048"].Public()))
	if _, err := folder.OpenKey(k, phrase); !errors.Is(err, OtherKey) {
		t.Errorf("one that is not in it: %v", err)
	}
}

// What is damaged, costs too much or holds no private key is refused by name, and no message
// quotes what was decrypted.
func TestHostileJSON(t *testing.T) {
	folder := ownFolder(t.TempDir())
	ed := ownKeys(t)["Ed25519"]
	with := func(edit func(object)) []byte {
		k := keyObject(t, ed)
		edit(k)
		return asJSON(k)
	}
	kdf := func(n, r, p int) []byte {
		var f object
		if err := json.Unmarshal(sealedBy(keyObject(t, ed)), &f); err != nil {
			t.Fatal(err)
		}
		f["kdf"].(object)["params"] = object{"N": n, "r": r, "p": p}
		return asJSON(f)
	}
	for name, row := range map[string]struct {
		text []byte
		want Reason
	}{
		"half of a file":        {[]byte(`{"keytype": "ed25519"`), Damaged},
		"another object":        {[]byte(`{"signed": {}, "signatures": []}`), NoPrivateKey},
		"an empty object":       {[]byte(`{}`), NoPrivateKey},
		"a public key":          {with(func(k object) { delete(k["keyval"].(object), "private") }), NoPrivateKey},
		"no list":               {[]byte(`{"encrypted": false, "data": 7}`), NoPrivateKey},
		"an empty list":         {[]byte(`{"encrypted": false, "data": []}`), NoPrivateKey},
		"encrypted, and is not": {[]byte(`{"encrypted": true, "data": [1]}`), Damaged},
		"half of a key":         {with(func(k object) { k["keyval"].(object)["private"] = "abcd" }), Damaged},
		"no hexadecimal":        {with(func(k object) { k["keyval"].(object)["private"] = "secret words" }), Damaged},
		"another public half":   {with(func(k object) { k["keyval"].(object)["public"] = strings.Repeat("00", 32) }), Damaged},
		"an unknown type":       {with(func(k object) { k["keytype"] = "sphincs" }), Unsupported},
		"too many rounds":       {kdf(1<<30, 8, 1), BeyondLimit},
		"too wide":              {kdf(1<<15, 1<<20, 1), BeyondLimit},
		"too parallel":          {kdf(1<<15, 8, 1<<20), BeyondLimit},
		"another function":      {[]byte(`{"kdf": {"name": "argon2"}, "cipher": {"name": "nacl/secretbox"}, "ciphertext": "AAAA"}`), Unsupported},
		"no nonce":              {[]byte(`{"kdf": {"name": "scrypt", "params": {"N": 32768, "r": 8, "p": 1}}, "cipher": {"name": "nacl/secretbox"}, "ciphertext": "AAAA"}`), Damaged},
		"too large":             {append([]byte(`{"x": "`), bytes.Repeat([]byte("a"), maxKeyFile)...), BeyondLimit},
		"too many":              {[]byte(`{"data": [` + strings.Repeat("{},", maxForeignKeys) + `{}]}`), BeyondLimit},
		"cosign without a key":  {pem.EncodeToMemory(&pem.Block{Type: cosignBlocks[1], Bytes: []byte("none")}), Damaged},
		"a key encrypted twice": {with(func(k object) {
			k["keyval"].(object)["private"] = string(must(ownLayout{Own{ID: fingerprintID}}.seal(ed, "", "", phrase)))
		}), Unsupported},
		"deep": {[]byte(strings.Repeat(`{"data":`, 5000) + "1" + strings.Repeat("}", 5000)), NoPrivateKey},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := folder.ReadKeys("theirs.json", row.text)
			if !errors.Is(err, row.want) || len(found.Keys) > 0 || model.HintOf(err) == "" {
				t.Errorf("%+v, %v (%s)", found, err, model.HintOf(err))
			}
			if err != nil && strings.Contains(fmt.Sprint(err), "secret words") {
				t.Errorf("it quotes the key: %v", err)
			}
		})
	}
}

// Whatever a file in JSON is: it is read or refused, and what is read opens or does not.
func FuzzJSON(f *testing.F) {
	folder := ownFolder(f.TempDir())
	_, ed := must2(ed25519.GenerateKey(nil))
	f.Add(asJSON(keyObject(f, ed)))
	f.Add(asJSON(object{"encrypted": false, "data": []object{keyObject(f, ed)}}))
	f.Add([]byte(`{"kdf": {"name": "scrypt", "params": {"N": 32768, "r": 8, "p": 1}}, "cipher": {"name": "nacl/secretbox", "nonce": "AAAA"}, "ciphertext": "AAAA"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := folder.ReadKeys("theirs.json", text)
		if err != nil {
			if model.HintOf(err) == "" && model.KindOf(err) != model.FaultSecret {
				t.Errorf("no way out of %v", err)
			}
			return
		}
		for _, k := range found.Keys {
			if k.Key.Encrypted {
				continue // scrypt takes a while
			}
			if _, err := folder.OpenKey(k, nil); err != nil {
				t.Errorf("it was read, and does not open: %v", err)
			}
		}
	})
}
