//go:build hsm

package pkcs11_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/keystore/pkcs11"
	"trustdeck/model"
	"trustdeck/model/port"
)

// The keys of all tokens are listed with their public halves, without a PIN.
func TestKeys(t *testing.T) {
	b := withToken(t)
	b.hsm.Token("second", pin)
	for _, k := range [][3]string{{"EC:prime256v1", "01", "root"}, {"EC:secp384r1", "02", "targets"}, {"rsa:2048", "03", "rsa"}, {"EC:edwards25519", "04", "edwards"}, {"rsa:1024", "05", "short"}, {"EC:secp521r1", "06", "long"}} {
		b.generate(k[0], k[1], k[2])
	}
	b.hsm.Tool("second", pin, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "twin")
	s := b.store()
	for name, algorithm := range map[string]string{"root": "ECDSA P-256", "targets": "ECDSA P-384", "rsa": "RSA 2048", "edwards": "Ed25519"} {
		k := b.key(s, name)
		if !strings.HasPrefix(k.Store, "PKCS #11 token acme ") || k.Path != k.Store+", object "+name || k.Place != model.PlaceToken {
			t.Errorf("%s: store %q, path %q", name, k.Store, k.Path)
		}
		if !k.Usable() || k.Algorithm != algorithm || !k.Encrypted || k.SPKI == nil || k.ID != s.ID(k.SPKI) {
			t.Errorf("%s: %+v", name, k)
		}
		if one := s.Member(k.Store); one == nil || len(b.keys(one)) != 6 {
			t.Errorf("%s: not in its store", name)
		}
	}
	if twin := b.key(s, "twin"); !strings.HasPrefix(twin.Store, "PKCS #11 token second ") {
		t.Errorf("%+v", twin)
	}
	b.fails(b.key(s, "short").Fault, model.FaultLocal, "has a key that trustdeck can't use: RSA of 1024 bits")
	b.fails(b.key(s, "long").Fault, model.FaultLocal, "has a key that trustdeck can't use: its curve is neither P-256 nor P-384, but 1.3.132.0.35")
	if s.Member("YubiKey 1234567") != nil || s.Removes() || s.Makes("") || s.Secret() != port.PIN {
		t.Error("not what such a store is")
	}
	root := b.key(s, "root")
	b.fails(s.Remove(t.Context(), root.ID), model.FaultUsage, "removes no keys")
	if err := s.Remove(t.Context(), "other"); err != nil {
		t.Error(err)
	}
	_, err := s.Member(root.Store).Generate(t.Context(), port.NewKey{}, nil)
	b.fails(err, model.FaultUsage, "makes no keys")
}

// A certificate shows the public half as well. That of an authority is no key.
func TestKeyOfCertificate(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	root := b.key(b.store(), "root")
	leaf, authority := certificates(t, root.SPKI)
	b.hsm.Tool(label, pin, "--write-object", leaf, "--type", "cert", "--id", "01", "--label", "certified")
	b.hsm.Tool(label, pin, "--write-object", authority, "--type", "cert", "--id", "02", "--label", "authority")
	if keys := b.keys(b.store()); len(keys) != 1 {
		t.Errorf("a public key and its certificate: %+v", keys)
	}
	b.hsm.Tool(label, pin, "--delete-object", "--type", "pubkey", "--id", "01")
	keys := b.keys(b.store())
	if len(keys) != 1 || keys[0].Label != "certified" || keys[0].ID != root.ID {
		t.Fatalf("a certificate alone: %+v", keys)
	}
	b.signs(keys[0], usual)
}

// A token that shows nothing before the login says so, and what to do, whether it has keys or not.
// No PIN is asked for.
func TestHiddenKeys(t *testing.T) {
	b := withToken(t)
	b.fails(b.keys(b.store())[0].Fault, model.FaultLocal, "shows no key without its PIN")
	b.generate("EC:prime256v1", "01", "root")
	b.hsm.Tool(label, pin, "--delete-object", "--type", "pubkey", "--id", "01")
	keys := b.keys(b.store())
	if len(keys) != 1 || keys[0].ID != "" {
		t.Fatalf("%+v", keys)
	}
	b.fails(keys[0].Fault, model.FaultLocal, "shows no key without its PIN")
}

// A public key whose private half is elsewhere is found out when it is unlocked.
func TestPublicHalfAlone(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	b.hsm.Tool(label, pin, "--delete-object", "--type", "privkey", "--id", "01")
	s := b.store()
	_, err := s.Unlock(t.Context(), b.key(s, "root").ID, []byte(pin))
	b.fails(err, model.FaultLocal, "no private key on the token has its ID")
}

// No token is no fault; a module that can't be loaded is listed with the reason, beside others.
func TestModules(t *testing.T) {
	b := newBench(t)
	if keys := b.keys(b.store()); len(keys) != 0 {
		t.Errorf("without tokens: %+v", keys)
	}
	link := filepath.Join(t.TempDir(), "link.so")
	if err := os.Symlink(b.hsm.Module, link); err != nil {
		t.Fatal(err)
	}
	b.hsm.Token(label, pin)
	if keys := b.keys(pkcs11.Open(pkcs11.Config{Paths: []string{link, b.hsm.Module}}).KeyStore()); len(keys) != 1 {
		t.Errorf("a module by two names: %+v", keys)
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for module, says := range map[string]string{
		filepath.Join(dir, "missing.so"): "can't be loaded: no such file",
		dir:                              "can't be loaded: it is not a file",
		text:                             "can't be loaded: it is not a library of this system",
		libc(t):                          "can't be loaded: it is a library, but not a PKCS #11 module",
	} {
		keys := b.keys(open(module))
		if len(keys) != 1 || keys[0].Usable() {
			t.Fatalf("%s: %+v", module, keys)
		}
		b.fails(keys[0].Fault, model.FaultLocal, says)
		_, err := open(module).Member("PKCS #11 token acme 1").Unlock(t.Context(), "", nil)
		b.fails(err, model.FaultLocal, says)
	}
	_, err := b.store().Member("PKCS #11 token acme 1").Keys(t.Context())
	b.fails(err, model.FaultUnreachable, "isn't there")
	_, err = b.store().Unlock(t.Context(), "0123", []byte(pin))
	b.fails(err, model.FaultUnreachable, "is on no token")
}
