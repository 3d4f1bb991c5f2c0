package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Sealed is a part of a plan between its review and its publication. Its files are sealed
// one after the other, which fixes every byte that is signed; signatures are collected,
// here or elsewhere; and once every quorum has signed, the files can be published. Between
// any two signatures it can be written and read: Encode and ReadSealed. It holds no secret.
type Sealed struct {
	// digest is that of the plan.
	digest  string
	request Request
	part    *Part
	// binding are the keys that the plan names by symbol.
	binding Binding
	draft   dialect.Draft
	files   []*sealedFile
}

// sealedFile is a file that administrators sign.
type sealedFile struct {
	role model.RoleName
	// may are the keys whose signatures count, by the ID under which they are listed.
	may map[model.KeyID]model.PublicKey
	// from is the moment from which the file is valid; zero where it is not sealed.
	from       time.Time
	payload    []byte
	signatures []dialect.Signature
	// wire is the file as it is published; nil while signatures are missing.
	wire []byte
}

// Seal begins to make the files of part i of a plan, with the keys that a binding gives
// for its symbols: the same work that Compile has done with the symbols in their place.
func Seal(p *Plan, i int, r Request, binding Binding) (*Sealed, error) {
	a := &builder{binding: binding, expired: func(role *model.Role) bool { return role.Expired }}
	part := &p.Parts[i]
	if err := a.write(r, part.OwnSnapshot); err != nil {
		return nil, err
	}
	out := &Sealed{digest: p.Digest(), request: r, part: part, binding: binding, draft: a.draft}
	for _, w := range part.Rewrites {
		if w.Signer != SignedHere {
			continue
		}
		quorums := a.draft.Quorums(w.Role)
		if w.Role == model.RoleRoot {
			quorums = append(quorums, a.legacy...)
		}
		quorums = append(quorums, a.draft.Outgoing(w.Role))
		f := &sealedFile{role: w.Role, may: map[model.KeyID]model.PublicKey{}}
		for _, q := range quorums {
			for _, k := range q.Keys {
				f.may[k.ID] = k
			}
		}
		out.files = append(out.files, f)
	}
	return out, nil
}

// Payload is what must be signed of a file. It is valid from a moment, which is fixed when
// it is asked for the first time. A snapshot can be sealed only when the files that it
// lists have their signatures.
func (s *Sealed) Payload(role model.RoleName, from time.Time) ([]byte, error) {
	f, err := s.file(role)
	if err != nil {
		return nil, err
	}
	if f.payload != nil {
		return f.payload, nil
	}
	if role.ListsFiles() {
		for _, before := range s.files[:slices.Index(s.files, f)] {
			if before.wire == nil {
				return nil, fmt.Errorf("%s cannot be sealed before %s has its signatures", role, before.role)
			}
		}
	}
	f.from, f.payload = from, s.draft.Seal(role, from)
	return f.payload, nil
}

func (s *Sealed) file(role model.RoleName) (*sealedFile, error) {
	for _, f := range s.files {
		if f.role == role {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s is not signed in this plan", role)
}

// Listed is a key whose signature counts for a file, by the ID under which it is listed.
func (s *Sealed) Listed(role model.RoleName, id model.KeyID) (model.PublicKey, error) {
	f, err := s.file(role)
	if err != nil {
		return model.PublicKey{}, err
	}
	key, ok := f.may[id]
	if !ok {
		return key, doesNotCount(id, role)
	}
	return key, nil
}

func doesNotCount(id model.KeyID, role model.RoleName) error {
	return fmt.Errorf("key %s does not count for %s", id.Short(), role)
}

// coveredBy is the role of a sealed file that holds the hash of a file with the signatures that
// it has; empty where there is none.
func (s *Sealed) coveredBy(f *sealedFile) model.RoleName {
	for _, later := range s.files[slices.Index(s.files, f)+1:] {
		if later.role.ListsFiles() && later.payload != nil {
			return later.role
		}
	}
	return ""
}

// Sign adds a signature of a payload, in place of one by the same key. It refuses one that
// is wrong, one by a key that does not count for the file, and one for a file that another
// lists already.
func (s *Sealed) Sign(role model.RoleName, sig dialect.Signature) error {
	f, err := s.file(role)
	if err != nil {
		return err
	}
	key, ok := f.may[sig.KeyID]
	switch {
	case f.payload == nil:
		return fmt.Errorf("%s is not sealed yet", role)
	case !ok:
		return doesNotCount(sig.KeyID, role)
	}
	if by := s.coveredBy(f); by != "" {
		return fmt.Errorf("%s cannot take another signature: the %s already covers those it has", role, by)
	}
	if err := s.request.Dialect.Verify(key, f.payload, sig); err != nil {
		return fmt.Errorf("the signature of key %s does not match %s %d: %w", sig.KeyID.Short(), role, s.draft.After(role).Version, err)
	}
	s.draft.Sign(role, sig)
	f.signatures = slices.DeleteFunc(f.signatures, func(have dialect.Signature) bool { return have.KeyID == sig.KeyID })
	f.signatures = append(f.signatures, sig)
	return nil
}

// Check verifies a file as its readers will; the error says what it lacks.
func (s *Sealed) Check(role model.RoleName, at time.Time) error {
	f, err := s.file(role)
	if err != nil {
		return err
	}
	if f.payload == nil {
		return fmt.Errorf("%s is not sealed yet", role)
	}
	f.wire, err = s.draft.Check(role, at)
	return err
}

// Files are the files to publish. There are none before each of them was checked.
func (s *Sealed) Files() (map[model.RoleName][]byte, error) {
	out := map[model.RoleName][]byte{}
	for _, f := range s.files {
		if f.wire == nil {
			return nil, fmt.Errorf("%s doesn't have enough signatures", f.role)
		}
		out[f.role] = f.wire
	}
	return out, nil
}

// Keys are the keys that the plan names by symbol.
func (s *Sealed) Keys() Binding { return maps.Clone(s.binding) }
