package notary

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Load is the download of one repository, without I/O: it says which files it
// wants, is given them in any order, and in the end returns the verified
// repository. Whatever is missing or wrong, a repository comes out, labelled
// role by role.
//
//	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
//		… read each, possibly in parallel, and l.Give it …
//	}
//	repository := l.Repository()
//
// Which files it wants follows the update cycle of the Notary client
// (notary-v1, 4.4). A Load is not safe for concurrent use.
type Load struct {
	cfg   dialect.Config
	check rootCheck
	asked map[dialect.Want]bool
	// got are the files by role; the last one given for a role counts, unless
	// an earlier one was better.
	got map[model.RoleName]*entry
	// roots are the root versions between an anchor and the current one.
	roots map[int64]*entry
	// anchors are those that parse and are not superseded, in order of precedence.
	anchors []anchorRoot
	// lost are anchors that do not parse.
	lost   []dialect.Anchor
	cached map[model.RoleName]*entry
	// sight is what Repository has verified; see Look.
	sight *sight
	// rings and tallies are made once: keys are costly to parse, signatures
	// costly to check.
	rings   map[*File]keyring
	tallies map[judged]tally
	budget  *dialect.Budget
	// parsed holds files for this Load and others.
	parsed *ParsedFiles
}

// judged is a file of a top-level role under the keys of a root.
type judged struct{ root, file *File }

type anchorRoot struct {
	dialect.Anchor
	*entry
}

// NewLoad begins a download.
func NewLoad(cfg dialect.Config) *Load { return newLoad(cfg, nil) }

func newLoad(cfg dialect.Config, parsed *ParsedFiles) *Load {
	spent := newBudget()
	for _, s := range cfg.Cached {
		spent.Held += int64(len(s.Raw))
	}
	l := &Load{
		cfg:    cfg,
		check:  rootCheck{cfg.GUN, cfg.At, cfg.Pin, spent},
		budget: spent,
		parsed: parsed,
		asked:  map[dialect.Want]bool{},
		got:    map[model.RoleName]*entry{},
		roots:  map[int64]*entry{},
		cached: map[model.RoleName]*entry{},

		rings:   map[*File]keyring{},
		tallies: map[judged]tally{},
	}
	for _, a := range cfg.Anchors {
		l.anchor(a)
	}
	if root := cfg.Memory.Root; root != nil {
		l.anchor(dialect.Anchor{Kind: model.AnchorOwn, Source: ownState, Raw: root})
	}
	return l
}

// ownState names trustdeck's memory among the places that know a root.
const ownState = "trustdeck's own state"

// anchor takes a root that was trusted before, unless the user has given it up since.
func (l *Load) anchor(a dialect.Anchor) {
	e := l.entry(dialect.Want{Role: model.RoleRoot}, a.Raw, time.Time{})
	switch {
	case !e.ok():
		l.lost = append(l.lost, a)
	case a.Kind == model.AnchorOwn || l.cfg.Memory.Anchors(e.digest()):
		l.anchors = append(l.anchors, anchorRoot{a, e})
	}
}

// fromCache returns what is cached for a role, parsed once.
func (l *Load) fromCache(role model.RoleName) *entry {
	if e, ok := l.cached[role]; ok {
		return e
	}
	var e *entry
	if s, ok := l.cfg.Cached[role]; ok {
		l.budget.Held -= int64(len(s.Raw)) // it is counted again as an entry
		e = l.entry(dialect.Want{Role: role}, s.Raw, s.Modified)
	}
	l.cached[role] = e
	return e
}

// newest is the newest root that was trusted before, the first of several; nil where
// none was.
func (l *Load) newest() *anchorRoot {
	var best *anchorRoot
	for i := range l.anchors {
		if a := &l.anchors[i]; best == nil || a.file.Version > best.file.Version {
			best = a
		}
	}
	return best
}

// known is the file of the newest root that was trusted before, or nil.
func (l *Load) known() *entry {
	if a := l.newest(); a != nil {
		return a.entry
	}
	return nil
}

// root is the root to work with: the one just read, else the newest known.
func (l *Load) root() *entry {
	if e := l.got[model.RoleRoot]; e.ok() {
		return e
	}
	return l.known()
}

// Wants returns the files to read next; it is empty when nothing is left to
// ask for. Each file is asked for once.
func (l *Load) Wants() []dialect.Want {
	var wants []dialect.Want
	var unanswered int64
	ask := func(w dialect.Want) {
		switch {
		case l.asked[w] || unanswered > 0 && unanswered+w.Limit > dialect.MaxUnanswered:
			return // what does not fit into this round is asked for in the next
		case !l.budget.Fits(unanswered + w.Limit):
			if unanswered > 0 {
				return
			}
			l.refuse(w)
		default:
			unanswered += w.Limit
			wants = append(wants, w)
		}
		l.asked[w] = true
	}
	ask(dialect.Want{Role: model.RoleTimestamp, Limit: MaxTimestamp})
	if l.known() == nil {
		l.askCurrent(ask, model.RoleRoot)
	}
	timestamp := l.got[model.RoleTimestamp]
	if timestamp == nil {
		return wants
	}
	if l.root() == nil && !l.asked[dialect.Want{Role: model.RoleRoot, Limit: MaxFile}] {
		l.askCurrent(ask, model.RoleRoot)
	}
	l.distrust(ask, timestamp)
	l.wantListed(ask, timestamp, model.RoleSnapshot)
	snapshot := l.got[model.RoleSnapshot]
	if snapshot == nil {
		return wants
	}
	l.distrust(ask, snapshot)
	l.wantRoot(ask, snapshot)
	l.wantTargets(ask, snapshot)
	l.wantChain(ask)
	return wants
}

func (l *Load) askCurrent(ask func(dialect.Want), role model.RoleName) {
	ask(dialect.Want{Role: role, Limit: MaxFile})
}

// distrust asks for the current root where the known one does not verify a
// file: the keys may have been rotated since.
func (l *Load) distrust(ask func(dialect.Want), e *entry) {
	root := l.root()
	if root == nil || !e.ok() {
		return
	}
	if !l.genuine(root.file, e.file) {
		l.askCurrent(ask, model.RoleRoot)
	}
}

// ring returns the keys that a file holds.
func (l *Load) ring(f *File) keyring {
	ring, ok := l.rings[f]
	if !ok {
		ring = newKeyring(f, l.budget)
		l.rings[f] = ring
	}
	return ring
}

// over is the authority of a root over a top-level role.
func (l *Load) over(root *File, role model.RoleName) authority {
	return authority{ring: l.ring(root), spec: *root.Delegation(role)}
}

// tally checks the signatures of a top-level role's file under a root.
func (l *Load) tally(root, f *File) tally {
	key := judged{root, f}
	t, ok := l.tallies[key]
	if !ok {
		t = l.over(root, f.Role).count(f)
		l.tallies[key] = t
	}
	return t
}

// genuine reports whether enough keys of root have signed f.
func (l *Load) genuine(root, f *File) bool {
	return l.over(root, f.Role).met(l.tally(root, f))
}

// wantListed asks for a file by the hash that listing, a timestamp or
// snapshot, states; by name alone where it states none or where that file
// cannot be had.
func (l *Load) wantListed(ask func(dialect.Want), listing *entry, role model.RoleName) {
	var listed *model.MetaEntry
	if listing.ok() {
		listed = listing.file.Entry(role)
	}
	if listed == nil || len(listed.Hashes.SHA256) != sha256.Size {
		l.askCurrent(ask, role)
		return
	}
	if have := l.got[role]; have != nil {
		// What came by hash is not what was listed: see what is current.
		if have.want.SHA256 != "" && (have.fault != nil || !bytes.Equal(have.sum[:], listed.Hashes.SHA256)) {
			l.askCurrent(ask, role)
		}
		return
	}
	if e := l.fromCache(role); e != nil && bytes.Equal(e.sum[:], listed.Hashes.SHA256) {
		l.got[role] = e
		return
	}
	limit := int64(MaxFile)
	if listed.Length > 0 && listed.Length < limit {
		limit = listed.Length
	}
	ask(dialect.Want{Role: role, SHA256: hex.EncodeToString(listed.Hashes.SHA256), Limit: limit})
}

// wantRoot asks for the root that the snapshot lists, where it is not the one
// at hand.
func (l *Load) wantRoot(ask func(dialect.Want), snapshot *entry) {
	if !snapshot.ok() {
		if l.root() == nil {
			l.askCurrent(ask, model.RoleRoot)
		}
		return
	}
	listed := snapshot.file.Entry(model.RoleRoot)
	root := l.root()
	if listed == nil || root == nil || !l.genuine(root.file, snapshot.file) {
		return // what nobody has signed names no root
	}
	if bytes.Equal(root.sum[:], listed.Hashes.SHA256) {
		// The cached copy of the same bytes knows when the server stored it.
		if e := l.fromCache(model.RoleRoot); l.got[model.RoleRoot] == nil && e.ok() && e.sum == root.sum {
			l.got[model.RoleRoot] = e
		}
		return
	}
	if l.got[model.RoleRoot] != nil && l.got[model.RoleRoot].want.SHA256 == "" {
		return // the current root was read, and is another one
	}
	l.wantListed(ask, snapshot, model.RoleRoot)
}

// wantTargets asks for targets and the delegations. With a snapshot they are
// all known at once; without one, each file names those below it.
func (l *Load) wantTargets(ask func(dialect.Want), snapshot *entry) {
	if !snapshot.ok() {
		l.askCurrent(ask, model.RoleTargets)
		for _, e := range l.targetsFiles() {
			for _, spec := range e.file.Roles {
				if len(l.got) < MaxRoles {
					l.askCurrent(ask, spec.Name)
				}
			}
		}
		return
	}
	l.wantListed(ask, snapshot, model.RoleTargets)
	for i := range snapshot.file.Meta {
		name := snapshot.file.Meta[i].Role
		if _, err := ParseRole(string(name)); err == nil && name.Delegation() && !empty(&snapshot.file.Meta[i]) {
			l.wantListed(ask, snapshot, name)
		}
	}
}

func (l *Load) targetsFiles() []*entry {
	var out []*entry
	for role, e := range l.got {
		if role.HoldsTargets() && e.ok() {
			out = append(out, e)
		}
	}
	return out
}

// wantChain asks for the root versions between an anchor and the newest anchor, and
// between it and the current root, where the latter is not signed by the former.
func (l *Load) wantChain(ask func(dialect.Want)) {
	for _, a := range l.anchors {
		for _, e := range []*entry{l.known(), l.root()} {
			from, to := a.file.Version, e.file.Version
			if to-from < 2 || to-from > MaxRootVersions || l.check.follows(a.file, e.file) == nil {
				continue
			}
			for n := from + 1; n < to; n++ {
				ask(dialect.Want{Role: model.RoleRoot, Version: n, Limit: MaxPastRoot})
			}
		}
	}
}

// Give hands over the answer to a Want: the bytes, or the fault that kept them
// from coming.
func (l *Load) Give(w dialect.Want, raw []byte, modified time.Time, fault *model.Fault) {
	var e *entry
	if fault != nil {
		e = &entry{fault: fault, want: w}
	} else {
		e = l.entry(w, raw, modified)
	}
	if w.Version != 0 {
		l.roots[w.Version] = e
		return
	}
	// The current file, asked for because the one with the right hash could
	// not be had, must not hide why.
	if before := l.got[w.Role]; before != nil {
		if e.fault != nil {
			return
		}
		if before.fault != nil || before.want.SHA256 != "" && before.want.SHA256 != hex.EncodeToString(before.sum[:]) {
			e.missed = before
		}
	}
	l.got[w.Role] = e
}

// Absent reports whether every current file that was asked for does not exist:
// the server has no trust data for the repository.
func (l *Load) Absent() bool {
	for _, e := range l.got {
		if e.fault == nil || e.fault.Kind != model.FaultNotFound {
			return false
		}
	}
	return len(l.got) > 0
}

// Fault returns why nothing at all could be read, or nil where something was.
func (l *Load) Fault() *model.Fault {
	var fault *model.Fault
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		switch e := l.got[role]; {
		case e == nil:
		case e.fault == nil:
			return nil
		default:
			fault = e.fault
		}
	}
	return fault
}

// Raw returns the files that were read, by role, for a cache.
func (l *Load) Raw() map[model.RoleName][]byte {
	out := make(map[model.RoleName][]byte, len(l.got))
	for role, e := range l.got {
		if e.fault == nil {
			out[role] = e.raw
		}
	}
	if root := l.root(); root != nil && out[model.RoleRoot] == nil {
		out[model.RoleRoot] = root.raw
	}
	return out
}
