package tokens

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// CertificateSteps lists what WriteCertificate does on the token with a name, in order.
func CertificateSteps(p *Place, token string) []admin.Step {
	return admin.NewSteps(certifying(p, token), "read back what slot "+p.Key.Slot+" holds")
}

// certifying is the step that writes a certificate.
func certifying(p *Place, token string) string {
	return "have the key in slot " + p.Key.Slot + " of " + token + " sign a certificate, and write that"
}

// WriteCertificate replaces the certificate in a slot by one that the slot's key signs, or adds
// it, and reads that back. Of the key, the place tells only the slot and the name in the
// certificate.
func (s *Service) WriteCertificate(ctx context.Context, p Place, run Run) (*Changed, error) {
	store := s.Stores.Store(p.Serial)
	steps := admin.Runner{Steps: CertificateSteps(&p, store.Name()), Watch: run.Watch, Stop: run.Stop}
	var out *Changed
	err := steps.Run(ctx,
		func(ctx context.Context) (err error) {
			out, err = s.certify(ctx, store, &p, &steps, run)
			return err
		},
		func(ctx context.Context) error { return s.confirm(ctx, store, out) })
	return out, err
}

// certify has the key in a slot sign a certificate, and writes that.
func (s *Service) certify(ctx context.Context, store port.TokenStore, p *Place, steps *admin.Runner, run Run) (out *Changed, err error) {
	t, err := s.unchanged(ctx, store, p)
	if err != nil {
		return nil, err
	}
	pin := p.Before == nil || p.Before.PIN != model.PolicyNever
	o := s.opening(store, t, "write a certificate into slot "+p.Key.Slot, pin, steps, run)
	defer o.wipe()
	err = o.change(ctx, pin, func(ctx context.Context, open port.TokenSecrets) error {
		slot, err := store.WriteCertificate(ctx, p.Key.Slot, p.Key.Subject, open, steps.Touch(store.Name(), signing(p)))
		if err == nil {
			out = &Changed{Token: *t, Slot: slot, ID: store.ID(slot.SPKI)}
		}
		return err
	})
	return out, err
}

// kept is the key that an attempt before has put into a slot, with its certificate.
func (s *Service) kept(ctx context.Context, store port.TokenStore, p *Place) (*Changed, error) {
	t, err := s.unchanged(ctx, store, p)
	if err != nil {
		return nil, err
	}
	return &Changed{Token: *t, Slot: *p.Before, ID: store.ID(p.Placed)}, nil
}

// changed is what came of a change of a slot, where the key is on the token. Beside an error the slot
// has no certificate.
func changed(store port.TokenStore, t *model.Token, slot model.TokenSlot, err error) *Changed {
	if slot.SPKI == nil {
		return nil
	}
	if err != nil {
		slot.State = model.SlotKeyOnly
	}
	return &Changed{Token: *t, Slot: slot, ID: store.ID(slot.SPKI)}
}
