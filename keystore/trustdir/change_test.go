package trustdir

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
)

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
		"gone":     {map[string][]byte{keyPath(id[2:] + id[:2]): mine}, string(phrase), Missing},
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
			dir := folderWith(t, map[string][]byte{keyPath(id): tt.data, keyPath(id[2:] + id[:2]): other, "private/notes.txt": []byte("mine\n")})
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
