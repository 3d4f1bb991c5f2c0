package tuitest

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// KeyBackend is a flows.KeyFiles without folders: files hold what it is told. Its fields are
// set before use.
type KeyBackend struct {
	// Known are the facts, and Incoming what files hold, by path. A path that is not there is
	// refused.
	Known    flow.Facts
	Incoming map[string][]keyfile.Incoming
	// WriteErr is why nothing can be written.
	WriteErr error

	mu   sync.Mutex
	kept []model.PrivateKey
}

var _ flows.KeyFiles = (*KeyBackend)(nil)

// The files of a KeyBackend: a key of a signer that is encrypted, one that is not and says
// nothing, one that is here already, and a targets key without its repository.
const (
	SignerKeyFile  = "bob.pem"
	BareKeyFile    = "plain.pem"
	PresentKeyFile = "alice.pem"
	TargetsKeyFile = "targets.pem"
)

// NewKeyBackend is one on the machine of NewBackupBackend.
func NewKeyBackend() *KeyBackend {
	known := NewBackupBackend().Known
	incoming := func(name, label, path string, encrypted bool) keyfile.Incoming {
		stated := model.PrivateKey{ID: Key(name), Label: label, Algorithm: "ECDSA P-256", Encrypted: encrypted, Path: path}
		return keyfile.Incoming{Foreign: port.ForeignKey{Key: stated}, Key: stated, State: keyfile.New, Opened: true}
	}
	present := incoming("third", "carol", PresentKeyFile, true)
	present.State, present.Here = keyfile.Differs, known.Keys[2]
	bare := incoming("plain", "", BareKeyFile, false)
	bare.Exposed = true
	return &KeyBackend{Known: known, Incoming: map[string][]keyfile.Incoming{
		SignerKeyFile: {incoming("fourth", "bob", SignerKeyFile, true)}, BareKeyFile: {bare},
		PresentKeyFile: {present}, TargetsKeyFile: {incoming("fifth", "targets", TargetsKeyFile, false)},
	}}
}

// Kept are the keys that were imported, generated and exported.
func (d *KeyBackend) Kept() []model.PrivateKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.kept)
}

// Facts returns what is known.
func (d *KeyBackend) Facts(context.Context) (flow.Facts, error) { return d.Known, nil }

// Variable knows no passphrase.
func (*KeyBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// ReadImport asks for the passphrase of each key that is encrypted, which is Passphrase.
func (d *KeyBackend) ReadImport(ctx context.Context, paths []string, r keyfile.ImportRequest) (*keyfile.Import, error) {
	out := &keyfile.Import{}
	for _, path := range paths {
		found, ok := d.Incoming[path]
		if !ok {
			return nil, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "contains a public key, not a private one", Hint: "Give the file of a private key, in PEM form."}
		}
		out.Keys = append(out.Keys, slices.Clone(found)...)
	}
	for i := range out.Keys {
		if k := &out.Keys[i]; k.Key.Encrypted {
			if err := d.asked(ctx, r.Secrets, port.SecretAsk{Key: k.Key, Purpose: "import it", Step: i + 1, Of: len(out.Keys)}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// asked asks for a passphrase until it is right, or until a new one will do.
func (d *KeyBackend) asked(ctx context.Context, secrets port.Interaction, ask port.SecretAsk) error {
	for {
		given, err := secrets.Ask(ctx, ask)
		if err != nil {
			return err
		}
		right := ask.New && len(given) > 0 || bytes.Equal(given, []byte(Passphrase))
		clear(given)
		if right {
			return nil
		}
		ask.Wrong = &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
	}
}

// Import keeps the keys.
func (d *KeyBackend) Import(ctx context.Context, i *keyfile.Import, run keyfile.Run) ([]model.PrivateKey, error) {
	steps := admin.Runner{Steps: keyfile.ImportSteps(i, d.Known.Folder), Watch: run.Watch, Stop: run.Stop}
	var kept []model.PrivateKey
	var work []func(context.Context) error
	for n, k := range i.New() {
		work = append(work, func(ctx context.Context) error {
			if k.Bare() {
				steps.Asks(port.Passphrase)
				if err := d.asked(ctx, run.Secrets, port.SecretAsk{Key: k.Key, Purpose: "import it", New: true, Step: n + 1, Of: len(i.New())}); err != nil {
					return err
				}
			}
			if d.WriteErr != nil {
				return d.WriteErr
			}
			one := k.Key
			one.Path = d.Known.Folder + "/" + string(k.Key.ID) + ".key"
			kept = append(kept, one)
			d.keep(one)
			return nil
		})
	}
	work = append(work, func(context.Context) error { return nil })
	return kept, steps.Run(ctx, work...)
}

// TakenFile is a path at which a KeyBackend has a file already.
const TakenFile = "taken.pub"

// CheckNew refuses TakenFile.
func (*KeyBackend) CheckNew(path string) error {
	if path == TakenFile {
		return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "already exists", Hint: "Give the path of a new file; trustdeck never replaces one."}
	}
	return nil
}

// Generate asks for a new passphrase, and makes nothing but a name.
func (d *KeyBackend) Generate(ctx context.Context, key keyfile.NewKey, run keyfile.Run) (*keyfile.GeneratedKey, error) {
	steps := admin.Runner{Steps: keyfile.GenerateSteps(key, d.Known.Folder), Watch: run.Watch, Stop: run.Stop}
	var made *keyfile.GeneratedKey
	done := func(context.Context) error { return nil }
	err := steps.Run(ctx, func(ctx context.Context) error {
		steps.Asks(port.Passphrase)
		if err := d.asked(ctx, run.Secrets, port.SecretAsk{Key: model.PrivateKey{Label: key.Label}, Purpose: "make it", New: true, Step: 1, Of: 1}); err != nil {
			return err
		}
		made = &keyfile.GeneratedKey{Key: model.Key{ID: Key("made"), Algorithm: "ECDSA P-256"}, Label: key.Label}
		d.keep(model.PrivateKey{ID: made.Key.ID, Label: key.Label})
		return d.WriteErr
	}, func(context.Context) error { made.Public = key.Public; return nil }, done)
	return made, err
}

// Export writes nothing.
func (d *KeyBackend) Export(ctx context.Context, ids []model.KeyID, path string, run keyfile.Run) ([]model.PrivateKey, error) {
	steps := admin.Runner{Steps: keyfile.ExportSteps(path), Watch: run.Watch, Stop: run.Stop}
	var written []model.PrivateKey
	err := steps.Run(ctx, func(context.Context) error {
		if d.WriteErr != nil {
			return d.WriteErr
		}
		for _, k := range d.Known.Keys {
			if slices.Contains(ids, k.ID) {
				written = append(written, k)
				d.keep(k)
			}
		}
		return nil
	}, func(context.Context) error { return nil })
	return written, err
}

// ChangePassphrases asks for the passphrases, and changes nothing.
func (d *KeyBackend) ChangePassphrases(ctx context.Context, ids []model.KeyID, run keyfile.Run) (*keyfile.PassphraseResult, error) {
	out := &keyfile.PassphraseResult{}
	for _, k := range d.Known.Keys {
		if slices.Contains(ids, k.ID) {
			out.Unchanged = append(out.Unchanged, k)
		}
	}
	keys := out.Unchanged
	steps := admin.Runner{Steps: keyfile.PassphraseSteps(keys, d.Known.Folder), Watch: run.Watch, Stop: run.Stop}
	err := steps.Run(ctx, func(ctx context.Context) error {
		steps.Asks(port.Passphrase)
		for i, k := range keys {
			if err := d.asked(ctx, run.Secrets, port.SecretAsk{Key: k, Purpose: "give it a new passphrase", Step: i + 1, Of: len(keys) + 1}); err != nil {
				return err
			}
		}
		return nil
	}, func(ctx context.Context) error {
		steps.Asks(port.Passphrase)
		if err := d.asked(ctx, run.Secrets, port.SecretAsk{Purpose: model.Count(len(keys), "key"), New: true, Again: true, Step: len(keys) + 1, Of: len(keys) + 1}); err != nil {
			return err
		}
		if d.WriteErr != nil {
			return d.WriteErr
		}
		out.Changed, out.Unchanged = keys, nil
		for _, k := range keys {
			d.keep(k)
		}
		return nil
	}, func(context.Context) error { return nil })
	return out, err
}

// RenameKey renames nothing.
func (d *KeyBackend) RenameKey(ctx context.Context, id model.KeyID, name string, run keyfile.Run) (*model.PrivateKey, error) {
	for _, k := range d.Known.Keys {
		if k.ID != id {
			continue
		}
		steps := admin.Runner{Steps: keyfile.RenameSteps(k, name, d.Known.Folder), Watch: run.Watch, Stop: run.Stop}
		var renamed *model.PrivateKey
		err := steps.Run(ctx, func(context.Context) error {
			if d.WriteErr == nil {
				k.Label = name
				renamed = &k
				d.keep(k)
			}
			return d.WriteErr
		}, func(context.Context) error { return nil })
		return renamed, err
	}
	return nil, &model.Fault{Kind: model.FaultUsage, Text: "no such key"}
}

// Survey knows that alice's key is needed in one repository, and that only the first key is backed
// up.
func (d *KeyBackend) Survey(context.Context) (*admin.KeySurvey, error) {
	out := &admin.KeySurvey{Looks: []admin.Look{
		{GUN: Expiring, Repository: &model.Repository{GUN: Expiring, Roles: []model.Role{
			{Name: "root", Threshold: 1, Keys: []model.KeyID{Key("first")}}, {Name: "alice", Threshold: 1, Keys: []model.KeyID{Key("third"), Key("elsewhere")}},
		}}},
		{GUN: Broken, Fault: &model.Fault{Kind: model.FaultUnreachable, Text: "doesn't answer"}},
	}}
	for i, k := range d.Known.Keys {
		use := admin.KeyUse{PrivateKey: k}
		if i == 0 {
			use.Backup = port.BackupMark{BackedUp: Now, Checked: Now, File: "/media/usb/trust.tar"}
		}
		out.Keys = append(out.Keys, use)
	}
	return out, nil
}

// Remove removes all but those that it can't.
func (d *KeyBackend) Remove(ctx context.Context, keys []model.PrivateKey, run keyfile.Run) ([]keyfile.RemovedKey, error) {
	steps := admin.Runner{Steps: keyfile.RemoveSteps(keys), Watch: run.Watch, Stop: run.Stop}
	out := make([]keyfile.RemovedKey, len(keys))
	var first error
	for i, k := range keys {
		err := steps.Step(ctx, func() error { return d.WriteErr })
		out[i] = keyfile.RemovedKey{Key: k, Removed: err == nil, Err: err}
		if err == nil {
			d.keep(k)
		} else if first == nil {
			first = err
		}
	}
	steps.End(first)
	return out, first
}

// keep remembers a key that was written.
func (d *KeyBackend) keep(k model.PrivateKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = append(d.kept, k)
}
