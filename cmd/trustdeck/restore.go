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
		Short: "Put keys and trust data of a backup back into the trust folder",
		Long: `Compares a backup with the trust folder, file by file, and writes what is missing once
that is accepted. Each file is

  added        the folder has nothing of that name: it is written
  present      the same file is there already: nothing to do
  conflicting  another file has its name: it is left, unless --replace names it
  elsewhere    the folder has the key in another file, which stays the only one

A file that is replaced is kept beside the new one, under a name that neither notary nor
docker looks at. Trust data that is newer here than in the backup is conflicting, and
there is hardly ever a reason to replace it.

The folder and every file in it are only yours (0700, 0600). Pins are not written: they
are settings, and those that the settings here lack are shown.`,
		Example: `  trustdeck backup restore /media/usb/trust-2026-11-21.tar.gz
  # one key only
  trustdeck backup restore --key 8dd36646 /media/usb/trust-2026-11-21.tar.gz
  # into another folder, by a script
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
	cmd.Flags().StringArrayVar(&replace, "replace", nil, "replace the conflicting file with this `ID` of a key, or beginning of it, or path; may be repeated")
	cmd.Flags().BoolVar(&yes, "yes", false, "accept what is to be written, and ask nothing at all")
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
		a.warn(text.Count(left, "file")+" of the folder conflicting with the backup: left as they are", "To replace one, and keep what is there beside it, give --replace with its path or the ID of the key.")
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
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was written: it was not accepted"}
	}
	placed, err := b.Restore(ctx, r)
	for _, p := range placed {
		if p.Aside != "" {
			a.say("the file before "+p.Path+" is kept as "+p.Aside, "")
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
		a.warn("the settings here do not have the pin of "+pattern+" on "+strings.Join(ids, ", "), "Add it to [pins] of config.toml, or give it with --pin.")
	}
	for _, prefix := range slices.Sorted(maps.Keys(r.Pins.CAs)) {
		a.warn("the settings here do not have the authority pinned for "+prefix, "Its PEM is in the manifest of the backup: add it to [pin_cas] of config.toml.")
	}
}

// agreeTo asks a question that only y or yes accepts.
func (a *app) agreeTo(ctx context.Context, yes bool, question string) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive {
		return false, usageError("nobody can be asked whether this is to be written", "Give --yes to accept it.")
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
