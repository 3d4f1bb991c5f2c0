package trustdir

import (
	"bytes"
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
	"time"

	"trustdeck/model"
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
			if string(key.SPKI()) != string(added.SPKI()) {
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
		"none":               {"", "never kept without a passphrase"},
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
		"a zero byte":        {"a\x00b", "zero byte"},
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
				if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" || !shown(err.Error()) {
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

// A passphrase is changed in a file of whatever form and place, which then has
// the form of Notary and opens with the new passphrase alone.
func TestChangePassphrase(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	der := must(x509.MarshalPKCS8PrivateKey(ec))
	block := func(typ string, headers map[string]string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: typ, Headers: headers, Bytes: der})
	}
	id := idOfKey(t, ec)
	foreign := sample(t, "loose/ec-pkcs8-openssl-prf-sha256.pem")
	for name, tt := range map[string]struct {
		// path is that of the key id where it is empty.
		path string
		data []byte
		// old is the passphrase; empty is phrase.
		old   string
		label string
		gun   model.GUN
	}{
		"Notary's form": {data: must(seal(ec, "targets", "acme/app", phrase)), label: "targets", gun: "acme/app"},
		"not encrypted": {data: block(blockPKCS8, map[string]string{"role": "alice"}, der), label: "alice"},
		"no role":       {data: block(blockPKCS8, nil, der)},
		"a repository it has not": {
			data: block(blockPKCS8, map[string]string{"role": "alice", "gun": "acme/app"}, der), label: "alice",
		},
		"SHA-256, by OpenSSL": {data: foreign, old: "passw0rd-root"},
		"a root key of the old layout": {
			path: "private/root_keys/" + string(id) + "_root.key", data: block(blockPKCS8, nil, der), label: "root",
		},
		"a targets key of the old layout": {
			path: "private/tuf_keys/acme/app/" + string(id) + "_targets.key", data: block(blockPKCS8, nil, der), label: "targets", gun: "acme/app",
		},
		"exported from the old layout": {
			data:  block(blockPKCS8, map[string]string{"role": "targets", "path": "tuf_keys/acme/app/" + string(id)}, der),
			label: "targets", gun: "acme/app",
		},
	} {
		t.Run(name, func(t *testing.T) {
			id, old := id, phrase
			if tt.old != "" {
				old = []byte(tt.old)
				id = idOf(t, tt.data, old)
			}
			if tt.path == "" {
				tt.path = keyPath(id)
			}
			dir := folderWith(t, map[string][]byte{tt.path: tt.data})
			s := Open(dir)
			if err := s.ChangePassphrase(t.Context(), only(t, s), old, []byte("a new one")); err != nil {
				t.Fatal(err)
			}
			k := only(t, s)
			if k.Fault != nil || k.Label != tt.label || k.GUN != tt.gun || k.Encoding != sealForm || k.Path != filepath.Join(dir, filepath.FromSlash(tt.path)) {
				t.Errorf("listed as %+v", k)
			}
			if _, err := s.Unlock(t.Context(), k, old); !errors.Is(err, WrongPassphrase) {
				t.Errorf("with the old passphrase: %v", err)
			}
			key, err := s.Unlock(t.Context(), k, []byte("a new one"))
			if err != nil {
				t.Fatal(err)
			}
			proves(t, key, id)
		})
	}
}

// What ChangePassphrase refuses, with not a byte changed.
func TestChangePassphraseRefuses(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	id := idOfKey(t, ec)
	mine := must(seal(ec, "root", "", phrase))
	other := sample(t, "loose/bob-key.pem")
	for name, tt := range map[string]struct {
		files map[string][]byte
		old   string
		want  Reason
	}{
		"a wrong passphrase":    {map[string][]byte{keyPath(id): mine}, "guess", WrongPassphrase},
		"no passphrase":         {map[string][]byte{keyPath(id): mine}, "", WrongPassphrase},
		"another key":           {map[string][]byte{keyPath(id): other}, "", OtherKey},
		"two keys in the file":  {map[string][]byte{keyPath(id): slices.Concat(mine, other)}, string(phrase), SeveralBlocks},
		"half a key after it":   {map[string][]byte{keyPath(id): slices.Concat(mine, other[:len(other)/2])}, string(phrase), SeveralBlocks},
		"two files for the key": {map[string][]byte{keyPath(id): mine, "private/root_keys/" + string(id) + "_root.key": mine}, string(phrase), Duplicate},
		"a role to fool a screen": {
			map[string][]byte{keyPath(id): bytes.Replace(mine, []byte("role: root"), []byte("role: \x1b[2J"), 1)}, string(phrase), BadHeader,
		},
		"no key":   {map[string][]byte{keyPath(id): []byte("nothing\n")}, string(phrase), Damaged},
		"gone":     {map[string][]byte{keyPath("00" + id[2:]): mine}, string(phrase), Missing},
		"too much": {map[string][]byte{keyPath(id): make([]byte, maxKeyFile+1)}, string(phrase), BeyondLimit},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderWith(t, tt.files)
			before := contents(t, dir)
			at := filepath.Join(dir, filepath.FromSlash(keyPath(id)))
			err := Open(dir).ChangePassphrase(t.Context(), model.PrivateKey{ID: id, Path: at}, []byte(tt.old), []byte("a new one"))
			wantFault(t, err, at, tt.want)
			if after := contents(t, dir); !maps.Equal(before, after) {
				t.Errorf("the folder holds %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
}

// Remove deletes one file, and only where it is the one that was listed and
// holds the key as far as can be seen.
func TestRemove(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	id := idOfKey(t, ec)
	mine := must(seal(ec, "root", "", phrase))
	plain := pem.EncodeToMemory(&pem.Block{Type: blockPKCS8, Bytes: must(x509.MarshalPKCS8PrivateKey(ec))})
	foreign := must(seal(newEC(t, elliptic.P256()), "root", "", phrase))
	for name, tt := range map[string]struct {
		data       []byte
		passphrase string
		// meanwhile happens between list and removal.
		meanwhile func(t *testing.T, at string)
		want      []Reason
	}{
		"by its name":            {data: mine},
		"proved":                 {data: mine, passphrase: string(phrase)},
		"not encrypted":          {data: plain},
		"a wrong passphrase":     {data: mine, passphrase: "guess", want: []Reason{WrongPassphrase}},
		"another key inside":     {data: foreign, passphrase: string(phrase), want: []Reason{OtherKey}},
		"another one, plain":     {data: sample(t, "loose/bob-key.pem"), want: []Reason{OtherKey}},
		"a broken file":          {data: []byte("broken\n"), want: []Reason{Damaged}},
		"written anew meanwhile": {data: mine, meanwhile: func(t *testing.T, at string) { put(t, at, plain); later(t, at) }, want: []Reason{Changed}},
		"a folder meanwhile": {data: mine, meanwhile: func(t *testing.T, at string) {
			if err := errors.Join(os.Remove(at), os.Mkdir(at, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, want: []Reason{Irregular}},
		"gone meanwhile": {data: mine, meanwhile: func(t *testing.T, at string) {
			if err := os.Remove(at); err != nil {
				t.Fatal(err)
			}
		}, want: []Reason{Missing}},
	} {
		t.Run(name, func(t *testing.T) {
			other := must(seal(newEC(t, elliptic.P256()), "alice", "", phrase))
			dir := folderWith(t, map[string][]byte{keyPath(id): tt.data, keyPath("00" + id[2:]): other, "private/notes.txt": []byte("mine\n")})
			s := Open(dir)
			k, err := s.Find(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if tt.meanwhile != nil {
				tt.meanwhile(t, k.Path)
			}
			before := contents(t, dir)
			err = s.Remove(t.Context(), k, []byte(tt.passphrase))
			if tt.want != nil {
				wantFault(t, err, k.Path, tt.want...)
			} else if err != nil {
				t.Fatal(err)
			} else {
				delete(before, string(id)+keyEnding)
			}
			if after := contents(t, dir); !maps.Equal(before, after) {
				t.Errorf("the folder holds %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
}

// later puts the time of a file forward: clocks of file systems are coarse.
func later(t *testing.T, at string) {
	t.Helper()
	info, err := os.Stat(at)
	if err == nil {
		err = os.Chtimes(at, time.Time{}, info.ModTime().Add(time.Second))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A path of somewhere else is none of a key, however it is spelt.
func TestChangesStayInTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := Open(filepath.Join(dir, "trust"))
	key, err := s.Generate(t.Context(), "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(key.Info().Path)
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(dir, string(key.ID())+keyEnding)
	put(t, outside, text)
	for _, at := range []string{outside, filepath.Join(s.dir, privateDir, "..", "..", filepath.Base(outside)), filepath.Join(s.dir, privateDir), ""} {
		k := model.PrivateKey{ID: key.ID(), Path: at}
		if err := s.Remove(t.Context(), k, nil); !errors.Is(err, Missing) {
			t.Errorf("Remove(%q): %v", at, err)
		}
		if err := s.ChangePassphrase(t.Context(), k, phrase, []byte("a new one")); !errors.Is(err, Missing) {
			t.Errorf("ChangePassphrase(%q): %v", at, err)
		}
	}
	if after, err := os.ReadFile(outside); err != nil || string(after) != string(text) {
		t.Errorf("the file outside was changed, %v", err)
	}
}

// A wrong passphrase is told apart from every other fault, and names the key.
func TestKeeper(t *testing.T) {
	k := NewKeeper(Open(t.TempDir()))
	made, err := k.Generate(t.Context(), model.RoleTargets, "docker.io/acme/app", phrase)
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Unlock(t.Context(), made.Key().ID, []byte("guess"))
	if model.KindOf(err) != model.FaultSecret || !strings.Contains(err.Error(), "targets key "+made.Key().ID.Short()+" of docker.io/acme/app") {
		t.Errorf("a wrong passphrase: %v", err)
	}
	opened, err := k.Unlock(t.Context(), made.Key().ID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	method, sig, err := opened.Sign([]byte("payload"))
	if err != nil || method != "ecdsa" || len(sig) != 64 {
		t.Errorf("%s, %d bytes, %v", method, len(sig), err)
	}
	opened.Wipe()
	if _, _, err := opened.Sign([]byte("payload")); err == nil {
		t.Error("a wiped key has signed")
	}
	signer, err := k.Generate(t.Context(), "targets/alice", "docker.io/acme/app", phrase)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Open(k.store.dir).Find(t.Context(), signer.Key().ID); err != nil || found.Label != "alice" || found.GUN != "" {
		t.Errorf("a signer's key is listed as %+v, %v", found, err)
	}
}
