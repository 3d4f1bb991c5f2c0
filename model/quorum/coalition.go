package quorum

import "slices"

// Member is a holder or an organisation, with its keys that count in a role.
type Member struct {
	// Name is empty where it is not known.
	Name string
	Keys []*Key
}

// Coalition is the smallest set of members who can publish a role together.
type Coalition struct {
	// Members are one smallest coalition where each key of unknown holder is a member of
	// its own. Known ones come first.
	Members []Member
	// Least and Most are bounds on how many members there must be: equal where the size
	// is known. Least is reached where all keys of unknown holders belong to one of the
	// members, Most where no two belong to one.
	Least, Most int
	// Unknown are the keys that count in the role and belong to no known member.
	Unknown []*Key
	// Unfinished is set where the search was given up at its limit (see searchLimit), so
	// that Least and Most are bounds for this reason too, and Members may be more than
	// are needed.
	Unfinished bool
}

// Answer is whether something is so, as far as it is known.
type Answer int

// The answers.
const (
	No Answer = iota
	Yes
	// Perhaps: it depends on who has the keys whose holders are not known.
	Perhaps
)

// String returns the answer in a word, as JSON has it.
func (a Answer) String() string { return [...]string{"no", "yes", "unknown"}[a] }

// One reports whether a single member is enough. A coalition of nobody, of a role that
// cannot be published, is not.
func (c *Coalition) One() Answer {
	switch {
	case c.Most == 1:
		return Yes
	case c.Least == 1:
		return Perhaps
	default:
		return No
	}
}

// coalition finds a smallest coalition of the members that of names, one a key; "" is
// unknown. taking reports for each of r.Keys whether it takes part in some smallest
// coalition: any key of a member does, because a member may sign with any of its keys.
func (r *Role) coalition(of, name func(*Key) string) (c Coalition, taking []bool) {
	members, member := r.members(of, name)
	s := search{need: r.thresholds(), limit: searchLimit}
	for range members {
		s.have = append(s.have, make([]int, len(r.Groups)))
	}
	unknown := make([]int, len(r.Groups))
	known := make([][]int, len(members))
	for i := range known {
		known[i] = make([]int, len(r.Groups))
	}
	for i, g := range r.Groups {
		for j, k := range g.Keys {
			s.have[member[k]][i]++
			if of(k) == "" {
				unknown[i] += g.votes[j]
			} else {
				known[member[k]][i] += g.votes[j]
			}
		}
	}
	found := s.smallest()
	c.Most, c.Least, c.Unfinished = found.most, found.least, found.unfinished
	for _, i := range found.members {
		c.Members = append(c.Members, members[i])
	}
	for _, k := range r.Keys {
		if of(k) == "" {
			c.Unknown = append(c.Unknown, k)
		}
	}
	if len(c.Unknown) > 0 || len(r.Repeated) > 0 {
		// Proof that one owner of all unknown keys is the best case: give the unknown keys
		// that a coalition uses to one of its members, whoever had them; it still reaches
		// every group. So the least is what known members need beside all unknown keys,
		// and at least the one who has those. Repeated keys count as often as clients that
		// count IDs let them.
		best := search{have: known, need: slices.Clone(s.need), limit: searchLimit}
		for i := range best.need {
			best.need[i] = max(best.need[i]-unknown[i], 0)
		}
		least := best.smallest()
		c.Least = max(min(least.least, c.Least), 1)
		c.Unfinished = c.Unfinished || least.unfinished
	}
	in := s.takingPart(found)
	for _, k := range r.Keys {
		taking = append(taking, in[member[k]])
	}
	return c, taking
}

// members are who holds the keys, in the order of r.Keys, the unknown ones last.
func (r *Role) members(of, name func(*Key) string) (members []Member, member map[*Key]int) {
	member = map[*Key]int{}
	byName := map[string]int{}
	for _, unknown := range []bool{false, true} {
		for _, k := range r.Keys {
			id := of(k)
			if (id == "") != unknown {
				continue
			}
			i, met := byName[id]
			if !met || unknown {
				i = len(members)
				byName[id] = i
				m := Member{}
				if !unknown {
					m.Name = name(k)
				}
				members = append(members, m)
			}
			members[i].Keys = append(members[i].Keys, k)
			member[k] = i
		}
	}
	return members, member
}

func (r *Role) thresholds() []int {
	need := make([]int, len(r.Groups))
	for i := range r.Groups {
		need[i] = r.Groups[i].Threshold
	}
	return need
}
