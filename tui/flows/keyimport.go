package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of the flows about key files.
const (
	importFiles   = "files"
	keyRole       = "role"
	keyRepository = "repository"
	// KeepClosed answers no question: it has keys that can be kept as they are encrypted kept
	// so, without their passphrases.
	KeepClosed = "as-is"
)

// KeyFiles is what flows are given to look after the files of private keys, of which
// *keyfile.Service has most. It needs no server. Its methods take their time and are called in
// the background only. Errors are for people.
type KeyFiles interface {
	flow.Source
	// ReadImport reads the private keys in files, whose paths are as they were typed.
	ReadImport(ctx context.Context, paths []string, r keyfile.ImportRequest) (*keyfile.Import, error)
	// Import is that of keyfile.Service.
	Import(ctx context.Context, i *keyfile.Import, run keyfile.Run) ([]model.PrivateKey, error)
	// CheckNew, Generate and Export take paths as they were typed.
	CheckNew(path string) error
	Generate(ctx context.Context, key keyfile.NewKey, run keyfile.Run) (*keyfile.GeneratedKey, error)
	Export(ctx context.Context, ids []model.KeyID, path string, run keyfile.Run) ([]model.PrivateKey, error)
	// ChangePassphrases is that of keyfile.Service; its result is there beside an error too.
	ChangePassphrases(ctx context.Context, ids []model.KeyID, run keyfile.Run) (*keyfile.PassphraseResult, error)
	// RenameKey is that of keyfile.Service.
	RenameKey(ctx context.Context, id model.KeyID, name string, run keyfile.Run) (*model.PrivateKey, error)
	// Survey reads the keys here and the repositories that may list them. Remove is that of
	// keyfile.Service; its results are there beside an error too.
	Survey(ctx context.Context) (*admin.KeySurvey, error)
	Remove(ctx context.Context, keys []model.PrivateKey, run keyfile.Run) ([]keyfile.RemovedKey, error)
}

// KeyImport brings private keys of other files into the trust folder.
func KeyImport(k KeyFiles) *flow.Flow {
	return &flow.Flow{
		ID: "key-import", Title: "Import keys", Verb: "Import", Source: k,
		Command: switched(command("key import", importFiles), KeepClosed, "true", "as-is"),
		Steps: []flow.Step{
			placeStep(),
			{
				ID: importFiles, Label: "Files", Question: "Which key files do you want to import?", Example: "alice.pem", Kind: flow.List, Path: true,
				Help: "Private keys in PEM form, with or without a passphrase. A file may hold several. " +
					"trustdeck opens each key in memory to see which one it is, and writes nothing yet. The files stay where they are.",
				Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
					return func(ctx context.Context, secrets port.Interaction) (func(*flow.Facts), error) {
						i, err := k.ReadImport(ctx, a.Values[importFiles], keyfile.ImportRequest{
							Label: a.First(keyRole), AsIs: a.First(KeepClosed) != "", Into: placeOf(f, a).Value, Secrets: secrets,
						})
						if err != nil {
							return nil, err
						}
						if ctx.Err() != nil { // nobody will take it any more
							i.Wipe()
							return nil, &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: context.Cause(ctx)}
						}
						return func(f *flow.Facts) { flow.Learn(f, i) }, nil
					}
				},
			},
			{
				ID: keyRole, Flag: "role", Label: "Role", Question: "Which role or signer are the keys for?", Example: "alice", Kind: flow.Text,
				Help: "root, targets or snapshot, or the name of a signer. The files don't say. For a signer's key it is only a name by which you find the key.",
				When: func(f flow.Facts, a flow.Answers) bool { return imported(f).Unlabelled() || a.First(keyRole) != "" },
				Suggest: func(flow.Facts, flow.Answers) []string {
					return []string{string(model.RoleRoot), string(model.RoleTargets), string(model.RoleSnapshot)}
				},
				Check: func(f flow.Facts, a flow.Answers) error {
					if err := roleOfKey(placeDialect(f, a), a.First(keyRole)); err != nil {
						return err
					}
					return imported(f).Fits(a.First(keyRole))
				},
			},
			{
				ID: keyRepository, Flag: "repository", Names: true, Label: "Repository", Question: "Which repository do the keys belong to?", Example: "registry.example.org/team/app", Kind: flow.Text,
				Help:    "A targets or snapshot key belongs to one repository. Give its full name, with the registry and without a tag.",
				When:    func(f flow.Facts, a flow.Answers) bool { return imported(f).Homeless(a.First(keyRole)) },
				Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
				Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[keyRepository]) },
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			i := imported(f)
			i.Assign(a.First(keyRole), model.GUN(a.First(keyRepository)))
			return &importing{files: k, keys: i, place: placeOf(f, a)}
		},
		Words: flow.Words{Surveying: "reading the keys", Executing: "importing keys", Preparing: "Reading the keys. Nothing is written."},
	}
}

func imported(f flow.Facts) *keyfile.Import {
	if i := flow.Known[*keyfile.Import](f); i != nil {
		return i
	}
	return &keyfile.Import{}
}

// roleOfKey says why no key on this machine can be called so.
func roleOfKey(d dialect.Dialect, label string) error {
	role := model.RoleName(label)
	switch {
	case slices.Contains(d.Online(), role):
		return fmt.Errorf("the server holds every %s key; no other one can sign", role)
	case role.TopLevel():
		return nil
	}
	name := label
	if parsed, err := d.ParseRole(label); err == nil {
		if signer, ok := d.SignerOf(parsed); ok {
			name = signer
		}
	}
	return d.SignerName(name)
}

// importing keeps the keys of files.
type importing struct {
	files KeyFiles
	keys  *keyfile.Import
	place flow.KeyPlace
}

var (
	_ flow.Outcome = (*importing)(nil)
	_ flow.Idle    = (*importing)(nil)
)

// ImportOf is what an outcome imports; nil for other outcomes.
func ImportOf(o flow.Outcome) *keyfile.Import {
	if j, ok := o.(*importing); ok {
		return j.keys
	}
	return nil
}

// Idle reports that all keys are here already.
func (j *importing) Idle() bool { return len(j.keys.New()) == 0 }

// Ready reports whether there is anything to do.
func (j *importing) Ready() (ok bool, why string) {
	return !j.Idle(), "there is nothing to import: the keys are already on this machine"
}

// Steps lists what will be done.
func (j *importing) Steps() []admin.Step { return keyfile.ImportSteps(j.keys, j.place.Folder) }

// Review says what becomes of each key.
func (j *importing) Review() flow.Review {
	n := len(j.keys.New())
	out := flow.Review{
		Verdict: "Ready: trustdeck writes " + text.Count(n, "key") + " into " + folderName(j.place) + ", encrypted.",
		Table: flow.Table{Columns: []flow.Column{
			{Title: "KEY"}, {Title: "REPOSITORY", Word: "repository"}, {Title: "TYPE", Word: "type"}, {Title: "PASSPHRASE", Word: "passphrase"}, {Title: "RESULT", Word: "result"},
		}},
		Facts: j.facts(),
	}
	if ok, why := j.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	ids := flow.Section{Head: "KEY IDS"}
	for i := range j.keys.Keys {
		k := &j.keys.Keys[i]
		shown := k.Key
		if k.State == keyfile.Present {
			shown.Label, shown.GUN = k.Here.Label, k.Here.GUN
		}
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{keyName(k.Key.ID, shown.Label, ""), string(shown.GUN), k.Key.Algorithm, passphraseOf(k), resultOf(k)}})
		ids.Lines = append(ids.Lines, string(k.Key.ID)+", from "+k.Key.Path)
	}
	out.Details = []flow.Section{ids, {Head: "IN THE FILES, BUT NOT IMPORTED", Lines: j.keys.Others}, inOrder(j.Steps())}
	if len(j.keys.Others) == 0 {
		out.Details = slices.Delete(out.Details, 1, 2)
	}
	return out
}

// passphraseOf says under which passphrase a key will be.
func passphraseOf(k *keyfile.Incoming) string {
	switch {
	case k.State != keyfile.New:
		return ""
	case k.Bare():
		return "new"
	default:
		return "unchanged"
	}
}

func resultOf(k *keyfile.Incoming) string {
	switch k.State {
	case keyfile.New:
		return "imported"
	case keyfile.Present:
		return "already here"
	case keyfile.Differs:
		return "already here as " + keyName("", k.Here.Label, k.Here.GUN)
	default:
		return "twice in the files"
	}
}

// facts are what decides about it.
func (j *importing) facts() []flow.Fact {
	var out []flow.Fact
	warn := func(format string, args ...any) {
		out = append(out, flow.Fact{Label: flow.Warning, Text: fmt.Sprintf(format, args...)})
	}
	for i := range j.keys.Keys {
		k := &j.keys.Keys[i]
		name := keyName(k.Key.ID, k.Key.Label, "")
		switch {
		case k.State == keyfile.Differs:
			warn("%s is already here as the %s, and stays so. Its file says %s.", name, keyName("", k.Here.Label, k.Here.GUN), keyName("", k.Key.Label, k.Key.GUN))
		case k.State == keyfile.Present && !k.Here.Usable():
			warn("%s is already here in %s, which cannot be used: %s.", name, k.Here.Path, k.Here.Fault.Text)
		case k.State != keyfile.New:
		case !k.Opened:
			warn("%s stays closed: no one has tested its passphrase, or that it is the key that its file states.", name)
		case k.Exposed && k.Bare():
			warn("other users can read %s, and the key has no passphrase there. Anyone who has read it can sign.", k.Key.Path)
		case k.Exposed:
			warn("other users can read %s. Its passphrase is all that protects the key.", k.Key.Path)
		case k.Converted():
			out = append(out, flow.Fact{Label: "Encryption", Text: fmt.Sprintf("%s is encrypted again, in the form that %s. Its passphrase stays.", name, j.form())})
		}
	}
	return out
}

// form says what the form is in which the folder keeps keys.
func (j *importing) form() string {
	if j.place.Value == OwnFolder {
		return "its folder has"
	}
	return "every client reads"
}

// Do keeps the keys.
func (j *importing) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	kept, err := j.files.Import(ctx, j.keys, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	out := &flow.Report{Usable: text.Count(len(kept), "key") + " imported into " + j.place.Folder + "."}
	for _, k := range kept {
		out.Done = append(out.Done, "Imported: "+keyName(k.ID, k.Label, k.GUN)+", in "+k.Path)
	}
	if err != nil {
		out.Next = append(hints(err), "Start again: trustdeck skips the keys that are already here.")
		if errors.Is(err, admin.ErrStopped) {
			out.Next = out.Next[len(out.Next)-1:]
		}
		return out, err
	}
	for _, k := range j.keys.New() {
		if k.Bare() {
			out.Next = append(out.Next, "Delete "+k.Key.Path+" once you no longer need it: there, the key has no passphrase.")
		}
	}
	out.Next = append(out.Next, "Back up the keys: trustdeck doesn't know a backup of them.")
	return out, nil
}
