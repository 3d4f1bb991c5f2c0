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
	return Verdict{Ready, "every key that must sign is at hand"}
}

// impact says what others will see.
func (c *compiler) impact() Impact {
	i := Impact{Warnings: c.author.warnings}
	if c.request.Repository == nil {
		i.Fresh = "trusts the new root at first use; tell them its fingerprint, or pin it"
		i.Current = "there is none: the repository is new"
		i.Outdated = "a client that knew an earlier repository of this name refuses the new root until its cached trust data is deleted"
		i.Pull = "with content trust, nothing can be pulled until a tag is signed"
		i.Irreversible = []string{"once others have seen the root, only its key can change it: keep it safe, and keep a copy"}
	} else {
		i.Fresh = "verifies the new files from the root that is published now"
		i.Current = "takes the new files at the next update, without a question"
		i.Outdated = "the same, walking the roots that it has missed"
		i.Pull = "finds the same tags as before"
	}
	i.Gained, i.Lost = c.tags()
	if len(i.Gained)+len(i.Lost) > 0 {
		i.Pull = fmt.Sprintf("finds %s more and %s less than before", count(len(i.Gained), "tag"), count(len(i.Lost), "tag"))
	}
	c.thresholds(&i)
	for _, change := range c.request.Changes {
		if add, ok := change.(model.AddSigner); ok {
			i.Others = append(i.Others, fmt.Sprintf("the signer %s may sign every tag of the repository, alone, from then on", add.Name))
		}
	}
	return i
}

// thresholds names what other clients can no longer do with roles of which
// several keys must sign.
func (c *compiler) thresholds(i *Impact) {
	root := c.author.draft.After(model.RoleRoot)
	for _, spec := range root.Roles {
		if spec.Threshold > 1 {
			i.Others = append(i.Others, fmt.Sprintf(
				"%s needs %d signatures: notary and docker trust can sign it only where %d of its keys are in one trust folder", spec.Name, spec.Threshold, spec.Threshold))
		}
	}
}

// tags compares the names that docker pull looks for: those of targets and of
// targets/releases.
func (c *compiler) tags() (gained, lost []string) {
	visible := func(get func(model.RoleName) *notary.File) map[string]bool {
		out := map[string]bool{}
		for _, role := range []model.RoleName{model.RoleTargets, model.RoleReleases} {
			if f := get(role); f != nil {
				for _, t := range f.Targets {
					out[t.Name] = true
				}
			}
		}
		return out
	}
	before, after := visible(c.author.draft.Before), visible(c.author.draft.After)
	for name := range after {
		if !before[name] {
			gained = append(gained, name)
		}
	}
	for name := range before {
		if !after[name] {
			lost = append(lost, name)
		}
	}
	slices.Sort(gained)
	slices.Sort(lost)
	return gained, lost
}
