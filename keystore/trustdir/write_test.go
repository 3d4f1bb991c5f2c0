package trustdir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

var phrase = []byte("correct horse battery staple")

// Every kind of key that is added is listed, opens with its passphrase and no
// other, and signs as the key that was added.
func TestAdd(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"Ed25519": edwards, "RSA": numbers}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		if keys[name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	for name, private := range keys {
		t.Run(name, func(t *testing.T) {
			s := Open(filepath.Join(t.TempDir(), "docker", "trust"))
			added, err := s.Add(t.Context(), private, "targets", "docker.io/acme/app", phrase)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := s.Find(t.Context(), added.ID())
			if err != nil {
				t.Fatal(err)
			}
			if listed.Fault != nil || listed.Label != "targets" || listed.GUN != "docker.io/acme/app" || !listed.Encrypted {
				t.Errorf("listed as %+v", listed)
			}
			if want := added.Info(); listed.Path != want.Path || listed.Encoding != want.Encoding {
				t.Errorf("added %+v, listed %+v", want, listed)
			}
			if _, err := s.Unlock(t.Context(), listed, []byte("guess")); !errors.Is(err, WrongPassphrase) {
				t.Errorf("another passphrase: %v", err)
			}
			key, err := s.Unlock(t.Context(), listed, phrase)
			if err != nil {
				t.Fatal(err)
			}
			if key.ID() != added.ID() {
				t.Error("another key came out")
			}
		})
	}
}

// The folder and its files are for their owner only.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trust")
	s := Open(dir)
	if _, err := s.Generate(t.Context(), "root", "", phrase); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a key may be put under, and what is said of the rest.
func TestPassphrases(t *testing.T) {
	for name, tt := range map[string]struct {
		passphrase string
		want       string
	}{
		"none":               {"", "needs a passphrase"},
		"one character":      {"x", ""},
		"words":              {"correct horse battery staple", ""},
		"other scripts":      {"Schlüssel 鍵 \U0001f511", ""},
		"no UTF-8":           {"\xff\xfe", ""},
		"4 KiB":              {strings.Repeat("x", 4096), ""},
		"more than 4 KiB":    {strings.Repeat("x", 4097), "longer than 4096 bytes"},
		"a space before":     {" secret", "white space"},
		"a line break after": {"secret\n", "white space"},
		"nothing but spaces": {"   ", "white space"},
		"two lines":          {"two\nlines", "line break"},
		"zero byte":          {"a\x00b", "zero byte"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := Open(dir)
			check := func(what string, err error, opened func() error) {
				t.Helper()
				if tt.want == "" {
					if err == nil {
						err = opened()
					}
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
					return
				}
				if model.KindOf(err) != model.FaultSecret || !strings.Contains(err.Error(), tt.want) || model.HintOf(err) == "" {
					t.Fatalf("%s: %v, want %q", what, err, tt.want)
				}
				if !strings.Contains(err.Error(), "the targets key ") || !strings.Contains(err.Error(), "of docker.io/acme/app") {
					t.Errorf("%s: %v does not name the key", what, err)
				}
				if strings.TrimSpace(tt.passphrase) != "" && strings.Contains(err.Error()+model.HintOf(err), tt.passphrase) {
					t.Errorf("%s: the passphrase is shown", what)
				}
			}
			key, err := s.Generate(t.Context(), "targets", "docker.io/acme/app", []byte(tt.passphrase))
			check("Generate", err, func() error {
				_, err := s.Unlock(t.Context(), key.Info(), []byte(tt.passphrase))
				return err
			})
			other, err := s.Generate(t.Context(), "targets", "docker.io/acme/app", phrase)
			if err != nil {
				t.Fatal(err)
			}
			err = s.ChangePassphrase(t.Context(), other.Info(), phrase, []byte(tt.passphrase))
			check("ChangePassphrase", err, func() error {
				_, err := s.Unlock(t.Context(), other.Info(), []byte(tt.passphrase))
				return err
			})
		})
	}
}

// What would come out of a PEM header as something else than it went in, or
// make a header of its own, is refused before anything is written.
func TestOwners(t *testing.T) {
	for name, tt := range map[string]struct {
		label string
		gun   model.GUN
		ok    bool
		// stated is the GUN that the file states.
		stated model.GUN
	}{
		"root":                    {label: "root", gun: "acme/app", ok: true},
		"targets":                 {label: "targets", gun: "acme/app", ok: true, stated: "acme/app"},
		"snapshot":                {label: "snapshot", gun: "localhost:5000/app", ok: true, stated: "localhost:5000/app"},
		"timestamp":               {label: "timestamp", gun: "acme/app", ok: true, stated: "acme/app"},
		"targets of nothing yet":  {label: "targets", ok: true},
		"a signer":                {label: "alice", gun: "acme/app", ok: true},
		"a delegation in full":    {label: "targets/releases", gun: "acme/app", ok: true},
		"a colon":                 {label: "alice: head of builds", ok: true},
		"no label":                {label: ""},
		"another header":          {label: "alice\nDEK-Info: AES-128-CBC,00"},
		"the end of the headers":  {label: "alice\n\n"},
		"the edge of a block":     {label: "-----BEGIN x"},
		"space around":            {label: "alice "},
		"a terminal command":      {label: "\x1b[2J"},
		"the other direction":     {label: "\u202ecila"},
		"too long":                {label: strings.Repeat("a", 256)},
		"a way out of the folder": {label: "targets", gun: "../../etc"},
		"a header in the GUN":     {label: "targets", gun: "acme/app\nrole: root"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "trust")
			s := Open(dir)
			_, err := s.Generate(t.Context(), tt.label, tt.gun, phrase)
			if !tt.ok {
				if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" || !display.Shown(err.Error()) {
					t.Errorf("%v", err)
				}
				if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("something was made: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if k := only(t, s); k.Label != tt.label || k.GUN != tt.stated || k.Fault != nil {
				t.Errorf("listed as %+v", k)
			}
		})
	}
}

// Keys that Notary could not use are refused with nothing written.
func TestUnfitKeys(t *testing.T) {
	for name, key := range map[string]crypto.Signer{
		"RSA of 1024 bits": parsed(t, sample(t, "openssl/rsa.unsupported-1024.pem")),
		"in a token":       token{newEC(t, elliptic.P256())},
	} {
		dir := t.TempDir()
		_, err := Open(dir).Add(t.Context(), key, "alice", "", phrase)
		if !errors.Is(err, Unsupported) || model.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if left := names(t, dir); len(left) != 0 {
			t.Errorf("%s: the folder holds %v", name, left)
		}
	}
}

// token is a key whose secret cannot be had.
type token struct{ crypto.Signer }

// parsed reads a PKCS#8 key with the standard library, which has fewer demands.
func parsed(t *testing.T, text []byte) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Signer)
}

// A key that is there is reported with its file, and the file stays as it is,
// whatever it is.
func TestPresent(t *testing.T) {
	key := newEC(t, elliptic.P256())
	id := idOfKey(t, key)
	mine := must(seal(key, "root", "", phrase))
	old := "private/root_keys/" + string(id) + "_root.key"
	for name, tt := range map[string]struct {
		files map[string][]byte
		also  []Reason
	}{
		"the same key":          {files: map[string][]byte{keyPath(id): mine}},
		"in the old layout":     {files: map[string][]byte{old: mine}},
		"not encrypted":         {files: map[string][]byte{keyPath(id): pem.EncodeToMemory(&pem.Block{Type: blockPKCS8, Bytes: must(x509.MarshalPKCS8PrivateKey(key))})}},
		"a file that is broken": {files: map[string][]byte{keyPath(id): []byte("broken\n")}, also: []Reason{Damaged}},
		"another key":           {files: map[string][]byte{keyPath(id): sample(t, "loose/bob-key.pem")}, also: []Reason{OtherKey}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderWith(t, tt.files)
			before := contents(t, dir)
			_, err := Open(dir).Add(t.Context(), key, "root", "", []byte("another one"))
			for at := range tt.files {
				wantFault(t, err, filepath.Join(dir, filepath.FromSlash(at)), append(tt.also, Present)...)
			}
			if after := contents(t, dir); !maps.Equal(before, after) {
				t.Errorf("the folder holds %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
}

// contents reads everything below private.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	private := filepath.Join(dir, privateDir)
	err := filepath.WalkDir(private, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && at == private || err == nil && d.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(at)
		held[filepath.Base(at)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// names lists everything below private.
func names(t testing.TB, dir string) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(contents(t, dir)))
}

// A wrong passphrase is told apart from every other fault, and names the key.
func TestKeeper(t *testing.T) {
	k := NewKeeper(Open(t.TempDir()))
	made, err := k.Generate(t.Context(), port.NewKey{Role: model.RoleTargets, GUN: "docker.io/acme/app"}, phrase)
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Unlock(t.Context(), listed(made).ID, []byte("guess"))
	if model.KindOf(err) != model.FaultSecret || !strings.Contains(err.Error(), "targets key "+listed(made).ID.Short()+" of docker.io/acme/app") {
		t.Errorf("a wrong passphrase: %v", err)
	}
	opened, err := k.Unlock(t.Context(), listed(made).ID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := notary.Sign(listed(made).ID, opened, []byte("payload"))
	if err != nil || sig.Method != "ecdsa" || len(sig.Sig) != 64 {
		t.Errorf("%s, %d bytes, %v", sig.Method, len(sig.Sig), err)
	}
	_ = opened.Close()
	if _, err := opened.SignMessage(nil, []byte("payload"), crypto.SHA256); err == nil {
		t.Error("a wiped key has signed")
	}
	signer, err := k.Generate(t.Context(), port.NewKey{Role: "targets/alice", GUN: "docker.io/acme/app"}, phrase)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Open(k.Dir()).Find(t.Context(), listed(signer).ID); err != nil || found.Label != "alice" || found.GUN != "" {
		t.Errorf("a signer's key is listed as %+v, %v", found, err)
	}
}
