package bundle

import (
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// New begins a bundle of what must be signed for part i of a plan, sealed with the keys that the
// plan names by symbol: from roots, which end with the current one, valid from a moment. Who takes
// part, and when, is for the author to add. The error is a *model.Fault where a plan asks for
// signatures that are not collected: of files that are published already, or by keys of earlier
// roots.
func New(p *plan.Plan, i int, r plan.Request, sealed *plan.Sealed, roots [][]byte, from time.Time) (*Bundle, error) {
	b := &Bundle{Repository: r.GUN, Dialect: r.Dialect.Name(), Roots: roots, Changes: r.Changes, Keys: sealed.Keys()}
	if err := collectable(r); err != nil {
		return nil, err
	}
	for _, w := range p.Parts[i].Rewrites {
		if w.Signer != plan.SignedHere || w.Role.ListsFiles() {
			continue
		}
		payload, err := sealed.Payload(w.Role, from)
		if err != nil {
			return nil, err
		}
		b.Payloads = append(b.Payloads, Payload{w.Role, from.UTC(), payload})
		b.found(r.Repository, w.Role)
	}
	return b, nil
}

// collectable refuses what asks for signatures that no quorum needs: Open would not take them.
func collectable(r plan.Request) error {
	fault := func(text, hint string) error {
		return &model.Fault{Kind: model.FaultUsage, Subject: string(r.GUN), Text: text, Hint: hint}
	}
	if plan.Countersigns(r.Changes) {
		return fault("signatures of files that are published already are not collected in a ceremony", "Sign where the repository is published.")
	}
	if slices.ContainsFunc(r.Changes, func(c model.Change) bool { rotate, ok := c.(model.RotateKey); return ok && rotate.CosignRoots != 0 }) {
		return fault("keys of earlier roots than the current one don't sign in a ceremony", "Leave them out, or replace the keys on one machine that has them all.")
	}
	return nil
}

// found adds the published file of a role, if it has one yet, and those of its delegators.
func (b *Bundle) found(r *model.Repository, name model.RoleName) {
	if r == nil || name == model.RoleRoot || slices.ContainsFunc(b.Base, func(f File) bool { return f.Role == name }) {
		return
	}
	role := r.Role(name)
	if role == nil {
		return
	}
	if role.Raw != nil {
		b.Base = append(b.Base, File{name, role.Raw})
	}
	for _, edge := range role.Parents {
		b.found(r, edge.From)
	}
}
