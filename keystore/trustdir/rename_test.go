package trustdir

import (
	"bytes"
	"crypto/elliptic"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/model"
)

// RenameKey changes the role header alone, whatever form the key has.
func TestRenameKey(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	id := idOfKey(t, ec)
	sealed := must(seal(ec, "alice", "", phrase))
	foreign := sample(t, "loose/ec-pkcs8-openssl-prf-sha256.pem")
	for name, tt := range map[string]struct {
		data, want []byte
		id         model.KeyID
	}{
		"Notary's form":        {data: sealed, want: bytes.Replace(sealed, []byte("role: alice"), []byte("role: bob"), 1), id: id},
		"line ends of Windows": {data: bytes.ReplaceAll(sealed, []byte("\n"), []byte("\r\n")), want: bytes.Replace(sealed, []byte("role: alice"), []byte("role: bob"), 1), id: id},
		"no role":              {data: foreign, want: bytes.Replace(foreign, []byte("KEY-----\n"), []byte("KEY-----\nrole: bob\n\n"), 1), id: idOf(t, foreign, []byte("passw0rd-root"))},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderWith(t, map[string][]byte{keyPath(tt.id): tt.data})
			s := Open(dir)
			if err := s.RenameKey(t.Context(), only(t, s), "bob"); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(keyPath(tt.id))))
			if err != nil || !bytes.Equal(got, tt.want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tt.want)
			}
			if k := only(t, s); k.Label != "bob" {
				t.Errorf("%+v", k)
			}
		})
	}
}

// What can't be renamed stays as it is.
func TestRenameKeyRefuses(t *testing.T) {
	ec := newEC(t, elliptic.P256())
	id := idOfKey(t, ec)
	mine := must(seal(ec, "alice", "", phrase))
	other := sample(t, "loose/bob-key.pem")
	for name, tt := range map[string]struct {
		files map[string][]byte
		want  Reason
	}{
		"another key":           {map[string][]byte{keyPath(id): other}, OtherKey},
		"two keys in the file":  {map[string][]byte{keyPath(id): slices.Concat(mine, other)}, SeveralBlocks},
		"a text beside it":      {map[string][]byte{keyPath(id): slices.Concat([]byte("of Alice\n"), mine)}, BadHeader},
		"two files for the key": {map[string][]byte{keyPath(id): mine, "private/root_keys/" + string(id) + "_root.key": mine}, Duplicate},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderWith(t, tt.files)
			before := contents(t, dir)
			s := Open(dir)
			key := model.PrivateKey{ID: id, Path: filepath.Join(dir, filepath.FromSlash(keyPath(id)))}
			info, err := os.Stat(key.Path)
			if err != nil {
				t.Fatal(err)
			}
			key.Modified = info.ModTime()
			wantFault(t, s.RenameKey(t.Context(), key, "bob"), key.Path, tt.want)
			if after := contents(t, dir); !maps.Equal(before, after) {
				t.Errorf("the folder holds %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
	dir := folderWith(t, map[string][]byte{"private/tuf_keys/acme/app/" + string(id) + "_alice.key": mine})
	s := Open(dir)
	legacy := only(t, s)
	wantFault(t, s.RenameKey(t.Context(), legacy, "bob"), legacy.Path, Misplaced)
	dir = folderWith(t, map[string][]byte{keyPath(id): mine})
	s = Open(dir)
	stale := only(t, s)
	stale.Modified = stale.Modified.Add(-1)
	wantFault(t, s.RenameKey(t.Context(), stale, "bob"), stale.Path, Changed)
	if err := s.RenameKey(t.Context(), only(t, s), "two\nlines"); model.KindOf(err) != model.FaultUsage {
		t.Error(err)
	}
}
