package public

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model/tuf/tuftest"
)

// A keyring has a key of our own for each key of a repository that is copied.
type keyring struct {
	// pairs are our keys by what they replace: the kind of key and its public half, however
	// that is written.
	pairs map[string]*tuftest.Key
	// texts are public keys as they were written and as ours are in the same form.
	texts map[string]string
	// ids are the IDs of keys in the repository and in the copy, and owners whose key has an
	// ID, of both.
	ids    map[string]string
	owners map[string]*tuftest.Key
	// rules says by which rule the IDs were made, and kinds which kinds of keys there are.
	rules map[string]int
	kinds map[string]bool
}

func newKeyring() keyring {
	return keyring{map[string]*tuftest.Key{}, map[string]string{}, map[string]string{}, map[string]*tuftest.Key{}, map[string]int{}, map[string]bool{}}
}

// learn makes a key for each that a file lists. A key of a kind with which nobody can sign stays
// what it is.
func (k *keyring) learn(signed tuftest.Object) {
	for _, in := range []any{signed["keys"], member(signed, "delegations", "keys")} {
		keys, _ := in.(tuftest.Object)
		for _, id := range slices.Sorted(maps.Keys(keys)) {
			if object, ok := keys[id].(tuftest.Object); ok {
				k.learnKey(id, object)
			}
		}
	}
}

func member(of tuftest.Object, names ...string) any {
	var v any = of
	for _, name := range names {
		o, _ := v.(tuftest.Object)
		v = o[name]
	}
	return v
}

func (k *keyring) learnKey(id string, object tuftest.Object) {
	text, _ := member(object, "keyval", "public").(string)
	public, rewrite := decode(text)
	if public == nil {
		return
	}
	kind, algorithm := kindOf(public, fmt.Sprint(object["scheme"]))
	der, err := x509.MarshalPKIXPublicKey(public)
	if algorithm == nil || err != nil {
		return
	}
	identity := kind + string(der)
	if k.pairs[identity] == nil {
		k.pairs[identity] = algorithm()
		k.kinds[kind] = true
	}
	ours := k.pairs[identity]
	k.texts[text] = rewrite(ours.Public)
	k.owners[id] = ours
	if k.ids[id] == "" {
		k.rename(id, object, ours)
	}
}

// rename gives the key that replaces one an ID by the rule by which that one has its.
func (k *keyring) rename(id string, object tuftest.Object, ours *tuftest.Key) {
	renamed, named := hex.EncodeToString(sum([]byte(id+k.texts[fmt.Sprint(member(object, "keyval", "public"))]))), "free"
	for _, rule := range idRules {
		if hexHash(rule.of(object)) == id {
			renamed, named = hexHash(rule.of(k.translated(object).(tuftest.Object))), rule.name
			break
		}
	}
	k.ids[id], k.owners[renamed] = renamed, ours
	k.rules[named]++
}

func sum(raw []byte) []byte { s := sha256.Sum256(raw); return s[:] }

func hexHash(object tuftest.Object) string {
	raw, err := cjson.EncodeCanonical(object)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return hex.EncodeToString(sum(raw))
}

// idRules are the rules by which programs have made IDs of keys: the hash of all that is listed of
// the key, or of a part.
var idRules = []struct {
	name string
	of   func(tuftest.Object) tuftest.Object
}{
	{"whole", func(o tuftest.Object) tuftest.Object { return o }},
	{"without the members of programs", func(o tuftest.Object) tuftest.Object {
		out := maps.Clone(o)
		maps.DeleteFunc(out, func(name string, _ any) bool { return strings.HasPrefix(name, "x-") })
		return out
	}},
	{"bare", bare},
	{"with hash algorithms", func(o tuftest.Object) tuftest.Object {
		out := bare(o)
		out["keyid_hash_algorithms"] = []any{"sha256", "sha512"}
		return out
	}},
}

func bare(o tuftest.Object) tuftest.Object {
	return tuftest.Object{"keytype": o["keytype"], "scheme": o["scheme"], "keyval": tuftest.Object{"public": member(o, "keyval", "public")}}
}

// translated replaces what is said of keys, anywhere in a file.
func (k *keyring) translated(v any) any {
	switch v := v.(type) {
	case tuftest.Object:
		out := tuftest.Object{}
		for name, of := range v {
			out[k.word(name)] = k.translated(of)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = k.translated(v[i])
		}
		return out
	case string:
		return k.word(v)
	default:
		return v
	}
}

func (k *keyring) word(text string) string {
	if id, ok := k.ids[text]; ok {
		return id
	}
	if public, ok := k.texts[text]; ok {
		return public
	}
	return text
}

// decode reads a public key, and says how another is written in the same form; nil for one of
// which nobody has the private half.
func decode(text string) (crypto.PublicKey, func(crypto.PublicKey) string) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, nil
		}
		return public, func(ours crypto.PublicKey) string {
			out := string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: must(x509.MarshalPKIXPublicKey(ours))}))
			if !strings.HasSuffix(text, "\n") {
				return strings.TrimSuffix(out, "\n")
			}
			return out
		}
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, nil
	}
	if len(raw) == ed25519.PublicKeySize {
		return ed25519.PublicKey(raw), func(ours crypto.PublicKey) string { return hex.EncodeToString(ours.(ed25519.PublicKey)) }
	}
	point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return nil, nil
	}
	return point, func(ours crypto.PublicKey) string { return hex.EncodeToString(must(ours.(*ecdsa.PublicKey).Bytes())) }
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// kindOf says what kind of key replaces a key.
func kindOf(public crypto.PublicKey, scheme string) (string, tuftest.Algorithm) {
	switch public := public.(type) {
	case ed25519.PublicKey:
		return "Ed25519", tuftest.Ed25519
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P384() {
			return "P-384", tuftest.P384
		}
		return "P-256", tuftest.P256
	case *rsa.PublicKey:
		if scheme == "rsa-pkcs1v15-sha256" {
			return scheme, tuftest.PKCS1
		}
		return scheme, tuftest.PSS
	default:
		return "", nil
	}
}

// files writes our keys into a folder, and returns the flags that have trustdeck sign with them.
func (k *keyring) files(t *testing.T, dir string) []string {
	t.Helper()
	var flags []string
	for i, identity := range slices.Sorted(maps.Keys(k.pairs)) {
		path := filepath.Join(dir, fmt.Sprintf("key-%d.pem", i))
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(path, k.pairs[identity].File(), 0o600)); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--key-file", path)
	}
	return flags
}
