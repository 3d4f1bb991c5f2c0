package change

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// A secret is a passphrase that a plan asks for.
type secret struct {
	gun model.GUN
	// unlock is the canonical ID of the key that is opened; nil for a key to
	// be made.
	unlock *model.KeyID
	// make is the key to be made.
	make plan.NewKey
	// what is the key for people, purpose what it will sign, and otherwise what it is opened for where
	// it signs no role.
	what, purpose, otherwise string
	// bridges is true where the plan can do without it.
	bridges bool
}

// secrets lists the keys that must be opened or made, each once. Where signatures were collected, the
// keys of what they are for are there already.
func secrets(p *plan.Plan, collected bool) []secret {
	var out []secret
	seen := map[model.KeyID]int{}
	for _, part := range p.Parts {
		if part.Verdict.State == plan.Nothing {
			continue
		}
		for _, m := range newKeys(&part, collected) {
			if m.Source == model.KeyNew {
				out = append(out, secret{gun: part.GUN, make: m, what: m.Name + " of " + string(part.GUN), purpose: "keep it safe on this machine"})
			}
			if m.Source == model.KeyHere {
				out = unlocking(out, seen, secret{gun: part.GUN, unlock: &m.ID, what: m.Name, otherwise: listing(&m, part.GUN)})
			}
		}
		for _, r := range part.Rewrites {
			for _, n := range asks(&r, collected) {
				for _, k := range signing(n) {
					out = unlocking(out, seen, secret{gun: part.GUN, unlock: &k.ID, what: k.Name, purpose: fmt.Sprintf("sign %s %d of %s", r.Role, r.To, part.GUN), bridges: n.Bridges})
				}
			}
		}
	}
	for i := range out {
		out[i].purpose = cmp.Or(out[i].purpose, out[i].otherwise)
	}
	return out
}

// listing says what a key of this machine is opened for that a role lists from now on.
func listing(m *plan.NewKey, gun model.GUN) string {
	if m.Certificate {
		return fmt.Sprintf("certify it for %s", gun)
	}
	return fmt.Sprintf("list it in %s of %s", m.Role, gun)
}

// newKeys are those of a part that must be there before anything is signed. Collected signatures are
// made when they are.
func newKeys(p *plan.Part, collected bool) []plan.NewKey {
	if collected {
		return nil
	}
	return p.NewKeys
}

// signing lists the keys of this machine that sign for a quorum and exist already.
func signing(n plan.Quorum) []plan.Key {
	var out []plan.Key
	for _, k := range n.Keys {
		if k.Sign && k.ID != "" && k.Place == plan.PlaceHere {
			out = append(out, k)
		}
	}
	return out
}

// unlocking adds a key to be opened, or a purpose to one that is listed already.
func unlocking(list []secret, seen map[model.KeyID]int, s secret) []secret {
	at, ok := seen[*s.unlock]
	if !ok {
		seen[*s.unlock] = len(list)
		return append(list, s)
	}
	has := &list[at]
	has.bridges = has.bridges && s.bridges
	switch {
	case has.purpose == "":
		has.purpose = s.purpose
	case s.purpose != "" && has.purpose != s.purpose:
		has.purpose += ", " + s.purpose
	}
	return list
}

// unlock asks for every secret, before anything is made: who does not know one
// finds out while nothing has happened yet.
func (x *execution) unlock(ctx context.Context) error {
	x.passphrases = map[madeKey][]byte{}
	keys, err := x.PrivateKeys(ctx, repositories(x.requests)...)
	if err != nil {
		return err
	}
	byID := map[model.KeyID]model.PrivateKey{}
	for _, k := range keys {
		for _, id := range k.IDs() {
			// of several stores, the first that can open it does
			if have, ok := byID[id]; !ok || have.Store == k.Store || !have.Usable() {
				byID[id] = k
			}
		}
	}
	list := secrets(x.Plan, x.Collected != nil)
	for i, s := range list {
		ask := port.SecretAsk{Repository: s.gun, Purpose: s.purpose, Step: i + 1, Of: len(list)}
		if s.bridges {
			ask.Skip = "Clients that read the repository while it is being published may then fail; they succeed when they try again."
		}
		if s.unlock == nil {
			if id, ok := x.made[madeKey{s.gun, s.make.Symbol}]; ok {
				s.unlock = &id // made by the run that is resumed
			}
		}
		err := x.steps.Step(ctx, func() error {
			if s.unlock != nil {
				ask.Key = byID[*s.unlock]
				return x.unlockOne(ctx, ask, *s.unlock)
			}
			return x.choose(ctx, ask, s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unlockOne unlocks a key, and keeps it until the work is done.
func (x *execution) unlockOne(ctx context.Context, ask port.SecretAsk, id model.KeyID) error {
	signer, err := admin.Unlock(ctx, x.Stores.Of(ask.Key), id, ask, x.Secrets, &x.steps)
	if signer != nil {
		x.signers[id] = signer
	}
	return err
}

// choose asks for the passphrase of a key that will be made.
func (x *execution) choose(ctx context.Context, ask port.SecretAsk, s secret) error {
	x.steps.Asks(ask.Kind)
	ask.New = true
	ask.Key = model.PrivateKey{Label: x.DialectOf(s.gun).Short(s.make.Role), GUN: ownerOf(s.make.Role, s.gun), Place: "file", Encrypted: true}
	if store, err := x.Stores.For(x.DialectOf(s.gun).Name()); err == nil {
		ask.Key.Store = store.Name()
	}
	passphrase, err := admin.ChoosePassphrase(ctx, x.Secrets, ask, x.DialectOf(s.gun).Words())
	if err == nil {
		x.passphrases[madeKey{s.gun, s.make.Symbol}] = passphrase
	}
	return err
}

// ownerOf is the repository that a key file names: none for a root key or that of a
// signer, which may serve several.
func ownerOf(role model.RoleName, gun model.GUN) model.GUN {
	if role == model.RoleRoot || role.Delegation() {
		return ""
	}
	return gun
}

// makeKeys makes or fetches the keys of a part, and gives them for their symbols.
func (x *execution) makeKeys(ctx context.Context, p *plan.Part, out *PartOutcome) (plan.Binding, error) {
	binding := plan.Binding{}
	for _, m := range p.NewKeys {
		key, err := x.makeKey(ctx, p, m, out)
		if err != nil {
			return nil, err
		}
		binding[m.Symbol] = key
	}
	return binding, nil
}

func (x *execution) makeKey(ctx context.Context, p *plan.Part, m plan.NewKey, out *PartOutcome) (key model.PublicKey, err error) {
	if m.Source == model.KeyServer {
		err = x.steps.Step(ctx, func() error {
			ask := x.Publisher.ServerKey
			if m.Fresh {
				ask = x.Publisher.NewServerKey
			}
			key, err = ask(ctx, p.GUN, m.Role)
			if err == nil {
				err = x.serverKeyUsable(key, p.GUN, m)
			}
			return err
		})
		return key, err
	}
	if m.Source == model.KeyHere {
		list := func() error {
			key, err = x.listed(p, m, x.signers[m.ID])
			return err
		}
		if certifies(&m) {
			err = x.steps.Step(ctx, list)
		} else {
			err = list()
		}
		if err == nil {
			x.signs(p.GUN, key, x.signers[m.ID])
		}
		return key, err
	}
	name := madeKey{p.GUN, m.Symbol}
	err = x.steps.Step(ctx, func() error {
		if id, ok := x.made[name]; ok {
			key, err = x.listed(p, m, x.signers[id])
			return err
		}
		store, err := x.Stores.For(x.DialectOf(p.GUN).Name())
		if err != nil {
			return err
		}
		signer, err := store.Generate(ctx, port.NewKey{Role: m.Role, GUN: ownerOf(m.Role, p.GUN), Algorithm: m.Algorithm}, x.passphrases[name])
		clear(x.passphrases[name])
		delete(x.passphrases, name)
		if err != nil {
			return x.ending(err)
		}
		bare, err := x.DialectOf(p.GUN).Bare(signer.Public())
		if err != nil {
			return errors.Join(err, signer.Close())
		}
		id := bare.ID
		x.signers[id] = signer
		out.Made = append(out.Made, id)
		if err := x.note(ctx, port.Note{Kind: port.NoteMade, GUN: p.GUN, Symbol: m.Symbol, Key: id}); err != nil {
			return err
		}
		key, err = x.listed(p, m, signer)
		return err
	})
	return key, err
}

// signs notes that a private key signs for a public one, which the dialect may call otherwise
// than its store.
func (x *execution) signs(gun model.GUN, key model.PublicKey, signer port.Signer) {
	if signer != nil {
		x.signers[x.DialectOf(gun).CanonicalID(key)] = signer
	}
}

// serverKeyUsable refuses a key with which nobody could verify, for it would be
// written into the root, and one that was to be replaced.
func (x *execution) serverKeyUsable(key model.PublicKey, gun model.GUN, m plan.NewKey) error {
	refuse := func(format string, args ...any) error {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: string(gun), Text: fmt.Sprintf(format, args...),
			Hint: "Ask the server's operator.",
		}
	}
	if err := x.DialectOf(gun).CheckKey(key, "", x.Clock()); err != nil {
		return refuse("the %s key sent by the server cannot be used: %v", m.Role, err)
	}
	for _, r := range x.requests {
		if m.Fresh && r.GUN == gun && slices.Contains(r.Repository.Role(m.Role).Keys, r.Dialect.CanonicalID(key)) {
			return refuse("the server made no new %s key, but sent the existing one", m.Role)
		}
	}
	return nil
}

// certifies reports whether a key of this machine signs a certificate for itself before a root lists it.
func certifies(m *plan.NewKey) bool {
	return m.Source == model.KeyHere && m.Certificate && m.Given == nil
}

// listed gives a key as the root will list it: bare, or under a certificate.
func (x *execution) listed(p *plan.Part, m plan.NewKey, signer port.Signer) (model.PublicKey, error) {
	if signer == nil {
		return model.PublicKey{}, fmt.Errorf("%s is not unlocked", m.Name)
	}
	if !m.Certificate {
		return x.DialectOf(p.GUN).Bare(signer.Public())
	}
	if m.Given != nil {
		return x.DialectOf(p.GUN).Certified(m.Given) // the plan has found that it is for this key
	}
	var serial [16]byte
	_, _ = rand.Read(serial[:]) // never fails
	text, err := x.writable(p.GUN).NewCertificate(p.GUN, signer, serial, x.Clock())
	if err != nil {
		return model.PublicKey{}, err
	}
	return x.DialectOf(p.GUN).Certified(text)
}

// wipe overwrites every secret that is left.
func (x *execution) wipe() {
	for _, s := range x.signers {
		_ = s.Close() // wiping does not fail
	}
	for _, p := range x.passphrases {
		clear(p)
	}
}
