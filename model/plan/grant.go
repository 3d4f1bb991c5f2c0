package plan

import (
	"bytes"
	"slices"
	"time"

	"trustdeck/model"
)

// Grant is a key that gets power: a key that exists already, and may sign roles from then
// on that it could not sign before. Reviewers compare it in full.
type Grant struct {
	// ID is the key ID, of the bare public key, and Roles are those that list it anew.
	ID    model.KeyID      `json:"id"`
	Roles []model.RoleName `json:"roles"`
	// Algorithm as model.Key.Algorithm; empty for a private key of this machine that is
	// listed without a certificate, until it is unlocked.
	Algorithm string `json:"algorithm,omitempty"`
	// Certificate is what the key is listed as; nil for a bare key, and where the
	// certificate is made when the plan is executed.
	Certificate *GrantCertificate `json:"certificate,omitempty"`
	// File is where the public key or certificate was read from; empty where it was not.
	File string `json:"file,omitempty"`
}

// GrantCertificate is the certificate that lists a key.
type GrantCertificate struct {
	// ID is the certificate ID: the key ID of the certificate, under which metadata
	// lists the key.
	ID       model.KeyID `json:"id"`
	Subject  string      `json:"subject"`
	NotAfter time.Time   `json:"notAfter"`
}

// grants finds the keys that get power.
func (c *compiler) grants() []Grant {
	var out []Grant
	at := map[model.KeyID]int{}
	draft := c.author.draft
	for _, name := range draft.Rewritten() {
		before, after := draft.Before(name), draft.After(name)
		if _, countersigned := draft.Signed(name); after == nil || before == nil && countersigned {
			continue // a snapshot that is written when it is reached, or a file that follows an unknown one
		}
		had := before.ByRole()
		for _, spec := range after.Roles {
			for _, id := range spec.KeyIDs {
				was := had[spec.Name]
				if c.stays(before, was, after, id) {
					continue
				}
				key, ok := c.granted(after, id)
				if !ok || lists(c.author, before, was, key.ID) {
					continue
				}
				i, known := at[key.ID]
				if !known {
					i = len(out)
					at[key.ID], out = i, append(out, key)
				}
				out[i].Roles = append(out[i].Roles, spec.Name)
			}
		}
	}
	return out
}

// paths finds the private keys of this machine that get power.
func (c *compiler) paths() {
	c.out.Local.Paths = map[model.KeyID]string{}
	for _, m := range c.author.makes {
		if path := c.here[m.ID].Path; m.Source == model.KeyHere && path != "" {
			c.out.Local.Paths[m.ID] = path
		}
	}
}

// granted describes a key that a file lists. It reports false for one that is to be made.
func (c *compiler) granted(f *model.Metadata, id model.KeyID) (Grant, bool) {
	for _, m := range c.author.makes {
		if m.Symbol != id {
			continue
		}
		if m.ID == "" {
			return Grant{}, false
		}
		out := Grant{ID: m.ID}
		if listed, err := c.request.Dialect.Certified(m.Given); err == nil {
			out = c.described(listed)
		}
		out.File = c.fileOf(m.ID)
		return out, true
	}
	key := f.Key(id)
	if key == nil {
		return Grant{}, false
	}
	out := c.described(*key)
	out.File = c.fileOf(out.ID)
	return out, true
}

func (c *compiler) described(listed model.PublicKey) Grant {
	key := c.request.Dialect.Describe(listed)
	out := Grant{ID: key.ID, Algorithm: key.Algorithm}
	if len(key.Certificates) > 0 {
		leaf := key.Certificates[0]
		out.Certificate = &GrantCertificate{listed.ID, leaf.Subject, leaf.NotAfter}
	}
	return out
}

// fileOf is the file that a change has read a key from; empty where none was read.
func (c *compiler) fileOf(id model.KeyID) string {
	choice := func(keys model.RoleKeys) string {
		for _, k := range keys.Keys {
			if k.File != "" && (k.ID == id || k.Source == model.KeyGiven && c.request.Dialect.CanonicalID(k.Public) == id) {
				return k.File
			}
		}
		return ""
	}
	for _, change := range c.request.Changes {
		file := ""
		switch change := change.(type) {
		case model.AddSigner:
			file = c.given(change.Keys, change.Files, id)
		case model.AddDelegation:
			file = c.given(change.Keys, change.Files, id)
		case model.EditDelegation:
			file = c.given(change.Keys, change.Files, id)
		case model.InitRepository:
			file = choice(change.Root)
		case model.RotateKey:
			file = choice(change.Keys)
		case model.SetThreshold:
			file = choice(model.RoleKeys{Keys: change.Add})
		}
		if file != "" {
			return file
		}
	}
	return ""
}

// given is the file that one of some keys was read from; empty where it is none of them.
func (c *compiler) given(keys []model.PublicKey, files []string, id model.KeyID) string {
	for i, k := range keys {
		if i < len(files) && c.request.Dialect.CanonicalID(k) == id {
			return files[i]
		}
	}
	return ""
}

// stays reports whether a key is listed for a role as it was before. Most are, and nothing
// else has to be known of those.
func (c *compiler) stays(before *model.Metadata, was *model.Delegation, after *model.Metadata, id model.KeyID) bool {
	if was == nil || !slices.Contains(was.KeyIDs, id) {
		return false
	}
	a, b := before.Key(id), after.Key(id)
	return a != nil && b != nil && a.Type == b.Type && bytes.Equal(a.Public, b.Public)
}

// lists reports whether a file lists a key, by its canonical ID, for the role of one of its
// delegations; nil is none.
func lists(a *builder, f *model.Metadata, edge *model.Delegation, id model.KeyID) bool {
	return edge != nil && slices.ContainsFunc(edge.KeyIDs, func(listed model.KeyID) bool {
		key := f.Key(listed)
		return key != nil && a.id(*key) == id
	})
}
