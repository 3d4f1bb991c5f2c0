package trustdir

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
)

// Every key that notary and docker made is listed, opens with its passphrase
// and no other, and signs.
func TestKeysOfRealFolders(t *testing.T) {
	const (
		app     = "registry.example.com/acme/app"
		rotated = "registry.example.com/acme/rotated"
		img     = "registry.example.com/dct/img"
	)
	// In the order of the files; bare names of ID, label and repository.
	for folder, want := range map[string][]string{
		"repoA": {"00cdf5a3 snapshot " + app, "253615a8 bob ", "8dd36646 root ", "d3d2dec7 alice ", "d73554eb targets " + app},
		"repoB": {
			"0cacd471 root ", "7ee031fd root ", "8623c8e8 root ", "d2a41ca0 root ",
			"d4f8a2dd targets " + rotated, "ef5392d7 root ", "fd25789c snapshot " + rotated,
		},
		"repoC":         {"253615a8 bob ", "497d44e5 root ", "a0cd2c9a targets " + img, "a76ef522 dave ", "b9e8af9f carol "},
		"legacy-layout": {"8dd36646 root ", "d73554eb targets docker.io/library/x"},
	} {
		t.Run(folder, func(t *testing.T) {
			store := unchanged(t, trustFolder(t, folder))
			var got []string
			for _, k := range list(t, store) {
				got = append(got, string(k.ID[:8])+" "+k.Label+" "+string(k.GUN))
				checkRealKey(t, store, k, passphrase(folder, k))
				if legacy := folder == "legacy-layout"; k.Legacy != legacy {
					t.Errorf("%s: Legacy is %v", k.Path, k.Legacy)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("keys\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func checkRealKey(t *testing.T, store *Store, k model.PrivateKey, pass []byte) {
	t.Helper()
	info, err := os.Stat(k.Path)
	if err != nil {
		t.Fatal(err)
	}
	if k.Fault != nil || !k.Encrypted || k.Encoding != "PKCS#8, PBES2" || k.Place != "file" || k.Algorithm != "" || !k.Modified.Equal(info.ModTime()) {
		t.Errorf("listed as %+v", k)
	}
	for _, wrong := range []string{"", "x", string(pass) + "\n", "passw0rd", strings.Repeat("long", 1000)} {
		_, err := store.Unlock(context.Background(), k, []byte(wrong))
		wantFault(t, err, k.Path, WrongPassphrase)
	}
	kept := slices.Clone(pass)
	key, err := store.Unlock(context.Background(), k, kept)
	if err != nil {
		t.Fatalf("Unlock %s: %v", k.Path, err)
	}
	if !slices.Equal(pass, kept) {
		t.Error("Unlock changed the passphrase")
	}
	proves(t, key, k.ID)
	got := key.Info()
	if want := k; got.Algorithm == "" {
		t.Errorf("no algorithm after Unlock: %+v", got)
	} else if want.Algorithm = got.Algorithm; !reflect.DeepEqual(got, want) {
		t.Errorf("after Unlock %+v, want %+v", got, want)
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	store := unchanged(t, dir)
	if exists, err := store.Exists(); exists || err != nil {
		t.Errorf("Exists: %v, %v", exists, err)
	}
	if keys := list(t, store); len(keys) != 0 {
		t.Errorf("keys: %+v", keys)
	}
	wantNoRepositories(t, store)
	id := model.KeyID(strings.Repeat("ab", 32))
	_, err := store.Find(context.Background(), id)
	wantFault(t, err, filepath.Join(dir, "private", string(id)+".key"), Missing)
	_, err = store.Unlock(context.Background(), model.PrivateKey{Path: filepath.Join(dir, "private", "x.key")}, nil)
	wantFault(t, err, filepath.Join(dir, "private", "x.key"), Missing)
}

func wantNoRepositories(t *testing.T, store *Store) {
	t.Helper()
	if listed, err := store.Repositories(context.Background()); len(listed) != 0 || err != nil {
		t.Errorf("Repositories: %v, %v", listed, err)
	}
	if root, ok, err := store.Root("docker.io/library/x"); root != nil || ok || err != nil {
		t.Errorf("Root: %q, %v, %v", root, ok, err)
	}
	if n, err := store.Staged(context.Background(), "docker.io/library/x"); n != nil || err != nil {
		t.Errorf("Staged: %v, %v", n, err)
	}
}

func TestFolderThatIsEmpty(t *testing.T) {
	for name, folders := range map[string][]string{
		"nothing in it":     nil,
		"nothing in either": {"private", "tuf"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range folders {
				if err := os.Mkdir(filepath.Join(dir, f), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			store := unchanged(t, dir)
			if exists, err := store.Exists(); !exists || err != nil {
				t.Errorf("Exists: %v, %v", exists, err)
			}
			if keys := list(t, store); len(keys) != 0 {
				t.Errorf("keys: %+v", keys)
			}
			wantNoRepositories(t, store)
		})
	}
}

func TestFolderThatIsAFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trust")
	put(t, dir, []byte("not a folder"))
	store := unchanged(t, dir)
	_, err := store.Exists()
	wantFault(t, err, dir, Irregular)
	_, err = store.Keys(context.Background())
	wantFault(t, err, dir, Irregular)
	_, err = store.Repositories(context.Background())
	wantFault(t, err, dir, Irregular)
}

func TestFind(t *testing.T) {
	dir := trustFolder(t, "repoA")
	store := unchanged(t, dir)
	for _, k := range list(t, store) {
		found, err := store.Find(context.Background(), k.ID)
		if err != nil || !reflect.DeepEqual(found, k) {
			t.Errorf("Find %s: %+v, %v", k.ID, found, err)
		}
	}
	id := model.KeyID(strings.Repeat("ab", 32))
	_, err := store.Find(context.Background(), id)
	wantFault(t, err, filepath.Join(dir, "private", string(id)+".key"), Missing)

	_, err = store.Find(context.Background(), "8dd3")
	if model.KindOf(err) != model.FaultUsage || !errors.Is(err, Missing) || model.HintOf(err) == "" {
		t.Errorf("Find of part of an ID: %v", err)
	}
}

func TestUnlockReadsOnlyBelowPrivate(t *testing.T) {
	dir := trustFolder(t, "repoA")
	store := unchanged(t, dir)
	outside := filepath.Join(t.TempDir(), "x.key")
	put(t, outside, sample(t, "loose/bob-key.pem"))
	for _, path := range []string{
		outside,
		"",
		dir,
		filepath.Join(dir, "private"),
		filepath.Join(dir, "tuf", "x.key"),
		filepath.Join(dir, "private", "..", "tuf", "x.key"),
	} {
		_, err := store.Unlock(context.Background(), model.PrivateKey{Path: path}, []byte("x"))
		wantFault(t, err, path, Missing)
	}
}

func TestUnlockOfAFileThatHasGone(t *testing.T) {
	dir := trustFolder(t, "repoA")
	store := Open(dir)
	k := list(t, store)[0]
	if err := os.Remove(k.Path); err != nil {
		t.Fatal(err)
	}
	_, err := store.Unlock(context.Background(), k, []byte("passw0rd-snapshot"))
	wantFault(t, err, k.Path, Missing)
}

func TestStoppedByContext(t *testing.T) {
	store := unchanged(t, trustFolder(t, "repoA"))
	k := list(t, store)[0]
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range map[string]func() error{
		"Keys":         func() error { _, err := store.Keys(ctx); return err },
		"Find":         func() error { _, err := store.Find(ctx, k.ID); return err },
		"Unlock":       func() error { _, err := store.Unlock(ctx, k, []byte("passw0rd-snapshot")); return err },
		"Repositories": func() error { _, err := store.Repositories(ctx); return err },
		"Skipped":      func() error { _, err := store.Skipped(ctx); return err },
	} {
		if err := call(); model.KindOf(err) != model.FaultCanceled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosedKeySignsNothing(t *testing.T) {
	store := unchanged(t, trustFolder(t, "repoA"))
	for _, k := range list(t, store) {
		key, err := store.Unlock(context.Background(), k, passphrase("repoA", k))
		if err != nil {
			t.Fatal(err)
		}
		secret := key.secret
		_ = key.Close()
		_ = key.Close()
		if slices.ContainsFunc(secret, func(b byte) bool { return b != 0 }) {
			t.Error("the secret is still there")
		}
		if sig, err := key.SignMessage(nil, []byte("x"), crypto.Hash(0)); sig != nil || !errors.Is(err, errClosed) {
			t.Errorf("Sign: %x, %v", sig, err)
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if got, want := fmt.Sprintf(format, key), "private key "+string(k.ID); got != want {
				t.Errorf("%s prints %q, want %q", format, got, want)
			}
		}
		if key.ID() != k.ID || key.Public() == nil {
			t.Error("the public half has gone as well")
		}
	}
}
