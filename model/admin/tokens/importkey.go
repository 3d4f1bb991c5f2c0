package tokens

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// ImportKey is a key that is put on a token.
type ImportKey struct {
	Place
	Source SourceKey
}

// ImportSteps lists what ImportKey does on the token with a name, in order.
func ImportSteps(k *ImportKey, token string) []admin.Step {
	var texts []string
	switch {
	case k.Uncertified():
		texts = append(texts, certifying(&k.Place, token))
	case k.Placed == nil:
		texts = append(texts, "open "+k.Source.Name(), "put it into slot "+k.Key.Slot+" of "+token+", with a certificate")
	}
	return admin.NewSteps(append(texts, "read back what slot "+k.Key.Slot+" holds, and sign with the key on the token")...)
}

// ImportKey puts a private key on a token. It reads that back, and has the token sign with the key.
// The key stays where it came from. The result is there beside an error too where the key is on
// the token, and this was read.
func (s *Service) ImportKey(ctx context.Context, k ImportKey, run Run) (*Changed, error) {
	store := s.Stores.Store(k.Serial)
	steps := admin.Runner{Steps: ImportSteps(&k, store.Name()), Watch: run.Watch, Stop: run.Stop}
	in := implant{Service: s, store: store, key: &k, steps: &steps, run: run}
	defer in.wipe()
	var work []func(context.Context) error
	switch {
	case k.Uncertified():
		work = append(work, in.certify)
	case k.Placed == nil:
		work = append(work, in.take, in.put)
	}
	err := steps.Run(ctx, append(work, in.prove)...)
	return in.out, err
}

// implant is a key on its way to a token.
type implant struct {
	*Service
	store port.TokenStore
	key   *ImportKey
	steps *admin.Runner
	run   Run

	// private is the key, from where it was taken until it is wiped.
	private []byte
	before  *model.Token
	opening *opening
	// out is what came of it; nil where the key is not on the token.
	out *Changed
}

func (i *implant) wipe() {
	clear(i.private)
	if i.opening != nil {
		i.opening.wipe()
	}
}

// take opens the key where it is.
func (i *implant) take(ctx context.Context) (err error) {
	if i.before, err = i.unchanged(ctx, i.store, &i.key.Place); err != nil {
		return err
	}
	i.opens(i.before)
	i.private, err = i.key.Source.take(ctx, i.steps, i.run.Secrets)
	return err
}

// opens begins to gather what opens the token.
func (i *implant) opens(t *model.Token) {
	i.opening = i.Service.opening(i.store, t, "put a key into slot "+i.key.Key.Slot, ManagementOf(t) == ManagementPIN, i.steps, i.run)
}

// put puts the key on the token.
func (i *implant) put(ctx context.Context) error {
	return i.opening.change(ctx, false, func(ctx context.Context, open port.TokenSecrets) error {
		slot, err := i.store.ImportKey(ctx, i.key.Key, i.private, open, i.steps.Touch(i.store.Name(), signing(&i.key.Place)))
		i.out = changed(i.store, i.before, slot, err)
		return err
	})
}

// certify writes the certificate of a key that is on the token.
func (i *implant) certify(ctx context.Context) (err error) {
	i.out, err = i.Service.certify(ctx, i.store, &i.key.Place, i.steps, i.run)
	return err
}

// prove reads the slot back, and has the key sign.
func (i *implant) prove(ctx context.Context) (err error) {
	if i.out == nil {
		i.out, err = i.kept(ctx, i.store, &i.key.Place)
	}
	if err == nil {
		err = i.confirm(ctx, i.store, i.out)
	}
	if err != nil {
		return err
	}
	if i.opening == nil {
		i.opens(&i.out.Token)
	}
	return i.signs(ctx, i.store, i.out, i.opening, i.steps)
}

// signs has the key in a slot that was just filled sign something new, which is verified.
func (s *Service) signs(ctx context.Context, store port.TokenStore, c *Changed, o *opening, steps *admin.Runner) error {
	var signer port.Signer
	err := o.use(ctx, func(ctx context.Context, pin []byte) (err error) {
		signer, err = store.Unlock(ctx, c.ID, pin)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = signer.Close() }() // wiping does not fail
	if t, ok := signer.(port.Touchable); ok {
		t.OnTouch(steps.Touch(store.Name(), "sign once with the key in slot "+c.Slot.ID))
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil || !bytes.Equal(public, c.Slot.SPKI) {
		return &model.Fault{
			Kind: model.FaultLocal, Subject: store.Name(), Text: "opens another key than the one that was put into slot " + c.Slot.ID,
			Hint: "Look at the token: trustdeck tokens",
		}
	}
	if _, err := s.Provers.Prove(signer); err != nil {
		return &model.Fault{
			Kind: cmp.Or(model.KindOf(err), model.FaultLocal), Subject: store.Name(), Text: "has the key in slot " + c.Slot.ID + ", but it didn't sign: " + err.Error(), Err: err,
			Hint: strings.TrimSpace(model.HintOf(err) + " Keep the key where it came from until a signature succeeds."),
		}
	}
	return nil
}

// SourceKey is a private key that can be put on a token.
type SourceKey struct {
	// Key describes it; it has no ID where only opening it shows which one it is.
	Key model.PrivateKey
	// Exposed is true where other users of this machine could read its file.
	Exposed bool
	// Is reports whether it is the private half of a public key, given as its
	// SubjectPublicKeyInfo; nil where only opening it shows that.
	Is func(spki []byte) bool
	// Open opens it with its passphrase; a wrong one is FaultSecret.
	Open func(ctx context.Context, passphrase []byte) (port.Signer, error)
}

// Name is the key for people.
func (k *SourceKey) Name() string {
	name := "key"
	if k.Key.Label != "" {
		name = k.Key.Label + " key"
	}
	if k.Key.ID == "" {
		return "the " + name + " in " + k.Key.Path
	}
	return fmt.Sprintf("the %s %s", name, k.Key.ID.Short())
}

// take opens the key, and returns it as DER of PKCS #8, which the caller wipes.
func (k *SourceKey) take(ctx context.Context, steps *admin.Runner, secrets port.Interaction) ([]byte, error) {
	ask := port.SecretAsk{Key: k.Key, Purpose: "put it on a token", Step: 1, Of: 1}
	var signer port.Signer
	open := func(ctx context.Context, passphrase []byte) (err error) {
		signer, err = k.Open(ctx, passphrase)
		return err
	}
	var err error
	if k.Key.Encrypted {
		err = admin.Ask(ctx, ask, secrets, steps, open)
	} else {
		err = open(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = signer.Close() }() // wiping does not fail
	portable, ok := signer.(port.Portable)
	if !ok {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: k.Name(), Text: "can't be copied from where it is", Hint: "Choose a key in a file."}
	}
	return portable.PKCS8()
}
