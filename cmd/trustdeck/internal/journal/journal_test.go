package journal_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/journal"
	"trustdeck/model"
	"trustdeck/model/port"
)

var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var notes = []port.Note{
	{Time: at, Kind: port.NoteMade, GUN: "docker.io/acme/app", Symbol: "new:root", Key: "abc"},
	{Time: at, Kind: port.NotePublishing, GUN: "docker.io/acme/app", Files: map[model.RoleName]string{"root": "ff"}},
	{Time: at, Kind: port.NotePublished, GUN: "docker.io/acme/app"},
}

func begin(t *testing.T, j *journal.Journal, at time.Time) string {
	t.Helper()
	id, err := j.Begin(t.Context(), at, []byte("{\n  \"schema\": \"trustdeck/v1\"\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notes {
		if err := j.Note(t.Context(), id, n); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func open(t *testing.T, dir string) []port.Entry {
	t.Helper()
	entries, err := journal.New(dir).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// What was noted is there for the next run, until the entry is closed.
func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "journal")
	if entries := open(t, dir); len(entries) != 0 {
		t.Errorf("%d entries in no folder", len(entries))
	}
	j := journal.New(dir)
	second, first := begin(t, j, at.Add(time.Hour)), begin(t, j, at)
	entries := open(t, dir)
	if len(entries) != 2 || entries[0].ID != first || entries[1].ID != second {
		t.Fatalf("entries %+v", entries)
	}
	if !entries[0].Begun.Equal(at) || string(entries[0].Plan) != `{"schema":"trustdeck/v1"}` || !reflect.DeepEqual(entries[0].Notes, notes) {
		t.Errorf("entry %+v", entries[0])
	}
	if err := j.Close(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if entries := open(t, dir); len(entries) != 1 || entries[0].ID != second {
		t.Errorf("entries %+v", entries)
	}
	info, err := os.Stat(filepath.Join(dir, second+".journal"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// An entry that is cut off anywhere still lists every note before the cut, and
// takes new ones.
func TestCutOff(t *testing.T) {
	dir := t.TempDir()
	id := begin(t, journal.New(dir), at)
	path := filepath.Join(dir, id+".journal")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		entries := open(t, dir)
		lines := strings.Count(strings.ReplaceAll(string(whole[:cut]), "\n\n", "\n"), "\n")
		if len(entries) == 0 {
			if lines > 0 {
				t.Fatalf("cut at %d: the entry is gone", cut)
			}
			continue
		}
		have := len(entries[0].Notes)
		if have < lines-1 || have > lines {
			t.Fatalf("cut at %d: %d notes of %d lines", cut, have, lines)
		}
		if err := journal.New(dir).Note(t.Context(), id, notes[2]); err != nil {
			t.Fatal(err)
		}
		if again := open(t, dir); len(again[0].Notes) != have+1 {
			t.Fatalf("cut at %d: a new note is lost: %d after %d", cut, len(again[0].Notes), have)
		}
	}
}

// Nothing else in the folder is looked at, and a folder that cannot be written is
// named.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"notes.txt", "20261121T120000Z-abc.journal", "..journal"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if entries := open(t, dir); len(entries) != 0 {
		t.Errorf("entries %+v", entries)
	}
	file := filepath.Join(dir, "notes.txt")
	_, err := journal.New(filepath.Join(file, "journal")).Begin(t.Context(), at, []byte("{}"))
	if model.KindOf(err) != model.FaultLocal || !strings.Contains(err.Error(), file) || model.HintOf(err) == "" {
		t.Errorf("error %v", err)
	}
}

// What is known from the start is there with the entry, or neither is.
func TestBegunWithNotes(t *testing.T) {
	dir := t.TempDir()
	if _, err := journal.New(dir).Begin(t.Context(), at, []byte("{}"), notes...); err != nil {
		t.Fatal(err)
	}
	if entries := open(t, dir); len(entries) != 1 || !reflect.DeepEqual(entries[0].Notes, notes) {
		t.Errorf("%+v", entries)
	}
}
