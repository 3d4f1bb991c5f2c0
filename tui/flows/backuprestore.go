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
		Steps: []flow.Step{
			archiveStep("Which backup shall be restored?", "It is compared with the trust folder first, file by file. Nothing is written before you have accepted what.", compareFile(b)),
			identityStep(func(f flow.Facts, a flow.Answers) flow.Inquiry {
				return func(ctx context.Context, secrets port.Interaction) (func(*flow.Facts), error) {
					return compared(ctx, b, secrets, flow.Known[archive](f).path, a.Values[backupIdentity])
				}
			}),
			{
				ID: backupReplace, Label: "Conflicts", Question: "Which files of the trust folder shall be replaced?", Kind: flow.Several, Optional: true,
				Help: "The trust folder has other files of these names, which are left as they are unless you mark them. A file that is replaced is kept beside the new one.",
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
		help := "Mostly it is older in the backup: replacing it would let clients here accept what has been superseded."
		if item.Key != nil {
			help = "Mostly it is the same key under another passphrase. In the backup it is under the passphrase of then."
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
	return j.r.Writing() > 0, "there is nothing to write: everything that is wanted of the backup is here"
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
			out = append(out, flow.Fact{Label: flow.Warning, Text: "replaces " + itemName(item) + ". Clients here may accept what has been superseded."})
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
		out = append(out, flow.Fact{Label: "Pins", Text: text.Count(pins, "pin") + " of the backup that the settings here lack."})
	}
	return out
}

// details name the files.
func (j *restoring) details() []flow.Section {
	r := j.r
	written := flow.Section{Head: "WHAT WILL BE WRITTEN"}
	left := flow.Section{Head: "LEFT AS THEY ARE, THOUGH THE BACKUP HAS OTHERS"}
	elsewhere := flow.Section{Head: "HERE IN A FILE OF ANOTHER NAME, WHICH STAYS THE ONLY ONE"}
	for i := range r.Items {
		switch item := &r.Items[i]; {
		case item.Replace && item.Key == nil:
			written.Lines = append(written.Lines, "- "+itemName(item)+" is put aside, and the file of the backup takes its place")
		case item.Replace:
			written.Lines = append(written.Lines, "- the file of the "+itemName(item)+" is put aside, and the one of the backup takes its place")
		case item.State == backup.RestoreAdded:
			written.Lines = append(written.Lines, "+ "+itemName(item))
		case item.State == backup.RestoreConflicting:
			left.Lines = append(left.Lines, itemName(item))
		case item.State == backup.RestoreElsewhere:
			elsewhere.Lines = append(elsewhere.Lines, itemName(item)+" in "+item.Here)
		}
	}
	return []flow.Section{written, left, elsewhere, {Head: "PINS THAT THE SETTINGS HERE LACK", Lines: lackedPins(r)}}
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
		out = append(out, "an authority for "+prefix)
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
	out := &flow.Report{Usable: fmt.Sprintf("%d of %s are in %s now, each whole.", len(placed), text.Count(j.r.Writing(), "file"), j.folder)}
	for _, p := range placed {
		line := "Written: " + j.name(p.Path)
		if p.Aside != "" {
			line += "; the file before it is kept as " + p.Aside
		}
		out.Done = append(out.Done, line)
	}
	if err != nil {
		out.Next = append(hints(err), "Start again: what is there already is passed over.")
	}
	if pins := lackedPins(j.r); len(pins) > 0 {
		out.Next = append(out.Next, "Add the pins that the settings here lack to config.toml:")
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
