package trustdir

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

// threeKeys is a folder with keys under two passphrases, of which one is in the old layout.
func threeKeys(t *testing.T) (KeyStore, []port.PassphraseChange) {
	t.Helper()
	s := Open(t.TempDir())
	k := NewKeeper(s)
	phrases := [][]byte{phrase, phrase, []byte("another passphrase")}
	for i, label := range []string{"root", "alice", "targets"} {
		if _, err := s.Generate(t.Context(), label, "docker.io/acme/app", phrases[i]); err != nil {
			t.Fatal(err)
		}
	}
	keys := must(s.Keys(t.Context()))
	var out []port.PassphraseChange
	for _, key := range keys {
		opens := phrase
		if key.Label == "targets" {
			opens = phrases[2]
			old := filepath.Join(s.dir, privateDir, tufKeysDir, "docker.io/acme/app")
			if err := os.MkdirAll(old, 0o700); err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(old, string(key.ID)+"_targets.key")
			if err := os.Rename(key.Path, at); err != nil {
				t.Fatal(err)
			}
			key = must(s.Find(t.Context(), key.ID))
		}
		out = append(out, port.PassphraseChange{Key: key, Opens: opens})
	}
	return k, out
}

// byWhich says for each key whether it opens with the old or the new passphrase. It must open with
// one of them, and stay the same key with the same headers.
func byWhich(t *testing.T, k KeyStore, changes []port.PassphraseChange) (old, now int) {
	t.Helper()
	for _, c := range changes {
		info, err := k.Find(t.Context(), c.Key.ID)
		if err != nil || info.Label != c.Key.Label || info.GUN != c.Key.GUN || info.Path != c.Key.Path {
			t.Fatalf("%s key: %+v, %v", c.Key.Label, info, err)
		}
		byOld, oldErr := k.Unlock(t.Context(), c.Key.ID, c.Opens)
		byNew, newErr := k.Unlock(t.Context(), c.Key.ID, fresh)
		switch {
		case oldErr == nil && newErr != nil:
			_ = byOld.Close()
			old++
		case oldErr != nil && newErr == nil:
			_ = byNew.Close()
			now++
		default:
			t.Fatalf("%s key: old %v, new %v", c.Key.Label, oldErr, newErr)
		}
	}
	return old, now
}

// remains are files of the folder that are neither keys nor the lock.
func remains(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(at string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(at, keyEnding) && d.Name() != lockName {
			out = append(out, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChangePassphrases(t *testing.T) {
	k, changes := threeKeys(t)
	if err := k.ChangePassphrases(t.Context(), changes, fresh); err != nil {
		t.Fatal(err)
	}
	if old, now := byWhich(t, k, changes); old != 0 || now != 3 {
		t.Errorf("%d old, %d new", old, now)
	}
	if left := remains(t, k.dir); left != nil {
		t.Errorf("left: %q", left)
	}
	if cut, err := k.CutOffPassphrases(t.Context()); cut != nil || err != nil {
		t.Errorf("%+v, %v", cut, err)
	}
}

// stops counts the steps of a change, and ends it at one of them.
func stops(k KeyStore, at int, how func() error) *int {
	n := 0
	k.between = func(string, *os.File) error {
		if n++; n == at {
			return how()
		}
		return nil
	}
	return &n
}

// steps is how many there are.
func steps(t *testing.T) int {
	t.Helper()
	k, changes := threeKeys(t)
	n := stops(k, 0, nil)
	if err := k.ChangePassphrases(t.Context(), changes, fresh); err != nil {
		t.Fatal(err)
	}
	return *n
}

// Wherever it is cut off, each key has the old or the new passphrase, and it can be finished
// without any.
func TestChangePassphrasesIsCutOffAnywhere(t *testing.T) {
	seen := map[string]bool{}
	for at := range steps(t) {
		if testing.Short() && at%6 != 0 {
			continue
		}
		for _, finish := range []bool{true, false} {
			k, changes := threeKeys(t)
			stops(k, at+1, func() error { panic("cut off") })
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("step %d is not reached", at)
					}
				}()
				_ = k.ChangePassphrases(t.Context(), changes, fresh)
			}()
			k.between = nil
			old, now := byWhich(t, k, changes)
			cut, err := k.CutOffPassphrases(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if cut == nil {
				if old != 0 && now != 0 {
					t.Errorf("step %d: %d old, %d new, and nobody knows", at, old, now)
				}
				seen["known"] = true
				// The next change in each folder sweeps away what is left.
				for _, c := range changes {
					if err := k.Protect(t.Context(), c.Key); err != nil {
						t.Fatal(err)
					}
				}
				if left := remains(t, k.dir); left != nil {
					t.Errorf("step %d: left %q", at, left)
				}
				continue
			}
			told := map[port.CutOffState]int{}
			for _, key := range cut.Keys {
				told[key.State]++
			}
			if told[port.OldPassphrase] != old || told[port.NewPassphrase] != now || cut.Begun.IsZero() {
				t.Errorf("step %d: %d old, %d new, but told %v", at, old, now, told)
			}
			if old > 0 && now > 0 {
				seen["mixed"] = true
			}
			refusesOthers(t, k, changes)
			settled, err := k.SettlePassphrases(t.Context(), finish)
			if err != nil || len(settled.Keys) != 3 {
				t.Fatalf("step %d: %+v, %v", at, settled, err)
			}
			wantOld, wantNow := old, now
			if finish {
				wantOld, wantNow = 0, 3
			}
			if old, now := byWhich(t, k, changes); old != wantOld || now != wantNow {
				t.Errorf("step %d: settled with %d old, %d new", at, old, now)
			}
			for _, key := range settled.Keys {
				if want := port.NewPassphrase; finish && key.State != want {
					t.Errorf("step %d: %+v", at, key)
				}
			}
			if left := remains(t, k.dir); left != nil {
				t.Errorf("step %d: left %q", at, left)
			}
		}
	}
	if !seen["mixed"] || !seen["known"] {
		t.Errorf("not every case was met: %v", seen)
	}
}

// refusesOthers checks that a folder with a change that was cut off isn't changed otherwise.
func refusesOthers(t *testing.T, k KeyStore, changes []port.PassphraseChange) {
	t.Helper()
	for name, err := range map[string]error{
		"another change": k.ChangePassphrases(t.Context(), changes, fresh),
		"one key":        k.ChangePassphrases(t.Context(), changes[:1], fresh),
		"removal":        k.Store.Remove(t.Context(), changes[0].Key, nil),
	} {
		if !errors.Is(err, Unfinished) || model.HintOf(err) != "Run: trustdeck resume" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where something fails before all new files are there, nothing is changed, and nothing is left.
func TestChangePassphrasesFails(t *testing.T) {
	for at := range steps(t) {
		if testing.Short() && at%6 != 0 {
			continue
		}
		k, changes := threeKeys(t)
		stops(k, at+1, func() error { return syscall.ENOSPC })
		err := k.ChangePassphrases(t.Context(), changes, fresh)
		k.between = nil
		old, now := byWhich(t, k, changes)
		cut, cutErr := k.CutOffPassphrases(t.Context())
		switch {
		case err == nil:
			t.Errorf("step %d: no error", at)
		case cutErr != nil:
			t.Error(cutErr)
		case cut == nil && old != 0 && now != 0:
			t.Errorf("step %d: %d old, %d new: %v", at, old, now, err)
		case cut == nil && old == 3 && remains(t, k.dir) != nil:
			t.Errorf("step %d: left %q", at, remains(t, k.dir))
		case cut != nil:
			if _, err := k.SettlePassphrases(t.Context(), true); err != nil {
				t.Errorf("step %d: %v", at, err)
			}
			if old, now := byWhich(t, k, changes); old != 0 || now != 3 {
				t.Errorf("step %d: %d old, %d new", at, old, now)
			}
		}
	}
}

// Each mistake is found before anything is written.
func TestChangePassphrasesRefuses(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		fresh  []byte
		spoil  func(t *testing.T, k KeyStore, c []port.PassphraseChange)
		reason error
	}{
		{"a wrong passphrase", t.Context(), fresh, func(_ *testing.T, _ KeyStore, c []port.PassphraseChange) { c[2].Opens = []byte("wrong") }, WrongPassphrase},
		{"no new passphrase", t.Context(), nil, nil, nil},
		{"a line break", t.Context(), []byte("new\n"), nil, nil},
		{"a key that is gone", t.Context(), fresh, func(t *testing.T, _ KeyStore, c []port.PassphraseChange) {
			if err := os.Remove(c[1].Key.Path); err != nil {
				t.Fatal(err)
			}
		}, Missing},
		{"another key's file", t.Context(), fresh, func(_ *testing.T, _ KeyStore, c []port.PassphraseChange) { c[1].Key.Path = c[0].Key.Path }, OtherKey},
		{"stopped", canceled, fresh, nil, context.Canceled},
	}
	for _, test := range tests {
		k, changes := threeKeys(t)
		whole := slices.Clone(changes)
		if test.spoil != nil {
			test.spoil(t, k, changes)
		}
		err := k.ChangePassphrases(test.ctx, changes, test.fresh)
		if err == nil || test.reason != nil && !errors.Is(err, test.reason) {
			t.Errorf("%s: %v", test.name, err)
		}
		if left := remains(t, k.dir); left != nil {
			t.Errorf("%s: left %q", test.name, left)
		}
		if !errors.Is(test.reason, Missing) {
			if old, now := byWhich(t, k, whole); old != 3 || now != 0 {
				t.Errorf("%s: %d old, %d new", test.name, old, now)
			}
		}
	}
}

// What notary does to a file meanwhile stays, and the new file goes.
func TestOthersWriteWhileAChangeIsCutOff(t *testing.T) {
	k, changes := threeKeys(t)
	cutOff(t, k, changes)
	if err := os.Remove(changes[0].Key.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(changes[1].Key.Path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	settled, err := k.SettlePassphrases(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	states := []port.CutOffState{}
	for _, key := range settled.Keys {
		states = append(states, key.State)
	}
	if !slices.Equal(states, []port.CutOffState{port.OtherFile, port.OtherFile, port.NewPassphrase}) {
		t.Errorf("%v", states)
	}
	if left := remains(t, k.dir); left != nil {
		t.Errorf("left %q", left)
	}
	if got, err := os.ReadFile(changes[1].Key.Path); err != nil || string(got) != "something else" {
		t.Errorf("%q, %v", got, err)
	}
}

// cutOff ends a change before the first file gets its name.
func cutOff(t *testing.T, k KeyStore, changes []port.PassphraseChange) {
	t.Helper()
	recorded := false
	k.between = func(string, *os.File) error {
		if _, err := os.Lstat(filepath.Join(k.dir, privateDir, recordName)); err == nil && recorded {
			panic("cut off")
		} else if err == nil {
			recorded = true
		}
		return nil
	}
	func() {
		defer func() { _ = recover() }()
		_ = k.ChangePassphrases(t.Context(), changes, fresh)
	}()
	k.between = nil
	if cut, err := k.CutOffPassphrases(t.Context()); cut == nil || err != nil {
		t.Fatalf("%+v, %v", cut, err)
	}
}

// A record that nobody can have written is refused, and nothing outside the folder is touched.
func TestHostileRecords(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for _, text := range []string{
		"", "{", `{"files":[{"path":"../../x.key","key":"` + id + `"}]}`, `{"files":[{"path":"/etc/x.key","key":"` + id + `"}]}`,
		`{"files":[{"path":"x.txt","key":"` + id + `"}]}`, `{"files":[{"path":"x.key","key":"../x"}]}`, `{"other":1}`,
	} {
		k, changes := threeKeys(t)
		if err := os.WriteFile(filepath.Join(k.dir, privateDir, recordName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			func() error { _, err := k.CutOffPassphrases(t.Context()); return err }(),
			func() error { _, err := k.SettlePassphrases(t.Context(), true); return err }(),
		} {
			if !errors.Is(err, Damaged) {
				t.Errorf("%s: %v", text, err)
			}
		}
		if old, _ := byWhich(t, k, changes); old != 3 {
			t.Errorf("%s: keys were changed", text)
		}
	}
}
