package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
)

// A version is one file of a role.
type version struct {
	number int64
	raw    []byte
	sum    string
	stored time.Time
	// file is nil where the bytes, put in through the door, do not parse.
	file *notary.File
}

func newVersion(role model.RoleName, raw []byte, stored time.Time) version {
	sum := sha256.Sum256(raw)
	v := version{raw: raw, sum: hex.EncodeToString(sum[:]), stored: stored}
	if f, err := notary.Parse(role, raw); err == nil {
		v.file, v.number = f, f.Version
	}
	return v
}

// files are the wire forms of roles that are published together.
type files map[model.RoleName][]byte

func newVersions(stored time.Time, set files) map[model.RoleName]version {
	out := make(map[model.RoleName]version, len(set))
	for role, raw := range set {
		out[role] = newVersion(role, raw, stored)
	}
	return out
}

// A repository holds all versions of its roles, in ascending order.
type repository map[model.RoleName][]version

// current returns the newest version of a role; nil where there is none.
func (r repository) current(role model.RoleName) *version {
	if len(r[role]) == 0 {
		return nil
	}
	newest := r[role][len(r[role])-1]
	return &newest
}

// numbered finds a version by its number. Number 0 is the oldest one: a server
// with a database leaves a zero out of its query.
func (r repository) numbered(role model.RoleName, number int64) *version {
	if number == 0 && len(r[role]) > 0 {
		oldest := r[role][0]
		return &oldest
	}
	return r.find(role, func(v version) bool { return v.number == number })
}

func (r repository) hashed(role model.RoleName, sum string) *version {
	return r.find(role, func(v version) bool { return v.sum == sum })
}

func (r repository) find(role model.RoleName, wanted func(version) bool) *version {
	for _, v := range r[role] {
		if wanted(v) {
			return &v
		}
	}
	return nil
}

// A serverKey is a key that the server holds for a role of a repository.
type serverKey struct {
	gun     model.GUN
	role    model.RoleName
	private crypto.Signer
	listed  notary.PublicKey
}

// A duty is a role of a repository.
type duty struct {
	gun  model.GUN
	role model.RoleName
}

// The categories of the changefeed.
const (
	categoryUpdate   = "update"
	categoryDeletion = "deletion"
)

// A change is a line of the changefeed, in the spelling of the server.
type change struct {
	ID        string
	CreatedAt time.Time
	GUN       string
	Version   int64
	SHA256    string
	Category  string
}

// A store holds everything that the server knows. All methods need its lock.
type store struct {
	sync.Mutex
	repositories map[model.GUN]repository
	keys         map[model.KeyID]*serverKey
	// pending are keys that were handed out and have not signed yet. They are
	// handed out again in place of new ones, as a signer with a database does.
	pending map[duty]*serverKey
	changes []change
	// journal makes it last; nil where nothing shall.
	journal *journal
}

func newStore() *store {
	return &store{
		repositories: map[model.GUN]repository{},
		keys:         map[model.KeyID]*serverKey{},
		pending:      map[duty]*serverKey{},
	}
}

// write stores the versions together, or none of them where the journal cannot
// be written.
func (s *store) write(gun model.GUN, at time.Time, set files) error {
	if err := s.journal.add(record{Kind: recordPublish, Time: at, GUN: gun, Files: set}); err != nil {
		return err
	}
	s.apply(gun, at, newVersions(at, set))
	return nil
}

// apply stores versions together.
func (s *store) apply(gun model.GUN, at time.Time, set map[model.RoleName]version) {
	r := s.repositories[gun]
	if r == nil {
		r = repository{}
		s.repositories[gun] = r
	}
	for role, v := range set {
		if v.file == nil && r.current(role) != nil {
			v.number = r.current(role).number + 1
		}
		r[role] = append(r[role], v)
		s.signedBy(duty{gun, role}, v.file)
		slices.SortStableFunc(r[role], func(a, b version) int { return int(a.number - b.number) })
		if role == model.RoleTimestamp {
			s.changes = append(s.changes, change{
				ID: strconv.Itoa(len(s.changes) + 1), CreatedAt: at, GUN: string(gun),
				Version: v.number, SHA256: v.sum, Category: categoryUpdate,
			})
		}
	}
}

// remove forgets a repository; the keys of its roles stay, as they do in a
// signer.
func (s *store) remove(gun model.GUN, at time.Time) error {
	if s.repositories[gun] == nil {
		return nil
	}
	if err := s.journal.add(record{Kind: recordDelete, Time: at, GUN: gun}); err != nil {
		return err
	}
	s.drop(gun, at)
	return nil
}

func (s *store) drop(gun model.GUN, at time.Time) {
	delete(s.repositories, gun)
	s.changes = append(s.changes, change{
		ID: strconv.Itoa(len(s.changes) + 1), CreatedAt: at, GUN: string(gun), Category: categoryDeletion,
	})
}

// signedBy notes that a pending key has signed.
func (s *store) signedBy(d duty, f *notary.File) {
	k := s.pending[d]
	if k == nil || f == nil {
		return
	}
	if slices.ContainsFunc(f.Signatures, func(sig dialect.Signature) bool { return sig.KeyID == k.listed.ID }) {
		delete(s.pending, d)
	}
}

// addKey keeps a key.
func (s *store) addKey(k *serverKey) error {
	r, err := keyRecord(k)
	if err == nil {
		err = s.journal.add(r)
	}
	if err == nil {
		s.applyKey(k)
	}
	return err
}

func (s *store) applyKey(k *serverKey) {
	s.keys[k.listed.ID] = k
	s.pending[duty{k.gun, k.role}] = k
}

// heldFor returns the keys of a role that the server holds, of those listed.
func (s *store) heldFor(spec model.Delegation) []*serverKey {
	var out []*serverKey
	for _, id := range spec.KeyIDs {
		if k := s.keys[id]; k != nil {
			out = append(out, k)
		}
	}
	return out
}

// keyFor returns the key that the server holds for a role of a repository: the
// one that the root names, or one that was handed out and is not used yet, or a
// new one.
func (s *store) keyFor(gun model.GUN, role model.RoleName, rotate bool) (*serverKey, error) {
	if root := s.repositories[gun].fileOf(model.RoleRoot); root != nil && !rotate {
		if held := s.heldFor(roleIn(root, role)); len(held) > 0 {
			return held[0], nil
		}
	}
	if k := s.pending[duty{gun, role}]; k != nil {
		return k, nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	k, err := newServerKey(gun, role, private)
	if err != nil {
		return nil, err
	}
	return k, s.addKey(k)
}

func newServerKey(gun model.GUN, role model.RoleName, private crypto.Signer) (*serverKey, error) {
	listed, err := notary.Bare(private.Public())
	if err != nil {
		return nil, fmt.Errorf("the %s key of %s: %w", role, gun, err)
	}
	return &serverKey{gun: gun, role: role, private: private, listed: listed}, nil
}
