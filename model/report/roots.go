package report

import (
	"encoding/hex"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/bundle"
	"trustdeck/model/quorum"
)

// Roots is the answer of "trustdeck roots".
type Roots struct {
	Answer
	Look
	// Roots that are kept, the newest first.
	Roots []RootLink `json:"roots"`
	// Absent is the newest of the oldest versions that are no longer kept; absent where the
	// first root is there.
	Absent int64 `json:"absent,omitempty"`
	// Unread is the newest version that is too old to be read; absent where all are read.
	Unread int64 `json:"unread,omitempty"`
}

// RootLink is one root, and how it follows from the one before.
type RootLink struct {
	Version int64 `json:"version"`
	// Expires, Published and SHA256 are absent where they are not known.
	Expires   time.Time `json:"expires,omitzero"`
	Published time.Time `json:"published,omitzero"`
	SHA256    string    `json:"sha256,omitempty"`
	// Words are the first half of SHA256 in words, as ceremonies have people compare them; absent where
	// it is.
	Words []string `json:"words,omitempty"`
	// Old says who has signed of the keys that the root before lists; absent for the first
	// root and after one that could not be read. Own is the same for its own keys.
	Old *RootQuorum `json:"old,omitempty"`
	Own *RootQuorum `json:"own,omitempty"`
	// Added, Removed and Relisted are root keys, compared with the root before. A relisted
	// one is the same key under another ID.
	Added    []string `json:"added"`
	Removed  []string `json:"removed"`
	Relisted []string `json:"relisted"`
	// Changes say in words what is different from the root before, of every role.
	Changes []string `json:"changes"`
	// Follows is true where a client that trusts the root before takes this one; the first
	// one is judged by its own keys. Refused says why not.
	Follows bool     `json:"follows"`
	Refused *Problem `json:"refused,omitempty"`
	// Problem is there where the file could not be read.
	Problem *Problem `json:"problem,omitempty"`
}

// RootQuorum is the group of root keys that a root lists, and who of it has signed.
type RootQuorum struct {
	// Version of the root that lists the keys.
	Version   int64 `json:"version"`
	Threshold int64 `json:"threshold"`
	// Signed is the number of distinct keys with a valid signature.
	Signed int       `json:"signed"`
	Met    bool      `json:"met"`
	Keys   []RootKey `json:"keys"`
}

// RootKey is a key of a quorum.
type RootKey struct {
	// ID is the canonical one, ListedAs the one in the file.
	ID       string `json:"id"`
	ListedAs string `json:"listedAs"`
	// HolderKind and Holder are as in QuorumKey.
	HolderKind string `json:"holderKind"`
	Holder     string `json:"holder,omitempty"`
	// State is "signed", "not signed" or "pending".
	State string `json:"state"`
}

// NewRoots makes the answer.
func NewRoots(v admin.Look, c admin.RootChain, holders map[model.KeyID]quorum.Holder) Roots {
	group := func(q *admin.RootQuorum) *RootQuorum {
		if q == nil {
			return nil
		}
		return &RootQuorum{
			Version: q.Version, Threshold: q.Threshold, Signed: q.Signed, Met: q.Met,
			Keys: each(q.Keys, func(k admin.RootKey) RootKey {
				h := holders[k.ID]
				return RootKey{ID: string(k.ID), ListedAs: string(k.Listed), HolderKind: h.Kind.String(), Holder: h.Name, State: k.State.String()}
			}),
		}
	}
	problem := func(p *model.Problem) *Problem {
		if p == nil {
			return nil
		}
		out := newProblem(*p)
		return &out
	}
	return Roots{
		Answer: answer("roots"), Look: newLook(v), Absent: c.Absent, Unread: c.Unread,
		Roots: each(c.Links, func(l admin.RootLink) RootLink {
			out := RootLink{
				Version: l.Version, Expires: utc(l.Expires), Published: utc(l.Published),
				Old: group(l.Old), Own: group(l.Own),
				Added: texts(l.Added), Removed: texts(l.Removed), Relisted: texts(l.Relisted), Changes: texts(l.Changes),
				Follows: l.Refused == nil && l.Problem == nil, Refused: problem(l.Refused), Problem: problem(l.Problem),
			}
			if l.Problem == nil {
				out.SHA256, out.Words = hex.EncodeToString(l.SHA256[:]), bundle.Digest(l.SHA256).Words()
			}
			return out
		}),
	}
}
