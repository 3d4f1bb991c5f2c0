package bundle

import (
	"bytes"
	"slices"

	"trustdeck/model"
)

// Merge takes the signatures of other bundles of the same ceremony, each verified. The outcome is
// the same in any order, and however often a bundle is merged. Of bundles of which one is refused
// none is taken. The error is a *Refusal.
func (o *Opened) Merge(others ...*Bundle) error {
	for _, b := range others {
		if err := o.unlike(b); err != nil {
			return err
		}
		for _, s := range b.Signatures {
			if err := o.verify(s.Role, s.Signature); err != nil {
				return err
			}
		}
	}
	for _, b := range others {
		for _, s := range b.Signatures {
			o.put(s.Role, s.Signature)
		}
	}
	return nil
}

// unlike says how another bundle is not of the same ceremony.
func (o *Opened) unlike(b *Bundle) error {
	own := &o.bundle
	switch {
	case b.Digest() == o.digest:
		return nil
	case b.Repository != own.Repository:
		return refuse(OtherRepository, "one file is about %s, the other about %s", own.Repository, b.Repository)
	case b.Rehearsal != own.Rehearsal:
		return refuse(RehearsalAndReal, "one file is of a rehearsal, the other of the ceremony itself")
	case own.sameContent(b):
		return refuse(AlteredCopy, "the files sign the same, but one of them was altered: they differ in dates, people or what was asked for")
	case own.sameOccasion(b):
		return refuse(AlteredCopy, "the files are of one ceremony, but one of them was altered: they differ in what is signed")
	default:
		return refuse(OtherCeremony, "the files are of two ceremonies: %q and %q", own.Title, b.Title)
	}
}

// sameContent reports whether two bundles sign the same on the same base.
func (b *Bundle) sameContent(other *Bundle) bool {
	return slices.EqualFunc(b.Payloads, other.Payloads, func(x, y Payload) bool { return x.Role == y.Role && bytes.Equal(x.Bytes, y.Bytes) }) &&
		slices.EqualFunc(b.Roots, other.Roots, bytes.Equal) &&
		slices.EqualFunc(b.Base, other.Base, func(x, y File) bool { return x.Role == y.Role && bytes.Equal(x.Raw, y.Raw) })
}

// sameOccasion reports whether two bundles have the same title, dates and people.
func (b *Bundle) sameOccasion(other *Bundle) bool {
	return b.Title == other.Title && b.Dates.Opens.Equal(other.Dates.Opens) &&
		slices.EqualFunc(b.Participants, other.Participants, func(x, y Participant) bool { return x.Name == y.Name })
}

// Absence says whom a ceremony can do without. Who has signed already is needed no more.
type Absence struct {
	// Any is how many people may be absent, whichever they are: at most two.
	Any int
	// Needed are the people without any one of whom nothing can be published.
	Needed []string
	// Pairs are the people of whom either may be absent, but not both.
	Pairs [][2]string
}

// Absence works out who may be absent. A key of which no one is named is a person of its own.
func (o *Opened) Absence() Absence {
	var out Absence
	people := o.signers()
	for i, a := range people {
		if !o.MayBeAbsent(a) {
			out.Needed = append(out.Needed, a)
			continue
		}
		for _, b := range people[i+1:] {
			if o.MayBeAbsent(b) && !o.MayBeAbsent(a, b) {
				out.Pairs = append(out.Pairs, [2]string{a, b})
			}
		}
	}
	if len(out.Needed) == 0 && len(people) > 0 {
		out.Any = 1
		if len(out.Pairs) == 0 && len(people) > 1 {
			out.Any = 2
		}
	}
	return out
}

// MayBeAbsent reports whether everything can be signed without some people.
func (o *Opened) MayBeAbsent(people ...string) bool {
	for _, f := range o.files {
		for _, q := range o.Quorums(f.Role) {
			n := 0
			for _, m := range q.Members {
				if m.Signed || m.Unusable == "" && !slices.Contains(people, m.who()) {
					n++
				}
			}
			if n < q.Threshold {
				return false
			}
		}
	}
	return true
}

// who is the person who has a key, else the key.
func (m *Member) who() string {
	if m.Person != "" {
		return m.Person
	}
	return "key " + m.ID.Short()
}

// signers are those who have a key that counts, in the order of the participants.
func (o *Opened) signers() []string {
	var named, others []string
	counts := map[string]bool{}
	for _, f := range o.files {
		for _, q := range f.quorums {
			for _, m := range q.Members {
				if who := m.who(); m.Unusable == "" && !counts[who] {
					counts[who] = true
					if m.Person == "" {
						others = append(others, who)
					}
				}
			}
		}
	}
	for _, p := range o.bundle.Participants {
		if counts[p.Name] {
			named = append(named, p.Name)
		}
	}
	return append(named, others...)
}

// Waiting is someone whose signature is still asked for.
type Waiting struct {
	// Who is a person, or a key of which no one is named.
	Who string
	// Roles are the payloads to sign.
	Roles []model.RoleName
}

// Waiting are those who have not signed, and are in a quorum that is not met, in the order of the
// participants.
func (o *Opened) Waiting() []Waiting {
	asked := map[string][]model.RoleName{}
	for _, f := range o.files {
		for _, q := range o.Quorums(f.Role) {
			for _, m := range q.Members {
				if who := m.who(); q.Missing() > 0 && !m.Signed && m.Unusable == "" && !slices.Contains(asked[who], f.Role) {
					asked[who] = append(asked[who], f.Role)
				}
			}
		}
	}
	var out []Waiting
	for _, who := range o.signers() {
		if asked[who] != nil {
			out = append(out, Waiting{who, asked[who]})
		}
	}
	return out
}
