package admin

import (
	"slices"
	"strings"

	"trustdeck/model"
)

// Person is a person or robot who signs, with all keys under one name, in all repositories.
// Another name with the same keys, no more and no fewer, is the same person's. One with some
// of them is not: it may be a role that people share.
type Person struct {
	// Name is the name; empty for a key without one. OtherNames are the others, sorted.
	Name       string
	OtherNames []string
	// Signers are those that the person consists of, one for each name and key: those to
	// look at first, then by name and key.
	Signers []KnownSigner
}

// People groups signers by person, in the order of Signers.
func People(signers []KnownSigner) []Person {
	keys := map[string][]model.KeyID{}
	for i := range signers {
		if s := &signers[i]; s.Name != "" {
			keys[s.Name] = append(keys[s.Name], s.Key)
		}
	}
	var out []Person
	at := map[string]int{}
	for i := range signers {
		s := &signers[i]
		who := string(s.Key)
		if s.Name != "" {
			who = "\x00" + owner(s, keys)
		}
		n, known := at[who]
		if !known {
			n = len(out)
			at[who] = n
			out = append(out, Person{Name: strings.TrimPrefix(who, "\x00")})
			if s.Name == "" {
				out[n].Name = ""
			}
		}
		p := &out[n]
		if s.Name != p.Name && !slices.Contains(p.OtherNames, s.Name) {
			p.OtherNames = append(p.OtherNames, s.Name)
			slices.Sort(p.OtherNames)
		}
		p.Signers = append(p.Signers, *s)
	}
	return out
}

// owner is the name under which a signer is a person: of those with the same keys, the first.
func owner(s *KnownSigner, keys map[string][]model.KeyID) string {
	out := s.Name
	for _, other := range s.OtherNames {
		if other < out && sameKeys(keys[s.Name], keys[other]) && !nested(s) {
			out = other
		}
	}
	return out
}

// nested reports whether the role of a signer is another signer's to delegate.
func nested(s *KnownSigner) bool {
	return slices.ContainsFunc(s.Places, func(p SignerPlace) bool { return p.Standing == BelowSigner })
}

// sameKeys compares two lists in which no key appears twice.
func sameKeys(a, b []model.KeyID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id model.KeyID) bool { return !slices.Contains(b, id) })
}

// Status is the one to look at first.
func (p *Person) Status() SignerStatus {
	worst := FullSigner
	for i := range p.Signers {
		worst = min(worst, p.Signers[i].Status())
	}
	return worst
}

// Keys are the IDs of the keys, in the order of Signers.
func (p *Person) Keys() []model.KeyID {
	var out []model.KeyID
	for i := range p.Signers {
		if id := p.Signers[i].Key; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Here reports whether the private half of one of the keys is on this machine.
func (p *Person) Here() bool {
	return slices.ContainsFunc(p.Signers, func(s KnownSigner) bool { return s.Local != nil })
}

// GUNs are the repositories in which the person can do something, sorted.
func (p *Person) GUNs() []model.GUN {
	var out []model.GUN
	for i := range p.Signers {
		out = append(out, p.Signers[i].GUNs()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LastSigned is the newest of those of the signers.
func (p *Person) LastSigned() (last SignedFile, gun model.GUN, ok bool) {
	for i := range p.Signers {
		if f, at, signed := p.Signers[i].LastSigned(); signed && (!ok || f.At.After(last.At)) {
			last, gun, ok = f, at, true
		}
	}
	return last, gun, ok
}
