//go:build unix

package trustdir

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trustdeck/model"
)

const (
	bobID    = "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"
	bobFile  = "private/" + bobID + ".key"
	rootID   = "8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d"
	rootKey  = "repoA/private/" + rootID + ".key"
	rootPass = "passw0rd-root"
)

// Five things go wrong with key files every day. Each has an error of its own,
// which names the file and the way out.
func TestTheFiveErrors(t *testing.T) {
	rel := filepath.FromSlash("private/" + rootID + ".key")
	for name, tt := range map[string]struct {
		prepare    func(t *testing.T, path string)
		passphrase string
		reason     Reason
		text, hint string
	}{
		"wrong passphrase": {
			passphrase: "passw0rd-targets",
			reason:     WrongPassphrase,
			text:       "wrong passphrase",
			hint:       "Try again with the passphrase of this key. If you are sure it is right, the file is damaged: restore it from a backup.",
		},
		"missing key": {
			prepare: func(t *testing.T, path string) { check(t, os.Remove(path)) },
			reason:  Missing,
			text:    "there is no file for the key 8dd3 6646",
			hint:    "Copy the file there from a backup, or from the machine that has the key.",
		},
		"damaged file": {
			prepare: func(t *testing.T, path string) { check(t, os.Truncate(path, 200)) },
			reason:  Damaged,
			text:    "contains no complete PEM block",
			hint:    "Restore PATH from a backup.",
		},
		"loose permissions": {
			prepare: func(t *testing.T, path string) { check(t, os.Chmod(path, 0o644)) },
			reason:  LoosePermissions,
			text:    "can be read by other users (mode 0644)",
			hint:    "Run: chmod 600 PATH",
		},
		"symbolic link": {
			prepare: func(t *testing.T, path string) {
				elsewhere := filepath.Join(t.TempDir(), "root.key")
				check(t, os.Rename(path, elsewhere))
				check(t, os.Symlink(elsewhere, path))
			},
			passphrase: rootPass,
			reason:     SymbolicLink,
			text:       "is a symbolic link; trustdeck doesn't follow links",
			hint:       "Replace the link with the file or folder itself: PATH.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderWith(t, map[string][]byte{filepath.ToSlash(rel): sample(t, rootKey)})
			path := filepath.Join(dir, rel)
			if tt.prepare != nil {
				tt.prepare(t, path)
			}
			store := unchanged(t, dir)
			err := firstFault(store, []byte(tt.passphrase))
			wantFault(t, err, path, tt.reason)
			var fault *model.Fault
			errors.As(err, &fault)
			if want := path + ": " + tt.text; fault.Error() != want {
				t.Errorf("error %q, want %q", fault.Error(), want)
			}
			if want := strings.ReplaceAll(tt.hint, "PATH", path); fault.Hint != want {
				t.Errorf("hint %q, want %q", fault.Hint, want)
			}
		})
	}
}

// firstFault finds and unlocks a key as a user would, up to the first fault.
func firstFault(store *Store, passphrase []byte) error {
	key, err := store.Find(context.Background(), rootID)
	if err != nil {
		return err
	}
	if key.Fault != nil {
		return key.Fault
	}
	_, err = store.Unlock(context.Background(), key, passphrase)
	return err
}

// Notary reads such a file, so it can be used; the warning stays.
func TestLoosePermissionsOnlyWarn(t *testing.T) {
	for mode, loose := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o700: false, 0o640: true, 0o602: true, 0o610: true, 0o666: true} {
		dir := folderWith(t, map[string][]byte{bobFile: sample(t, "loose/bob-key.pem")})
		path := filepath.Join(dir, bobFile)
		check(t, os.Chmod(path, mode))
		store := unchanged(t, dir)
		k := only(t, store)
		key, err := store.Unlock(context.Background(), k, nil)
		if err != nil {
			t.Fatalf("mode %o: %v", mode, err)
		}
		proves(t, key, bobID)
		if !loose {
			if k.Fault != nil || key.Info().Fault != nil {
				t.Errorf("mode %o: %v, %v", mode, k.Fault, key.Info().Fault)
			}
			continue
		}
		wantFault(t, k.Fault, path, LoosePermissions)
		wantFault(t, key.Info().Fault, path, LoosePermissions)
		if !k.Usable() || !k.Exposed {
			t.Errorf("mode %o: usable %v, exposed %v", mode, k.Usable(), k.Exposed)
		}
	}
}

// Protecting a file takes the rights of others, and nothing else of it; it is refused
// where the file is another one by then.
func TestProtect(t *testing.T) {
	for mode, want := range map[os.FileMode]os.FileMode{0o644: 0o600, 0o640: 0o600, 0o666: 0o600, 0o440: 0o400} {
		dir := folderWith(t, map[string][]byte{bobFile: sample(t, "loose/bob-key.pem")})
		path := filepath.Join(dir, bobFile)
		check(t, os.Chmod(path, mode))
		store := Open(dir)
		k := only(t, store)
		check(t, store.Protect(t.Context(), k))
		info, err := os.Stat(path)
		check(t, err)
		if now := only(t, store); info.Mode().Perm() != want || now.Fault != nil || now.Exposed || !now.Modified.Equal(k.Modified) {
			t.Errorf("mode %o became %o: %+v", mode, info.Mode().Perm(), now)
		}
		k.ID = rootID
		if err := store.Protect(t.Context(), k); !errors.Is(err, OtherKey) {
			t.Errorf("the file of another key: %v", err)
		}
	}
}

// Several things wrong with one file are all said, what stops its use first.
func TestDamageAndLoosePermissions(t *testing.T) {
	dir := folderWith(t, map[string][]byte{bobFile: []byte("x")})
	path := filepath.Join(dir, bobFile)
	check(t, os.Chmod(path, 0o644))
	k := only(t, unchanged(t, dir))
	wantFault(t, k.Fault, path, Damaged, LoosePermissions)
	if want := "contains no complete PEM block; can be read by other users (mode 0644)"; k.Fault.Text != want {
		t.Errorf("text %q, want %q", k.Fault.Text, want)
	}
}

// Links are listed and never followed, wherever they lead and wherever they
// are: a file, a folder on the way, a link to nothing, a link to itself.
func TestLinks(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir, elsewhere string) (link string){
		"to a file": func(t *testing.T, dir, elsewhere string) string {
			return symlink(t, filepath.Join(elsewhere, "bob.key"), filepath.Join(dir, bobFile))
		},
		"to a file in the folder": func(t *testing.T, dir, _ string) string {
			put(t, filepath.Join(dir, "private/hidden"), sample(t, "loose/bob-key.pem"))
			return symlink(t, "hidden", filepath.Join(dir, bobFile))
		},
		"to nothing": func(t *testing.T, dir, _ string) string {
			return symlink(t, "nothing", filepath.Join(dir, bobFile))
		},
		"to itself": func(t *testing.T, dir, _ string) string {
			return symlink(t, bobID+".key", filepath.Join(dir, bobFile))
		},
		"to a folder": func(t *testing.T, dir, elsewhere string) string {
			return symlink(t, elsewhere, filepath.Join(dir, "private/stick"))
		},
		"to a folder, with the ending of a key": func(t *testing.T, dir, elsewhere string) string {
			return symlink(t, elsewhere, filepath.Join(dir, "private/stick.key"))
		},
		"to the folder above": func(t *testing.T, dir, _ string) string {
			return symlink(t, "..", filepath.Join(dir, "private/up"))
		},
		"in place of a folder of the old layout": func(t *testing.T, dir, elsewhere string) string {
			return symlink(t, elsewhere, filepath.Join(dir, "private/root_keys"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			put(t, filepath.Join(elsewhere, "bob.key"), sample(t, "loose/bob-key.pem"))
			link := prepare(t, dir, elsewhere)
			store := unchanged(t, dir)
			k := only(t, store)
			wantFault(t, k.Fault, link, SymbolicLink)
			_, err := store.Unlock(context.Background(), k, nil)
			wantFault(t, err, link, SymbolicLink)
			_, err = store.Unlock(context.Background(), model.PrivateKey{Path: filepath.Join(link, "bob.key")}, nil)
			if !errors.Is(err, SymbolicLink) && !errors.Is(err, Irregular) {
				t.Errorf("Unlock through the link: %v", err)
			}
		})
	}
}

func TestLinkInPlaceOfPrivateOrTUF(t *testing.T) {
	elsewhere := trustFolder(t, "repoA")
	dir := t.TempDir()
	private := symlink(t, filepath.Join(elsewhere, "private"), filepath.Join(dir, "private"))
	tuf := symlink(t, filepath.Join(elsewhere, "tuf"), filepath.Join(dir, "tuf"))
	store := unchanged(t, dir)
	_, err := store.Keys(context.Background())
	wantFault(t, err, private, SymbolicLink)
	_, err = store.Unlock(context.Background(), model.PrivateKey{Path: filepath.Join(private, rootID+".key")}, []byte(rootPass))
	wantFault(t, err, private, SymbolicLink)
	_, err = store.Repositories(context.Background())
	wantFault(t, err, tuf, SymbolicLink)
	_, _, err = store.Root("registry.example.com/acme/app")
	wantFault(t, err, tuf, SymbolicLink)
}

// Where the trust folder itself is, is up to the user.
func TestLinkToTheTrustFolder(t *testing.T) {
	link := symlink(t, trustFolder(t, "repoA"), filepath.Join(t.TempDir(), "trust"))
	store := Open(link)
	keys := list(t, store)
	if len(keys) != 5 {
		t.Fatalf("%d keys, want 5", len(keys))
	}
	for _, k := range keys {
		key, err := store.Unlock(context.Background(), k, passphrase("repoA", k))
		if err != nil {
			t.Fatal(err)
		}
		proves(t, key, k.ID)
	}
}

// A pipe would block whoever opens it, a device or socket has no end.
func TestNoRegularFiles(t *testing.T) {
	dir := folderWith(t, map[string][]byte{bobFile: sample(t, "loose/bob-key.pem")})
	at := func(digit string) string {
		return filepath.Join(dir, "private", strings.Repeat(digit, 64)+".key")
	}
	check(t, syscall.Mkfifo(at("1"), 0o600))
	// The address of a socket must be short.
	t.Chdir(filepath.Join(dir, "private"))
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: "s", Net: "unix"})
	check(t, err)
	check(t, os.Rename("s", at("2")))
	t.Cleanup(func() { _ = socket.Close() })
	put(t, filepath.Join(at("3"), "inner", bobID+".txt"), []byte("a folder that is named like a key"))

	store := unchanged(t, dir)
	keys := list(t, store)
	if len(keys) != 3 {
		t.Fatalf("%d keys, want 3: %+v", len(keys), keys)
	}
	for i, text := range []string{"is a pipe, not a file", "is a socket, not a file"} {
		k := keys[i]
		wantFault(t, k.Fault, k.Path, Irregular)
		if k.Fault.Text != text {
			t.Errorf("text %q, want %q", k.Fault.Text, text)
		}
		_, err := store.Unlock(context.Background(), k, nil)
		wantFault(t, err, k.Path, Irregular)
	}
	if keys[2].Fault != nil {
		t.Errorf("the key beside them: %v", keys[2].Fault)
	}
	_, err = store.Unlock(context.Background(), model.PrivateKey{Path: at("3")}, nil)
	wantFault(t, err, at("3"), Irregular)
}

// A link is not followed that is put in place of a file between the look and the opening, neither to
// another file of the same folder nor out of it.
func TestLinkInPlaceOfAFile(t *testing.T) {
	for _, elsewhere := range []string{"other.json", "/etc/passwd"} {
		t.Run(filepath.Base(elsewhere), func(t *testing.T) {
			dir := folderWith(t, map[string][]byte{
				"tuf/a/metadata/root.json":  []byte("right"),
				"tuf/a/metadata/other.json": []byte("wrong"),
			})
			store := Open(dir)
			target := filepath.Join(dir, "tuf/a/metadata/root.json")
			stop, stopped := make(chan struct{}), make(chan error, 1)
			go func() { stopped <- swap(target, elsewhere, stop) }()
			outcomes := map[string]int{}
			for range 5000 {
				root, _, err := store.Root("a")
				switch {
				case err == nil:
					outcomes[string(root)]++
				case errors.Is(err, SymbolicLink):
					outcomes["link"]++
				default:
					outcomes[err.Error()]++
				}
			}
			close(stop)
			check(t, <-stopped)
			if outcomes["right"] == 0 || outcomes["right"]+outcomes["link"] != 5000 {
				t.Errorf("outcomes %v", outcomes)
			}
		})
	}
}

// swap puts a link to elsewhere and a file in the place of path by turns.
func swap(path, elsewhere string, stop <-chan struct{}) error {
	next := path + ".new"
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := os.Symlink(elsewhere, next); err != nil {
			return err
		}
		if err := os.Rename(next, path); err != nil {
			return err
		}
		if err := os.WriteFile(next, []byte("right"), 0o600); err != nil {
			return err
		}
		if err := os.Rename(next, path); err != nil {
			return err
		}
	}
}

// Files and folders that the user may not read. The superuser may read
// everything, so the test runs itself again as somebody else.
func TestUnreadable(t *testing.T) {
	const inner = "TRUSTDIR_TEST_UNREADABLE"
	dir := os.Getenv(inner)
	if dir == "" && os.Geteuid() == 0 {
		runAsNobody(t, inner)
		return
	}
	if dir == "" {
		dir = t.TempDir()
		makeUnreadable(t, dir)
	}
	store := unchanged(t, dir)
	keys := list(t, store)
	if len(keys) != 2 {
		t.Fatalf("%d keys, want 2: %+v", len(keys), keys)
	}
	wantFault(t, keys[0].Fault, filepath.Join(dir, bobFile), Unreadable)
	_, err := store.Unlock(context.Background(), keys[0], nil)
	wantFault(t, err, filepath.Join(dir, bobFile), Unreadable)
	wantFault(t, keys[1].Fault, filepath.Join(dir, "private/root_keys"), Unreadable)

	_, _, err = store.Root("a")
	wantFault(t, err, filepath.Join(dir, "tuf/a/metadata/root.json"), Unreadable)
	_, _, err = store.Root("b")
	wantFault(t, err, filepath.Join(dir, "tuf/b"), Unreadable)
	listed, err := store.Repositories(context.Background())
	if err != nil || len(listed) != 1 || listed[0].GUN != "a" {
		t.Errorf("Repositories: %v, %v", listed, err)
	}
	skipped, err := store.Skipped(context.Background())
	if err != nil || len(skipped) != 1 {
		t.Fatalf("Skipped: %v, %v", skipped, err)
	}
	wantFault(t, skipped[0], filepath.Join(dir, "tuf/b"), Unreadable)

	barred := Open(filepath.Join(dir, "tuf/b/trust"))
	_, err = barred.Exists()
	wantFault(t, err, barred.Dir(), Unreadable)
}

// makeUnreadable fills a trust folder with what nobody may read.
func makeUnreadable(t *testing.T, dir string) {
	t.Helper()
	put(t, filepath.Join(dir, bobFile), sample(t, "loose/bob-key.pem"))
	put(t, filepath.Join(dir, "private/root_keys", rootID+"_root.key"), sample(t, rootKey))
	put(t, filepath.Join(dir, "tuf/a/metadata/root.json"), []byte("{}"))
	put(t, filepath.Join(dir, "tuf/b/metadata/root.json"), []byte("{}"))
	for _, path := range []string{bobFile, "private/root_keys", "tuf/a/metadata/root.json", "tuf/b"} {
		path = filepath.Join(dir, path)
		check(t, os.Chmod(path, 0))
		t.Cleanup(func() { _ = os.Chmod(path, 0o700) })
	}
}

func runAsNobody(t *testing.T, env string) {
	t.Helper()
	const nobody = 65534
	// Neither the folder of this test nor its binary is open to others.
	place, err := os.MkdirTemp("/tmp", "trustdir")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(place) })
	dir := filepath.Join(place, "trust")
	check(t, os.Mkdir(dir, 0o755))
	makeUnreadable(t, dir)
	check(t, filepath.WalkDir(place, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	}))
	binary := filepath.Join(place, "test")
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip("needs /proc to run itself again: ", err)
	}
	check(t, os.WriteFile(binary, data, 0o755))
	for _, open := range []string{place, dir, binary} { // whatever the umask
		check(t, os.Chmod(open, 0o755))
	}
	cmd := exec.Command(binary, "-test.run=^TestUnreadable$")
	cmd.Dir = place
	cmd.Env = append(os.Environ(), env+"="+dir, "TMPDIR="+place)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, target, link string) string {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(link), 0o700))
	check(t, os.Symlink(target, link))
	return link
}
