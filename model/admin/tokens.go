package admin

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/port"
	"trustdeck/model/token"
)

// TokenUse is a token that is plugged in, with what its keys are used for.
type TokenUse struct {
	model.Token
	// Slots are those of the Token, which they stand for.
	Slots []SlotUse
	// Findings about the token, worst first.
	Findings []health.Finding
}

// SlotUse is one place for a key on a token.
type SlotUse struct {
	model.TokenSlot
	// IDs are those under which key stores and repositories know the key: the canonical ones of
	// every dialect, first of those that list it, then those of certificates that list it. There
	// are none where the key is not known.
	IDs []model.KeyID
	// Uses are the roles that list the key, in the repositories looked at.
	Uses []Use
	// Copies are the stores that have another copy of the private key on this machine.
	Copies []string
}

// Tokens reads the tokens that are plugged in, and where their keys are used. The Fault says why
// none can be read.
func (d *Service) Tokens(ctx context.Context, views []Look) ([]TokenUse, *model.Fault) {
	if d.Plugged == nil {
		return nil, noTokens
	}
	ctx = port.OneReading(ctx)
	tokens, fault := d.Plugged.Tokens(ctx)
	if fault != nil && len(tokens) == 0 {
		return nil, fault
	}
	keys, _ := d.PrivateKeys(ctx, repositoriesOf(views)...) // a store that fails has a finding of its own
	out := make([]TokenUse, len(tokens))
	for i, t := range tokens {
		out[i] = TokenUse{Token: t}
		for _, slot := range t.Slots {
			out[i].Slots = append(out[i].Slots, d.slotUse(slot, t.Name(), views, keys))
		}
		out[i].Findings = token.Findings(&t, func(s *model.TokenSlot) bool {
			return slices.ContainsFunc(out[i].Slots, func(u SlotUse) bool { return u.ID == s.ID && len(u.Uses) > 0 })
		}, d.Clock(), d.Health.Soon)
	}
	return out, fault
}

// noTokens is why there are none where nothing reads them.
var noTokens = &model.Fault{
	Kind: model.FaultLocal, Text: "this trustdeck is built without support for tokens",
	Hint: "use a build with the tag yubikey: docs/tokens.md",
}

// WatchTokens tells when a token may have come or left, as port.Tokens does.
func (d *Service) WatchTokens(ctx context.Context) <-chan struct{} {
	if d.Plugged == nil {
		never := make(chan struct{})
		close(never)
		return never
	}
	return d.Plugged.Watch(ctx)
}

// OtherTokens reads the tokens of which little is known beside their keys.
func (d *Service) OtherTokens(ctx context.Context) []OtherToken {
	var out []OtherToken
	for _, store := range d.Stores {
		others, ok := store.(port.OtherTokens)
		if !ok {
			continue
		}
		found, err := others.Others(ctx)
		if err != nil {
			found = append(found, model.OtherToken{Name: store.Name(), Fault: model.FaultOf(err, "")})
		}
		if len(found) == 0 {
			continue
		}
		keys, _ := d.Stores.Keys(ctx) // a store that fails has a finding of its own
		for i := range found {
			out = append(out, OtherToken{found[i], alsoOn(&found[i], keys)})
		}
	}
	return out
}

// OtherToken is a token that a module reads.
type OtherToken struct {
	model.OtherToken
	// Same are the tokens that have some of its keys: the same token, which is reached in another
	// way, or one that has copies. The keys are listed with those.
	Same []string
}

// alsoOn are the other tokens that have keys of a token.
func alsoOn(t *model.OtherToken, all []model.PrivateKey) []string {
	var out []string
	for _, k := range all {
		have := k.Place == model.PlaceToken && k.Store != t.Name && k.SPKI != nil && slices.ContainsFunc(t.Keys, func(own model.PrivateKey) bool { return bytes.Equal(own.SPKI, k.SPKI) })
		if have && !slices.Contains(out, k.Store) {
			out = append(out, k.Store)
		}
	}
	return out
}

// Says says what the token is, in a few words: "SoftHSM v2, 2 keys".
func (t *OtherToken) Says() string {
	if t.Fault != nil {
		return t.Fault.Text
	}
	out := model.Count(len(t.Keys), "key")
	if t.Product != "" {
		out = t.Product + ", " + out
	}
	if len(t.Same) > 0 {
		out += ", also on " + strings.Join(t.Same, ", ")
	}
	return out
}

// slotUse finds the names and uses of the key in a slot.
func (d *Service) slotUse(slot model.TokenSlot, name string, views []Look, keys []model.PrivateKey) SlotUse {
	out := SlotUse{TokenSlot: slot}
	if slot.SPKI == nil {
		return out
	}
	add := func(id model.KeyID) {
		if id != "" && !slices.Contains(out.IDs, id) {
			out.IDs = append(out.IDs, id)
		}
	}
	var listed []model.KeyID
	pem := publicPEM(slot.SPKI)
	for _, v := range views {
		if v.Repository == nil {
			continue
		}
		for _, key := range v.Repository.Keys {
			if !bytes.Equal(key.SPKI, slot.SPKI) {
				continue
			}
			add(key.ID)
			listed = append(listed, key.ListedAs...)
			for _, role := range key.Roles {
				out.Uses = append(out.Uses, Use{v.GUN, role})
			}
		}
	}
	for _, store := range d.Stores {
		add(store.ID(slot.SPKI))
	}
	for _, v := range views {
		format := d.DialectOf(v.GUN)
		if public, err := format.ParsePublicFile(pem); err == nil {
			add(format.CanonicalID(public))
		}
	}
	for _, id := range listed {
		add(id)
	}
	if slot.HasKey() {
		out.Copies = copies(out.IDs, name, keys)
	}
	return out
}

// copies are the stores beside the named token that have a usable private key of one of these IDs.
func copies(ids []model.KeyID, name string, keys []model.PrivateKey) []string {
	var out []string
	for _, k := range keys {
		if k.Store != name && k.Usable() && k.IsAny(ids) && !slices.Contains(out, k.Store) {
			out = append(out, k.Store)
		}
	}
	return out
}

// Fingerprint is the SHA-256 of the key's SubjectPublicKeyInfo; empty where the key isn't known.
func (s *SlotUse) Fingerprint() string { return model.Key{SPKI: s.SPKI}.Fingerprint() }

// tokenFindings are those about the tokens that are plugged in. That there are none is no finding.
func (d *Service) tokenFindings(ctx context.Context, views []Look) []health.Finding {
	tokens, _ := d.Tokens(ctx, views)
	var out []health.Finding
	for i := range tokens {
		out = append(out, tokens[i].Findings...)
	}
	return out
}
