package tuitest

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/secrets"
)

// BackupBackend is a flows.Backups without folders: what a backup holds is what it is told,
// and making or checking one asks for the passphrase of each key, which is Passphrase.
// Its fields are set before use.
type BackupBackend struct {
	// Known are the facts, Variables passphrases by the label of a key.
	Known     flow.Facts
	Variables map[string]string
	// Encryption is how files are encrypted that are there.
	Encryption backup.Form
	// Refused are paths at which no backup can be written or read, with why.
	Refused map[string]error
	// Broken are the keys whose copy cannot be used.
	Broken []model.KeyID
	// Since is what Check finds here and not in the backup.
	Since backup.Report
	// Compared is what Compare finds, and WriteErr why Restore stops after one file.
	Compared backup.Restoration
	WriteErr error
	// Gates hold back what they are named for until they are closed: "outline",
	// "write".
	Gates map[string]chan struct{}

	mu    sync.Mutex
	made  []backup.Request
	wrote []string
	given []string
}

var _ flows.Backups = (*BackupBackend)(nil)

// NewBackupBackend is a source on a machine with a root key, a targets key and a key of
// alice.
func NewBackupBackend() *BackupBackend {
	const folder = "/home/ada/.docker/trust"
	key := func(name, label string, gun model.GUN) model.PrivateKey {
		id := Key(name)
		return model.PrivateKey{ID: id, Label: label, GUN: gun, Encrypted: true, Path: folder + "/private/" + string(id) + ".key"}
	}
	keys := []model.PrivateKey{key("first", "root", ""), key("second", "targets", Expiring), key("third", "alice", "")}
	known := flow.Facts{Dialect: Dialect(), Folder: folder + "/private", Keys: keys, Names: []string{string(Expiring), string(Healthy)}, Now: Now}
	flow.Learn(&known, flows.BackupsHere{Seen: []string{"/media/usb/trust-2026-10-01.tar.gz"}, Folder: folder})
	return &BackupBackend{Known: known, Encryption: backup.Unencrypted}
}

// Made are the backups that were made, without what was secret, and Wrote the paths that
// were restored; Given are the passphrases.
func (d *BackupBackend) Made() []backup.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.made)
}

// Wrote are the paths that were restored.
func (d *BackupBackend) Wrote() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.wrote)
}

// Given are the passphrases that were given.
func (d *BackupBackend) Given() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.given)
}

// Facts returns what is known.
func (d *BackupBackend) Facts(context.Context) (flow.Facts, error) { return d.Known, nil }

// Variable returns a passphrase of the environment.
func (d *BackupBackend) Variable(ask port.SecretAsk) (value []byte, name string) {
	if v := d.Variables[ask.Key.Label]; v != "" {
		return []byte(v), secrets.VariablesFor(ask)[0]
	}
	return nil, ""
}

// Path takes a path as it is.
func (d *BackupBackend) Path(typed string) (string, error) { return typed, nil }

// Ready refuses the paths that are refused.
func (d *BackupBackend) Ready(path string, _ backup.Encryption) error { return d.Refused[path] }

// Form returns the form.
func (d *BackupBackend) Form(path string) (backup.Form, error) {
	return d.Encryption, d.Refused[path]
}

// pass waits for a gate.
func (d *BackupBackend) pass(ctx context.Context, name string) error {
	gate, ok := d.Gates[name]
	if !ok {
		return nil
	}
	select {
	case <-gate:
		return nil
	case <-ctx.Done():
		return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: context.Cause(ctx)}
	}
}

// chosen are the keys of a selection.
func (d *BackupBackend) chosen(want backup.Selection) []backup.Key {
	var out []backup.Key
	for _, k := range d.Known.Keys {
		if len(want.Keys) == 0 || slices.Contains(want.Keys, string(k.ID)) {
			out = append(out, backup.Key{ID: k.ID, Label: k.Label, GUN: k.GUN, Encrypted: true, Path: "private/" + string(k.ID) + ".key"})
		}
	}
	return out
}

// Outline says what would be backed up.
func (d *BackupBackend) Outline(ctx context.Context, want backup.Selection, _ backup.Form) (*backup.Outline, error) {
	out := &backup.Outline{Keys: d.chosen(want), Files: 3, Bytes: 12_345}
	if len(want.Keys) == 0 {
		out.Repositories, out.Files, out.Pins = []model.GUN{Expiring}, 7, 1
	}
	return out, d.pass(ctx, "outline")
}

// Create asks for the passphrase of every key.
func (d *BackupBackend) Create(ctx context.Context, r backup.Request) (*backup.Report, error) {
	d.mu.Lock()
	kept := r
	kept.Lock.Passphrase = bytes.Clone(r.Lock.Passphrase)
	d.made = append(d.made, kept)
	d.mu.Unlock()
	run := admin.Runner{Steps: backup.Steps(r.File), Watch: r.Watch}
	out := &backup.Report{File: r.File, Form: r.Lock.Form(), Created: Now, Files: 7}
	nothing := func(context.Context) error { return nil }
	err := run.Run(ctx, nothing, func(ctx context.Context) (err error) {
		out.Keys, err = d.try(ctx, r.Secrets, d.chosen(r.Selection))
		return err
	}, func(ctx context.Context) error { return d.pass(ctx, "write") }, nothing)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Check asks for the passphrase of every key, and of a file that is encrypted.
func (d *BackupBackend) Check(ctx context.Context, c backup.Check) (*backup.Report, error) {
	run := admin.Runner{Steps: backup.CheckSteps(c.File), Watch: c.Watch}
	out := d.Since
	out.File, out.Form, out.Created = c.File, d.Encryption, Days(-50)
	err := run.Run(ctx, func(context.Context) error { return d.open(c.Key) }, func(ctx context.Context) (err error) {
		out.Keys, err = d.try(ctx, c.Secrets, d.chosen(backup.Selection{}))
		return err
	}, func(context.Context) error { return nil })
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// Compare says how a backup stands to the trust folder.
func (d *BackupBackend) Compare(_ context.Context, r backup.RestoreRequest) (*backup.Restoration, error) {
	if err := d.open(r.Key); err != nil {
		return nil, err
	}
	out := d.Compared
	out.File, out.Items, out.Backup.Created = r.File, slices.Clone(out.Items), Days(-50)
	return &out, nil
}

// Protect notes which files were protected.
func (d *BackupBackend) Protect(_ context.Context, ids []model.KeyID) ([]model.PrivateKey, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []model.PrivateKey
	for _, k := range d.Known.Keys {
		if slices.Contains(ids, k.ID) {
			d.wrote, out = append(d.wrote, k.Path), append(out, k)
		}
	}
	return out, d.WriteErr
}

// Restore writes what is to be written.
func (d *BackupBackend) Restore(_ context.Context, r *backup.Restoration) ([]port.RestoredFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []port.RestoredFile
	for i := range r.Items {
		item := &r.Items[i]
		if !item.Writes() {
			continue
		}
		if len(out) == 1 && d.WriteErr != nil {
			return out, d.WriteErr
		}
		placed := port.RestoredFile{Path: item.Path}
		if item.Replace {
			placed.Aside = item.Path + ".replaced-20261121T094100Z"
		}
		out, d.wrote = append(out, placed), append(d.wrote, item.Path)
	}
	return out, nil
}

// open opens a file that is encrypted under Passphrase.
func (d *BackupBackend) open(key backup.Decryption) error {
	var wrong error
	for d.Encryption == backup.WithPassphrase {
		value, err := key.Passphrase(wrong)
		if err != nil {
			return err
		}
		if d.right(value) {
			return nil
		}
		wrong = &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase or identity"}
	}
	return nil
}

// right notes a passphrase, wipes it, and says whether it is the one.
func (d *BackupBackend) right(value []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given = append(d.given, string(value))
	ok := string(value) == Passphrase
	clear(value)
	return ok
}

// try asks for each key, until it is right or skipped.
func (d *BackupBackend) try(ctx context.Context, secrets port.Interaction, keys []backup.Key) ([]backup.TriedKey, error) {
	var out []backup.TriedKey
	for i, k := range keys {
		tried := backup.TriedKey{Key: k, Trial: backup.KeyUsable}
		if slices.Contains(d.Broken, k.ID) {
			tried.Trial, tried.Fault = backup.KeyUnusable, &model.Fault{Kind: model.FaultBadData, Subject: k.Path, Text: "contains no complete PEM block"}
			out = append(out, tried)
			continue
		}
		ask := port.SecretAsk{Key: d.Known.Keys[i], Purpose: "try its copy in the backup", Skip: "Its copy stays in the backup, but untested.", Step: i + 1, Of: len(keys)}
		for {
			value, err := secrets.Ask(ctx, ask)
			if err != nil {
				return nil, err
			}
			if len(value) == 0 {
				tried.Trial = backup.KeySkipped
				break
			}
			if d.right(value) {
				break
			}
			ask.Wrong = &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
		}
		out = append(out, tried)
	}
	return out, nil
}
