package trustdir

import (
	"bytes"
	"crypto/elliptic"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/model"
	"trustdeck/model/display"
)

// seeds are all key files of testdata.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	var all [][]byte
	for _, pattern := range []string{"loose/*.pem", "openssl/*.pem", "repo?/private/*.key"} {
		names, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(names) == 0 {
			f.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, data)
		}
	}
	return all
}

// Whatever a file holds, it parses to something that can be named or is
// refused with a reason and a text that is fit for a screen.
func FuzzKeyFile(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data, []byte("passw0rd-openssl"))
	}
	f.Fuzz(func(t *testing.T, data, passphrase []byte) {
		if len(data) > maxKeyFile {
			t.Skip()
		}
		before := bytes.Clone(data)
		file, err := parseKeyFile(data)
		if !bytes.Equal(data, before) {
			t.Fatal("parsing changed the file in memory")
		}
		if err != nil {
			mustBeFlaw(t, err)
			return
		}
		if file.encoding == "" || !display.Shown(file.encoding) {
			t.Fatalf("encoding %q", file.encoding)
		}
		if file.scheme != nil && file.scheme.iterations > 10_000 {
			return
		}
		e := entry{layout: notaryLayout{}, file: file}
		e.describe()
		if k := e.listed(); !display.Shown(k.Label) || !display.Shown(string(k.GUN)) || k.Fault == nil || !display.Shown(k.Fault.Text) {
			t.Fatalf("listed as %q %q, %v", k.Label, k.GUN, k.Fault)
		}
		key, err := file.open(passphrase)
		if err != nil {
			mustBeFlaw(t, err)
			return
		}
		mustSign(t, key)
	})
}

// The parsers of what is inside, to which noise in PEM seldom gets.
func FuzzPlainKey(f *testing.F) {
	for _, data := range seeds(f) {
		if block, _ := pem.Decode(data); block != nil {
			f.Add(block.Bytes)
		}
	}
	f.Add(pkcs8Info(f, 1, nil, nil))
	f.Fuzz(func(t *testing.T, der []byte) {
		if len(der) > maxKeyFile {
			t.Skip()
		}
		if scheme, err := parsePBES2(der); err != nil {
			mustBeFlaw(t, err)
		} else if scheme.iterations > maxIterations || len(scheme.ciphertext)%16 != 0 || !display.Shown(scheme.String()) {
			t.Fatalf("accepted %+v", scheme)
		}
		for _, parse := range []func([]byte) (opened, error){parsePKCS8, parseSEC1, parsePKCS1, parseNotaryEd25519} {
			key, err := parse(der)
			if err != nil {
				mustBeFlaw(t, err)
				continue
			}
			mustSign(t, key)
		}
	})
}

// Names of files come from whoever can write to the folder.
func FuzzIdentify(f *testing.F) {
	for _, rel := range []string{
		bobName + ".key", "root_keys/" + bobName + "_root.key", "tuf_keys/a/b/" + bobName + "_targets.key",
		"tuf_keys/.key", "tuf_keys//_.key", "root_keys/_.key", "a/b/c.key", "\xff\x00.key", ".key",
	} {
		f.Add(rel, "role: x")
	}
	f.Fuzz(func(t *testing.T, rel, header string) {
		e := notaryLayout{}.identify(rel)
		e.file = &keyFile{block: &pem.Block{}, role: header, gun: header, path: header}
		e.readHeaders()
		k := e.listed()
		if _, err := model.ParseKeyID(string(k.ID)); err != nil && k.ID != "" {
			t.Fatalf("ID %q", k.ID)
		}
		if _, err := model.ParseGUN(string(k.GUN)); err != nil && k.GUN != "" {
			t.Fatalf("GUN %q", k.GUN)
		}
		if !display.Shown(k.Label) {
			t.Fatalf("label %q", k.Label)
		}
	})
}

const bobName = "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"

func mustBeFlaw(t *testing.T, err error) {
	t.Helper()
	var found *flaw
	if !errors.As(err, &found) || found.Text == "" || !display.Shown(found.Text) {
		t.Fatalf("%v (%T) is no flaw that can be shown", err, err)
	}
	if found.Reason.hint("x") == "" {
		t.Fatalf("no way out of %q", found.Reason)
	}
}

// mustSign proves that a key that was accepted works.
func mustSign(t *testing.T, key opened) {
	t.Helper()
	public, err := describe(notaryLayout{}, key.signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	unlocked, err := newKey(model.PrivateKey{}, key.signer, public)
	if err != nil {
		t.Fatal(err)
	}
	proves(t, unlocked, public.id)
	_ = unlocked.Close()
}

// Whatever owner is not refused comes out of the file as it went in.
func FuzzOwner(f *testing.F) {
	f.Add("root", "")
	f.Add("targets", "docker.io/acme/app")
	f.Add("alice: head of builds", "localhost:5000/x")
	f.Add("alice\nDEK-Info: AES-128-CBC,00", "a\nrole: root")
	f.Add("-----END ENCRYPTED PRIVATE KEY-----", "-----BEGIN ")
	f.Add("-----BEGIN x", "a-----BEGIN")
	f.Add("ä\u00a0", ":")
	key := newEC(f, elliptic.P256())
	f.Fuzz(func(t *testing.T, label, gun string) {
		if checkOwner(label, model.GUN(gun)) != nil {
			return
		}
		text, err := seal(key, label, model.GUN(gun), phrase)
		if err != nil {
			t.Fatalf("%q of %q: %v", label, gun, err)
		}
		stated := (notaryLayout{}).owner(label, model.GUN(gun))
		file, err := parseKeyFile(text)
		if err != nil || file.role != label || file.gun != string(stated) || file.blocks != 1 {
			t.Errorf("%q of %q: %+v, %v", label, gun, file, err)
		}
	})
}
