package sandbox

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// roleIn returns what a root says of a role. Every root that parses names all
// four.
func roleIn(root *notary.File, role model.RoleName) model.Delegation {
	i := slices.IndexFunc(root.Roles, func(s model.Delegation) bool { return s.Name == role })
	if i < 0 {
		return model.Delegation{Name: role, Threshold: 1}
	}
	return root.Roles[i]
}

// sign signs f with the keys that the server holds for its role, and returns the
// wire form. It returns nil where they are too few.
func (s *store) sign(root, f *notary.File) ([]byte, error) {
	spec := roleIn(root, f.Role)
	held := s.heldFor(spec)
	if int64(len(held)) < spec.Threshold || len(held) == 0 {
		return nil, nil
	}
	f.Signatures = nil
	payload := f.Canonical()
	for _, k := range held {
		sig, err := notary.Sign(k.listed.ID, k.private, payload)
		if err != nil {
			return nil, err
		}
		f.Signatures = append(f.Signatures, sig)
	}
	return f.Wire(), nil
}

// snapshot makes the snapshot that follows prev, which may be nil, with the
// files that were loaded listed anew. It returns nil where the server does not
// hold the keys.
func (s *store) snapshot(root *notary.File, at time.Time, prev *notary.File, loaded files) ([]byte, error) {
	next := &notary.File{Metadata: model.Metadata{Role: model.RoleSnapshot, Version: 1, Expires: expires(at, model.RoleSnapshot)}}
	if prev != nil {
		next.Version, next.Meta = prev.Version+1, slices.Clone(prev.Meta)
	}
	for role, raw := range loaded {
		next.Meta = slices.DeleteFunc(next.Meta, func(m model.MetaEntry) bool { return m.Role == role })
		next.Meta = append(next.Meta, notary.Entry(role, raw))
	}
	slices.SortFunc(next.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
	return s.sign(root, next)
}

// timestamp makes the timestamp that follows prev, which may be nil.
func (s *store) timestamp(root *notary.File, at time.Time, prev *notary.File, snapshot []byte) ([]byte, error) {
	next := &notary.File{Metadata: model.Metadata{
		Role: model.RoleTimestamp, Version: 1, Expires: expires(at, model.RoleTimestamp),
		Meta: []model.MetaEntry{notary.Entry(model.RoleSnapshot, snapshot)},
	}}
	if prev != nil {
		next.Version = prev.Version + 1
	}
	return s.sign(root, next)
}

func expires(at time.Time, role model.RoleName) time.Time {
	return at.UTC().Add(notary.Lifetime(role))
}

// fileOf is the parsed current file of a role; nil where there is none.
func (r repository) fileOf(role model.RoleName) *notary.File {
	if v := r.current(role); v != nil {
		return v.file
	}
	return nil
}

// publish validates an upload and stores it, with the snapshot and timestamp that
// the server makes.
func (s *store) publish(gun model.GUN, at time.Time, parts []part) *refusal {
	s.Lock()
	defer s.Unlock()
	stored := s.repositories[gun]
	v := newValidation(gun, at, stored, parts)
	if refused := v.run(); refused != nil {
		return refused
	}
	if refused := s.complete(v); refused != nil {
		return refused
	}
	for role, raw := range v.accepted {
		f, err := notary.Parse(role, raw)
		if err != nil {
			return unknown()
		}
		if have := stored.current(role); have != nil && have.number >= f.Version {
			return oldVersion()
		}
	}
	if err := s.write(gun, at, v.accepted); err != nil {
		return updating()
	}
	return nil
}

// complete adds the snapshot, unless one was uploaded, and the timestamp.
func (s *store) complete(v *validation) *refusal {
	snapshot, ok := v.accepted[model.RoleSnapshot]
	if !ok {
		prev := v.stored.fileOf(model.RoleSnapshot)
		if v.stored.current(model.RoleSnapshot) != nil && prev == nil {
			return invalidUpdate(nil) // the stored snapshot is not readable
		}
		if prev == nil && v.issuers[model.RoleTargets] == nil {
			return invalidUpdate(badUpdate("targets must be loaded first"))
		}
		var err error
		if snapshot, err = s.snapshot(v.root, v.at, prev, v.awaiting); err != nil {
			return invalidUpdate(badUpdate("%v", err))
		}
		if snapshot == nil {
			return invalidUpdate(noKey(v.root, model.RoleSnapshot))
		}
		v.accepted[model.RoleSnapshot] = snapshot
	}
	timestamp, err := s.timestamp(v.root, v.at, v.stored.fileOf(model.RoleTimestamp), snapshot)
	switch {
	case err != nil:
		return invalidUpdate(badUpdate("%v", err))
	case timestamp == nil:
		return invalidUpdate(noKey(v.root, model.RoleTimestamp))
	}
	v.accepted[model.RoleTimestamp] = timestamp
	return nil
}

// noKey is what a server says whose signer does not hold the key of a role. (One
// that keeps its keys itself has words of its own for it.)
func noKey(root *notary.File, role model.RoleName) *reason {
	id := model.KeyID("")
	if ids := roleIn(root, role).KeyIDs; len(ids) > 0 {
		id = ids[0]
	}
	return badUpdate("rpc error: code = NotFound desc = key %s not found", id)
}

// fresh returns the timestamp and the snapshot that it lists, both signed anew
// where they have expired and the server holds the keys. It fails where a key is
// missing or the root has expired, as the real server does.
func (s *store) fresh(gun model.GUN, at time.Time) (timestamp, snapshot *version, refused *refusal) {
	s.Lock()
	defer s.Unlock()
	r := s.repositories[gun]
	timestamp = r.current(model.RoleTimestamp)
	if timestamp == nil {
		return nil, nil, notFound()
	}
	if timestamp.file == nil || len(timestamp.file.Meta) == 0 {
		return timestamp, nil, nil // put in through the door; it is served as it is
	}
	snapshot = r.listed(timestamp.file)
	if snapshot == nil {
		return nil, nil, notFound()
	}
	stale := snapshot.file != nil && snapshot.file.Expires.Before(at)
	if !stale && !timestamp.file.Expires.Before(at) {
		return timestamp, snapshot, nil
	}
	renewed, refused := s.renew(r, gun, at, timestamp.file, snapshot, stale)
	if refused != nil {
		return nil, nil, refused
	}
	if err := s.write(gun, at, renewed); err != nil {
		return nil, nil, unknown()
	}
	timestamp = r.current(model.RoleTimestamp)
	return timestamp, r.listed(timestamp.file), nil
}

// renew signs an expired timestamp again, and before it the snapshot where that
// has expired too.
func (s *store) renew(r repository, gun model.GUN, at time.Time, timestamp *notary.File, snapshot *version, stale bool) (files, *refusal) {
	root := r.current(model.RoleRoot)
	if root == nil {
		return nil, notFound()
	}
	if root.file == nil || root.file.Expires.Before(at) || notary.Stands(gun, at, root.file) != nil {
		return nil, unknown()
	}
	out := files{}
	raw := snapshot.raw
	if stale {
		var err error
		raw, err = s.snapshot(root.file, at, snapshot.file, files{model.RoleRoot: root.raw})
		if err != nil || raw == nil {
			return nil, unknown()
		}
		out[model.RoleSnapshot] = raw
	}
	signed, err := s.timestamp(root.file, at, timestamp, raw)
	if err != nil || signed == nil {
		return nil, unknown()
	}
	out[model.RoleTimestamp] = signed
	return out, nil
}

// unlisted reports whether there is a snapshot and it does not list the role. A
// real server looks for a current file by way of the snapshot, and fails there.
func (r repository) unlisted(role model.RoleName) bool {
	snapshot := r.fileOf(model.RoleSnapshot)
	if snapshot == nil || role == model.RoleSnapshot || role == model.RoleTimestamp {
		return false
	}
	return !slices.ContainsFunc(snapshot.Meta, func(m model.MetaEntry) bool { return m.Role == role })
}

// listed finds the snapshot that a timestamp states.
func (r repository) listed(timestamp *notary.File) *version {
	for _, m := range timestamp.Meta {
		if m.Role == model.RoleSnapshot {
			return r.hashed(model.RoleSnapshot, hex.EncodeToString(m.Hashes.SHA256))
		}
	}
	return nil
}
