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

// Kept are the keys that were imported.
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
				steps.Asks()
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
			d.mu.Lock()
			defer d.mu.Unlock()
			d.kept = append(d.kept, one)
			return nil
		})
	}
	work = append(work, func(context.Context) error { return nil })
	return kept, steps.Run(ctx, work...)
}
