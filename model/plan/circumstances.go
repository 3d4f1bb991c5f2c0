package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
)

// KeyHere is a private key of the machine on which a plan was compiled.
type KeyHere struct {
	// ID is the canonical ID, Label what its file or token calls it.
	ID    model.KeyID `json:"id"`
	Label string      `json:"label"`
	// Token is the one that has it; empty for a file.
	Token string `json:"token,omitempty"`
}

// tokenOf is the token that has a key; empty where it is a file.
func tokenOf(k model.PrivateKey) string {
	if k.Place != model.PlaceToken {
		return ""
	}
	return k.Store
}

// private is the key as a plan was compiled with it.
func (k KeyHere) private() model.PrivateKey {
	out := model.PrivateKey{ID: k.ID, Label: k.Label}
	if k.Token != "" {
		out.Place, out.Store = model.PlaceToken, k.Token
	}
	return out
}

// Served is a file of the server as it was when a plan was compiled. The server signs
// such files anew by itself, and a plan does not go stale by that.
type Served struct {
	Role    model.RoleName `json:"role"`
	Version int64          `json:"version"`
	Expires time.Time      `json:"expires,omitzero"`
}

// circumstances are what a plan is compiled under beside the repository and the
// changes: what may be otherwise at another time, and on another machine. A plan is
// compiled under those of here and now; to tell whether a plan file is what its changes
// come to, it is compiled once more under those that the file states; and its digest is
// that of the plan under none, so that it is the same everywhere and at any time.
type circumstances struct {
	at time.Time
	// here are the private keys of this machine, by canonical ID.
	here map[model.KeyID]model.PrivateKey
	// served are the files of the server, where they are not taken from the repository.
	served []Served
	// none has every key be here, and nothing expire. The repository and the changes
	// have been checked before.
	none bool
	// ownSnapshot is what was found out about the snapshot, where none is set.
	ownSnapshot bool
}

// private is the private half of a key, where it is here.
func (c *circumstances) private(id model.KeyID) (key model.PrivateKey, ok bool) {
	if c.none {
		return model.PrivateKey{ID: id}, true
	}
	key, ok = c.here[id]
	return key, ok
}

// expires is when a file of the server ends; zero where that is no part of the plan.
func (c *circumstances) expires(role *model.Role) time.Time {
	for _, s := range c.served {
		if s.Role == role.Name {
			return s.Expires
		}
	}
	if c.none {
		return time.Time{}
	}
	return role.Expires
}

// identify is the digest of a part without the circumstances under which it was
// compiled.
func identify(r Request, part *Part) ([]byte, error) {
	c := compiler{request: r, circumstances: circumstances{none: true, ownSnapshot: part.OwnSnapshot}}
	bare, err := c.part()
	if err != nil {
		return nil, err
	}
	bare.Verdict = Verdict{}
	text, err := json.Marshal(struct {
		Part    *Part           `json:"part"`
		Changes json.RawMessage `json:"changes"`
	}{bare, EncodeChanges(part.Changes)})
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return text, nil
}

// identified sets the digest of a plan.
func (p *Plan) identified(requests []Request) error {
	sum := sha256.New()
	for i := range p.Parts {
		text, err := identify(requests[i], &p.Parts[i])
		if err != nil {
			return err
		}
		_, _ = sum.Write(append(text, '\n')) // never fails
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// stated lists the keys of this machine that a plan is about.
func (c *compiler) stated() []KeyHere {
	out := []KeyHere{}
	for id := range c.asked {
		if key, ok := c.here[id]; ok {
			out = append(out, KeyHere{id, key.Label, tokenOf(key)})
		}
	}
	slices.SortFunc(out, func(a, b KeyHere) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// servedNow lists the files of the server, as a plan states them.
func (c *compiler) servedNow() []Served {
	if c.none || c.request.Repository == nil {
		return nil
	}
	out := []Served{}
	for _, name := range c.author.draft.Served() {
		role := c.request.Repository.Role(name)
		at := slices.IndexFunc(c.served, func(s Served) bool { return s.Role == name })
		switch {
		case at >= 0:
			out = append(out, c.served[at])
		case c.served == nil && role != nil && role.Version > 0:
			out = append(out, Served{name, role.Version, role.Expires.UTC()})
		}
	}
	return out
}

// hasExpired reports whether a role has expired, at the moment of the plan.
func (c *circumstances) hasExpired(role *model.Role) bool {
	end := c.expires(role)
	return !c.none && !end.IsZero() && end.Before(c.at)
}

// ended reports whether a file has expired, at the moment of the plan.
func (c *circumstances) ended(f *model.Metadata) bool { return !c.none && f.Expires.Before(c.at) }
