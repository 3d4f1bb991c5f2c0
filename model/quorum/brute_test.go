package quorum_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/quorum"
)

// generate makes a role with up to three groups of up to six keys: some listed twice, some
// unusable, some of unknown holder. Two of one algorithm are one key under two IDs.
func generate(rng *rand.Rand) (*world, []model.Delegation) {
	w := newWorld()
	w.known.Organisations = map[string]string{"alice": "Acme", "bob": "Acme", "carol": "Beta"}
	people := []string{"alice", "bob", "carol", "dave", "", ""}
	unknown := 0
	for i := range 2 + rng.IntN(5) {
		id := model.KeyID('a' + rune(i))
		like := ranked()[rng.IntN(len(ranked()))]
		if i > 0 && rng.IntN(6) == 0 {
			like = w.Keys[rng.IntN(len(w.Keys))]
		} else if rng.IntN(12) == 0 {
			like.SPKI = nil
		}
		w.key(id, like)
		holder := people[rng.IntN(len(people))]
		if holder == "" {
			if unknown++; unknown > 3 {
				holder = "dave"
			}
		}
		if holder != "" {
			w.known.Holders[string(id)] = holder
		}
	}
	var edges []model.Delegation
	for range 1 + rng.IntN(3) {
		e := edge(int64(1 + rng.IntN(4)))
		for _, k := range w.Keys {
			if rng.IntN(3) > 0 {
				e.KeyIDs = append(e.KeyIDs, k.ID)
			}
		}
		edges = append(edges, e)
	}
	return w, edges
}

// brute knows a role by trying: keys are the SPKIs that count, each with its holder's name.
type brute struct {
	edges []model.Delegation
	spki  map[model.KeyID]string
	// owner is by SPKI; "" is unknown.
	owner map[string]string
	// strength is by SPKI, the index among the ranked.
	strength map[string]int
}

func newBrute(w *world, edges []model.Delegation) *brute {
	b := &brute{edges: edges, spki: map[model.KeyID]string{}, owner: map[string]string{}, strength: map[string]int{}}
	said := map[string]map[string]bool{}
	for _, k := range w.Keys {
		if k.SPKI == nil {
			continue
		}
		s := string(k.SPKI)
		b.spki[k.ID] = s
		b.strength[s] = slices.IndexFunc(ranked(), func(r model.Key) bool { return r.Algorithm == k.Algorithm })
		if said[s] == nil {
			said[s] = map[string]bool{}
		}
		if name := w.known.Holders[string(k.ID)]; name != "" {
			said[s][name] = true
		}
	}
	for s, names := range said {
		b.owner[s] = ""
		for name := range names {
			if b.owner[s] = name; len(names) > 1 {
				b.owner[s] = ""
			}
		}
	}
	return b
}

// reached reports whether the keys for which has is true reach every edge; ids counts
// listed IDs instead of keys.
func (b *brute) reached(has func(spki string) bool, ids bool) bool {
	for _, e := range b.edges {
		signed := map[string]bool{}
		for _, id := range e.KeyIDs {
			if s, usable := b.spki[id]; usable && has(s) {
				if signed[s] = true; ids {
					signed[string(id)+" "+s] = true
					delete(signed, s)
				}
			}
		}
		if int64(len(signed)) < e.Threshold {
			return false
		}
	}
	return true
}

// coalitions tries all sets of owners, and returns the size of the smallest that reach
// every edge, with the keys that any of those has in an edge.
func (b *brute) coalitions(owner map[string]string, ids bool) (least int, keys map[string]bool) {
	names := map[string]bool{}
	for _, name := range owner {
		names[name] = true
	}
	var list []string
	for name := range names {
		list = append(list, name)
	}
	least = -1
	for set := range 1 << len(list) {
		in := map[string]bool{}
		for i, name := range list {
			in[name] = set>>i&1 == 1
		}
		size := bits.OnesCount(uint(set))
		if least >= 0 && size > least || !b.reached(func(s string) bool { return in[owner[s]] }, ids) {
			continue
		}
		if least < 0 || size < least {
			least, keys = size, map[string]bool{}
		}
		for _, e := range b.edges {
			for _, id := range e.KeyIDs {
				if s, usable := b.spki[id]; usable && in[owner[s]] {
					keys[s] = true
				}
			}
		}
	}
	return least, keys
}

// owners is who has each key where every unknown one is of somebody else.
func (b *brute) owners(names map[string]string) (owner map[string]string, unknown []string) {
	owner = map[string]string{}
	for s, name := range names {
		if owner[s] = name; name == "" {
			owner[s] = "somebody with " + s
			unknown = append(unknown, s)
		}
	}
	return owner, unknown
}

// best tries everybody as the owner of each unknown key.
func (b *brute) best(names map[string]string) int {
	owner, unknown := b.owners(names)
	everybody := map[string]bool{}
	for _, name := range owner {
		everybody[name] = true
	}
	least := len(owner) + 1
	var try func(int)
	try = func(i int) {
		if i == len(unknown) {
			if n, _ := b.coalitions(owner, true); n >= 0 {
				least = min(least, n)
			}
			return
		}
		for name := range everybody {
			owner[unknown[i]] = name
			try(i + 1)
		}
	}
	try(0)
	return least
}

// What Examine says of holders, organisations, algorithms and losses is what comes out
// where every set of holders, every owner of unknown keys and every loss is tried.
func TestEqualsBruteForce(t *testing.T) {
	n := 6000
	if testing.Short() {
		n = 1500
	}
	seen := map[string]int{}
	for seed := range n {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		w, edges := generate(rng)
		got := w.examine(edges...)
		b := newBrute(w, edges)
		all := func(string) bool { return true }
		if b.reached(all, false) != (got.Unreachable == "") {
			t.Fatalf("seed %d: unreachable %q", seed, got.Unreachable)
		}
		if got.Unreachable != "" {
			seen["unreachable"]++
			continue
		}
		seen[fmt.Sprint("groups ", len(got.Groups))]++
		checkCoalition(t, seed, "holders", got.Holders, b, b.owner)
		owner, _ := b.owners(b.owner)
		_, keys := b.coalitions(owner, false)
		checkWeakest(t, seed, &got, b, keys)
		orgs := map[string]string{}
		for s, name := range b.owner {
			orgs[s] = w.known.Organisations[name]
		}
		checkCoalition(t, seed, "organisations", got.Organisations, b, orgs)
		checkLoss(t, seed, &got, b)
		if got.Holders.Least < got.Holders.Most {
			seen["bounds"]++
		}
		if len(got.Repeated) > 0 {
			seen["repeated"]++
		}
	}
	for _, kind := range []string{"unreachable", "groups 1", "groups 2", "groups 3", "bounds", "repeated"} {
		if seen[kind] < n/100 {
			t.Errorf("%d of %d are %s: too few", seen[kind], n, kind)
		}
	}
}

func checkCoalition(t *testing.T, seed int, what string, c quorum.Coalition, b *brute, names map[string]string) {
	t.Helper()
	owner, unknown := b.owners(names)
	most, _ := b.coalitions(owner, false)
	least := most
	if len(unknown) <= 4 {
		least = b.best(names)
	}
	if c.Most != most || len(unknown) <= 4 && c.Least != min(least, most) || len(c.Members) != most || c.Unfinished {
		t.Fatalf("seed %d, %s: %d to %d, %d shown; want %d to %d", seed, what, c.Least, c.Most, len(c.Members), least, most)
	}
	has := map[string]bool{}
	for _, m := range c.Members {
		for _, k := range m.Keys {
			for _, id := range k.IDs {
				has[b.spki[id]] = true
			}
		}
	}
	if !b.reached(func(s string) bool { return has[s] }, false) {
		t.Fatalf("seed %d, %s: %s do not reach every group", seed, what, names)
	}
}

func checkWeakest(t *testing.T, seed int, got *quorum.Role, b *brute, keys map[string]bool) {
	t.Helper()
	weakest := len(ranked())
	for s := range keys {
		weakest = min(weakest, b.strength[s])
	}
	var want []string
	for s := range keys {
		if b.strength[s] == weakest {
			want = append(want, s)
		}
	}
	if got.Weakest.Name != ranked()[weakest].Algorithm || len(got.WeakestKeys) != len(want) {
		t.Fatalf("seed %d: the weakest is %s of %d, want %s of %d", seed, got.Weakest.Name, len(got.WeakestKeys), ranked()[weakest].Algorithm, len(want))
	}
}

func checkLoss(t *testing.T, seed int, got *quorum.Role, b *brute) {
	t.Helper()
	lost := func(keys ...*quorum.Key) bool {
		gone := map[string]bool{}
		for _, k := range keys {
			gone[b.spki[k.ID()]] = true
		}
		return b.reached(func(s string) bool { return !gone[s] }, false)
	}
	var needed, pairs []string
	for i, k := range got.Keys {
		if !lost(k) {
			needed = append(needed, string(k.ID()))
		}
		for _, other := range got.Keys[i+1:] {
			if lost(k, other) {
				pairs = append(pairs, string(k.ID()+other.ID()))
			}
		}
	}
	var indispensable, spare []string
	for _, k := range got.Indispensable() {
		indispensable = append(indispensable, string(k.ID()))
	}
	for _, p := range got.SparePairs() {
		spare = append(spare, string(p[0].ID()+p[1].ID()))
	}
	if !slices.Equal(indispensable, needed) || !slices.Equal(spare, pairs) {
		t.Fatalf("seed %d: %s and %s, want %s and %s", seed, indispensable, spare, needed, pairs)
	}
	n := len(got.Keys)
	if got.Spare > 0 != (len(needed) == 0) || n > 1 && got.Spare > 1 != (len(pairs) == n*(n-1)/2) {
		t.Fatalf("seed %d: %d to spare of %s", seed, got.Spare, strings.Join(spare, " "))
	}
}

// Hundreds of keys are answered for at once, with one group and with two.
func BenchmarkExamine(b *testing.B) {
	for _, groups := range []int{1, 2} {
		b.Run(fmt.Sprint(groups), func(b *testing.B) {
			w := newWorld()
			var edges []model.Delegation
			for g := range groups {
				e := edge(150)
				for i := range 400 {
					id := model.KeyID(fmt.Sprint("k", i+100*g))
					e.KeyIDs = append(e.KeyIDs, id)
				}
				edges = append(edges, e)
			}
			for i := range 500 {
				id := model.KeyID(fmt.Sprint("k", i))
				w.key(id, model.Key{SPKI: []byte(id)})
				w.known.Holders[string(id)] = fmt.Sprint("holder ", i*i%200)
			}
			for b.Loop() {
				w.Roles = nil
				if got := w.examine(edges...); got.Unreachable != "" || got.Holders.Unfinished {
					b.Fatalf("%+v", got.Holders)
				}
			}
		})
	}
}
