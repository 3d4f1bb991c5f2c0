package tuf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A keyring holds the keys of one file, by the IDs under which it lists them. They are made
// ready when they are asked for: a file lists thousands, and a role needs a few.
type keyring struct {
	file   *File
	budget *dialect.Budget
	ready  map[model.KeyID]*verifier
}

func newKeyring(f *File, b *dialect.Budget) *keyring {
	return &keyring{file: f, budget: b}
}

// get returns a key; nil where the file does not list it.
func (r *keyring) get(id model.KeyID) *verifier {
	if r == nil {
		return nil
	}
	v, ok := r.ready[id]
	if !ok {
		if k := r.file.key(id); k != nil {
			v = newVerifier(k, r.budget)
		}
		if r.ready == nil {
			r.ready = map[model.KeyID]*verifier{}
		}
		r.ready[id] = v
	}
	return v
}

// An authority says who may sign a role: it is an edge with its keys.
type authority struct {
	ring *keyring
	edge model.Delegation
	// former are earlier authorities: signatures by their keys are expected, and do not count.
	former []authority
}

// A tally is the outcome of checking the signatures of one file.
type tally struct {
	signatures []model.Signature
	// valid is the number of distinct keys with a valid signature. A key that is listed
	// under two IDs is one.
	valid int
	// twice is set where a key has two signatures, which clients refuse.
	twice bool
}

// count checks every signature of a file.
func (a authority) count(f *File) tally {
	t := tally{twice: len(f.twice) > 0}
	m := newMessage(f.payload)
	may := make(map[model.KeyID]bool, len(a.edge.KeyIDs))
	for _, id := range a.edge.KeyIDs {
		may[id] = true
	}
	counted := map[model.KeyID]model.KeyID{}
	for _, sig := range f.Signatures {
		out := model.Signature{KeyID: sig.KeyID, Method: sig.Method}
		if v := a.ring.get(sig.KeyID); v != nil && may[sig.KeyID] {
			out.Key, out.Method = v.canonical, v.scheme
			out.State, out.Detail = judge(v, m, sig)
			if out.State == model.SignatureValid {
				if as, twice := counted[v.canonical]; twice {
					out.State, out.Detail = model.SignatureDuplicate, "it is the same key as "+as.Short()
				} else {
					counted[v.canonical] = sig.KeyID
					t.valid++
				}
			}
		} else {
			a.foreign(&out, m, sig)
		}
		t.signatures = append(t.signatures, out)
	}
	return t
}

// foreign judges a signature by a key that is not of the role.
func (a authority) foreign(out *model.Signature, m *message, sig dialect.Signature) {
	out.State = model.SignatureUnknownKey
	for _, former := range a.former {
		v := former.ring.get(sig.KeyID)
		if v == nil || !slices.Contains(former.edge.KeyIDs, sig.KeyID) {
			continue
		}
		out.Key, out.Method = v.canonical, v.scheme
		if out.State, out.Detail = judge(v, m, sig); out.State == model.SignatureValid {
			out.State = model.SignaturePreviousKey
			return
		}
	}
	if v := a.ring.get(sig.KeyID); v != nil && out.Key == "" {
		out.Key = v.canonical
	}
}

func judge(v *verifier, m *message, sig dialect.Signature) (model.SignatureState, string) {
	switch {
	case errors.Is(v.err, dialect.ErrBudget):
		return model.SignatureUnchecked, dialect.ErrBudget.Error()
	case v.err != nil:
		return model.SignatureBadKey, v.err.Error()
	case len(sig.Sig) == 0:
		return model.SignaturePending, "its holder has been asked to sign, but has not signed yet"
	}
	switch err := v.verify(m, sig.Sig); {
	case err == nil:
		return model.SignatureValid, ""
	case errors.Is(err, dialect.ErrBudget):
		return model.SignatureUnchecked, err.Error()
	case m.escaped() != m && v.verify(m.escaped(), sig.Sig) == nil:
		return model.SignatureInvalid, "it signs a form with escaped line breaks, as Uptane's programs write it, instead of the canonical form"
	default:
		return model.SignatureInvalid, err.Error()
	}
}

// met reports whether the threshold is reached.
func (a authority) met(t tally) bool {
	return !t.twice && a.edge.Threshold > 0 && int64(t.valid) >= a.edge.Threshold
}

// problems says what is wrong with the signatures of a role's file.
func (a authority) problems(role model.RoleName, t tally) []model.Problem {
	var out []model.Problem
	var pending []string
	add := func(code model.ProblemCode, severity model.Severity, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if !slices.ContainsFunc(out, func(p model.Problem) bool { return p.Code == code && p.Text == text }) {
			out = append(out, model.Problem{Code: code, Severity: severity, Role: role, Text: text})
		}
	}
	if int64(t.valid) < a.edge.Threshold {
		add(model.ProblemThreshold, model.Failure, "%s has %s of the %d that it needs%s", role, model.Count(t.valid, "valid signature"), a.edge.Threshold, a.by())
	}
	if t.twice {
		add(model.ProblemSignature, model.Failure, "%s has two signatures under one key ID; clients refuse such a file", role)
	}
	for _, s := range t.signatures {
		switch s.State {
		case model.SignatureBadKey:
			add(model.ProblemKey, model.Warning, "the signature of %s by key %s cannot count: %s", role, signer(s), s.Detail)
		case model.SignatureUnknownKey:
			severity := model.Notice // what is left of a key that was replaced harms nobody
			why := "which may not sign it"
			switch {
			case !a.met(t):
				severity = model.Warning
			case role == model.RoleRoot:
				why = "which it doesn't list; keys of the root before it sign it too"
			}
			add(model.ProblemForeignSignature, severity, "%s has a signature by key %s, %s", role, signer(s), why)
		case model.SignatureDuplicate:
			add(model.ProblemKey, model.Warning, "two signatures of %s by one key count once: key %s, %s", role, s.KeyID.Short(), s.Detail)
		case model.SignaturePending:
			pending = append(pending, "key "+signer(s))
		case model.SignatureInvalid:
			add(model.ProblemSignature, model.Warning, "the signature of %s by key %s is not valid: %s", role, signer(s), s.Detail)
		default:
		}
	}
	switch last := len(pending) - 1; {
	case last == 0:
		add(model.ProblemPending, model.Notice, "%s waits for a signature by %s", role, pending[0])
	case last > 0:
		add(model.ProblemPending, model.Notice, "%s waits for signatures by %s and %s", role, strings.Join(pending[:last], ", "), pending[last])
	}
	return out
}

// signer is the ID by which texts and tables name the key of a signature: the canonical one,
// where the key is known.
func signer(s model.Signature) string { return cmp.Or(s.Key, s.KeyID).Short() }

// by names the delegator of a delegation.
func (a authority) by() string {
	if a.edge.Name.TopLevel() || a.edge.From == "" {
		return ""
	}
	return " by the keys that " + string(a.edge.From) + " names"
}
