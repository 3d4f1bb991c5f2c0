package quorum

import (
	"cmp"
	"fmt"
	"slices"
)

// searchLimit is how many steps of table filling an exact search may take: about a second.
// Groups multiply: two of 250 keys with 500 members are within it.
const searchLimit = 1 << 28

// unreachable is larger than any coalition.
const unreachable = 1 << 30

// A search looks for the fewest members who have enough keys in every group. Every key has
// one member, so what a coalition has in a group is the sum of what its members have.
type search struct {
	// have holds, for each member, how many keys it has in each group.
	have [][]int
	// need are the thresholds.
	need []int
	// limit is searchLimit, or less in tests.
	limit int
}

// found is what a search has come to.
type found struct {
	// members are a coalition of most members; no coalition has fewer than least.
	members     []int
	least, most int
	unfinished  bool
}

// smallest finds a smallest coalition. Every group must be within reach of all.
//
// With one group, taking those who have most keys is exact: among all sets of n members
// the n with most keys have the largest sum, so where they do not reach the threshold no
// set of n does. With several groups that is not so: who has most keys in one group may
// have none in the other, and one who has a key in both can be worth more than either. Then
// a table is filled, of the fewest members who cover each possible rest of the thresholds.
func (s *search) smallest() found {
	open := s.open()
	switch {
	case len(open) == 0:
		return found{}
	case len(open) == 1:
		picked := s.greedy()
		return found{members: picked, least: len(picked), most: len(picked)}
	case s.steps() > s.limit:
		// No coalition is smaller than the one that the hardest group needs alone.
		least := 0
		for _, g := range open {
			one := search{have: s.have, need: make([]int, len(s.need))}
			one.need[g] = s.need[g]
			least = max(least, len(one.greedy()))
		}
		picked := s.greedy()
		return found{members: picked, least: least, most: len(picked), unfinished: least < len(picked)}
	}
	picked := s.table()
	return found{members: picked, least: len(picked), most: len(picked)}
}

// open are the groups that need anything.
func (s *search) open() []int {
	var out []int
	for g, n := range s.need {
		if n > 0 {
			out = append(out, g)
		}
	}
	return out
}

// greedy takes members who add most to what is missing, one after the other; among equals
// the first.
func (s *search) greedy() []int {
	rest := slices.Clone(s.need)
	taken := make([]bool, len(s.have))
	var picked []int
	for {
		best, most := -1, 0
		for m, have := range s.have {
			gain := 0
			for g, n := range rest {
				gain += min(n, have[g])
			}
			if !taken[m] && gain > most {
				best, most = m, gain
			}
		}
		if best < 0 {
			slices.Sort(picked)
			return picked
		}
		taken[best] = true
		picked = append(picked, best)
		for g := range rest {
			rest[g] = max(rest[g]-s.have[best][g], 0)
		}
	}
}

// states is the number of rests that the thresholds can have, at most more than the limit.
func (s *search) states() int {
	n := 1
	for _, need := range s.need {
		if n *= need + 1; n > s.limit {
			break
		}
	}
	return n
}

// steps is how many steps filling the table takes.
func (s *search) steps() int { return s.states() * len(s.have) }

// table finds a smallest coalition with a table over the rests of the thresholds: entry r
// is the fewest of the members from m on who cover rest r. It is filled from the last
// member to the first, and from the largest rest to the smallest, so that an entry still
// has the value for the members after m when it is read. Then the members are walked from
// the first on.
func (s *search) table() []int {
	states := s.states()
	fewest := make([]int32, states)
	for r := 1; r < states; r++ {
		fewest[r] = unreachable
	}
	takes := make([][]uint64, len(s.have))
	for m := len(s.have) - 1; m >= 0; m-- {
		takes[m] = make([]uint64, (states+63)/64)
		s.each(s.have[m], func(rest, after int) {
			if with := fewest[after] + 1; rest != after && with <= fewest[rest] && with < unreachable {
				fewest[rest] = with
				takes[m][rest/64] |= 1 << (rest % 64)
			}
		})
	}
	var picked []int
	rest := slices.Clone(s.need)
	for m, have := range s.have {
		at := s.index(rest)
		if takes[m][at/64]>>(at%64)&1 == 0 {
			continue
		}
		picked = append(picked, m)
		for g := range rest {
			rest[g] = max(rest[g]-have[g], 0)
		}
	}
	return picked
}

// each calls do for every rest, the largest first, with what is left of it after a member
// has signed.
func (s *search) each(have []int, do func(rest, after int)) {
	rest := slices.Clone(s.need)
	after := make([]int, len(rest))
	for at := s.states() - 1; ; at-- {
		for g := range rest {
			after[g] = max(rest[g]-have[g], 0)
		}
		do(at, s.index(after))
		g := len(rest) - 1
		for ; g >= 0 && rest[g] == 0; g-- {
			rest[g] = s.need[g]
		}
		if g < 0 {
			return
		}
		rest[g]--
	}
}

// index is the place of a rest in the table.
func (s *search) index(rest []int) int {
	at := 0
	for g, n := range rest {
		at = at*(s.need[g]+1) + n
	}
	return at
}

// takingPart reports for each member whether it is in some smallest coalition: whether the
// others need one member less for what it leaves. Members with the same keys in each group
// are alike. Where the search was not finished, or would not be, everybody may be.
func (s *search) takingPart(f found) []bool {
	kinds := map[string][]int{}
	for m := range s.have {
		key := s.kind(m)
		kinds[key] = append(kinds[key], m)
	}
	out := make([]bool, len(s.have))
	rough := f.unfinished || len(s.open()) > 1 && s.steps()*(len(kinds)+1) > s.limit
	if len(s.open()) == 1 {
		s.alone(f, out)
		return out
	}
	for _, alike := range kinds {
		m := alike[0]
		part := s.useful(m) && (rough || s.without(m) == f.most-1)
		for _, m := range alike {
			out[m] = part
		}
	}
	return out
}

// alone is takingPart for one group. Those with most keys are a smallest coalition; any
// other member is in one where it can take the place of the last of them.
func (s *search) alone(f found, out []bool) {
	g := s.open()[0]
	order := make([]int, len(s.have))
	for m := range order {
		order[m] = m
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.have[b][g], s.have[a][g]) })
	sum := 0
	for _, m := range order[:f.most-1] {
		sum += s.have[m][g]
	}
	for at, m := range order {
		out[m] = at < f.most || s.have[m][g] > 0 && sum+s.have[m][g] >= s.need[g]
	}
}

// useful reports whether a member has a key in a group that needs any.
func (s *search) useful(m int) bool {
	for g, n := range s.need {
		if n > 0 && s.have[m][g] > 0 {
			return true
		}
	}
	return false
}

// without is how many others it takes for what a member leaves open.
func (s *search) without(m int) int {
	rest := search{need: slices.Clone(s.need), have: slices.Delete(slices.Clone(s.have), m, m+1), limit: s.limit}
	for g := range rest.need {
		rest.need[g] = max(rest.need[g]-s.have[m][g], 0)
	}
	if !rest.possible() {
		return unreachable
	}
	return rest.smallest().most
}

// possible reports whether all members together reach every group.
func (s *search) possible() bool {
	for g, n := range s.need {
		for _, have := range s.have {
			n -= have[g]
		}
		if n > 0 {
			return false
		}
	}
	return true
}

// kind tells members with other numbers of keys apart.
func (s *search) kind(m int) string {
	var b []byte
	for g, n := range s.need {
		b = fmt.Append(b, min(n, s.have[m][g]), " ")
	}
	return string(b)
}
