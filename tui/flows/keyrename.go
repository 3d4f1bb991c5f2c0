package flows

import (
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// KeyRename gives the key of a delegation another name.
func KeyRename(k KeyFiles) *flow.Flow {
	which := keysStep("Which key do you want to rename?",
		"The name is a line in the key's file. Only keys of delegations have one of your choice.",
		func(k model.PrivateKey) bool { return k.Usable() && keyfile.CheckRename(k) == nil })
	which.Kind, which.Label = flow.Choice, "Key"
	which.Default = func(f flow.Facts, a flow.Answers) []string {
		for _, k := range keysByID(f, a.Values[SelectedKeys]) {
			if k.Usable() && keyfile.CheckRename(k) == nil {
				return []string{string(k.ID)}
			}
		}
		return nil
	}
	resolve := which.Resolve
	which.Resolve = func(f flow.Facts, a flow.Answers) ([]string, error) {
		meant, err := resolve(f, a)
		if err != nil {
			return nil, err
		}
		for _, k := range keysByID(f, meant) {
			if err := keyfile.CheckRename(k); err != nil {
				return nil, err
			}
		}
		return meant, nil
	}
	return &flow.Flow{
		ID: "key-rename", Title: "Rename key", Verb: "Rename", Source: k,
		Command: command("key rename", NamedKeys, KeyName),
		Steps: []flow.Step{which, {
			ID: KeyName, Label: "Name", Question: "What do you want to call it?", Example: "alice", Kind: flow.Text,
			Help:  "The name of its signer. Clients show it when they list keys.",
			Check: func(f flow.Facts, a flow.Answers) error { return checkKeyName(f, a.First(KeyName)) },
		}},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &renaming{files: k, keys: keysNamed(f, a), name: a.First(KeyName), folder: f.Folder, words: f.Dialect.Words()}
		},
		Words: flow.Words{Executing: "renaming a key"},
	}
}

// checkKeyName says why the key of a delegation can't have a name.
func checkKeyName(f flow.Facts, name string) error {
	if model.RoleName(name).TopLevel() {
		return fmt.Errorf("%q is the name of a role, not of a signer", name)
	}
	return f.Dialect.SignerName(name)
}

// renaming gives a key another name.
type renaming struct {
	files KeyFiles
	// keys is the key; none where it has vanished meanwhile.
	keys   []model.PrivateKey
	name   string
	folder string
	words  dialect.Words
}

var (
	_ flow.Outcome = (*renaming)(nil)
	_ flow.Idle    = (*renaming)(nil)
)

// RenamedBefore is the key of an outcome that has nothing to rename.
func RenamedBefore(o flow.Outcome) model.PrivateKey {
	if r, ok := o.(*renaming); ok && r.Idle() {
		return r.keys[0]
	}
	return model.PrivateKey{}
}

// Idle reports that the key has this name already.
func (r *renaming) Idle() bool { return len(r.keys) > 0 && r.keys[0].Label == r.name }

// Ready reports whether there is anything to do.
func (r *renaming) Ready() (ok bool, why string) {
	if len(r.keys) == 0 {
		return false, "there is no key to rename"
	}
	return !r.Idle(), "there is nothing to do: the key is already called " + r.name
}

// Steps lists what will be done.
func (r *renaming) Steps() []admin.Step {
	if len(r.keys) == 0 {
		return nil
	}
	return keyfile.RenameSteps(r.keys[0], r.name, r.folder)
}

// Review shows both names, and what clients make of them.
func (r *renaming) Review() flow.Review {
	if ok, why := r.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	k := r.keys[0]
	was := text.Clean(k.Label)
	if was == "" {
		was = "none"
	}
	return flow.Review{
		Verdict: "Ready: trustdeck changes the name of 1 key.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "KEY"}, {Title: "NAME", Word: "name"}, {Title: "PASSPHRASE", Word: "passphrase"}},
			Rows:    []flow.Row{{Cells: []string{k.ID.Short(), r.name + " (was " + was + ")", "unchanged"}}},
		},
		Facts: []flow.Fact{
			{Label: "Clients", Text: "they show the name in lists of keys and when they ask for the passphrase. They find the key by its ID, and sign with it as before."},
			{Label: "Repositories", Text: "none changes. Its signers and delegations keep their names."},
			{Label: "Backups", Text: "existing ones keep the old name."},
		},
		Details: []flow.Section{{Head: "KEY ID", Lines: []string{string(k.ID) + ", in " + k.Path}}, inOrder(r.Steps())},
	}
}

// Do renames it.
func (r *renaming) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	was := keyName(r.keys[0].ID, r.keys[0].Label, "")
	got, err := r.files.RenameKey(ctx, r.keys[0].ID, r.name, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	if got == nil {
		return &flow.Report{Usable: "No key was renamed.", Next: hints(err)}, err
	}
	return &flow.Report{
		Usable: "The key can be used as before.",
		Done:   []string{"Renamed: " + keyName(got.ID, got.Label, "") + " (was " + was + ")"},
		Next:   append(hints(err), "Back up the key again: older backups have the old name."),
	}, err
}
