package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/plain"
	"trustdeck/tui/text"
)

func newBackupRestore(a *app) *cobra.Command {
	var narrow selection
	var identities, replace []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore keys and trust data from a backup",
		Long: `Compares a backup with the trust folder, file by file, and writes the missing files when
you accept it. Each file is

  added        the folder has no file of that name: trustdeck writes it
  present      the folder has the same file: nothing to do
  conflicting  the folder has another file of that name: it stays, unless --replace
               selects it
  elsewhere    the folder has the key in another file, which stays the only one

trustdeck keeps a replaced file next to the new one, under a name that notary and docker
ignore. Trust data that is newer here than in the backup is conflicting; there is hardly
ever a reason to replace it.

Only you can read the folder and its files (0700, 0600). trustdeck doesn't restore pins,
which are settings, but shows those that your settings lack.`,
		Example: `  trustdeck backup restore /media/usb/trust-2026-11-21.tar.gz
  # one key only
  trustdeck backup restore --key 8dd36646 /media/usb/trust-2026-11-21.tar.gz
  # into another folder, in a script
  trustdeck --trust-dir ~/rescued backup restore --yes /media/usb/trust-2026-11-21.tar.gz`,
		Args: arguments("one file to restore from", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := a.backups()
			if err != nil {
				return err
			}
			want, err := narrow.wanted(cmd.Context(), a)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			r, err := b.Compare(cmd.Context(), backup.RestoreRequest{
				File: path, Key: backupKey(cmd.Context(), a.secrets(yes), path, identities), Selection: want, Replace: replace,
			})
			if err != nil {
				return err
			}
			defer r.Wipe()
			return a.restore(cmd.Context(), b, r, yes)
		},
	}
	narrow.add(a, cmd, "restore")
	addIdentity(cmd, &identities)
	listVar(cmd.Flags(), &replace, "replace", "replace the conflicting file with this key `ID`, start of an ID, or path; may be repeated")
	cmd.Flags().BoolVar(&yes, "yes", false, "write the files without asking")
	a.addOutput(cmd)
	return cmd
}

// restore shows what would be written, and writes it once that is accepted.
func (a *app) restore(ctx context.Context, b *backup.Service, r *backup.Restoration, yes bool) error {
	answer := report.NewRestore(b.Folder.Dir(), r)
	writing := r.Writing()
	if a.output != "json" {
		if err := a.writeRestore(answer); err != nil {
			return err
		}
	}
	a.say(fmt.Sprintf("%s of the backup of %s: %d added, %d present, %d conflicting, %d elsewhere", text.Count(len(r.Items), "file"), text.UTC(r.Backup.Created),
		r.Count(backup.RestoreAdded), r.Count(backup.RestorePresent), r.Count(backup.RestoreConflicting), r.Count(backup.RestoreElsewhere)), "")
	a.sayPins(r)
	if left := r.Count(backup.RestoreConflicting); left > 0 && !slices.ContainsFunc(r.Items, func(i backup.RestoreItem) bool { return i.Replace }) {
		a.warn(text.Count(left, "file")+" in the folder conflicting with the backup; not changed", "To replace one, and keep the current file next to it, give --replace with its path or key ID.")
	}
	if writing == 0 {
		a.say("there is nothing to write", "")
		return a.restored(answer, nil)
	}
	agreed, err := a.agreeTo(ctx, yes, fmt.Sprintf("Write %s into %s?", text.Count(writing, "file"), b.Folder.Dir()))
	if err != nil {
		return err
	}
	if !agreed {
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was written: you did not accept it"}
	}
	placed, err := b.Restore(ctx, r)
	for _, p := range placed {
		if p.Aside != "" {
			a.say("the previous file of "+p.Path+" is kept as "+p.Aside, "")
		}
	}
	a.say(fmt.Sprintf("%d of %s written into %s", len(placed), text.Count(writing, "file"), b.Folder.Dir()), "")
	if shown := a.restored(answer, placed); err == nil {
		err = shown
	}
	return err
}

// restored answers programs, once it is known what was written.
func (a *app) restored(answer report.Restore, placed []port.RestoredFile) error {
	if a.output != "json" {
		return nil
	}
	answer.Written(placed)
	return report.Encode(a.out, answer)
}

// sayPins shows the pins that the settings here lack.
func (a *app) sayPins(r *backup.Restoration) {
	for _, pattern := range slices.Sorted(maps.Keys(r.Pins.Certs)) {
		ids := model.Retype[string](r.Pins.Certs[pattern])
		a.warn("your settings lack the pin for "+pattern+" on "+strings.Join(ids, ", "), "Add it to [pins] in config.toml, or give it with --pin.")
	}
	for _, prefix := range slices.Sorted(maps.Keys(r.Pins.CAs)) {
		a.warn("your settings lack the CA pinned for "+prefix, "Its PEM is in the backup's manifest; add it to [pin_cas] in config.toml.")
	}
}

// agreeTo asks a question that only y or yes accepts.
func (a *app) agreeTo(ctx context.Context, yes bool, question string) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive {
		return false, usageError("trustdeck can't ask you to confirm this", "Give --yes to accept it.")
	}
	line, err := a.lines().Line(ctx, question+" [y/N]")
	if errors.Is(err, plain.ErrEnd) {
		return false, nil
	}
	line = strings.ToLower(line)
	return line == "y" || line == "yes", err
}

func (a *app) writeRestore(answer report.Restore) error {
	t := table.New(
		table.Column{Title: "STATE"}, table.Column{Title: "ACTION"}, table.Column{Title: "LABEL"},
		table.Column{Title: "REPOSITORY", Flex: true, KeepEnd: true}, table.Column{Title: "FILE", Flex: true},
	)
	for _, f := range answer.Files {
		action := "leave"
		switch {
		case f.Replace:
			action = "replace"
		case f.State == string(backup.RestoreAdded):
			action = "write"
		}
		t.Row(f.State, action, f.Label, f.Repository, f.Path)
	}
	return t.Write(a.out, a.width)
}
