package report

import (
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
)

// Quorum is the answer of "trustdeck quorum".
type Quorum struct {
	Answer
	Look
	// Roles in the order of Repository.
	Roles []QuorumRole `json:"roles"`
}

// NewQuorum makes the answer; roles are those of the repository.
func NewQuorum(v admin.Look, roles []quorum.Role) Quorum {
	return Quorum{Answer: answer("quorum"), Look: newLook(v), Roles: each(roles, newQuorumRole)}
}

// QuorumRole is what it takes to publish a role.
type QuorumRole struct {
	Name string `json:"name"`
	// Groups must all reach their threshold.
	Groups []QuorumGroup `json:"groups"`
	// Keys that count in any of the groups.
	Keys []QuorumKey `json:"keys"`
	// Unusable are the IDs of listed keys that cannot make a valid signature.
	Unusable []string `json:"unusable"`
	// Repeated are keys that a group lists under several IDs.
	Repeated []string `json:"repeated"`
	// Unreachable is why nobody can publish the role; absent where somebody can.
	Unreachable string `json:"unreachable,omitempty"`
	// Holders, Organisations and Weakest are absent where the role is unreachable.
	Holders       *Coalition `json:"holders,omitempty"`
	Organisations *Coalition `json:"organisations,omitempty"`
	Weakest       *Algorithm `json:"weakest,omitempty"`
	// Spare is how many keys can be lost, whichever they are.
	Spare int `json:"spare"`
	// Indispensable are the keys without any one of which nobody can publish the role.
	Indispensable []string `json:"indispensable"`
	// SparePairs tells which pairs of keys may be lost together: "all", "some" or
	// "none". Where it is "some", Pairs lists them.
	SparePairs string     `json:"sparePairs"`
	Pairs      [][]string `json:"pairs"`
	// Explanation says the same in sentences.
	Explanation []string `json:"explanation"`
}

// QuorumGroup is a quorum: so many of the keys must sign.
type QuorumGroup struct {
	// From are the roles whose files name the group.
	From      []string `json:"from"`
	Threshold int      `json:"threshold"`
	Keys      []string `json:"keys"`
}

// QuorumKey is a key with its holder.
type QuorumKey struct {
	// ID is the canonical one, by which the other members name the key.
	ID string `json:"id"`
	// OtherIDs are further ones of the same key.
	OtherIDs    []string `json:"otherIDs"`
	Fingerprint string   `json:"fingerprint"`
	Algorithm   string   `json:"algorithm"`
	// Bits is the security strength; 0 where it is unknown.
	Bits int `json:"bits"`
	// HolderKind is "named", "here", "server" or "unknown".
	HolderKind string `json:"holderKind"`
	// Holder is the name; absent where HolderKind is not "named".
	Holder string `json:"holder,omitempty"`
	// Organisation of the holder; absent where it is unknown.
	Organisation string `json:"organisation,omitempty"`
}

// Coalition is the smallest set of holders or organisations who can publish a role.
type Coalition struct {
	// Least and Most are bounds on how many are needed; equal where that is known.
	Least int `json:"least"`
	Most  int `json:"most"`
	// One tells whether one is enough: "yes", "no" or "unknown".
	One string `json:"one"`
	// Members are one coalition of Most members.
	Members []CoalitionMember `json:"members"`
	// Unknown are the keys that belong to no known member.
	Unknown []string `json:"unknown"`
	// Unfinished is true where the search for a smaller coalition was given up.
	Unfinished bool `json:"unfinished"`
}

// CoalitionMember is a holder or an organisation.
type CoalitionMember struct {
	// Name is absent where it is unknown.
	Name string   `json:"name,omitempty"`
	Keys []string `json:"keys"`
}

// Algorithm is the weakest one in some smallest coalition of holders.
type Algorithm struct {
	Name string `json:"name"`
	// Bits is the security strength; 0 where it is unknown.
	Bits int `json:"bits"`
	// HashBits is the strength of the weakest hash that signatures name; 0 where none
	// is named.
	HashBits int `json:"hashBits"`
	// Keys that have it.
	Keys []string `json:"keys"`
}

func newQuorumRole(r quorum.Role) QuorumRole {
	pairs := r.SparePairs()
	out := QuorumRole{
		Name:          string(r.Name),
		Groups:        each(r.Groups, newQuorumGroup),
		Keys:          each(r.Keys, newQuorumKey),
		Unusable:      texts(r.Unusable),
		Repeated:      keyIDs(r.Repeated),
		Unreachable:   r.Unreachable,
		Spare:         r.Spare,
		Indispensable: keyIDs(r.Indispensable()),
		SparePairs:    "some",
		Pairs:         [][]string{},
		Explanation:   r.Explain(),
	}
	switch n := len(r.Keys); len(pairs) {
	case 0:
		out.SparePairs = "none"
	case n * (n - 1) / 2:
		out.SparePairs = "all"
	default:
		out.Pairs = each(pairs, func(p quorum.Pair) []string { return keyIDs(p[:]) })
	}
	if r.Unreachable == "" {
		out.Holders, out.Organisations = newCoalition(&r.Holders), newCoalition(&r.Organisations)
		out.Weakest = &Algorithm{Name: r.Weakest.Name, Bits: r.Weakest.Bits, HashBits: r.Weakest.Hash, Keys: keyIDs(r.WeakestKeys)}
	}
	return out
}

func newQuorumGroup(g quorum.Group) QuorumGroup {
	return QuorumGroup{From: texts(g.From), Threshold: g.Threshold, Keys: keyIDs(g.Keys)}
}

func newQuorumKey(k *quorum.Key) QuorumKey {
	return QuorumKey{
		ID: string(k.ID()), OtherIDs: texts(k.IDs[1:]), Fingerprint: k.Fingerprint,
		Algorithm: k.Algorithm.Name, Bits: k.Algorithm.Bits,
		HolderKind: k.Holder.Kind.String(), Holder: k.Holder.Name, Organisation: k.Organisation,
	}
}

func newCoalition(c *quorum.Coalition) *Coalition {
	return &Coalition{
		Least: c.Least, Most: c.Most, One: c.One().String(), Unknown: keyIDs(c.Unknown), Unfinished: c.Unfinished,
		Members: each(c.Members, func(m quorum.Member) CoalitionMember { return CoalitionMember{Name: m.Name, Keys: keyIDs(m.Keys)} }),
	}
}

func keyIDs(keys []*quorum.Key) []string {
	return each(keys, func(k *quorum.Key) string { return string(k.ID()) })
}
