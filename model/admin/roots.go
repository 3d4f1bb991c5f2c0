package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/quorum"
)

// MostLinks is how many roots of a chain are read, the newest ones.
const MostLinks = 1000

// RootChain is how the roots of a repository follow one another.
type RootChain struct {
	// Links are the roots, the newest first.
	Links []RootLink
	// Absent is the newest of the oldest versions that are no longer kept, from 1 on; 0
	// where the first root is there. Unread is the same for those beyond MostLinks.
	Absent, Unread int64
	// Keys are those of all links, each in every form in which one lists it.
	Keys []model.Key
}

// RootLink is one root, and how it follows from the one before.
type RootLink struct {
	Version int64
	Expires time.Time
	// Published is when the source says it stored the file; may be zero.
	Published time.Time
	SHA256    [sha256.Size]byte
	// Old says who has signed of the keys that the root before lists, Own of those that
	// it lists itself. Old is nil for the first root that is there, and after a gap.
	Old, Own *RootQuorum
	// Added, Removed and Relisted are root keys by their canonical IDs, compared with the
	// root before. A relisted one is the same key under another ID.
	Added, Removed, Relisted []model.KeyID
	// Changes says in words what is different from the root before, of every role.
	Changes []string
	// Refused says why a client that trusts the root before does not take this one; nil
	// where it does. The first one is judged by its own keys.
	Refused *model.Problem
	// Problem says why the file could not be read; all but Version is empty then.
	Problem *model.Problem
}

// RootQuorum is the group of root keys that a root lists, and who of it has signed.
type RootQuorum struct {
	// Version of the root that lists the keys.
	Version   int64
	Threshold int64
	Keys      []RootKey
	// Signed is the number of distinct keys with a valid signature.
	Signed int
	Met    bool
}

// RootKey is a key of a quorum.
type RootKey struct {
	// ID is the canonical one, Listed the one in the file.
	ID, Listed model.KeyID
	State      RootKeyState
}

// RootKeyState tells whether a key has signed a root.
type RootKeyState int

// The states.
const (
	// RootKeyUnsigned: there is no valid signature by the key.
	RootKeyUnsigned RootKeyState = iota
	// RootKeyPending: the holder is asked to sign.
	RootKeyPending
	// RootKeySigned: there is a valid one.
	RootKeySigned
)

// String returns the state in words.
func (s RootKeyState) String() string { return [...]string{"not signed", "pending", "signed"}[s] }

// Roots reads all roots of a repository that are kept, and says who has signed each. The
// error is the cause of the end of ctx.
func (d *Service) Roots(ctx context.Context, r *model.Repository) (RootChain, error) {
	root := r.Role(model.RoleRoot)
	list := make([]past, min(max(root.Version, 0), MostLinks))
	var group errgroup.Group
	group.SetLimit(d.Requests())
	d.readPast(ctx, &group, r.GUN, model.RoleRoot, root.Version, list)
	_ = group.Wait() // the functions return no error
	if err := context.Cause(ctx); err != nil {
		return RootChain{}, err
	}
	c := chain{dialect: d.DialectOf(r.GUN), gun: r.GUN, at: r.At, keys: map[model.KeyID]*model.Key{}}
	if len(list) > 0 && root.Raw != nil && !bytes.Equal(list[0].file.Bytes, root.Raw) {
		// What is shown as the current root is the end of the chain.
		list[0].file.Bytes, list[0].file.Modified, list[0].fault = root.Raw, root.Modified, nil
		list[0].meta, list[0].err = c.dialect.Parse(model.RoleRoot, root.Raw)
	}
	c.out.Unread = root.Version - int64(len(list))
	for n := len(list); n > 0 && list[n-1].fault != nil && list[n-1].fault.Kind == model.FaultNotFound; n-- {
		c.out.Absent = list[n-1].ref.Version
		list = list[:n-1]
	}
	for i, p := range list {
		var before *dialect.File
		if i+1 < len(list) && list[i+1].readable() {
			before = list[i+1].meta
		}
		c.out.Links = append(c.out.Links, c.link(p, before, i+1 == len(list)))
	}
	for _, k := range c.keys {
		c.out.Keys = append(c.out.Keys, *k)
	}
	slices.SortFunc(c.out.Keys, func(a, b model.Key) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return c.out, nil
}

// Holders says who has each key of the chain, by its canonical ID. R is the repository, whose
// roles and signers tell of keys of which no root does.
func (c *RootChain) Holders(r *model.Repository, known quorum.Known) map[model.KeyID]quorum.Holder {
	return quorum.Holders(&model.Repository{Keys: c.Keys, Roles: r.Roles, Signers: r.Signers}, known)
}

// Broken reports whether a root does not follow from the one before, or cannot be read.
func (c *RootChain) Broken() bool {
	return slices.ContainsFunc(c.Links, func(l RootLink) bool { return l.Refused != nil || l.Problem != nil })
}

// A chain makes the links of a repository.
type chain struct {
	dialect dialect.Dialect
	gun     model.GUN
	at      time.Time
	keys    map[model.KeyID]*model.Key
	out     RootChain
}

// link describes a root. Before is the one before, nil where that is not there; first is set
// where none was ever asked for.
func (c *chain) link(p past, before *dialect.File, first bool) RootLink {
	l := RootLink{Version: p.ref.Version}
	if !p.readable() {
		if l.Problem = p.problem(); l.Problem == nil {
			l.Problem = &model.Problem{Code: model.ProblemMissing, Severity: model.Failure, Role: model.RoleRoot, Text: "it is not kept", Fault: p.fault}
		}
		return l
	}
	l.Expires, l.Published, l.SHA256 = p.meta.Expires.UTC(), p.file.Modified, sha256.Sum256(p.file.Bytes)
	var verdict dialect.Verdict
	l.Own, verdict = c.quorum(p.meta, p.meta)
	if before == nil {
		switch {
		case !first:
			l.Refused = &model.Problem{Code: model.ProblemMissing, Severity: model.Failure, Role: model.RoleRoot, Text: "the root before it is missing"}
		case !verdict.Met:
			l.Refused = worst(verdict.Problems)
		}
		return l
	}
	l.Old, _ = c.quorum(before, p.meta)
	l.Refused = c.dialect.Succeeds(c.gun, c.at, before, p.meta)
	l.Changes = dialect.Changes(c.dialect, before.Metadata, p.meta.Metadata)
	l.compare()
	return l
}

// quorum says who of the root keys of by has signed a root.
func (c *chain) quorum(by, root *dialect.File) (*RootQuorum, dialect.Verdict) {
	verdict := c.dialect.Issuer(by).Judge(root)
	q := &RootQuorum{Version: by.Version, Signed: len(verdict.Signers), Met: verdict.Met}
	edge := by.Delegation(model.RoleRoot)
	if edge == nil {
		return q, verdict
	}
	q.Threshold = edge.Threshold
	for _, id := range edge.KeyIDs {
		k := RootKey{ID: id, Listed: id}
		if public := by.Key(id); public != nil {
			k.ID = c.note(*public)
		}
		switch {
		case slices.Contains(verdict.Signers, k.ID):
			k.State = RootKeySigned
		case slices.Contains(verdict.Pending, k.ID):
			k.State = RootKeyPending
		}
		q.Keys = append(q.Keys, k)
	}
	return q, verdict
}

// note joins what the roots say of a key, and returns its canonical ID. The newest root that
// names a holder decides.
func (c *chain) note(public model.PublicKey) model.KeyID {
	k := c.dialect.Describe(public)
	have := c.keys[k.ID]
	if have == nil {
		c.keys[k.ID] = &k
		return k.ID
	}
	if have.Holder == "" {
		have.Holder = k.Holder
	}
	for i, id := range k.ListedAs {
		if !slices.Contains(have.ListedAs, id) {
			have.ListedAs, have.Types = append(have.ListedAs, id), append(have.Types, k.Types[i])
		}
	}
	for _, cert := range k.Certificates {
		if !slices.ContainsFunc(have.Certificates, func(other model.Certificate) bool { return other.Fingerprint == cert.Fingerprint }) {
			have.Certificates = append(have.Certificates, cert)
		}
	}
	return k.ID
}

// compare finds which root keys are new, gone or listed under another ID.
func (l *RootLink) compare() {
	var same []model.KeyID
	for _, k := range l.Own.Keys {
		was := slices.IndexFunc(l.Old.Keys, func(old RootKey) bool { return old.ID == k.ID })
		switch {
		case slices.Contains(same, k.ID):
		case was < 0:
			l.Added = append(l.Added, k.ID)
		case !slices.ContainsFunc(l.Old.Keys, func(old RootKey) bool { return old.Listed == k.Listed }):
			l.Relisted = append(l.Relisted, k.ID)
		}
		same = append(same, k.ID)
	}
	for _, k := range l.Old.Keys {
		if !slices.Contains(same, k.ID) && !slices.Contains(l.Removed, k.ID) {
			l.Removed = append(l.Removed, k.ID)
		}
	}
}

// worst is the first failure among problems.
func worst(problems []model.Problem) *model.Problem {
	for i := range problems {
		if problems[i].IsFailure() {
			return &problems[i]
		}
	}
	return &model.Problem{Code: model.ProblemThreshold, Severity: model.Failure, Role: model.RoleRoot, Text: "too few of its own keys have signed it"}
}
