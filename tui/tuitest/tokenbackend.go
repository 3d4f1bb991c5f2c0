package tuitest

import (
	"context"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// TokenBackend is a flows.Tokens without tokens. Its fields are set before use.
type TokenBackend struct {
	// Known are the facts.
	Known flow.Facts

	mu      sync.Mutex
	changed int
}

var _ flows.Tokens = (*TokenBackend)(nil)

// NewTokenBackend is one with two tokens: a new one, and one whose PIN has one try left, with a key
// whose certificate is missing, a certificate whose key is missing, and a whole key.
func NewTokenBackend() *TokenBackend {
	known := NewBackupBackend().Known
	held := model.PrivateKey{ID: Key("held"), Label: "root", Place: model.PlaceToken, Store: "YubiKey 7654321", SPKI: []byte("held"), Path: "YubiKey 7654321, slot 9a"}
	return &TokenBackend{Known: flow.Facts{Dialect: Dialect(), Now: Now, Keys: append(known.Keys, held), Tokens: []model.Token{
		{
			Serial: "1234567", Product: "YubiKey 5C", Firmware: "5.7.1", PIN: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes},
			PUK: model.TokenSecret{TriesLeft: 3, Tries: 3}, Management: model.ManagementKey{Algorithm: "AES-192", Default: model.Yes},
			Slots: []model.TokenSlot{{ID: "9a", State: model.SlotKeyOnly, SPKI: []byte("bare"), PIN: model.PolicyOnce, Touch: model.PolicyAlways}},
		},
		{
			Serial: "7654321", Product: "YubiKey 4", Firmware: "4.3.5", PIN: model.TokenSecret{TriesLeft: 1, Tries: 3},
			PUK: model.TokenSecret{TriesLeft: -1, Tries: -1}, Management: model.ManagementKey{Protected: true},
			Slots: []model.TokenSlot{
				{ID: "9a", SPKI: []byte("held"), Certificate: []byte("certificate"), Subject: "root", Expires: Now.AddDate(1, 0, 0)},
				{ID: "9c", State: model.SlotCertificateOnly, SPKI: []byte("first"), Certificate: []byte("certificate"), Subject: "root"},
			},
		},
	}}}
}

// Changed counts the changes of tokens.
func (d *TokenBackend) Changed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// Facts returns what is known.
func (d *TokenBackend) Facts(context.Context) (flow.Facts, error) { return d.Known, nil }

// Variable knows no PIN.
func (*TokenBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// ChangePIN asks for the PIN, which may be any, and for a new one.
func (d *TokenBackend) ChangePIN(ctx context.Context, serial string, run tokens.Run) (*model.Token, error) {
	t := d.find(serial)
	steps := admin.Runner{Steps: tokens.PINSteps(t.Name()), Watch: run.Watch, Stop: run.Stop}
	err := steps.Run(ctx, func(ctx context.Context) error {
		steps.Asks(port.PIN)
		old := port.SecretAsk{Kind: port.PIN, Token: t.Name(), Purpose: "change it", Step: 1, Of: 2, TriesLeft: t.PIN.TriesLeft, LastTry: t.PIN.TriesLeft == 1}
		given, err := run.Secrets.Ask(ctx, old)
		if err != nil {
			return err
		}
		clear(given)
		fresh, err := run.Secrets.Ask(ctx, port.SecretAsk{Kind: port.PIN, Token: t.Name(), New: true, Step: 2, Of: 2})
		clear(fresh)
		return err
	}, func(context.Context) error { return nil })
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed++
	return &t, nil
}

// MakeKey asks for the PIN, which may be any.
func (d *TokenBackend) MakeKey(ctx context.Context, k tokens.NewKey, run tokens.Run) (*tokens.Changed, error) {
	return d.change(ctx, tokens.MakeKeySteps(&k, "YubiKey "+k.Serial), &k.Place, run)
}

// WriteCertificate asks for the PIN, which may be any.
func (d *TokenBackend) WriteCertificate(ctx context.Context, p tokens.Place, run tokens.Run) (*tokens.Changed, error) {
	return d.change(ctx, tokens.CertificateSteps(&p, "YubiKey "+p.Serial), &p, run)
}

// ImportKey asks for the PIN, which may be any.
func (d *TokenBackend) ImportKey(ctx context.Context, k tokens.ImportKey, run tokens.Run) (*tokens.Changed, error) {
	return d.change(ctx, tokens.ImportSteps(&k, "YubiKey "+k.Serial), &k.Place, run)
}

// change does the steps of a change of a slot.
func (d *TokenBackend) change(ctx context.Context, list []admin.Step, p *tokens.Place, run tokens.Run) (*tokens.Changed, error) {
	t := d.find(p.Serial)
	steps := admin.Runner{Steps: list, Watch: run.Watch, Stop: run.Stop}
	work := []func(context.Context) error{func(ctx context.Context) error {
		steps.Asks(port.PIN)
		given, err := run.Secrets.Ask(ctx, port.SecretAsk{Kind: port.PIN, Token: t.Name(), Purpose: "change slot " + p.Key.Slot, Step: 1, Of: 1, LastTry: t.PIN.TriesLeft == 1})
		clear(given)
		return err
	}}
	for range list[1:] {
		work = append(work, func(context.Context) error { return nil })
	}
	if err := steps.Run(ctx, work...); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed++
	return &tokens.Changed{Token: t, Slot: model.TokenSlot{ID: p.Key.Slot, Subject: p.Key.Subject, Expires: Now.AddDate(10, 0, 0)}}, nil
}

// Here are the keys in files. The first of them is missing in a slot that has its certificate.
func (*TokenBackend) Here(keys []model.PrivateKey) []tokens.SourceKey {
	var out []tokens.SourceKey
	for i, k := range keys {
		if k.Place != model.PlaceToken {
			out = append(out, tokens.SourceKey{Key: k, Is: func(spki []byte) bool { return i == 0 && string(spki) == "first" }})
		}
	}
	return out
}

// The files of a TokenBackend: one with a key, a backup with two keys, and one that only a secret
// key opens.
const (
	OneKeyFile  = "root.pem"
	BackupFile  = "trust.tar"
	SealedFile  = "sealed.tar"
	OpeningFile = "age.key"
)

// ReadSource knows these files.
func (*TokenBackend) ReadSource(ctx context.Context, path, identity string, secrets port.Interaction) (*tokens.Source, error) {
	one := tokens.SourceKey{Key: model.PrivateKey{Label: "root", Encrypted: true, Path: path}, Exposed: true}
	two := tokens.SourceKey{Key: model.PrivateKey{ID: Key("first"), Label: "root", Path: path}}
	switch path {
	case OneKeyFile:
		return &tokens.Source{Path: path, Keys: []tokens.SourceKey{one}}, nil
	case BackupFile:
		given, err := secrets.Ask(ctx, port.SecretAsk{Archive: path, Step: 1, Of: 1})
		clear(given)
		return &tokens.Source{Path: path, Keys: []tokens.SourceKey{one, two}}, err
	case SealedFile:
		if identity == OpeningFile {
			return &tokens.Source{Path: path, Keys: []tokens.SourceKey{one, two}}, nil
		}
		return &tokens.Source{Path: path, Sealed: true}, nil
	}
	return nil, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "contains a public key, not a private one", Hint: "Give the file of a private key, in PEM form."}
}

// CheckNew refuses TakenFile.
func (*TokenBackend) CheckNew(path string) error { return (*KeyBackend)(nil).CheckNew(path) }

func (d *TokenBackend) find(serial string) model.Token {
	for _, t := range d.Known.Tokens {
		if t.Serial == serial {
			return t
		}
	}
	return model.Token{Serial: serial}
}
