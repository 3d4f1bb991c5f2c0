package guide_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/tuitest"
)

const backupPath = "/media/usb/trust.tar.gz"

// keep goes to a flow about backups.
func keep(t *testing.T, source *tuitest.BackupBackend, id string, given map[string][]string) *walker {
	t.Helper()
	return walk(t, nil, func(env *screen.Env) *guide.Screen {
		env.Flows = flows.All(flows.Ports{Backups: source})
		return guide.New(env, nav.Flow(id, given))
	})
}

// making accepts that a backup is made.
func making(t *testing.T, source *tuitest.BackupBackend, encryption string) *walker {
	t.Helper()
	return keep(t, source, "backup-create", map[string][]string{"what": {"all"}, "encryption": {encryption}, "file": {backupPath}}).
		sees("Encryption:", "Back up ]").do(keymap.FlowSwitch, keymap.FlowNext)
}

// restoration is a backup with a file in every state.
func restoration() backup.Restoration {
	keys := tuitest.NewBackupBackend().Known.Keys
	item := func(i int, state backup.RestoreState) backup.RestoreItem {
		k := keys[i]
		return backup.RestoreItem{
			Path: "private/" + string(k.ID) + ".key", State: state, GUN: k.GUN, Here: "private/tuf_keys/" + string(k.ID) + ".key",
			Key: &backup.Key{ID: k.ID, Label: k.Label, GUN: k.GUN},
		}
	}
	const trust = "tuf/registry.example.org/web/frontend/metadata/"
	return backup.Restoration{
		Items: []backup.RestoreItem{
			item(0, backup.RestoreAdded), item(1, backup.RestoreConflicting), item(2, backup.RestoreElsewhere),
			{Path: trust + "root.json", State: backup.RestorePresent, GUN: tuitest.Expiring},
			{Path: trust + "targets.json", State: backup.RestoreConflicting, GUN: tuitest.Expiring},
		},
		Pins: dialect.Pins{Certs: map[string][]model.KeyID{"registry.example.org/*": {tuitest.Key("pinned")}}},
	}
}

func restoring(t *testing.T) (*tuitest.BackupBackend, *walker) {
	t.Helper()
	source := tuitest.NewBackupBackend()
	source.Compared = restoration()
	return source, keep(t, source, "backup-restore", map[string][]string{"file": {backupPath}})
}

// Every page of the flows about backups, as it is seen.
func TestBackupPictures(t *testing.T) {
	for name, walk := range map[string]func(*testing.T, *tuitest.BackupBackend) *walker{
		"what": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-create", nil).sees("What do you want to back up?")
		},
		"repositories": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-create", map[string][]string{"what": {"repositories"}, "selected-repositories": {string(tuitest.Expiring)}}).sees("Which repositories?")
		},
		"keys": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-create", map[string][]string{"what": {"keys"}, "selected-keys": {string(tuitest.Key("second"))}}).sees("[x] targets key")
		},
		"encryption": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			w := keep(t, d, "backup-create", map[string][]string{"what": {"all"}}).sees("Do you want to encrypt")
			return w.do(keymap.Down)
		},
		"recipients": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			w := keep(t, d, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"recipients"}}).sees("Who can open it?")
			return w.answer("AGE-SECRET-KEY-1QQQ").do(keymap.FlowNext).sees("not an age public key")
		},
		"where": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"none"}}).sees("~/trust-2026-11-21.tar.gz")
		},
		"where-refused": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Refused = map[string]error{backupPath: inside}
			return keep(t, d, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"none"}, "file": {backupPath}}).sees("would be inside the trust")
		},
		"surveying": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Gates = map[string]chan struct{}{"outline": make(chan struct{})}
			return keep(t, d, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"none"}, "file": {backupPath}}).sees("Reading the private keys")
		},
		"review": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"passphrase"}, "file": {backupPath}}).sees("Encryption:")
		},
		"passphrase": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return making(t, d, "passphrase").sees("Passphrase of the backup")
		},
		"key": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return making(t, d, "none").sees("Passphrase 1 of 3")
		},
		"skip": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return making(t, d, "none").sees("Passphrase 1 of 3").do(keymap.FlowNext).sees("Press Enter again")
		},
		"writing": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Gates = map[string]chan struct{}{"write": make(chan struct{})}
			return opened(making(t, d, "none")).sees("2 of 4 done")
		},
		"made": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return opened(making(t, d, "none")).sees("3 of 3 keys")
		},
		"made-in-part": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Broken = []model.KeyID{tuitest.Key("third")}
			w := making(t, d, "none").sees("Passphrase 1 of 3").do(keymap.FlowNext, keymap.FlowNext)
			return w.secret("Passphrase 2 of 3", tuitest.Passphrase, false).sees("Done, with failures")
		},
		"stopped": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			w := making(t, d, "none").sees("Passphrase 1 of 3")
			w.StepBack()
			return w.sees("Nothing was written")
		},
		"check": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			return keep(t, d, "backup-check", nil).sees("/media/usb/trust-2026-10-01.tar.gz")
		},
		"check-identity": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Encryption = backup.WithRecipients
			return keep(t, d, "backup-check", nil).sees("Which backup").do(keymap.FlowNext).sees("secret key")
		},
		"checked": func(t *testing.T, d *tuitest.BackupBackend) *walker {
			d.Since = backup.Report{NewKeys: d.Known.Keys[:1], Rewritten: d.Known.Keys[1:2], NewRepositories: []model.GUN{tuitest.Healthy}}
			return opened(keep(t, d, "backup-check", nil).sees("Which backup").do(keymap.FlowNext)).sees("3 of 3 keys")
		},
		"restore-conflicts": func(t *testing.T, _ *tuitest.BackupBackend) *walker {
			_, w := restoring(t)
			return w.sees("Which files in the trust folder").do(keymap.Mark)
		},
		"restore-review": func(t *testing.T, _ *tuitest.BackupBackend) *walker {
			_, w := restoring(t)
			return w.sees("Which files").do(keymap.Mark, keymap.FlowNext).sees("REPLACED")
		},
		"restored": func(t *testing.T, _ *tuitest.BackupBackend) *walker {
			_, w := restoring(t)
			return w.sees("Which files").do(keymap.Mark, keymap.FlowNext).sees("Restore ]").do(keymap.FlowSwitch, keymap.FlowNext).sees("2 of 2 files")
		},
	} {
		t.Run(name, func(t *testing.T) { walk(t, tuitest.NewBackupBackend()).pictures("backup-" + name) })
	}
}

// opened gives the passphrase of the first of the three keys, which opens the others too.
func opened(w *walker) *walker {
	w.t.Helper()
	return w.secret("Passphrase 1 of 3", tuitest.Passphrase, false)
}

var inside = &model.Fault{Kind: model.FaultUsage, Subject: backupPath, Text: "would be inside the trust folder that it backs up", Hint: "Put it on another disk."}

// A key is skipped by two presses of enter with nothing typed, by no fewer, and not
// where something was typed in between.
func TestSkip(t *testing.T) {
	source := tuitest.NewBackupBackend()
	w := making(t, source, "none").sees("Passphrase 1 of 3").do(keymap.FlowNext).sees("Press Enter again")
	w.write("x")
	w.key(tea.KeyPressMsg{Code: tea.KeyBackspace})
	w.do(keymap.FlowNext).sees("Passphrase 1 of 3", "Press Enter again").do(keymap.FlowNext)
	w.secret("Passphrase 2 of 3", tuitest.Passphrase, false)
	w.sees("2 of 3 keys in the backup are usable", "SKIPPED AND UNTESTED", "root key "+tuitest.Key("first").Short())
	if w.State() != flow.Done {
		t.Errorf("the state is %s", w.State())
	}
}

// A passphrase that is chosen for the file is asked for twice, and never drawn; nor is
// that of a key.
func TestBackupSecretsStayUnseen(t *testing.T) {
	const chosen = "a backup of my own"
	source := tuitest.NewBackupBackend()
	w := making(t, source, "passphrase")
	unseen := func() {
		t.Helper()
		for _, secret := range []string{chosen, chosen[:6], tuitest.Passphrase, tuitest.Passphrase[:6]} {
			if strings.Contains(w.view(), secret) {
				t.Errorf("%q is on the screen:\n%s", secret, w.view())
			}
		}
		for _, item := range w.CopyItems() {
			if strings.Contains(item.Text, chosen) || strings.Contains(item.Text, tuitest.Passphrase) {
				t.Errorf("a secret can be copied: %s", item.Label)
			}
		}
	}
	w.sees("Passphrase of the backup").write(chosen)
	unseen()
	w.do(keymap.FlowNext).sees("Type the passphrase again.").answer(chosen)
	w.sees("Passphrase 1 of 3").write(tuitest.Passphrase)
	unseen()
	w.do(keymap.FlowNext).sees("3 of 3 keys")
	unseen()
	if made := source.Made(); len(made) != 1 || string(made[0].Lock.Passphrase) != chosen || made[0].File != backupPath {
		t.Errorf("made %+v", made)
	}
}

// Whatever is refused about the file is said at that question, and another one is
// taken.
func TestAnotherFile(t *testing.T) {
	source := tuitest.NewBackupBackend()
	source.Refused = map[string]error{backupPath: inside}
	w := keep(t, source, "backup-create", map[string][]string{"what": {"all"}, "encryption": {"none"}, "file": {backupPath}}).sees("would be inside the trust folder", "Put it on another disk.")
	w.answer("2").sees("/media/usb/trust.tar.gz2", "Encryption:")
	if len(source.Made()) > 0 {
		t.Error("a backup is made before it was accepted")
	}
}

// A backup under a passphrase is opened before it can be compared: a wrong one is asked
// for again, and going back asks for nothing more.
func TestRestoreEncrypted(t *testing.T) {
	source := tuitest.NewBackupBackend()
	source.Encryption, source.Compared = backup.WithPassphrase, restoration()
	w := keep(t, source, "backup-restore", map[string][]string{"file": {backupPath}}).sees("Passphrase of the backup")
	if !w.StepBack() || w.sees("Which backup do you want to restore?").Typing() != true {
		t.Error("going back does not lead to the question")
	}
	w.do(keymap.FlowNext).sees("Passphrase of the backup").answer("wrong").sees("Wrong passphrase").answer(tuitest.Passphrase)
	w.sees("Which files in the trust folder").do(keymap.FlowNext).sees("REPLACED").do(keymap.FlowSwitch, keymap.FlowNext).sees("1 of 1 file")
	if got := source.Wrote(); !slices.Equal(got, []string{"private/" + string(tuitest.Key("first")) + ".key"}) {
		t.Errorf("written: %q, where nothing was to be replaced", got)
	}
	if given := source.Given(); !slices.Equal(given, []string{"wrong", tuitest.Passphrase}) {
		t.Errorf("given: %q", given)
	}
}

// What stops a restoration leaves what is written, and says so.
func TestRestoreStops(t *testing.T) {
	source, w := restoring(t)
	source.WriteErr = &model.Fault{Kind: model.FaultLocal, Subject: "/home/ada/.docker/trust", Text: "no space is left", Hint: "Make room."}
	w.sees("Which files").do(keymap.Mark, keymap.FlowNext).sees("Restore ]").do(keymap.FlowSwitch, keymap.FlowNext)
	w.sees("Done, with failures", "o space is left", "1 of 2 files", "Make room.", "Start again")
}
