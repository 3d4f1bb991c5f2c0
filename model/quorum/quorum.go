package quorum

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// Role is what it takes to publish a new file of a role.
type Role struct {
	Name model.RoleName
	// Groups must all reach their threshold. Equal groups of several delegators are one.
	Groups []Group
	// Keys that count in any of Groups, by holder, then by ID; those of unknown holders
	// last.
	Keys []*Key
	// Unusable are the IDs of listed keys that cannot make a valid signature: of an
	// unknown type, or damaged.
	Unusable []model.KeyID
	// Repeated are keys that a group lists under several IDs. Each counts once here; a
	// client that counts IDs counts it more often. Coalition.Least allows for that.
	Repeated []*Key
	// Unreachable is why nobody can publish the role, in one sentence without a full stop;
	// empty where somebody can. All that follows is then empty.
	Unreachable string

	// Holders and Organisations are the smallest coalitions of each.
	Holders       Coalition
	Organisations Coalition
	// Weakest is the weakest algorithm that takes part in some smallest coalition of
	// holders, WeakestKeys the keys that have it.
	Weakest     Algorithm
	WeakestKeys []*Key
	// Spare is how many keys can be lost, whichever they are, and the role can still be
	// published.
	Spare int
}

// Group is a quorum: so many of the keys must sign.
type Group struct {
	// From are the delegators whose files name the group.
	From      []model.RoleName
	Threshold int
	// Keys are distinct and usable.
	Keys []*Key
	// votes are the numbers of IDs under which each of Keys is listed.
	votes []int
}

// Key is one private key, however often metadata lists its public half.
type Key struct {
	// IDs are the canonical ones, sorted; more than one where the same key is listed in
	// several forms.
	IDs         []model.KeyID
	Fingerprint string
	// Usable reports whether a signature of the key can count.
	Usable bool
	Holder Holder
	// Organisation of the holder; empty where it is not known.
	Organisation string
	Algorithm    Algorithm
}

// ID is the first of the key's IDs, which stands for it.
func (k *Key) ID() model.KeyID { return k.IDs[0] }

// Examine says of each role what it takes to publish it, in the order of the repository.
// A role whose delegators could not be read has no groups, and is Unreachable.
func Examine(r *model.Repository, known Known) []Role {
	reg := newRegistry(r, &known)
	out := make([]Role, len(r.Roles))
	for i := range r.Roles {
		out[i] = reg.examine(r.Roles[i].Name, r.Roles[i].Parents)
	}
	return out
}

// examine works out what the edges to a role ask for together.
func (reg *registry) examine(name model.RoleName, edges []model.Delegation) Role {
	r := Role{Name: name}
	for i := range edges {
		r.add(reg.group(&r, &edges[i]))
	}
	r.gather()
	if r.Unreachable = r.obstacle(edges); r.Unreachable == "" {
		r.coalesce()
	}
	return r
}

// coalesce works out what follows from the groups, which can all be reached.
func (r *Role) coalesce() {
	r.Spare = len(r.Keys)
	for _, g := range r.Groups {
		r.Spare = min(r.Spare, len(g.Keys)-g.Threshold)
	}
	var taking []bool
	r.Holders, taking = r.coalition(func(k *Key) string {
		if k.Holder.Kind == HolderUnknown {
			return ""
		}
		return fmt.Sprint(int(k.Holder.Kind), k.Holder.Name)
	}, func(k *Key) string { return k.Holder.String() })
	r.weakest(taking)
	r.Organisations, _ = r.coalition(func(k *Key) string { return k.Organisation }, func(k *Key) string { return k.Organisation })
}

// group reads one edge, and notes which of its keys do not count.
func (reg *registry) group(r *Role, edge *model.Delegation) Group {
	g := Group{From: []model.RoleName{edge.From}, Threshold: int(max(min(edge.Threshold, 1<<30), 0))}
	listed := map[model.KeyID]bool{}
	at := map[*Key]int{}
	for _, id := range edge.KeyIDs {
		if listed[id] {
			continue
		}
		listed[id] = true
		key := reg.keys[id]
		if key == nil || !key.Usable {
			r.Unusable = append(r.Unusable, id)
			continue
		}
		if i, twice := at[key]; twice {
			g.votes[i]++
			r.Repeated = append(r.Repeated, key)
			continue
		}
		at[key] = len(g.Keys)
		g.Keys, g.votes = append(g.Keys, key), append(g.votes, 1)
	}
	return g
}

// add adds a group, or one more delegator to an equal one.
func (r *Role) add(g Group) {
	for i := range r.Groups {
		if r.Groups[i].equal(&g) {
			r.Groups[i].From = append(r.Groups[i].From, g.From...)
			return
		}
	}
	r.Groups = append(r.Groups, g)
}

func (g *Group) equal(other *Group) bool {
	if g.Threshold != other.Threshold || len(g.Keys) != len(other.Keys) {
		return false
	}
	votes := map[*Key]int{}
	for i, k := range g.Keys {
		votes[k] = g.votes[i]
	}
	for i, k := range other.Keys {
		if votes[k] != other.votes[i] {
			return false
		}
	}
	return true
}

// gather collects the keys of all groups.
func (r *Role) gather() {
	for _, g := range r.Groups {
		r.Keys = append(r.Keys, g.Keys...)
	}
	order := func(a, b *Key) int {
		return cmp.Or(cmp.Compare(rank(a.Holder), rank(b.Holder)), strings.Compare(a.Holder.Name, b.Holder.Name), strings.Compare(string(a.ID()), string(b.ID())))
	}
	for _, list := range []*[]*Key{&r.Keys, &r.Repeated} {
		slices.SortFunc(*list, order)
		*list = slices.Compact(*list)
	}
	slices.Sort(r.Unusable)
	r.Unusable = slices.Compact(r.Unusable)
}

// rank orders kinds of holders: people, this machine, the server, and what is not known.
func rank(h Holder) int {
	if h.Kind == HolderUnknown {
		return int(HolderServer) + 1
	}
	return int(h.Kind)
}

// obstacle is why nobody can reach all groups.
func (r *Role) obstacle(edges []model.Delegation) string {
	if len(edges) == 0 {
		return "no readable file lists who may sign it"
	}
	for _, g := range r.Groups {
		switch {
		case g.Threshold < 1:
			return fmt.Sprintf("%s requires no signature, so nothing protects it", g.From[0])
		case len(g.Keys) < g.Threshold && g.allVotes() > len(g.Keys):
			return fmt.Sprintf("%s requires %s but lists %s, some under several IDs; only clients that count IDs accept that", g.From[0], model.Count(g.Threshold, "key"), model.Count(len(g.Keys), "usable key"))
		case len(g.Keys) < g.Threshold:
			return fmt.Sprintf("%s requires %s but lists %s", g.From[0], model.Count(g.Threshold, "key"), model.Count(len(g.Keys), "usable key"))
		}
	}
	return ""
}

func (g *Group) allVotes() int {
	n := 0
	for _, v := range g.votes {
		n += v
	}
	return n
}

// MayLose reports whether the role can still be published when the private halves of all
// these keys are lost. Keys that do not count make no difference.
func (r *Role) MayLose(lost ...*Key) bool {
	if r.Unreachable != "" {
		return false
	}
	for _, g := range r.Groups {
		left := 0
		for _, k := range g.Keys {
			if !slices.Contains(lost, k) {
				left++
			}
		}
		if left < g.Threshold {
			return false
		}
	}
	return true
}

// Without is what it takes to publish the role when the private halves of some keys are lost. The
// keys of a group that can't be reached any more are those that are left.
func (r *Role) Without(lost ...*Key) Role {
	out := Role{Name: r.Name, Unusable: r.Unusable, Unreachable: r.Unreachable}
	for _, g := range r.Groups {
		left := Group{From: g.From, Threshold: g.Threshold}
		for i, k := range g.Keys {
			if !slices.Contains(lost, k) {
				left.Keys, left.votes = append(left.Keys, k), append(left.votes, g.votes[i])
			}
		}
		out.Groups = append(out.Groups, left)
		if missing := g.Threshold - len(left.Keys); missing > 0 && out.Unreachable == "" {
			rest := "none"
			if n := len(left.Keys); n > 0 {
				rest = fmt.Sprint("only ", n)
			}
			out.Unreachable = fmt.Sprintf("%s requires %s, and %s would be left", g.From[0], model.Count(g.Threshold, "key"), rest)
		}
	}
	out.gather()
	if out.Unreachable == "" {
		out.coalesce()
	}
	return out
}

// Indispensable are the keys without any one of which nobody can publish the role.
func (r *Role) Indispensable() []*Key {
	return slices.DeleteFunc(slices.Clone(r.Keys), func(k *Key) bool { return r.MayLose(k) })
}

// Pair is two keys.
type Pair [2]*Key

// SparePairs are the pairs of keys that may be lost together, in the order of Keys.
func (r *Role) SparePairs() []Pair {
	var out []Pair
	for i, a := range r.Keys {
		for _, b := range r.Keys[i+1:] {
			if r.MayLose(a, b) {
				out = append(out, Pair{a, b})
			}
		}
	}
	return out
}

// weakest finds the weakest algorithm among the keys that take part.
func (r *Role) weakest(taking []bool) {
	for i, k := range r.Keys {
		if !taking[i] {
			continue
		}
		c := -1
		if len(r.WeakestKeys) > 0 {
			c = k.Algorithm.Compare(r.Weakest)
		}
		switch {
		case c < 0:
			r.Weakest, r.WeakestKeys = k.Algorithm, []*Key{k}
		case c == 0:
			r.WeakestKeys = append(r.WeakestKeys, k)
		}
	}
}
