package notary

import (
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A keyring holds the keys of one file, by the IDs under which it lists them.
type keyring map[model.KeyID]*verifier

func newKeyring(f *File, b *dialect.Budget) keyring {
	ring := make(keyring, len(f.Keys))
	for i := range f.Keys {
		ring[f.Keys[i].ID] = newVerifier(&f.Keys[i], b)
	}
	return ring
}

// An authority says who may sign a role.
type authority struct {
	ring keyring
	spec model.Delegation
	// former are further keys whose signatures are expected and do not count:
	// those of earlier roots, on a root.
	former keyring
}

// A tally is the outcome of checking the signatures of one file.
type tally struct {
	signatures []model.Signature
	// valid is the number of distinct keys with a valid signature.
	valid int
	// badKey is set where a signature names a key whose ID is not its own;
	// Notary then refuses the whole file.
	badKey bool
}

// count checks every signature of f. A certificate that bundles the key of
// another listed key counts as a key of its own, as it does for Notary.
func (a authority) count(f *File) tally {
	role := make(map[model.KeyID]bool, len(a.spec.KeyIDs))
	for _, id := range a.spec.KeyIDs {
		role[id] = true
	}
	var t tally
	digest := f.payloadDigest()
	counted := map[model.KeyID]bool{}
	for _, sig := range f.Signatures {
		out := model.Signature{KeyID: sig.KeyID, Method: sig.Method}
		v := a.ring[sig.KeyID]
		switch {
		case v != nil && role[sig.KeyID]:
			out.Key = v.canonical
			out.State, out.Detail = judge(v, sig, f.payload, digest)
			if out.State == model.SignatureValid {
				if counted[sig.KeyID] {
					out.State = model.SignatureDuplicate
				} else {
					counted[sig.KeyID] = true
					t.valid++
				}
			}
			t.badKey = t.badKey || errors.Is(v.err, errKeyID)
		default:
			a.foreign(&out, sig, f.payload, digest)
		}
		t.signatures = append(t.signatures, out)
	}
	return t
}

// foreign judges a signature by a key that is not of the role.
func (a authority) foreign(out *model.Signature, sig dialect.Signature, payload []byte, digest [32]byte) {
	out.State = model.SignatureUnknownKey
	v := a.former[sig.KeyID]
	if v == nil {
		if v = a.ring[sig.KeyID]; v != nil {
			out.Key = v.canonical
		}
		return
	}
	out.Key = v.canonical
	out.State, out.Detail = judge(v, sig, payload, digest)
	if out.State == model.SignatureValid {
		out.State = model.SignaturePreviousKey
	}
}

func judge(v *verifier, sig dialect.Signature, payload []byte, digest [32]byte) (model.SignatureState, string) {
	if errors.Is(v.err, dialect.ErrBudget) {
		return model.SignatureUnchecked, dialect.ErrBudget.Error()
	}
	if v.err != nil {
		return model.SignatureBadKey, v.err.Error()
	}
	switch err := v.verify(sig.Method, payload, digest, sig.Sig); {
	case err == nil:
		return model.SignatureValid, ""
	case errors.Is(err, dialect.ErrBudget):
		return model.SignatureUnchecked, err.Error()
	case errors.Is(err, errInvalid):
		return model.SignatureInvalid, err.Error()
	default:
		return model.SignatureUnsupported, err.Error()
	}
}

// met reports whether the threshold is reached.
func (a authority) met(t tally) bool {
	return !t.badKey && int64(t.valid) >= a.spec.Threshold
}

// problems says what is wrong with the signatures of a role's file.
func (a authority) problems(name model.RoleName, t tally) []model.Problem {
	var out []model.Problem
	add := func(code model.ProblemCode, severity model.Severity, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if !slices.ContainsFunc(out, func(p model.Problem) bool { return p.Code == code && p.Text == text }) {
			out = append(out, model.Problem{Code: code, Severity: severity, Role: name, Text: text})
		}
	}
	if int64(t.valid) < a.spec.Threshold {
		add(model.ProblemThreshold, model.Failure, "%s has %s of the %d that it needs", name, model.Count(t.valid, "valid signature"), a.spec.Threshold)
	}
	for _, s := range t.signatures {
		switch s.State {
		case model.SignatureValid, model.SignaturePreviousKey, model.SignatureUnchecked:
		case model.SignatureBadKey:
			code, severity := model.ProblemKey, model.Warning
			if t.badKey {
				code, severity = model.ProblemKeyID, model.Failure
			}
			add(code, severity, "the signature of %s by key %s cannot count: %s", name, s.KeyID.Short(), s.Detail)
		case model.SignatureUnknownKey:
			severity := model.Notice // what is left of a signer who was removed harms nobody
			why := "which may not sign it"
			switch {
			case !a.met(t):
				severity = model.Warning
			case name == model.RoleRoot:
				why = "which it doesn't list; keys of the root before it sign it too"
			}
			add(model.ProblemForeignSignature, severity, "%s has a signature by key %s, %s", name, s.KeyID.Short(), why)
		case model.SignatureDuplicate:
			add(model.ProblemSignature, model.Warning, "%s has more than one signature by key %s", name, s.KeyID.Short())
		default:
			add(model.ProblemSignature, model.Warning, "the signature of %s by key %s is not valid: %s", name, s.KeyID.Short(), s.Detail)
		}
	}
	return out
}
