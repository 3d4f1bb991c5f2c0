package change

import (
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// collect signs what is sealed with the keys of this machine that the plan has chosen, and
// verifies each file as its readers will.
func (x *execution) collect(ctx context.Context, p *plan.Part, sealed *plan.Sealed, out *PartOutcome) error {
	for _, r := range p.Rewrites {
		if r.Signer != plan.SignedHere {
			continue
		}
		if err := x.steps.Step(ctx, func() error { return x.sign(x.writable(p.GUN), sealed, r, out) }); err != nil {
			return err
		}
	}
	return nil
}

// writable is the dialect of a repository of the plan.
func (x *execution) writable(gun model.GUN) dialect.Writable {
	i := slices.IndexFunc(x.requests, func(r plan.Request) bool { return r.GUN == gun })
	return x.requests[i].Dialect
}

// sign signs one file.
func (x *execution) sign(d dialect.Writable, sealed *plan.Sealed, r plan.Rewrite, out *PartOutcome) error {
	at, binding := x.Clock(), sealed.Keys()
	payload, err := sealed.Payload(r.Role, at)
	if err != nil {
		return err
	}
	signed := map[model.KeyID]bool{} // a key that counts for the old and the new root signs once: it may be touched for that
	for _, need := range asks(&r, x.Collected != nil) {
		for _, k := range need.Keys {
			if !k.Sign {
				continue
			}
			listed, id := k.Listed, k.ID
			if bound, ok := binding[k.Listed]; ok {
				listed, id = bound.ID, d.CanonicalID(bound)
			}
			signer := x.signers[id]
			switch {
			case signed[listed]:
				continue
			case signer == nil && need.Bridges:
				out.Unopened = append(out.Unopened, k.Name)
				continue
			case signer == nil:
				return fmt.Errorf("%s is not unlocked", k.Name)
			}
			if err := signWith(d, signer, sealed, r.Role, listed, payload); err != nil {
				return err
			}
			signed[listed] = true
		}
	}
	return sealed.Check(r.Role, at)
}

// signWith adds the signature of one key, by the ID under which it is listed.
func signWith(d dialect.Writable, signer port.Signer, sealed *plan.Sealed, role model.RoleName, listed model.KeyID, payload []byte) error {
	public, err := sealed.Listed(role, listed)
	if err != nil {
		return err
	}
	sig, err := d.Sign(public, signer, payload)
	if err != nil {
		return err
	}
	return sealed.Sign(role, sig)
}
