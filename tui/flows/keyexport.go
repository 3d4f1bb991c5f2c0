package flows

import (
	"context"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/display"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// exportFile is the file that exported keys go to.
const exportFile = "to"

// KeyExport writes private keys into a file for another program, encrypted as they are.
func KeyExport(k KeyFiles) *flow.Flow {
	which := keysStep("Which keys do you want to export?", "Each key stays under its passphrase. To use the key, one needs the file and its passphrase.",
		func(k model.PrivateKey) bool { return k.Usable() && k.Encrypted })
	which.Resolve = func(f flow.Facts, a flow.Answers) ([]string, error) {
		meant, err := keysMeant(f.Keys, a.Values[NamedKeys])
		// A second file of a key, whatever is wrong with it, is neither read nor changed.
		for _, have := range keysByID(f, meant) {
			if !have.Usable() {
				return nil, have.Fault
			}
			if !have.Encrypted {
				return nil, refusal(keyName(have.ID, have.Label, have.GUN), "it has no passphrase, and would be exported without one",
					"Back it up in an encrypted backup: trustdeck backup create --encrypt --key "+string(have.ID)+" FILE")
			}
		}
		return meant, err
	}
	return &flow.Flow{
		ID: "key-export", Title: "Export keys", Verb: "Export", Source: k,
		Command: command("key export", NamedKeys),
		Steps: []flow.Step{which, {
			ID: exportFile, Flag: "to", Path: true, Label: "File", Question: "Which file do you want to write?", Example: "/media/usb/keys.pem", Kind: flow.Text,
			Help:    "A new file that only you can read, outside the trust folder. A backup is better for keeping keys: it is read back and tested.",
			Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry { return vacant(k, a.First(exportFile)) },
		}},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &exporting{files: k, path: a.First(exportFile), keys: keysNamed(f, a)}
		},
		Words: flow.Words{Executing: "exporting keys"},
	}
}

// optionsOf are keys to choose from, each with its file.
func optionsOf(f flow.Facts, keys []model.PrivateKey) []flow.Option {
	var out []flow.Option
	for _, k := range keys {
		o := optionOf(f, k)
		o.Help = strings.TrimSpace(o.Help + " " + k.Path)
		out = append(out, o)
	}
	return out
}

// optionOf is a key to choose, with the repositories that list it.
func optionOf(f flow.Facts, k model.PrivateKey) flow.Option {
	out := flow.Option{Value: string(k.ID), Label: keyName(k.ID, k.Label, k.GUN) + usedIn(f, k)}
	if names := listing(f, k); len(names) > 1 {
		out.Help = "Listed in " + text.List(names) + "."
	}
	return out
}

// usedIn is the end of the name of a key that is of no one repository: where it is listed.
func usedIn(f flow.Facts, k model.PrivateKey) string {
	names := listing(f, k)
	switch others := len(names) - 1; {
	case k.GUN != "", len(names) == 0:
		return ""
	case others == 0:
		return " in " + names[0]
	default:
		return " in " + names[0] + " and " + text.Count(others, "other")
	}
}

// listing names the repositories that are known to list a key.
func listing(f flow.Facts, k model.PrivateKey) []string {
	if f.Lists == nil {
		return nil
	}
	return model.Retype[string](f.Lists(k.ID))
}

// keysMeant are the IDs of the keys of this machine that were typed in full or by their first
// digits.
func keysMeant(keys []model.PrivateKey, typed []string) ([]string, error) {
	meant, err := model.MatchKeys(model.KeyIDs(keys), typed, "on this machine")
	return model.Retype[string](meant), err
}

// exporting writes keys into a file.
type exporting struct {
	files KeyFiles
	keys  []model.PrivateKey
	path  string
}

var _ flow.Outcome = (*exporting)(nil)

// Ready reports whether there is anything to do.
func (e *exporting) Ready() (ok bool, why string) {
	return len(e.keys) > 0, "there is no key to export"
}

// Steps lists what will be done.
func (e *exporting) Steps() []admin.Step { return keyfile.ExportSteps(e.path) }

// Review names the keys.
func (e *exporting) Review() flow.Review {
	out := flow.Review{
		Verdict: "Ready: trustdeck writes " + text.Count(len(e.keys), "key") + " into a new file that only you can read.",
		Table:   flow.Table{Columns: []flow.Column{{Title: "KEY"}, {Title: "REPOSITORY", Word: "repository"}, {Title: "PASSPHRASE", Word: "passphrase"}}},
		Facts:   []flow.Fact{{Label: "File", Text: e.path + "."}},
	}
	if ok, why := e.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	ids := flow.Section{Head: "KEY IDS"}
	for _, k := range e.keys {
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{keyName(k.ID, k.Label, ""), string(k.GUN), "unchanged"}})
		ids.Lines = append(ids.Lines, string(k.ID)+", from "+k.Path)
	}
	out.Details = []flow.Section{ids, inOrder(e.Steps())}
	return out
}

// Do writes the file.
func (e *exporting) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	var ids []model.KeyID
	for _, k := range e.keys {
		ids = append(ids, k.ID)
	}
	written, err := e.files.Export(ctx, ids, e.path, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	if len(written) == 0 {
		return &flow.Report{Usable: "No file was written.", Next: hints(err)}, err
	}
	out := &flow.Report{Usable: e.path + " has " + text.Count(len(written), "key") + ", each under its own passphrase."}
	for _, k := range written {
		out.Done = append(out.Done, "Exported: "+keyName(k.ID, k.Label, k.GUN))
	}
	if err != nil {
		out.Next = hints(err)
		return out, err
	}
	out.Next = append(out.Next, "To import them on another machine: trustdeck key import "+display.ShellFile(e.path))
	return out, nil
}
