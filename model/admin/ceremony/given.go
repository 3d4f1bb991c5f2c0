package ceremony

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// A place is where a change names a key: a root key may be listed otherwise than the same key elsewhere.
type place struct {
	role model.RoleName
	id   model.KeyID
}

// given names the private keys of this machine that changes are to list by their public halves, for the
// machine that publishes doesn't have them. Each such key is unlocked, and certifies itself where the
// dialect lists root keys so. m are the new keys of the plan.
func (s *Service) given(ctx context.Context, r plan.Request, changes []model.Change, m []plan.NewKey, run Run, steps *admin.Runner) ([]model.Change, error) {
	public := map[place]model.PublicKey{}
	for _, key := range m {
		if key.Source != model.KeyHere {
			continue
		}
		listed, err := s.listed(ctx, r, key, run, steps)
		if err != nil {
			return nil, err
		}
		public[place{key.Role, key.ID}] = listed
	}
	if len(public) == 0 {
		return changes, nil
	}
	choices := func(role model.RoleName, all []model.KeyChoice) []model.KeyChoice {
		out := slices.Clone(all)
		for i, c := range out {
			if key, ok := public[place{role, c.ID}]; ok && c.Source == model.KeyHere {
				out[i] = model.KeyChoice{Source: model.KeyGiven, Public: key}
			}
		}
		return out
	}
	out := slices.Clone(changes)
	for i, change := range out {
		switch c := change.(type) {
		case model.RotateKey:
			c.Keys.Keys = choices(c.Role, c.Keys.Keys)
			out[i] = c
		case model.SetThreshold:
			c.Add = choices(c.Role, c.Add)
			out[i] = c
		case model.InitRepository:
			c.Root.Keys, c.Targets.Keys = choices(model.RoleRoot, c.Root.Keys), choices(model.RoleTargets, c.Targets.Keys)
			c.Snapshot.Keys, c.Timestamp.Keys = choices(model.RoleSnapshot, c.Snapshot.Keys), choices(model.RoleTimestamp, c.Timestamp.Keys)
			out[i] = c
		}
	}
	return out, nil
}

// listed is a private key of this machine as metadata is to list it.
func (s *Service) listed(ctx context.Context, r plan.Request, m plan.NewKey, run Run, steps *admin.Runner) (key model.PublicKey, err error) {
	d := r.Dialect
	if len(m.Given) > 0 {
		return d.Certified(m.Given)
	}
	here := admin.Service{Stores: s.Keys, DialectOf: dialect.Only(d)}
	all, unread := here.PrivateKeys(ctx, r.Repository)
	i := slices.IndexFunc(all, func(k model.PrivateKey) bool { return k.Usable() && k.IsAny([]model.KeyID{m.ID}) })
	switch {
	case i < 0 && unread != nil:
		return key, unread
	case i < 0:
		return key, &model.Fault{Kind: model.FaultUsage, Subject: string(r.GUN), Text: m.Name + " is not on this machine", Hint: "Plug in the token, or bring the key file."}
	}
	ask := port.SecretAsk{Key: all[i], Repository: r.GUN, Purpose: fmt.Sprintf("have it listed in the %s of %s", m.Role, r.GUN), Step: 1, Of: 1}
	signer, err := admin.Unlock(ctx, s.Keys.Of(all[i]), all[i].ID, s.counted(ctx, ask), run.Secrets, steps)
	if err != nil {
		return key, err
	}
	defer func() { _ = signer.Close() }() // wiping does not fail
	if m.Role != model.RoleRoot || !d.Certifies() {
		return d.Bare(signer.Public())
	}
	if t, ok := signer.(port.Touchable); ok {
		t.OnTouch(steps.Touch(s.Keys.Of(all[i]).Name(), fmt.Sprintf("certify %s for %s", m.Name, r.GUN)))
	}
	var serial [16]byte
	_, _ = rand.Read(serial[:]) // never fails
	text, err := d.NewCertificate(r.GUN, signer, serial, s.Clock())
	if err != nil {
		return key, err
	}
	return d.Certified(text)
}
