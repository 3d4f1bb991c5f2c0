package main

import (
	"context"
	"maps"
	"path/filepath"
	"slices"

	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// backupBackend is what the flows about backups are given of a session.
type backupBackend struct {
	*backup.Service
	flowBackend
}

var _ flows.Backups = (*backupBackend)(nil)

// backupFlows returns what the flows about backups need; nil where the session shows
// something else than the trust folder, or another time than now.
func (a *app) backupFlows(s *session) (flows.Backups, error) {
	if s.Settings.Archive != "" || !s.Settings.At.IsZero() {
		return nil, nil
	}
	b, err := a.backups()
	if err != nil {
		return nil, err
	}
	return &backupBackend{Service: b, flowBackend: flowBackend{app: a, session: s}}, nil
}

// Facts lists the keys of this machine, the repositories that are known, and the
// backups that were seen here.
func (d *backupBackend) Facts(ctx context.Context) (flow.Facts, error) {
	keys, err := d.Store.Keys(ctx)
	if err != nil {
		return flow.Facts{}, err
	}
	here := flows.BackupsHere{Folder: d.Folder.Dir()}
	facts := flow.Facts{Dialect: d.Dialect, Keys: keys, Lists: d.lists(ctx), Folder: filepath.Join(here.Folder, "private"), Practice: d.session.Practice(), Program: d.app.program(d.session), Now: d.Clock()}
	listed, err := d.Folder.Repositories(ctx)
	for _, l := range listed {
		facts.Names = append(facts.Names, string(l.GUN))
	}
	if err != nil {
		return facts, err
	}
	marks, err := d.Record.Marks(ctx)
	for _, mark := range slices.SortedFunc(maps.Values(marks), func(a, b port.BackupMark) int { return b.BackedUp.Compare(a.BackedUp) }) {
		if !slices.Contains(here.Seen, mark.File) {
			here.Seen = append(here.Seen, mark.File)
		}
	}
	flow.Learn(&facts, here)
	return facts, err
}

// Path expands ~, for where no shell has, and begins at the root.
func (d *backupBackend) Path(typed string) (string, error) { return filepath.Abs(d.expand(typed)) }

// Ready says why no backup can be written to a path.
func (d *backupBackend) Ready(path string, lock backup.Encryption) error {
	return d.Archives.Ready(path, lock)
}

// Form says how a backup is encrypted.
func (d *backupBackend) Form(path string) (backup.Form, error) { return d.Archives.Form(path) }
