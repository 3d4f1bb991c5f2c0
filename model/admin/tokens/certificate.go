package tokens

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// CertificateSteps lists what WriteCertificate does on the token with a name, in order.
func CertificateSteps(p *Place, token string) []admin.Step {
	return admin.NewSteps(
		"have the key in slot "+p.Key.Slot+" of "+token+" sign a certificate, and write that",
		"read back what slot "+p.Key.Slot+" holds")
}

// WriteCertificate replaces the certificate in a slot by one that the slot's key signs, or adds
// it, and reads that back. Of the key, the place tells only the slot and the name in the
// certificate.
func (s *Service) WriteCertificate(ctx context.Context, p Place, run Run) (*Changed, error) {
	store := s.Stores.Store(p.Serial)
	steps := admin.Runner{Steps: CertificateSteps(&p, store.Name()), Watch: run.Watch, Stop: run.Stop}
	var out *Changed
	err := steps.Run(ctx,
		func(ctx context.Context) error {
			t, err := s.unchanged(ctx, store, &p)
			if err != nil {
				return err
			}
			pin := p.Before == nil || p.Before.PIN != model.PolicyNever
			o := s.opening(store, t, "write a certificate into slot "+p.Key.Slot, pin, &steps, run)
			defer o.wipe()
			return o.change(ctx, pin, func(ctx context.Context, open port.TokenSecrets) error {
				slot, err := store.WriteCertificate(ctx, p.Key.Slot, p.Key.Subject, open, steps.Touch(store.Name(), signing(&p)))
				if err == nil {
					out = &Changed{Token: *t, Slot: slot, ID: store.ID(slot.SPKI)}
				}
				return err
			})
		},
		func(ctx context.Context) error { return s.confirm(ctx, store, out) })
	return out, err
}
