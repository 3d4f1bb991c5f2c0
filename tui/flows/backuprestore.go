package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

const backupReplace = "replace"

// BackupRestore puts keys and trust data of a backup back into the trust folder.
func BackupRestore(b Backups) *flow.Flow {
	return &flow.Flow{
		ID: "backup-restore", Title: "Restore a backup", Verb: "Restore", Source: b,
		Command: command("backup restore", backupFile),
		Steps: []flow.Step{
			archiveStep("Which backup do you want to restore?", "trustdeck first compares it with the trust folder, file by file. It writes nothing until you accept the review.", compareFile(b)),
			identityStep(func(f flow.Facts, a flow.Answers) flow.Inquiry {
				return func(ctx context.Context, secrets port.Interaction) (func(*flow.Facts), error) {
					return compared(ctx, b, secrets, flow.Known[archive](f).path, a.Values[backupIdentity])
				}
			}),
			{
				ID: backupReplace, Flag: "replace", Label: "Conflicts", Question: "Which files in the trust folder do you want to replace?", Kind: flow.Several, Optional: true,
				Help: "The trust folder has other files with these names. They stay unless you mark them. trustdeck keeps a replaced file next to the new one.",
				When: func(f flow.Facts, _ flow.Answers) bool {
					r := flow.Known[*backup.Restoration](f)
					return r != nil && r.Count(backup.RestoreConflicting) > 0
				},
				Options: conflicts,
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			r := flow.Known[*backup.Restoration](f)
			r.Choose(a.Values[backupReplace])
			return &restoring{b, r, flow.Known[BackupsHere](f).Folder}
		},
	}
}

// compareFile finds the file, and compares it where nothing more is needed to open it
// than a passphrase.
func compareFile(b Backups) func(flow.Facts, flow.Answers) flow.Inquiry {
	return func(_ flow.Facts, a flow.Answers) flow.Inquiry {
		return func(ctx context.Context, secrets port.Interaction) (func(*flow.Facts), error) {
			file, err := located(b, a)
			if err != nil {
				return nil, err
			}
			found := func(f *flow.Facts) { flow.Learn(f, file) }
			if file.form == backup.WithRecipients {
				return found, nil
			}
			learn, err := compared(ctx, b, secrets, file.path, nil)
			return func(f *flow.Facts) { found(f); learn(f) }, err
		}
	}
}

// compared compares a backup with the trust folder.
func compared(ctx context.Context, b Backups, secrets port.Interaction, file string, identities []string) (func(*flow.Facts), error) {
	key, err := opens(ctx, b, secrets, file, identities)
	if err != nil {
		return nil, err
	}
	r, err := b.Compare(ctx, backup.RestoreRequest{File: file, Key: key})
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // nobody will take it any more
		r.Wipe()
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: context.Cause(ctx)}
	}
	return func(f *flow.Facts) { flow.Learn(f, r) }, nil
}

// conflicts are the files that could be replaced.
func conflicts(f flow.Facts, _ flow.Answers) []flow.Option {
	var out []flow.Option
	r := flow.Known[*backup.Restoration](f)
	for i := range r.Items {
		item := &r.Items[i]
		if item.State != backup.RestoreConflicting {
			continue
		}
		help := "Usually the backup's file is older: with it, clients here would accept superseded versions."
		if item.Key != nil {
			help = "Usually it is the same key with another passphrase. The backup's file has the earlier passphrase."
		}
		out = append(out, flow.Option{Value: item.Path, Label: itemName(item), Help: help})
	}
	return out
}

// itemName is a file of a backup for people.
func itemName(i *backup.RestoreItem) string {
	if i.Key != nil {
		return keyName(i.Key.ID, i.Key.Label, i.Key.GUN)
	}
	file := strings.TrimPrefix(i.Path, "tuf/"+string(i.GUN)+"/metadata/")
	return file + " of " + string(i.GUN)
}

// restoring writes what a comparison says.
type restoring struct {
	backups Backups
	r       *backup.Restoration
	// folder is the trust folder.
	folder string
}

var _ flow.Outcome = (*restoring)(nil)

// Ready reports whether there is anything to write.
func (j *restoring) Ready() (ok bool, why string) {
	return j.r.Writing() > 0, "there is nothing to write: the trust folder has everything selected from the backup"
}

// Steps lists what will be done.
func (j *restoring) Steps() []admin.Step {
	return waiting("write " + text.Count(j.r.Writing(), "file") + " into " + j.folder)
}

// Review says what becomes of each file.
func (j *restoring) Review() flow.Review {
	r := j.r
	replaced := r.Writing() - r.Count(backup.RestoreAdded)
	out := flow.Review{
		Verdict: "Ready: " + text.Count(r.Writing(), "file") + " of the backup will be written.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "TRUST FOLDER"}, {Title: "ADDED", Word: "added"}, {Title: "REPLACED", Word: "replaced"}, {Title: "LEFT", Word: "left"}, {Title: "PRESENT", Word: "present"}, {Title: "ELSEWHERE", Word: "elsewhere"}},
			Rows: []flow.Row{{Cells: []string{
				j.folder, text.Number(r.Count(backup.RestoreAdded)), text.Number(replaced), text.Number(r.Count(backup.RestoreConflicting) - replaced),
				text.Number(r.Count(backup.RestorePresent)), text.Number(r.Count(backup.RestoreElsewhere)),
			}}},
		},
		Facts: j.facts(),
	}
	if ok, why := j.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	for _, section := range j.details() {
		if len(section.Lines) > 0 {
			out.Details = append(out.Details, section)
		}
	}
	return out
}

// facts are what decides about it.
func (j *restoring) facts() []flow.Fact {
	r := j.r
	var out []flow.Fact
	for i := range r.Items {
		if item := &r.Items[i]; item.Replace && item.Key == nil {
			out = append(out, flow.Fact{Label: flow.Warning, Text: "replaces " + itemName(item) + ". Clients here may accept superseded versions."})
		}
	}
	var written []string
	for i := range r.Items {
		if item := &r.Items[i]; item.Writes() {
			written = append(written, itemName(item))
		}
	}
	if len(written) > 0 {
		out = append(out, flow.Fact{Label: "Written", Text: few(written) + "."})
	}
	out = append(out, flow.Fact{Label: "Backup", Text: r.File + ", made at " + text.UTC(r.Backup.Created) + "."})
	if pins := len(lackedPins(r)); pins > 0 {
		out = append(out, flow.Fact{Label: "Pins", Text: text.Count(pins, "pin") + " in the backup that your settings lack."})
	}
	return out
}

// details name the files.
func (j *restoring) details() []flow.Section {
	r := j.r
	written := flow.Section{Head: "WHAT WILL BE WRITTEN"}
	left := flow.Section{Head: "NOT CHANGED, ALTHOUGH THE BACKUP DIFFERS"}
	elsewhere := flow.Section{Head: "HERE UNDER ANOTHER FILE NAME; NOT WRITTEN AGAIN"}
	for i := range r.Items {
		switch item := &r.Items[i]; {
		case item.Replace && item.Key == nil:
			written.Lines = append(written.Lines, "- "+itemName(item)+" is set aside and replaced with the file from the backup")
		case item.Replace:
			written.Lines = append(written.Lines, "- the file of the "+itemName(item)+" is set aside and replaced with the one from the backup")
		case item.State == backup.RestoreAdded:
			written.Lines = append(written.Lines, "+ "+itemName(item))
		case item.State == backup.RestoreConflicting:
			left.Lines = append(left.Lines, itemName(item))
		case item.State == backup.RestoreElsewhere:
			elsewhere.Lines = append(elsewhere.Lines, itemName(item)+" in "+item.Here)
		}
	}
	return []flow.Section{written, left, elsewhere, {Head: "PINS THAT YOUR SETTINGS LACK", Lines: lackedPins(r)}}
}

// lackedPins are the pins of the backup that the settings here do not have.
func lackedPins(r *backup.Restoration) []string {
	var out []string
	for _, pattern := range slices.Sorted(maps.Keys(r.Pins.Certs)) {
		for _, id := range r.Pins.Certs[pattern] {
			out = append(out, pattern+" on "+string(id))
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(r.Pins.CAs)) {
		out = append(out, "a CA for "+prefix)
	}
	return out
}

// Do writes the files.
func (j *restoring) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	var placed []port.RestoredFile
	err := act(ctx, run, j.Steps(), func(ctx context.Context) (err error) {
		placed, err = j.backups.Restore(ctx, j.r)
		return err
	})
	out := &flow.Report{Usable: fmt.Sprintf("%d of %s are now in %s, each complete.", len(placed), text.Count(j.r.Writing(), "file"), j.folder)}
	for _, p := range placed {
		line := "Written: " + j.name(p.Path)
		if p.Aside != "" {
			line += "; its previous file is kept as " + p.Aside
		}
		out.Done = append(out.Done, line)
	}
	if err != nil {
		out.Next = append(hints(err), "Start again: trustdeck skips what is already there.")
	}
	if pins := lackedPins(j.r); len(pins) > 0 {
		out.Next = append(out.Next, "Add the pins that your settings lack to config.toml:")
		out.Next = append(out.Next, pins...)
	}
	return out, err
}

// name is the file at a path for people.
func (j *restoring) name(path string) string {
	for i := range j.r.Items {
		if j.r.Items[i].Path == path {
			return itemName(&j.r.Items[i])
		}
	}
	return path
}
