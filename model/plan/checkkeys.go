package plan

import (
	"fmt"
	"slices"

	"trustdeck/model"
)

// checkKeys refuses public keys that nobody could verify with.
func (c *compiler) checkKeys() error {
	for _, change := range c.request.Changes {
		switch change := change.(type) {
		case model.AddSigner:
			if err := c.checkGiven(change.Keys, change.Name); err != nil {
				return err
			}
		case model.AddDelegation:
			if err := c.checkGiven(change.Keys, string(change.Role)); err != nil {
				return err
			}
		case model.EditDelegation:
			if err := c.checkGiven(change.Keys, string(change.Role)); err != nil {
				return err
			}
		case model.InitRepository:
			if err := c.checkRootKeys(change.Root); err != nil {
				return err
			}
		case model.RotateKey:
			if err := c.checkNewKeys(change.Role, change.Keys); err != nil {
				return err
			}
		case model.SetThreshold:
			if err := c.checkNewKeys(change.Role, model.RoleKeys{Keys: change.Add}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Given are the public keys that changes bring with them.
func Given(changes []model.Change) []model.PublicKey {
	var out []model.PublicKey
	chosen := func(keys ...model.RoleKeys) {
		for _, role := range keys {
			for _, choice := range role.Keys {
				if choice.Source == model.KeyGiven {
					out = append(out, choice.Public)
				}
			}
		}
	}
	for _, change := range changes {
		switch change := change.(type) {
		case model.AddSigner:
			out = append(out, change.Keys...)
		case model.AddDelegation:
			out = append(out, change.Keys...)
		case model.EditDelegation:
			out = append(out, change.Keys...)
		case model.InitRepository:
			chosen(change.Root, change.Targets, change.Snapshot, change.Timestamp)
		case model.RotateKey:
			chosen(change.Keys)
		case model.SetThreshold:
			chosen(model.RoleKeys{Keys: change.Add})
		}
	}
	return out
}

// checkGiven checks keys that someone has handed over.
func (c *compiler) checkGiven(keys []model.PublicKey, whose string) error {
	for _, k := range keys {
		if err := c.checkKey(k, "", fmt.Sprintf("the key %s of %s", k.ID.Short(), whose)); err != nil {
			return err
		}
	}
	return nil
}

// checkJoinKey refuses keys that cannot join a delegation, or must not: a root key is for
// the root alone, and those of snapshot and timestamp are for the server's work.
func (c *compiler) checkJoinKey() error {
	if c.none || !slices.ContainsFunc(c.author.settled, func(s Settlement) bool { return s.Action == Join }) {
		return nil
	}
	id := c.author.allow.JoinKey
	key, ok := c.find(id)
	if !ok {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: string(c.request.GUN), Text: fmt.Sprintf("key %s cannot join a role: its private key is not on this machine", id.Short()),
			Hint: "Give the full ID of a key on this machine. List them with: trustdeck keys",
		}
	}
	if !MayJoin(key, c.request.Repository) {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: string(c.request.GUN), Text: fmt.Sprintf("key %s cannot join a role: it is a %s key", id.Short(), key.Label),
			Hint: "Give the key of a signer, or the targets key of this repository.",
		}
	}
	return nil
}

// MayJoin reports whether a key of this machine may join a delegation of a repository: the
// key of a signer, or the repository's own targets key, which gains no power by it.
func MayJoin(k model.PrivateKey, r *model.Repository) bool {
	signs := func(name model.RoleName) bool {
		role := r.Role(name)
		return role != nil && k.IsAny(role.Keys)
	}
	switch label := model.RoleName(k.Label); {
	case !k.Usable(), label == model.RoleRoot, label == model.RoleSnapshot, label == model.RoleTimestamp, signs(model.RoleRoot):
		return false
	default:
		return label != model.RoleTargets || signs(model.RoleTargets)
	}
}

// checkNewKeys checks the keys that a role is given.
func (c *compiler) checkNewKeys(role model.RoleName, keys model.RoleKeys) error {
	if role == model.RoleRoot {
		return c.checkRootKeys(keys)
	}
	for _, choice := range keys.Keys {
		if choice.Source != model.KeyGiven {
			continue
		}
		if err := c.checkKey(choice.Public, "", fmt.Sprintf("the new key %s of %s", choice.Public.ID.Short(), role)); err != nil {
			return err
		}
	}
	return nil
}

// checkKey checks one key; gun is not empty for a root certificate.
func (c *compiler) checkKey(k model.PublicKey, gun model.GUN, whose string) error {
	hint := "Ask the signer for another key: ECDSA P-256 or RSA of at least 2048 bits, bare or in a certificate that is valid now."
	if gun != "" {
		hint = "Give a certificate for this repository that is valid now and isn't a CA's. Without one, trustdeck makes it."
	}
	if err := c.request.Dialect.CheckKey(k, gun, c.at); err != nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: string(c.request.GUN), Text: fmt.Sprintf("%s cannot be used: %v", whose, err), Hint: hint}
	}
	return nil
}

// checkRootKeys checks the certificates that somebody has issued, each for the key
// that shall be listed under it.
func (c *compiler) checkRootKeys(root model.RoleKeys) error {
	for _, choice := range root.Keys {
		public := choice.Public
		if choice.Certificate != nil {
			var err error
			if public, err = c.request.Dialect.Certified(choice.Certificate); err != nil {
				return &model.Fault{Kind: model.FaultUsage, Subject: "root certificate", Text: err.Error(), Hint: "Give one certificate in PEM form."}
			}
		}
		if public.ID == "" {
			continue
		}
		if err := c.checkKey(public, c.request.GUN, "the root certificate"); err != nil {
			return err
		}
		if choice.Source == model.KeyHere && c.request.Dialect.CanonicalID(public) != choice.ID {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: string(c.request.GUN), Text: "the root certificate does not belong to root key " + choice.ID.Short(),
				Hint: "Give the certificate issued for this key. Without one, trustdeck makes it.",
			}
		}
	}
	return nil
}
