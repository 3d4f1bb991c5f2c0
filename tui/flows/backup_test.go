package flows_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// knower knows the passphrase of every key.
type knower struct{}

func (knower) Ask(context.Context, port.SecretAsk) ([]byte, error) {
	return []byte(tuitest.Passphrase), nil
}

// reviewed walks through a flow about backups whose answers are all given, up to where
// somebody must decide.
func reviewed(t *testing.T, backend *tuitest.BackupBackend, id string, given map[string][]string) *flow.Machine {
	t.Helper()
	m, e := flow.New(flows.All(flows.Ports{Backups: backend}).Find(id), backend.Known, flow.Answers{Values: given})
	for e != flow.None && e != flow.Execute {
		e = m.Take(m.Work().Do(t.Context(), flow.Run{Secrets: knower{}}))
	}
	if m.State() != flow.Reviewing && m.State() != flow.Executing {
		t.Fatalf("%s stands at %q, %v", id, m.Step().Question, m.Problem())
	}
	return m
}

// finish does what was reviewed.
func finish(t *testing.T, m *flow.Machine) flow.Report {
	t.Helper()
	m.Accept()
	m.Take(m.Work().Do(t.Context(), flow.Run{Secrets: knower{}, Watch: m.Progress, Stop: func() bool { return false }}))
	if m.State() != flow.Done {
		t.Fatalf("the state is %s, %v", m.State(), m.Problem())
	}
	return m.Report()
}

// What is answered is what is backed up, and what was only marked beforehand is not.
func TestBackupSelections(t *testing.T) {
	key := string(tuitest.Key("second"))
	_, ofKey := flows.BackupOfKey(tuitest.Key("second"))
	ofKey["encryption"], ofKey["file"] = []string{"none"}, []string{"f"}
	for name, test := range map[string]struct {
		given map[string][]string
		want  backup.Selection
	}{
		"everything": {
			map[string][]string{"what": {"all"}, "encryption": {"none"}, "file": {"f"}, flows.SelectedKeys: {key}, flows.SelectedRepositories: {"a/b"}},
			backup.Selection{},
		},
		"repositories": {
			map[string][]string{"what": {"repositories"}, "repositories": {"a/b", "c/d"}, "keys": {key}, "encryption": {"none"}, "file": {"f"}},
			backup.Selection{Repositories: []model.GUN{"a/b", "c/d"}},
		},
		"keys":      {map[string][]string{"what": {"keys"}, "keys": {key}, "encryption": {"none"}, "file": {"f"}}, backup.Selection{Keys: []string{key}}},
		"of doctor": {ofKey, backup.Selection{Keys: []string{key}}},
	} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewBackupBackend()
			m := reviewed(t, backend, "backup-create", test.given)
			if len(backend.Made()) > 0 {
				t.Fatal("a backup is made before it is accepted")
			}
			finish(t, m)
			made := backend.Made()
			if len(made) != 1 || !slices.Equal(made[0].Selection.Keys, test.want.Keys) || !slices.Equal(made[0].Selection.Repositories, test.want.Repositories) {
				t.Errorf("backed up %+v, want %+v", made, test.want)
			}
		})
	}
}

// A check begins without a review, for it writes nothing; a restoration does not, and
// replaces nothing that was not named.
func TestCheckAndRestore(t *testing.T) {
	backend := tuitest.NewBackupBackend()
	m := reviewed(t, backend, "backup-check", map[string][]string{"file": {"f"}})
	if m.State() != flow.Executing {
		t.Errorf("a check is at %s", m.State())
	}
	finish(t, m)
	backend.Compared = backup.Restoration{Items: []backup.RestoreItem{
		{Path: "private/a.key", State: backup.RestoreAdded}, {Path: "private/b.key", State: backup.RestoreConflicting}, {Path: "private/c.key", State: backup.RestoreConflicting},
	}}
	m = reviewed(t, backend, "backup-restore", map[string][]string{"file": {"f"}, "replace": {"private/c.key"}})
	if m.State() != flow.Reviewing || len(backend.Wrote()) > 0 {
		t.Fatalf("at %s, written %q", m.State(), backend.Wrote())
	}
	finish(t, m)
	if got := backend.Wrote(); !slices.Equal(got, []string{"private/a.key", "private/c.key"}) {
		t.Errorf("written %q", got)
	}
}

// Only files that others may read or change are offered, and nothing changes before
// that is accepted.
func TestKeyProtect(t *testing.T) {
	backend := tuitest.NewBackupBackend()
	backend.Known.Keys[1].Exposed, backend.Known.Keys[2].Exposed = true, true
	_, given := flows.ProtectionOfKey(backend.Known.Keys[2].ID)
	m := reviewed(t, backend, "key-protect", given)
	if m.State() != flow.Reviewing || len(backend.Wrote()) > 0 {
		t.Fatalf("at %s, written %q", m.State(), backend.Wrote())
	}
	finish(t, m)
	if got := backend.Wrote(); !slices.Equal(got, []string{backend.Known.Keys[2].Path}) {
		t.Errorf("protected %q", got)
	}
	m = reviewed(t, tuitest.NewBackupBackend(), "key-protect", nil)
	if ok, why := m.Ready(); ok || !strings.Contains(why, "other users can't read") {
		t.Errorf("with nothing to do: %v, %q", ok, why)
	}
}
