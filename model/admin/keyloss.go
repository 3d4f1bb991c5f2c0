package admin

import (
	"slices"

	"trustdeck/model"
)

// KeySurvey is what is known of the private keys here and of their uses.
type KeySurvey struct {
	Keys []KeyUse
	// Looks are the known repositories, also those that could not be read.
	Looks []Look
}

// Unread are the repositories that could not be read: they may list the keys.
func (s *KeySurvey) Unread() []model.GUN {
	var out []model.GUN
	for _, l := range s.Looks {
		if l.Repository == nil && l.Fault != nil && l.Fault.Kind != model.FaultNotFound {
			out = append(out, l.GUN)
		}
	}
	return out
}

// Key is what is known of a private key; nil where nothing is.
func (s *KeySurvey) Key(id model.KeyID) *KeyUse {
	i := slices.IndexFunc(s.Keys, func(k KeyUse) bool { return k.Is(id) })
	if i < 0 {
		return nil
	}
	return &s.Keys[i]
}

// KeyLoss is what it means for a role that private keys are removed from this machine.
type KeyLoss struct {
	GUN  model.GUN
	Role model.RoleName
	// Keys are those of the removed ones that it lists, in its order.
	Keys []model.KeyID
	// Threshold is how many keys must sign it, and Before and After are how many are here.
	Threshold, Before, After int
}

// Lost reports whether the role can be signed here, and can't be afterwards.
func (l *KeyLoss) Lost() bool { return l.Before >= l.Threshold && l.After < l.Threshold }

// Losses are the roles of known repositories that list keys which are removed from this machine.
// A role that a server signs is none of them.
func (s *KeySurvey) Losses(removed []model.KeyID) []KeyLoss {
	usable := map[model.KeyID]bool{}
	gone := slices.Clone(removed)
	for _, k := range s.Keys {
		for _, id := range k.IDs() {
			usable[id] = usable[id] || k.Usable()
		}
		if k.IsAny(removed) {
			gone = append(gone, k.IDs()...)
		}
	}
	var out []KeyLoss
	for _, look := range s.Looks {
		if look.Repository == nil {
			continue
		}
		for i := range look.Repository.Roles {
			role := &look.Repository.Roles[i]
			if loss := lossOf(look.GUN, role, gone, usable); len(loss.Keys) > 0 && !role.Online {
				out = append(out, loss)
			}
		}
	}
	return out
}

// lossOf counts the keys of a role.
func lossOf(gun model.GUN, role *model.Role, removed []model.KeyID, usable map[model.KeyID]bool) KeyLoss {
	out := KeyLoss{GUN: gun, Role: role.Name, Threshold: role.Threshold}
	for _, id := range role.Keys {
		gone := slices.Contains(removed, id)
		if gone {
			out.Keys = append(out.Keys, id)
		}
		if usable[id] {
			out.Before++
			if !gone {
				out.After++
			}
		}
	}
	return out
}
