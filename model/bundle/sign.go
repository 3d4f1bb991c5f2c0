package bundle

import (
	"bytes"
	"errors"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Task is what a key is asked to sign.
type Task struct {
	Role    model.RoleName
	Version int64
	// Key as a quorum lists it: dialect.Writer.Sign takes it, and the message.
	Key     model.PublicKey
	Message []byte
	// Signed is true where the key has signed.
	Signed bool
}

// Tasks are what the keys with some canonical IDs are asked to sign, in the order of signing. A
// key that is listed under two IDs signs under each.
func (o *Opened) Tasks(ids ...model.KeyID) []Task {
	var out []Task
	for _, f := range o.files {
		seen := map[model.KeyID]bool{}
		for _, q := range f.quorums {
			for _, m := range q.Members {
				if m.Unusable != "" || !slices.Contains(ids, m.ID) {
					continue
				}
				for _, k := range m.Listed {
					if _, signed := f.signatures[k.ID]; !seen[k.ID] {
						out = append(out, Task{f.Role, f.file.Version, k, f.message, signed})
					}
					seen[k.ID] = true
				}
			}
		}
	}
	return out
}

// listed is a key that counts for a payload, by the ID under which a quorum lists it.
func (f *unsigned) listed(id model.KeyID) (key model.PublicKey, m *Member) {
	for i := range f.quorums {
		if m = f.quorums[i].member(id); m != nil && m.Unusable == "" {
			break
		}
	}
	if m == nil {
		return key, nil
	}
	i := slices.IndexFunc(m.Listed, func(k model.PublicKey) bool { return k.ID == id })
	return m.Listed[i], m
}

// Add takes a signature of a payload. It refuses one that is not valid, and one by a key that does
// not count. A signature that is there already is no error; of two by one key, that with the
// lesser bytes stays, so that all copies end with the same. The error is a *Refusal.
func (o *Opened) Add(role model.RoleName, sig dialect.Signature) error {
	if err := o.verify(role, sig); err != nil {
		return err
	}
	o.put(role, sig)
	return nil
}

// put takes a signature that was verified.
func (o *Opened) put(role model.RoleName, sig dialect.Signature) {
	f := o.file(role)
	if have, ok := f.signatures[sig.KeyID]; !ok || bytes.Compare(sig.Sig, have.Sig) < 0 {
		f.signatures[sig.KeyID] = dialect.Signature{KeyID: sig.KeyID, Method: sig.Method, Sig: slices.Clone(sig.Sig)}
	}
}

// verify says why a signature is not taken.
func (o *Opened) verify(role model.RoleName, sig dialect.Signature) error {
	f := o.file(role)
	if f == nil {
		return refuse(WrongPayload, "nothing of %s is signed in this ceremony", role)
	}
	key, m := f.listed(sig.KeyID)
	switch {
	case m == nil:
		return refuse(ForeignKey, "key %s may not sign %s %d", sig.KeyID.Short(), role, f.file.Version)
	case m.Unusable != "":
		return refuse(ForeignKey, "key %s can't sign %s %d: %s", sig.KeyID.Short(), role, f.file.Version, m.Unusable)
	case sig.Method != o.dialect.Method(key):
		return refuse(WrongPayload, "the signature of %s %d by %s is not of the kind that its key makes", role, f.file.Version, m.called())
	}
	if o.dialect.Verify(key, f.message, sig) == nil {
		return nil
	}
	return o.mistaken(f, key, m, sig)
}

// called names a member for people: the person first.
func (m *Member) called() string {
	name := "key " + m.ID.Short()
	if m.Person != "" {
		name = m.Person + ", " + name
	}
	return name
}

// mistaken says what a signature is of, where it is of something that is known.
func (o *Opened) mistaken(f *unsigned, key model.PublicKey, m *Member, sig dialect.Signature) error {
	other := o.bundle
	other.Rehearsal = !other.Rehearsal
	switch {
	case o.dialect.Verify(key, other.Message(f.Payload), sig) != nil:
	case o.bundle.Rehearsal:
		return refuse(RehearsalAndReal, "the signature of %s %d by %s is a real one, and this is a rehearsal", f.Role, f.file.Version, m.called())
	default:
		return refuse(RehearsalAndReal, "the signature of %s %d by %s was made in a rehearsal", f.Role, f.file.Version, m.called())
	}
	for _, g := range o.files {
		if g != f && o.dialect.Verify(key, g.message, sig) == nil {
			return refuse(WrongPayload, "the signature by %s is of %s, not of %s", m.called(), g.Role, f.Role)
		}
	}
	return refuse(WrongPayload, "the signature by %s doesn't match %s %d", m.called(), f.Role, f.file.Version)
}

// Bundle is the bundle with the signatures so far.
func (o *Opened) Bundle() *Bundle {
	out := o.bundle
	for _, f := range o.files {
		for _, sig := range f.signatures {
			out.Signatures = append(out.Signatures, Signature{f.Role, sig})
		}
	}
	out.Signatures = out.sorted()
	return &out
}

// Digest is that of the bundle.
func (o *Opened) Digest() Digest { return o.digest }

// Roles are those of the payloads, in the order of signing.
func (o *Opened) Roles() []model.RoleName {
	var out []model.RoleName
	for _, f := range o.files {
		out = append(out, f.Role)
	}
	return out
}

// Complete reports whether every quorum of every payload has signed.
func (o *Opened) Complete() bool {
	for _, f := range o.files {
		for _, q := range o.Quorums(f.Role) {
			if q.Missing() > 0 {
				return false
			}
		}
	}
	return true
}

// Files are the signed files, as a client of the dialect accepts them. The error is a *Refusal
// where signatures are missing, and for a rehearsal: nothing of that is ever published.
func (o *Opened) Files() (map[model.RoleName][]byte, error) {
	if o.bundle.Rehearsal {
		return nil, refuse(RehearsalAndReal, "this is a rehearsal, and nothing of it is ever published")
	}
	if !o.Complete() {
		return nil, refuse(Incomplete, "signatures are missing")
	}
	out := map[model.RoleName][]byte{}
	for _, f := range o.files {
		wire, err := o.join(f)
		if err == nil {
			_, err = o.accepted(f, wire)
		}
		if err != nil {
			return nil, err
		}
		out[f.Role] = wire
	}
	return out, nil
}

// Partial is the file of a payload with the signatures so far, and an empty one of each key that is
// still asked: the form in which some programs of a dialect hand a file on until all have signed.
// It is nil in a rehearsal, and for a role that is not signed.
func (o *Opened) Partial(role model.RoleName) []byte {
	f := o.file(role)
	if f == nil || o.bundle.Rehearsal {
		return nil
	}
	all := o.signatures(f)
	for _, q := range o.Quorums(role) {
		for _, m := range q.Members {
			if q.Missing() > 0 && !m.Signed && m.Unusable == "" && !slices.ContainsFunc(all, func(s dialect.Signature) bool { return s.KeyID == m.Listed[0].ID }) {
				all = append(all, dialect.Signature{KeyID: m.Listed[0].ID, Method: o.dialect.Method(m.Listed[0])})
			}
		}
	}
	wire, err := o.dialect.Join(role, f.Bytes, all, o.like(role))
	if err != nil {
		return nil // cannot be: it was read before
	}
	return wire
}

// signatures are those of a payload, by key.
func (o *Opened) signatures(f *unsigned) []dialect.Signature {
	var out []dialect.Signature
	for _, s := range o.Bundle().Signatures {
		if s.Role == f.Role {
			out = append(out, s.Signature)
		}
	}
	return out
}

// like is the file whose spelling that of a role gets.
func (o *Opened) like(role model.RoleName) []byte {
	if raw := o.replaced(role); raw != nil {
		return raw
	}
	return o.replaced(model.RoleRoot)
}

// join makes the file of a payload, spelled as the one that it replaces.
func (o *Opened) join(f *unsigned) ([]byte, error) {
	return o.dialect.Join(f.Role, f.Bytes, o.signatures(f), o.like(f.Role))
}

// accepted reads a signed file of a payload, and has the dialect judge it.
func (o *Opened) accepted(f *unsigned, wire []byte) (*dialect.File, error) {
	file, err := o.dialect.Parse(f.Role, wire)
	if err != nil {
		return nil, refuse(BadPayload, "the signed file of %s is not readable: %s", f.Role, reasonOf(err))
	}
	if f.Role == model.RoleRoot {
		prev := o.root()
		if prev == nil {
			prev = file
		}
		if p := o.dialect.Succeeds(o.bundle.Repository, o.at, prev, file); p != nil {
			return nil, refuse(Incomplete, "%s", reasonOf(errors.New(p.Text)))
		}
		return file, nil
	}
	by, err := o.delegators(f.Role)
	if err != nil {
		return nil, err
	}
	for _, from := range by {
		if v := o.dialect.Issuer(from).Judge(file); !v.Met {
			return nil, refuse(Incomplete, "%s %d is not signed as %s requires", f.Role, file.Version, from.Role)
		}
	}
	return file, nil
}
