package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/strictjson"
)

// MaxSealed is the largest file in bytes that ReadSealed reads: every payload is in it, in
// base64.
const MaxSealed = 4 * dialect.MaxFile

// sealedForm is the JSON form of a Sealed.
type sealedForm struct {
	Schema string `json:"schema"`
	// Plan is the digest of the plan, GUN the repository of the part.
	Plan  string       `json:"plan"`
	GUN   model.GUN    `json:"gun"`
	Keys  []boundForm  `json:"keys"`
	Files []signedForm `json:"files"`
}

// boundForm is the key that a plan names by a symbol.
type boundForm struct {
	Symbol model.KeyID     `json:"symbol"`
	Key    model.PublicKey `json:"key"`
}

// signedForm is a file that is sealed.
type signedForm struct {
	Role       model.RoleName  `json:"role"`
	From       time.Time       `json:"from"`
	Payload    []byte          `json:"payload"`
	Signatures []signatureForm `json:"signatures"`
}

type signatureForm struct {
	KeyID     model.KeyID `json:"keyid"`
	Method    string      `json:"method,omitempty"`
	Signature []byte      `json:"sig"`
}

// Encode writes what is sealed so far, and its signatures.
func (s *Sealed) Encode() []byte {
	out := sealedForm{Schema: schema, Plan: s.digest, GUN: s.part.GUN, Keys: []boundForm{}, Files: []signedForm{}}
	for symbol, key := range s.binding {
		out.Keys = append(out.Keys, boundForm{symbol, key})
	}
	slices.SortFunc(out.Keys, func(a, b boundForm) int { return strings.Compare(string(a.Symbol), string(b.Symbol)) })
	for _, f := range s.files {
		if f.payload == nil {
			continue
		}
		form := signedForm{Role: f.role, From: f.from.UTC(), Payload: f.payload, Signatures: []signatureForm{}}
		for _, sig := range f.signatures {
			form.Signatures = append(form.Signatures, signatureForm{sig.KeyID, sig.Method, sig.Sig})
		}
		out.Files = append(out.Files, form)
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // all of these can be encoded
	}
	return append(text, '\n')
}

// ReadSealed reads what Encode has written of part i of a plan, which was compiled anew,
// on the repository as it is now. Nothing of the file is believed: the part is sealed
// again with the keys that the file names, must come to the same payloads byte for byte,
// and each signature is verified. The keys themselves are for people to compare: see Keys.
// The error is a *model.Fault of kind FaultBadData, or FaultStale where the file belongs to
// another plan.
func ReadSealed(text []byte, p *Plan, i int, r Request, at time.Time) (*Sealed, error) {
	if len(text) > MaxSealed {
		return nil, misfit("it has %d bytes; the limit is %d", len(text), MaxSealed)
	}
	var in sealedForm
	if err := strictjson.Decode(text, &in); err != nil {
		return nil, misfit("%v", err)
	}
	switch {
	case in.Schema != schema:
		return nil, misfit("it has the schema %q; only %q is known", in.Schema, schema)
	case in.Plan != p.Digest() || in.GUN != p.Parts[i].GUN:
		return nil, &model.Fault{
			Kind: model.FaultStale, Subject: string(p.Parts[i].GUN),
			Text: "the signatures were collected for another plan, or the repository has changed since",
			Hint: "Make the plan again, and collect the signatures for that.",
		}
	}
	binding, err := bound(in.Keys, &p.Parts[i], r, at)
	if err != nil {
		return nil, err
	}
	s, err := Seal(p, i, r, binding)
	if err != nil {
		return nil, err
	}
	for n, form := range in.Files {
		if n >= len(s.files) || s.files[n].role != form.Role {
			return nil, misfit("%s is not the file that is signed next", form.Role)
		}
		if err := s.take(form, at); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// take seals the next file as a form says, and adds its signatures.
func (s *Sealed) take(form signedForm, at time.Time) error {
	payload, err := s.Payload(form.Role, form.From)
	if err != nil {
		return misfit("%v", err)
	}
	if !bytes.Equal(payload, form.Payload) {
		return misfit("the content to sign for %s doesn't match the plan", form.Role)
	}
	for _, sig := range form.Signatures {
		if err := s.Sign(form.Role, dialect.Signature{KeyID: sig.KeyID, Method: sig.Method, Sig: sig.Signature}); err != nil {
			return misfit("%v", err)
		}
	}
	_ = s.Check(form.Role, at) // whoever publishes is told what it lacks
	return nil
}

// bound are the keys that a file names for the symbols of a part: one for each, of those
// that the plan knows the right one.
func bound(keys []boundForm, part *Part, r Request, at time.Time) (Binding, error) {
	out := Binding{}
	for _, k := range keys {
		out[k.Symbol] = k.Key
	}
	if len(out) != len(keys) || len(out) != len(part.NewKeys) {
		return nil, misfit("it names %s, but the plan needs %d", model.Count(len(keys), "key"), len(part.NewKeys))
	}
	for _, m := range part.NewKeys {
		key, ok := out[m.Symbol]
		if !ok {
			return nil, misfit("it does not name %s", m.Name)
		}
		owner := model.GUN("")
		if m.Certificate {
			owner = part.GUN
		}
		if err := r.Dialect.CheckKey(key, owner, at); err != nil {
			return nil, misfit("%s cannot be used: %v", m.Name, err)
		}
		same := m.Source != model.KeyHere || r.Dialect.CanonicalID(key) == m.ID
		if m.Given != nil {
			given, err := r.Dialect.Certified(m.Given)
			same = err == nil && key.ID == given.ID
		}
		if !same {
			return nil, misfit("key %s is not %s", key.ID.Short(), m.Name)
		}
	}
	return out, nil
}

// misfit is the fault of a file of signatures.
func misfit(format string, args ...any) error {
	return &model.Fault{
		Kind: model.FaultBadData, Text: "these are not the signatures of this plan: " + fmt.Sprintf(format, args...),
		Hint: "Don't use the file. Find out who had access to it, and collect the signatures again.",
	}
}
