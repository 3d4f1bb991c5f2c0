package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// need finds out where the keys of an authority are, and chooses those that sign:
// as many as are needed, and no more, for each may ask for a secret.
func (c *compiler) need(a notary.Authority) Need {
	out := Need{Authority: fmt.Sprintf("%s %d", a.Issuer, a.Version), Threshold: a.Threshold}
	if a.Former {
		out.Authority += ", which is replaced"
	}
	chosen := 0
	for _, k := range a.Keys {
		key := c.key(k)
		if key.Place != PlaceUnknown && chosen < a.Threshold {
			key.Sign = true
			chosen++
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

func (c *compiler) key(k model.PublicKey) Key {
	out := Key{Listed: k.ID, Place: PlaceUnknown, Name: "key " + k.ID.Short()}
	for _, m := range c.author.makes {
		if m.Symbol != k.ID {
			continue
		}
		out.ID, out.Name, out.Place = m.ID, m.Name, PlaceHere
		if m.Source == model.KeyServer {
			out.Place = PlaceServer
		}
		if m.Source == model.KeyHere {
			if _, ok := c.here[m.ID]; !ok {
				out.Place = PlaceUnknown
			}
		}
		return out
	}
	out.ID = notary.CanonicalID(k)
	if private, ok := c.here[out.ID]; ok {
		out.Place = PlaceHere
		out.Name = private.Label + " key " + out.ID.Short()
	}
	return out
}

func (c *compiler) verdict() Verdict {
	var missing []string
	for _, r := range c.out.Rewrites {
		for _, n := range r.Needs {
			have := 0
			var others []string
			for _, k := range n.Keys {
				if k.Sign {
					have++
				} else if k.Place == PlaceUnknown {
					others = append(others, k.Name)
				}
			}
			switch {
			case have >= n.Threshold:
			case have+len(others) < n.Threshold || len(n.Keys) == 0:
				return Verdict{Impossible, fmt.Sprintf("%s needs %s, and %s names only %d", r.Role, count(n.Threshold, "signature"), n.Authority, len(n.Keys))}
			default:
				missing = append(missing, fmt.Sprintf("%s needs %s more, by %s", r.Role, count(n.Threshold-have, "signature"), strings.Join(others, " or ")))
			}
		}
	}
	missing = slices.Compact(missing)
	if len(missing) > 0 {
		return Verdict{Waiting, "not all keys are here: " + strings.Join(missing, "; ")}
	}
	if c.unsent() {
		return Verdict{Ready, "the server signs; no key of yours is needed"}
	}
	return Verdict{Ready, "every key that must sign is at hand"}
}
