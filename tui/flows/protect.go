package flows

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// protectKeys is the answer of KeyProtect.
const protectKeys = "keys"

// KeyProtect takes of the machine the right to read key files.
func KeyProtect(b Backups) *flow.Flow {
	some := func(f flow.Facts, _ flow.Answers) bool { return len(backup.Exposed(f.Keys)) > 0 }
	return &flow.Flow{
		ID: "key-protect", Title: "Protect key files", Verb: "Protect", Source: b,
		Command: command("key protect", protectKeys),
		Steps: []flow.Step{{
			ID: protectKeys, Label: "Keys", Question: "Which key files do you want to protect?", Kind: flow.Several, When: some,
			Help: "Other users of this machine can read or change them. trustdeck changes only their mode (chmod 600), not the keys or passphrases.",
			Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
				return optionsOf(f, backup.Exposed(f.Keys))
			},
			Default: func(f flow.Facts, _ flow.Answers) []string {
				var out []string
				for _, k := range backup.Exposed(f.Keys) {
					out = append(out, string(k.ID))
				}
				return out
			},
		}},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			j := &protecting{backups: b}
			for _, k := range backup.Exposed(f.Keys) {
				for _, id := range a.Values[protectKeys] {
					if string(k.ID) == id {
						j.keys = append(j.keys, k)
					}
				}
			}
			return j
		},
	}
}

// ProtectionOfKey is the flow that protects the file of one key, with its answers.
func ProtectionOfKey(id model.KeyID) (flow string, given map[string][]string) {
	return "key-protect", map[string][]string{protectKeys: {string(id)}}
}

// protecting changes the modes of key files.
type protecting struct {
	backups Backups
	keys    []model.PrivateKey
}

var _ flow.Outcome = (*protecting)(nil)

// Ready reports whether there is anything to do.
func (j *protecting) Ready() (ok bool, why string) {
	return len(j.keys) > 0, "there is nothing to do: other users can't read or change any key file"
}

// Steps lists what will be done.
func (j *protecting) Steps() []admin.Step {
	return waiting("stop other users from reading and changing " + text.Count(len(j.keys), "key file") + "")
}

// Review names the files.
func (j *protecting) Review() flow.Review {
	if ok, why := j.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	out := flow.Review{
		Verdict: "Ready: only you will be able to read and change " + text.Count(len(j.keys), "key file") + ".",
		Table:   flow.Table{Columns: []flow.Column{{Title: "KEY"}, {Title: "PASSPHRASE", Word: "passphrase"}}},
	}
	files := flow.Section{Head: "KEY FILES"}
	bare := 0
	for _, k := range j.keys {
		name, passphrase := keyName(k.ID, k.Label, k.GUN), "yes"
		if !k.Encrypted {
			passphrase = "none"
			bare++
		}
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{name, passphrase}})
		files.Lines = append(files.Lines, name+" in "+k.Path)
	}
	if bare > 0 {
		out.Facts = []flow.Fact{{Label: flow.Warning, Text: text.Count(bare, "key") + " without a passphrase. Anyone who has read such a file can sign. If you don't trust all users of this machine, rotate the key."}}
	}
	out.Details = []flow.Section{files}
	return out
}

// Do changes the modes.
func (j *protecting) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	var ids []model.KeyID
	for _, k := range j.keys {
		ids = append(ids, k.ID)
	}
	var done []model.PrivateKey
	err := act(ctx, r, j.Steps(), func(ctx context.Context) (err error) {
		done, err = j.backups.Protect(ctx, ids)
		return err
	})
	out := &flow.Report{Usable: "Only you can read and change " + text.Count(len(done), "key file") + " now. The keys can be used as before."}
	for _, k := range done {
		out.Done = append(out.Done, "Protected: "+keyName(k.ID, k.Label, k.GUN))
	}
	out.Next = hints(err)
	return out, err
}
