package flows

import (
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// NamedKeys are the private keys that a flow is about.
const NamedKeys = "keys"

// keysStep asks which private keys of this machine are meant. can says which may be.
func keysStep(question, help string, can func(model.PrivateKey) bool) flow.Step {
	return flow.Step{
		ID: NamedKeys, Label: "Keys", Question: question, Kind: flow.Several, Help: help,
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			return optionsOf(f, slices.DeleteFunc(model.DistinctKeys(f.Keys), func(k model.PrivateKey) bool { return !can(k) }))
		},
		Default: func(_ flow.Facts, a flow.Answers) []string { return a.Values[SelectedKeys] },
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			meant, err := keysMeant(f.Keys, a.Values[NamedKeys])
			if err != nil {
				return nil, err
			}
			for _, k := range f.Keys {
				if slices.Contains(meant, string(k.ID)) && k.Fault != nil && !can(k) {
					return nil, k.Fault
				}
			}
			return meant, nil
		},
	}
}

// keysNamed are the keys that an answer names, each with the file that its store uses.
func keysNamed(f flow.Facts, a flow.Answers) []model.PrivateKey {
	return keysByID(f, a.Values[NamedKeys])
}

// keysByID are the keys with these IDs, in their order.
func keysByID(f flow.Facts, ids []string) []model.PrivateKey {
	var out []model.PrivateKey
	distinct := model.DistinctKeys(f.Keys)
	for _, id := range ids {
		if i := slices.IndexFunc(distinct, func(k model.PrivateKey) bool { return string(k.ID) == id }); i >= 0 {
			out = append(out, distinct[i])
		}
	}
	return out
}

// KeyPassphrase gives private keys a new passphrase.
func KeyPassphrase(k KeyFiles) *flow.Flow {
	keys := keysStep("Which keys do you want to give a new passphrase?",
		"All of them get the same new one. trustdeck asks for each present passphrase once, and for the new one last. A key without a passphrase gets one.", model.PrivateKey.Usable)
	keys.Check = inOneFolder
	return &flow.Flow{
		ID: "key-passphrase", Title: "Change passphrase", Verb: "Change", Source: k,
		Command: command("key passphrase", NamedKeys),
		Steps:   []flow.Step{keys},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &rephrasing{files: k, keys: keysNamed(f, a), folder: f.Folder}
		},
		Words: flow.Words{Executing: "changing passphrases"},
	}
}

// inOneFolder refuses keys of several folders: they could not be changed all or none.
func inOneFolder(f flow.Facts, a flow.Answers) error {
	keys := keysNamed(f, a)
	for _, k := range keys {
		if k.Store != keys[0].Store {
			return &model.Fault{
				Kind: model.FaultUsage,
				Text: fmt.Sprintf("key %s is in %s, but key %s in %s: they can't be changed all or none", keys[0].ID.Short(), keys[0].Store, k.ID.Short(), k.Store),
				Hint: "Change the keys of each folder separately. List them with: trustdeck keys",
			}
		}
	}
	return nil
}

// rephrasing gives keys a new passphrase.
type rephrasing struct {
	files  KeyFiles
	keys   []model.PrivateKey
	folder string
}

var _ flow.Outcome = (*rephrasing)(nil)

// Ready reports whether there is anything to do.
func (r *rephrasing) Ready() (ok bool, why string) {
	return len(r.keys) > 0, "there is no key to change"
}

// Steps lists what will be done.
func (r *rephrasing) Steps() []admin.Step { return keyfile.PassphraseSteps(r.keys, r.folder) }

// Review names the keys.
func (r *rephrasing) Review() flow.Review {
	out := flow.Review{
		Verdict: "Ready: " + text.Count(len(r.keys), "key") + " will get one new passphrase.",
		Table:   flow.Table{Columns: []flow.Column{{Title: "KEY"}, {Title: "REPOSITORY", Word: "repository"}, {Title: "PASSPHRASE", Word: "passphrase"}}},
	}
	if ok, why := r.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	ids := flow.Section{Head: "KEY IDS"}
	bare := 0
	for _, k := range r.keys {
		becomes := "new"
		if !k.Encrypted {
			becomes = "new (was none)"
			bare++
		}
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{keyName(k.ID, k.Label, ""), string(k.GUN), becomes}})
		ids.Lines = append(ids.Lines, string(k.ID)+", in "+k.Path)
	}
	if bare > 0 {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: text.Count(bare, "key") + " had no passphrase. Copies of such a file stay as they are, and anyone who has one can sign."})
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "Backups", Text: "existing ones stay as they are. Their keys need the old passphrases."})
	if len(r.keys) > 1 {
		out.Facts = append(out.Facts, flow.Fact{Label: "All or none", Text: "trustdeck writes all new files before it replaces the first. If it is cut off after that, trustdeck resume finishes it."})
	}
	out.Details = []flow.Section{ids, inOrder(r.Steps())}
	return out
}

// Do changes them.
func (r *rephrasing) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	var ids []model.KeyID
	for _, k := range r.keys {
		ids = append(ids, k.ID)
	}
	got, err := r.files.ChangePassphrases(ctx, ids, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	out := &flow.Report{Usable: "Every key can be used with the passphrase that it had before."}
	for _, k := range got.Changed {
		out.Done = append(out.Done, "New passphrase: "+keyName(k.ID, k.Label, k.GUN))
	}
	switch {
	case got.CutOff:
		for _, k := range got.Unchanged {
			out.NotDone = append(out.NotDone, "Old passphrase: "+keyName(k.ID, k.Label, k.GUN))
		}
		out.Usable = "Every key can be used, with the old or the new passphrase."
		out.Next = []string{"To give the other keys the new passphrase too: trustdeck resume"}
	case len(got.Changed) > 0:
		out.Usable = text.Count(len(got.Changed), "key") + " can be used with the new passphrase only."
		out.Next = []string{"Back up the keys again: older backups need the old passphrases."}
	}
	out.Next = append(hints(err), out.Next...)
	return out, err
}
