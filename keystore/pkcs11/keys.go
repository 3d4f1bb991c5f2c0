//go:build hsm

package pkcs11

import (
	"context"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Keys lists the keys on all tokens. A token or a module that can't be read is listed with its
// Fault.
func (g group) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	err := g.read(ctx, func(m *module, fault *model.Fault) {
		out = append(out, model.PrivateKey{Place: model.PlaceToken, Path: m.name(), Store: groupName, Fault: fault})
	}, func(t *token) { out = append(out, g.modules.listed(t)...) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Others reads the tokens of all modules. A module that can't be read stands for its tokens.
func (g group) Others(ctx context.Context) ([]model.OtherToken, error) {
	var out []model.OtherToken
	err := g.read(ctx, func(m *module, fault *model.Fault) {
		out = append(out, model.OtherToken{Name: m.name(), Fault: fault})
	}, func(t *token) {
		one := model.OtherToken{Name: t.name, Label: t.label, Serial: t.serial, Product: t.product, Maker: t.maker, Fault: t.fault}
		if t.fault == nil {
			one.Keys = g.modules.listed(t)
		}
		out = append(out, one)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// read calls each with every token, and unread with a module whose tokens can't be read.
func (g group) read(ctx context.Context, unread func(*module, *model.Fault), each func(*token)) error {
	for _, m := range g.modules.all {
		found, err := m.tokens(ctx, g.modules.limit)
		if err != nil {
			fault := refused(m.name(), err)
			if fault.Kind == model.FaultCanceled {
				return fault
			}
			unread(m, fault)
			continue
		}
		for i := range found {
			each(&found[i])
		}
	}
	return nil
}

// listed are the keys of a token.
func (m *Modules) listed(t *token) []model.PrivateKey {
	if t.fault != nil {
		return []model.PrivateKey{{Place: model.PlaceToken, Path: t.name, Store: t.name, Fault: t.fault}}
	}
	var out []model.PrivateKey
	for i := range t.objects {
		o := &t.objects[i]
		k := model.PrivateKey{
			SPKI: o.spki, Label: o.label, Algorithm: model.AlgorithmOf(o.public), Encrypted: t.has(p11.CKF_LOGIN_REQUIRED),
			Encoding: "PKCS #11 object", Place: model.PlaceToken, Path: t.path(o), Store: t.name, Fault: o.fault,
		}
		if o.spki != nil {
			k.ID = m.idOf(o.spki)
		}
		if o.root {
			k.Label = string(model.RoleRoot)
		}
		out = append(out, k)
	}
	return out
}

// Keys lists the keys on the token.
func (s *store) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	t, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	return s.modules.listed(t), nil
}

// find reads the token.
func (s *store) find(ctx context.Context) (*token, error) {
	var out *token
	var failed error
	for _, m := range s.modules.all {
		found, err := m.tokens(ctx, s.modules.limit)
		if err != nil {
			failed = err // it may be in that one
		}
		for i := range found {
			switch {
			case found[i].name != s.name:
			case out != nil:
				return nil, ambiguous(s.name)
			default:
				out = &found[i]
			}
		}
	}
	switch {
	case out == nil && failed != nil:
		return nil, failed
	case out == nil:
		return nil, absent(s.name)
	case out.fault != nil && len(out.objects) == 0 && out.fault.Kind != model.FaultLocal:
		return nil, out.fault
	default:
		return out, nil
	}
}

// Unlock gives the token the PIN, looks for the private key, and logs out. The Signer logs in for
// each signature.
func (s *store) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	t, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	for i := range t.objects {
		o := &t.objects[i]
		if o.spki == nil || s.modules.idOf(o.spki) != id {
			continue
		}
		_, err := as(ctx, t, pin, func(l *login) (p11.ObjectHandle, error) { return l.private(o) })
		if err != nil {
			return nil, err
		}
		if !t.has(p11.CKF_LOGIN_REQUIRED) {
			pin = nil
		}
		return &signer{token: t, object: o, pin: hardware.HoldPIN(pin)}, nil
	}
	return nil, lost(s.name, id)
}
