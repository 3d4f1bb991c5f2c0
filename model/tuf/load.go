package tuf

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Load is the download of one repository, without I/O, in the order of the client workflow
// (TUF 5.3 to 5.6): roots one after the other, timestamp, snapshot, targets, and then all
// that is delegated. A want with a version is for the file with that version in its name; a
// file that is not there is asked for once more by its plain name, so that a broken
// repository still opens.
//
// Where nothing is known of a repository, the walk begins at version 1 of its root, and
// where there is no such file, at the root that it gives by its plain name.
//
// A Load is not safe for concurrent use.
type Load struct {
	cfg    dialect.Config
	budget *dialect.Budget
	asked  map[dialect.Want]bool
	// queue are wants that did not fit into a round.
	queue []dialect.Want
	// roots are those that were given by version, and named is the one that was given by name.
	roots map[int64]*entry
	named *entry
	// settled is set once no further root is wanted, and stopped where nothing else is.
	settled, stopped bool
	// working is set, once the roots are settled, where the newest targets files are read, and
	// not those that the snapshot lists: administrators have left them for a robot, which signs
	// the snapshot.
	working bool
	// got are the other files; of two that were given for a role, the better one.
	got map[model.RoleName]*entry
	// behind are the versions that the snapshot lists of targets files, where newer ones were
	// given.
	behind map[model.RoleName]*entry
	// open are targets files whose delegations were not followed yet, and retry are roles
	// whose file was not there under its version.
	open, retry []model.RoleName
	// followed are the roles that delegations have led to, each with the number of delegations
	// from targets. What is farther away than clients go is not read.
	followed map[model.RoleName]int

	// anchors are those that parse and are not superseded, in order of precedence.
	anchors []anchorRoot
	// lost are anchors that do not parse.
	lost   []dialect.Anchor
	cached map[model.RoleName]*entry
	// begun is the verification, once the listings are verified.
	begun *verification
	// sight is what Repository has verified; see Look.
	sight *sight
}

// NewLoad begins a download.
func NewLoad(cfg dialect.Config) *Load {
	l := &Load{
		cfg: cfg, budget: newBudget(), asked: map[dialect.Want]bool{}, roots: map[int64]*entry{}, got: map[model.RoleName]*entry{},
		followed: map[model.RoleName]int{}, cached: map[model.RoleName]*entry{}, behind: map[model.RoleName]*entry{},
	}
	for _, a := range cfg.Anchors {
		l.anchor(a)
	}
	if root := cfg.Memory.Root; root != nil {
		l.anchor(dialect.Anchor{Kind: model.AnchorOwn, Source: ownState, Raw: root})
	}
	return l
}

// Wants returns the files to read next; it is empty when nothing is left to ask for. Each
// file is asked for once.
func (l *Load) Wants() []dialect.Want {
	l.advance()
	var wants []dialect.Want
	var unanswered int64
	for len(l.queue) > 0 {
		w := l.queue[0]
		if unanswered > 0 && unanswered+w.Limit > dialect.MaxUnanswered {
			break
		}
		if !l.budget.Fits(unanswered + w.Limit) {
			if unanswered > 0 {
				break
			}
			l.queue = l.queue[1:]
			l.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultBadData, Subject: string(w.Role), Text: l.budget.Full().Error()})
			l.advance()
			continue
		}
		unanswered += w.Limit
		wants, l.queue = append(wants, w), l.queue[1:]
	}
	return wants
}

// ask notes a want, once.
func (l *Load) ask(w dialect.Want) {
	if !l.asked[w] {
		l.asked[w] = true
		l.queue = append(l.queue, w)
	}
}

func (l *Load) askNamed(role model.RoleName) {
	l.ask(dialect.Want{Role: role, Limit: limitOf(role)})
}

// advance asks for what the answers so far lead to.
func (l *Load) advance() {
	if !l.settled {
		if l.settled = l.askRoots(); l.settled && l.cfg.Working && !l.stopped {
			l.askReplaced()
		}
	}
	if !l.settled || l.stopped {
		return
	}
	l.askNamed(model.RoleTimestamp)
	timestamp := l.got[model.RoleTimestamp]
	if timestamp == nil {
		return
	}
	l.askListed(timestamp, model.RoleSnapshot)
	snapshot := l.got[model.RoleSnapshot]
	if snapshot == nil || snapshot.fault != nil && l.waiting(model.RoleSnapshot) {
		return
	}
	l.verifyListings()
	l.askListed(snapshot, model.RoleTargets)
	for _, role := range l.retry {
		l.askNamed(role)
	}
	l.retry = nil
	for len(l.open) > 0 {
		role := l.open[0]
		l.open = l.open[1:]
		l.follow(l.got[role])
	}
}

// waiting reports whether a file was asked for by its plain name, and has not come.
func (l *Load) waiting(role model.RoleName) bool {
	named := dialect.Want{Role: role, Limit: limitOf(role)}
	return l.asked[named] && l.got[role] != nil && l.got[role].want != named
}

// askListed asks for a file that another one lists: by its version where the root says that
// names hold it, else by its plain name; and by that too where it is not there.
func (l *Load) askListed(listing *entry, role model.RoleName) {
	var listed *model.MetaEntry
	if listing.ok() {
		listed = listing.file.Entry(role)
	}
	if have := l.got[role]; have != nil {
		if have.fault != nil && have.want.Version != 0 {
			l.askNamed(role)
		}
		return
	}
	if listed == nil || role.HoldsTargets() && l.working {
		l.askNamed(role)
		return
	}
	if e := l.fromCache(role); e != nil && e.is(listed) {
		l.give(role, e)
		return
	}
	w := dialect.Want{Role: role, Limit: limitOf(role)}
	if listed.Length > 0 {
		w.Limit = min(w.Limit, listed.Length)
	}
	if root := l.last(); root != nil && root.file.ConsistentSnapshot {
		w.Version = listed.Version
	}
	l.ask(w)
}

// fromCache returns what is cached for a role, parsed once.
func (l *Load) fromCache(role model.RoleName) *entry {
	e, ok := l.cached[role]
	if s, have := l.cfg.Cached[role]; have && !ok {
		e = newEntry(dialect.Want{Role: role}, s.Raw, s.Modified, l.budget)
		l.cached[role] = e
	}
	return e
}

// follow asks for what a targets file delegates to, each role once.
func (l *Load) follow(e *entry) {
	snapshot := l.got[model.RoleSnapshot]
	e.edges = e.file.edges(snapshot)
	if e.file.Role == model.RoleTargets {
		l.verifyListings().verifyTargets()
	}
	l.askBehind(e, snapshot)
	for i := range e.edges {
		role := e.edges[i].Name
		depth := l.followed[e.file.Role] + 1
		if l.followed[role] > 0 || len(l.followed) >= MaxRoles || depth > MaxVisited {
			continue
		}
		l.followed[role] = depth
		if !snapshot.ok() || l.working {
			l.askNamed(role)
		} else if snapshot.file.Entry(role) != nil {
			l.askListed(snapshot, role)
		}
	}
}

// askBehind asks for the version of a file that the snapshot lists, where a newer one came.
func (l *Load) askBehind(e, snapshot *entry) {
	if !l.working || !snapshot.ok() {
		return
	}
	role := e.file.Role
	listed := snapshot.file.Entry(role)
	if listed == nil || e.file.Version <= listed.Version {
		return
	}
	if was := l.fromCache(role); was != nil && was.is(listed) {
		l.behind[role] = was
		return
	}
	l.ask(dialect.Want{Role: role, Version: listed.Version, Limit: limitOf(role)})
}

// edges are the delegations of a targets file. Of many hash bins, they are those that the
// snapshot lists.
func (f *File) edges(snapshot *entry) []model.Delegation {
	out := f.Delegations()
	if f.bins == nil || f.bins.Bits <= MaxListedBins || !snapshot.ok() {
		return out
	}
	for i := range snapshot.file.Meta {
		if role := snapshot.file.Meta[i].Role; f.bins.has(role) {
			edge := f.bins.edge(role)
			edge.From = f.Role
			out = append(out, edge)
		}
	}
	return out
}

// Give hands over the answer to a Want: the bytes, or the fault that kept them from coming.
func (l *Load) Give(w dialect.Want, raw []byte, modified time.Time, fault *model.Fault) {
	e := &entry{fault: fault, want: w}
	if fault == nil {
		e = newEntry(w, raw, modified, l.budget)
	}
	if w.Role == model.RoleRoot {
		if w.Version != 0 {
			l.roots[w.Version] = e
			l.signedSince(e)
		} else {
			l.named = e
		}
		l.stopped = l.stopped || fault != nil && unreachable[fault.Kind]
		return
	}
	if w.Version != 0 && w.Role.HoldsTargets() && l.working {
		l.behind[w.Role] = e
		return
	}
	before := l.got[w.Role]
	if before != nil && before.fault != nil {
		if e.fault != nil {
			before.want = w // the last that was asked for; the first fault says why
			return
		}
		e.missed = before
	}
	l.give(w.Role, e)
}

// signedSince takes a root that was trusted before as it is now, where people have added
// signatures to it since.
func (l *Load) signedSince(e *entry) {
	a := l.newest()
	if !l.cfg.Working || a == nil || !e.ok() || e.file.Version != a.file.Version || e.digest() != a.digest() || own(e) != nil {
		return
	}
	a.entry = e
}

// give takes the file of a role, and notes what it leads to.
func (l *Load) give(role model.RoleName, e *entry) {
	l.got[role] = e
	switch {
	case e.fault != nil && e.want.Version != 0:
		l.retry = append(l.retry, role)
	case e.ok() && role.HoldsTargets():
		l.open = append(l.open, role)
	}
}

// unreachable are faults after which the other files would not come either.
var unreachable = map[model.FaultKind]bool{
	model.FaultUnreachable: true, model.FaultTLS: true, model.FaultUnauthorized: true, model.FaultCanceled: true, model.FaultUsage: true,
}

// answers are all that was given, roots included.
func (l *Load) answers() []*entry {
	out := []*entry{}
	if l.named != nil {
		out = append(out, l.named)
	}
	for _, e := range l.roots {
		out = append(out, e)
	}
	for _, e := range l.got {
		out = append(out, e)
	}
	return out
}

// Absent reports whether no file that was asked for exists.
func (l *Load) Absent() bool {
	all := l.answers()
	for _, e := range all {
		if !e.absent() {
			return false
		}
	}
	return len(all) > 0
}

// Fault returns why nothing at all could be read, or nil where something was.
func (l *Load) Fault() *model.Fault {
	var fault *model.Fault
	for _, e := range l.answers() {
		switch {
		case e.fault == nil:
			return nil
		case fault == nil || fault.Kind == model.FaultNotFound:
			fault = e.fault
		}
	}
	return fault
}

// Raw returns the files that were read, by role, for a cache.
func (l *Load) Raw() map[model.RoleName][]byte {
	out := make(map[model.RoleName][]byte, len(l.got)+1)
	for role, e := range l.got {
		if e.fault == nil {
			out[role] = e.raw
		}
	}
	if root := l.last(); root != nil {
		out[model.RoleRoot] = root.raw
	}
	return out
}

// Unlisted is empty: clients of TUF stop at a delegation that the snapshot does not list, so
// that there is no file of one to be found.
func (l *Load) Unlisted() []model.RoleName { return nil }
