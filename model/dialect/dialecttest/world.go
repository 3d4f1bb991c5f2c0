package dialecttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Key is a key of the suite, as metadata lists it.
type Key struct {
	Listed  model.PublicKey
	Private crypto.Signer
}

// World is a repository that was made with the dialect.
type World struct {
	Subject
	// Keys are those of each role.
	Keys map[model.RoleName][]Key
	// Files are those that a server holds.
	Files map[model.RoleName][]byte
	// Repository is what a new client makes of them.
	Repository *model.Repository
}

// NewWorld makes a repository with two root keys of which both must sign, and publishes it.
func NewWorld(s Subject) (*World, error) {
	w := &World{Subject: s, Keys: map[model.RoleName][]Key{}, Files: map[model.RoleName][]byte{}}
	draft := s.Dialect.Draft(GUN, nil, true)
	for role, n := range map[model.RoleName]int{model.RoleRoot: 2, model.RoleTargets: 1, model.RoleSnapshot: 1, model.RoleTimestamp: 1} {
		for range n {
			key, err := w.NewKey(role)
			if err != nil {
				return nil, err
			}
			w.Keys[role] = append(w.Keys[role], key)
		}
	}
	for _, role := range model.TopLevelRoles() {
		draft.SetRole(role, len(w.Keys[role]), listed(w.Keys[role])...)
	}
	draft.Bump(model.RoleTargets)
	if err := w.Publish(draft, At); err != nil {
		return nil, fmt.Errorf("make a repository: %w", err)
	}
	return w, nil
}

// NewKey makes a key, and lists it as the role wants it.
func (w *World) NewKey(role model.RoleName) (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	k := Key{Private: private}
	if role == model.RoleRoot {
		var serial [16]byte
		_, _ = rand.Read(serial[:]) // never fails
		text, err := w.Dialect.NewCertificate(GUN, private, serial, At.Add(-time.Hour))
		if err != nil {
			return Key{}, err
		}
		if text != nil {
			k.Listed, err = w.Dialect.Certified(text)
			return k, err
		}
	}
	k.Listed, err = w.Dialect.Bare(private.Public())
	return k, err
}

func listed(keys []Key) []model.PublicKey {
	var out []model.PublicKey
	for _, k := range keys {
		out = append(out, k.Listed)
	}
	return out
}

// Find is the private key of a listed one.
func (w *World) Find(id model.KeyID) (Key, error) {
	for _, keys := range w.Keys {
		for _, k := range keys {
			if k.Listed.ID == id {
				return k, nil
			}
		}
	}
	return Key{}, fmt.Errorf("key %s is listed, and was never made", id.Short())
}

// sign seals, signs and checks one file of a draft. less is how many signatures are left
// out of each quorum.
func (w *World) sign(draft dialect.Draft, role model.RoleName, at time.Time, less int) ([]byte, error) {
	payload := draft.Seal(role, at)
	for _, q := range draft.Quorums(role) {
		for _, public := range q.Keys[:max(0, q.Threshold-less)] {
			key, err := w.Find(public.ID)
			if err != nil {
				return nil, err
			}
			sig, err := w.Dialect.Sign(public, key.Private, payload)
			if err != nil {
				return nil, err
			}
			draft.Sign(role, sig)
		}
	}
	return draft.Check(role, at)
}

// Publish signs every file that a draft rewrites, serves it, and reads the repository as a
// new client.
func (w *World) Publish(draft dialect.Draft, at time.Time) error {
	files := map[model.RoleName][]byte{}
	for _, role := range draft.Rewritten() {
		wire, err := w.sign(draft, role, at, 0)
		if err != nil {
			return fmt.Errorf("sign %s: %w", role, err)
		}
		files[role] = wire
	}
	return w.Upload(files, at)
}

// Grant publishes delegations, each to a key of the role's own, and a file of each.
func (w *World) Grant(at time.Time, edges ...model.Delegation) error {
	draft := w.Dialect.Draft(GUN, w.Repository, true)
	for _, edge := range edges {
		if len(w.Keys[edge.Name]) == 0 {
			key, err := w.NewKey(edge.Name)
			if err != nil {
				return err
			}
			w.Keys[edge.Name] = []Key{key}
		}
		draft.Bump(edge.Name)
		draft.Delegate(edge, w.Keys[edge.Name][0].Listed)
	}
	if err := w.Publish(draft, at); err != nil {
		return err
	}
	return w.Sound()
}

// Upload gives files to the server, which signs what it signs, and reads the repository as
// a new client.
func (w *World) Upload(files map[model.RoleName][]byte, at time.Time) error {
	now := maps.Clone(w.Files)
	maps.Copy(now, files)
	stamps := w.Keys[model.RoleTimestamp]
	if err := w.Serve(now, stamps[len(stamps)-1], at); err != nil {
		return err
	}
	w.Files = now
	w.Repository = load(w.Dialect, dialect.Config{At: at}, now).Repository()
	return nil
}

// Look is what a new client makes of the repository at a moment.
func (w *World) Look(at time.Time) *model.Repository {
	return load(w.Dialect, dialect.Config{At: at}, w.Files).Repository()
}

// with are roles that hold targets, and what is signed with them.
func with(draft dialect.Draft, roles ...model.RoleName) []model.RoleName {
	for _, role := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
		if !slices.Contains(draft.Served(), role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// delegate begins a draft in which a new signer is named, and returns the edges.
func (w *World) delegate(threshold, keys int) (dialect.Draft, []model.Delegation, error) {
	edges, err := w.Dialect.SignerEdges(w.Signer)
	if err != nil {
		return nil, nil, err
	}
	draft := w.Dialect.Draft(GUN, w.Repository, true)
	own := edges[0].Name
	for range keys {
		key, err := w.NewKey(own)
		if err != nil {
			return nil, nil, err
		}
		w.Keys[own] = append(w.Keys[own], key)
	}
	for _, edge := range edges {
		edge.Threshold = int64(threshold)
		draft.Delegate(edge, listed(w.Keys[own])...)
	}
	return draft, edges, nil
}

// Sound is nil where every role of the repository that has a file is verified.
func (w *World) Sound() error {
	for _, p := range w.Repository.AllProblems() {
		if p.Severity == model.Failure {
			return fmt.Errorf("%s: %s", p.Code, p.Text)
		}
	}
	for i := range w.Repository.Roles {
		role := &w.Repository.Roles[i]
		if role.State != model.RoleVerified && role.State != model.RoleUnpublished {
			return fmt.Errorf("%s is %s", role.Name, role.State)
		}
	}
	for _, name := range model.TopLevelRoles() {
		if !slices.ContainsFunc(w.Repository.Roles, func(r model.Role) bool { return r.Name == name && r.Usable() }) {
			return fmt.Errorf("%s is not usable", name)
		}
	}
	return nil
}
