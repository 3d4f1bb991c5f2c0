package backuprecord_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/backuprecord"
	"trustdeck/model"
	"trustdeck/model/port"
)

var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func note(t *testing.T, r *backuprecord.Record, id model.KeyID, mark port.BackupMark) port.BackupMark {
	t.Helper()
	if err := r.Note(t.Context(), map[model.KeyID]port.BackupMark{id: mark}); err != nil {
		t.Fatal(err)
	}
	marks, err := r.Marks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return marks[id]
}

// Of each part the later counts, whatever order the notes come in.
func TestTheLaterCounts(t *testing.T) {
	r := backuprecord.New(filepath.Join(t.TempDir(), "state", "backups.json"))
	if marks, err := r.Marks(t.Context()); err != nil || len(marks) != 0 {
		t.Errorf("at first: %v, %v", marks, err)
	}
	for _, step := range []struct{ add, want port.BackupMark }{
		{port.BackupMark{BackedUp: at, File: "a"}, port.BackupMark{BackedUp: at, File: "a"}},
		{port.BackupMark{BackedUp: at.Add(-time.Hour), Checked: at, File: "old"}, port.BackupMark{BackedUp: at, Checked: at, File: "a"}},
		{port.BackupMark{BackedUp: at, File: "moved"}, port.BackupMark{BackedUp: at, Checked: at, File: "moved"}},
		{port.BackupMark{BackedUp: at.Add(time.Hour), File: "b"}, port.BackupMark{BackedUp: at.Add(time.Hour), Checked: at, File: "b"}},
		{port.BackupMark{Checked: at.Add(-time.Hour)}, port.BackupMark{BackedUp: at.Add(time.Hour), Checked: at, File: "b"}},
	} {
		if got := note(t, r, "key", step.add); !reflect.DeepEqual(got, step.want) {
			t.Errorf("after %+v it is %+v, want %+v", step.add, got, step.want)
		}
	}
	if got := note(t, r, "another", port.BackupMark{Checked: at}); got.Checked != at {
		t.Errorf("another key: %+v", got)
	}
}

// Several trustdecks do not lose each other's notes, and leave nothing behind.
func TestNotesAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "backups.json")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := model.KeyID(strings.Repeat("a", i+1))
			if err := backuprecord.New(path).Note(context.Background(), map[model.KeyID]port.BackupMark{id: {BackedUp: at}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	marks, err := backuprecord.New(path).Marks(t.Context())
	if err != nil || len(marks) != 20 {
		t.Errorf("%d marks, %v", len(marks), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A record that is damaged is said to be, and is left for people to look at.
func TestDamage(t *testing.T) {
	for name, content := range map[string]string{"cut off": `{"keys": {"a": {`, "another thing": `[]`, "wrong type": `{"keys": {"a": {"backedUp": 3}}}`} {
		path := filepath.Join(t.TempDir(), "backups.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		r := backuprecord.New(path)
		if _, err := r.Marks(t.Context()); model.KindOf(err) != model.FaultLocal || model.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.Note(t.Context(), map[model.KeyID]port.BackupMark{"b": {BackedUp: at}}); err == nil {
			t.Errorf("%s: it was overwritten", name)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("%s: it is %q now", name, got)
		}
	}
	path := filepath.Join(t.TempDir(), "backups.json")
	if err := os.WriteFile(path, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	note(t, backuprecord.New(path), "a", port.BackupMark{BackedUp: at})
}

// Which roots come from a backup is kept beside the marks, and neither loses the other.
func TestRestoredRoots(t *testing.T) {
	r := backuprecord.New(filepath.Join(t.TempDir(), "backups.json"))
	want := map[string]port.RestoredRoot{"aa": {Backup: "/media/usb/a.age", At: at}, "bb": {Backup: "b.tar.gz", At: at.Add(time.Hour)}}
	for sum, root := range want {
		if err := r.NoteRoots(t.Context(), map[string]port.RestoredRoot{sum: root}); err != nil {
			t.Fatal(err)
		}
		note(t, r, "key", port.BackupMark{BackedUp: at, File: "a"})
	}
	if got, err := r.Roots(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if marks, err := r.Marks(t.Context()); err != nil || len(marks) != 1 {
		t.Errorf("%v, %v", marks, err)
	}
}
