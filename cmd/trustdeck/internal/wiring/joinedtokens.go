package wiring

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Tokens reads the tokens that are plugged in, and where the repositories of all contexts use
// their keys. The contexts have the same tokens, which are read for one at a time.
func (j joined) Tokens(ctx context.Context, views []admin.Look) ([]admin.TokenUse, *model.Fault) {
	var out []admin.TokenUse
	var fault *model.Fault
	for _, p := range j {
		tokens, err := p.service().Tokens(ctx, j.views(p, views))
		if err != nil {
			fault = err
		}
		for _, t := range tokens {
			for i := range t.Slots {
				s := &t.Slots[i]
				s.Uses = slices.Clone(s.Uses)
				for u := range s.Uses {
					s.Uses[u].GUN = p.name(s.Uses[u].GUN)
				}
			}
			at := slices.IndexFunc(out, func(have admin.TokenUse) bool { return have.Serial == t.Serial && have.Reader == t.Reader })
			if at < 0 {
				out = append(out, t)
				continue
			}
			addUses(&out[at], &t)
		}
	}
	return out, fault
}

// addUses adds what another context knows of the keys on a token.
func addUses(t, other *admin.TokenUse) {
	for i := range t.Slots {
		n := slices.IndexFunc(other.Slots, func(s admin.SlotUse) bool { return s.ID == t.Slots[i].ID })
		if n < 0 {
			continue // it came or left in the meantime
		}
		s, more := &t.Slots[i], &other.Slots[n]
		s.Uses = append(s.Uses, more.Uses...)
		s.IDs = append(s.IDs, slices.DeleteFunc(slices.Clone(more.IDs), func(id model.KeyID) bool { return slices.Contains(s.IDs, id) })...)
		s.Copies = append(s.Copies, slices.DeleteFunc(slices.Clone(more.Copies), func(c string) bool { return slices.Contains(s.Copies, c) })...)
	}
}

// OtherTokens reads those of the modules, which all contexts have.
func (j joined) OtherTokens(ctx context.Context) []admin.OtherToken {
	return j[0].service().OtherTokens(ctx)
}

// WatchTokens tells when a token may have come or left.
func (j joined) WatchTokens(ctx context.Context) <-chan struct{} {
	return j[0].service().WatchTokens(ctx)
}
