package admin

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/port"
)

// Bounds on what is read for one timeline, whatever a place claims to have.
const (
	// historyBatch is how many versions of a role are read at once.
	historyBatch = 8
	// maxAbsent is how many versions in a row may be absent before no older one is asked for.
	maxAbsent = 8
	// requestsPerPublish and moreRequests bound the requests: the first for each publish that
	// is asked for, the second beyond them.
	requestsPerPublish, moreRequests = 20, 1_000
	// maxByHash is the most files that are asked for by hash: the version of a file that the
	// snapshot lists by hash alone is known of the current ones.
	maxByHash = 100
	// maxJudged is the most times that the signatures of a file are checked.
	maxJudged = 50_000
)

// History reads the past of a repository, publish by publish, the newest first. The error is
// that of opening the repository, or the cause of the end of ctx.
func (d *Service) History(ctx context.Context, gun model.GUN, window history.Window) (history.Timeline, error) {
	view := d.Open(ctx, gun)
	if view.Fault != nil {
		return history.Timeline{}, view.Fault
	}
	g := newDig(d, view.Repository, window)
	changes := g.readFeed(ctx)
	g.readRoots(ctx)
	g.readSnapshots(ctx)
	g.readStamps(ctx)
	g.readFiles(ctx)
	if err := context.Cause(ctx); err != nil {
		return history.Timeline{}, err
	}
	g.assemble(changes)
	return g.out, nil
}

// A dig reads the past of one repository.
type dig struct {
	service *Service
	dialect dialect.Dialect
	repo    *model.Repository
	window  history.Window
	out     history.Timeline

	// requests, hashes and judged are what may still be read and checked, given the bytes that
	// came.
	requests, hashes, judged int
	given                    int64
	// stopped is why no more is read; empty where more is.
	stopped string

	// feed are the times at which the place says that it published a file, by its SHA-256.
	feed map[string]time.Time
	// roots are those that are kept, ascending; with states they are what all rests on.
	roots []*held
	// states are the snapshots, ascending. The first one may be older than what was asked
	// for: it is what the next is compared with.
	states   []*state
	baseline bool
	// stamps are the timestamps by the SHA-256 of the snapshot that they list, in
	// hexadecimal, ascending; allStamps are all that were read.
	stamps    map[string][]*held
	allStamps []*held
	// files are the versions of targets files, by role and SHA-256.
	files map[model.RoleName]map[string]*held
}

// A held is a version of a role, reduced to what the timeline needs of it.
type held struct {
	revision history.Revision
	sum      string
	// file is kept of roots, snapshots and timestamps alone: the others may be large.
	file *dialect.File
	// issuer says who may sign below, grants the same in words, and policies what is asked of
	// each role; nil where no one is.
	issuer   dialect.Issuer
	grants   []history.Grant
	policies map[model.RoleName]string
	// trusted is set of roots alone.
	trusted bool
	// verdicts are by what an issuer asks of the role.
	verdicts map[string]dialect.Verdict
	// targets are what changed from the version before, by the SHA-256 of that; sameRest those
	// versions of which nothing but the targets may differ.
	targets map[string]history.Targets
	listed  listing
}

// A listing is what a snapshot says of a file: the version, or the SHA-256 in hexadecimal.
type listing struct {
	version int64
	sum     string
}

// is reports whether it is that of a file.
func (l listing) is(version int64, sum string) bool {
	return (l.version != 0 || l.sum != "") && (l.version == 0 || l.version == version) && (l.sum == "" || l.sum == sum)
}

// listingOf is what an entry says.
func listingOf(e *model.MetaEntry) listing {
	return listing{version: e.Version, sum: hex.EncodeToString(e.Hashes.SHA256)}
}

// A state is a snapshot with what it lists.
type state struct {
	version  int64
	snapshot *held
	listed   map[model.RoleName]listing
	// root is the index of the root that it belongs to, -1 where there is none.
	root int
	// verified is true where the snapshot is signed by the keys of that root.
	verified bool
	// met are the roles whose files are signed by the keys of the time, and delegators those
	// files that delegate to others, each after its own delegators.
	met        map[model.RoleName]bool
	delegators []*held
}

func newDig(d *Service, repo *model.Repository, window history.Window) *dig {
	most := window.Most()
	return &dig{
		service: d, dialect: d.DialectOf(repo.GUN), repo: repo, window: window,
		out: history.Timeline{
			GUN: repo.GUN, Source: repo.Source, Names: map[model.KeyID][]string{}, Listed: map[model.KeyID]model.KeyID{},
		},
		requests: most*requestsPerPublish + moreRequests, hashes: maxByHash, judged: maxJudged,
		feed: map[string]time.Time{}, stamps: map[string][]*held{}, files: map[model.RoleName]map[string]*held{},
	}
}

// problem notes what is the matter with the past as a whole.
func (g *dig) problem(code model.ProblemCode, severity model.Severity, role model.RoleName, fault *model.Fault, format string, args ...any) {
	g.out.Problems = append(g.out.Problems, model.Problem{Code: code, Severity: severity, Role: role, Text: fmt.Sprintf(format, args...), Fault: fault})
}

// stop ends the reading: what was read is shown.
func (g *dig) stop(format string, args ...any) {
	if g.stopped == "" {
		g.stopped = fmt.Sprintf(format, args...)
		g.problem(model.ProblemLimit, model.Warning, "", nil, "reading stopped early because %s", g.stopped)
	}
}

// readFeed reads the changes that the place has noted. One that notes none lacks nothing that
// the files don't tell, except when.
func (g *dig) readFeed(ctx context.Context) []port.Change {
	changes, err := g.service.Remote.Changes(ctx, g.repo.GUN)
	switch fault := model.FaultOf(err, ""); {
	case fault != nil && fault.Kind == model.FaultNotFound:
	case fault != nil && ctx.Err() == nil:
		g.problem(model.ProblemUnavailable, model.Notice, "", fault, "the list of changes could not be read, so the times are those of the files: %v", fault)
	}
	for _, c := range changes {
		if c.SHA256 != "" && !c.Deleted {
			g.feed[c.SHA256] = c.Time
		}
	}
	return changes
}

// admit counts a request and what it may bring; false means that it must not be made.
func (g *dig) admit(n int) bool {
	if g.stopped != "" {
		return false
	}
	if g.requests -= n; g.requests < 0 {
		g.stop("it takes more requests than the limit for %s", model.Count(g.window.Most(), "publish")+"es")
		return false
	}
	return true
}

// came counts the bytes of an answer.
func (g *dig) came(p *past) {
	if g.given += int64(len(p.file.Bytes)); g.given > dialect.MaxGiven {
		g.stop("the files are larger than %d MiB in total", dialect.MaxGiven>>20)
	}
}

// down reads versions of a role, the newest first, and hands over each in turn until take
// returns false or too many are absent in a row. Versions that are absent are noted.
func (g *dig) down(ctx context.Context, role model.RoleName, newest int64, take func(p *past) bool) {
	absent := int64(0)
	for newest > 0 && ctx.Err() == nil {
		batch := make([]past, min(int64(historyBatch), newest))
		if !g.admit(len(batch)) {
			return
		}
		var group errgroup.Group
		group.SetLimit(g.service.Requests())
		g.service.readPast(ctx, &group, g.repo.GUN, role, newest, batch)
		_ = group.Wait() // the functions return no error
		for i := range batch {
			p := &batch[i]
			g.came(p)
			if absent++; !p.absent() {
				absent = 0
			} else {
				g.gap(role, p.ref.Version)
			}
			if !take(p) || g.stopped != "" {
				return
			}
			if absent >= maxAbsent && p.ref.Version > 1 {
				g.endless(role)
				return
			}
			*p = past{} // a file may be large
		}
		newest -= int64(len(batch))
	}
}

// gap notes a version that is not kept; they come newest first.
func (g *dig) gap(role model.RoleName, version int64) {
	if n := len(g.out.Missing); n > 0 {
		if last := &g.out.Missing[n-1]; last.Role == role && last.First == version+1 {
			last.First = version
			return
		}
	}
	g.out.Missing = append(g.out.Missing, history.Gap{Role: role, First: version, Last: version})
}

// endless notes that no one asked how far down the last gap goes.
func (g *dig) endless(role model.RoleName) {
	if last := &g.out.Missing[len(g.out.Missing)-1]; last.Role == role {
		last.First = 0
	}
}

// hold reduces a file to what the timeline needs. A file that can't be read is held too.
func (g *dig) hold(p *past) *held {
	sum := hexSum(p.file.Bytes)
	h := &held{sum: sum, verdicts: map[string]dialect.Verdict{}, targets: map[string]history.Targets{}}
	h.revision = history.Revision{Role: p.ref.Role, Version: p.ref.Version, Stored: p.file.Modified, Length: int64(len(p.file.Bytes))}
	_, _ = hex.Decode(h.revision.SHA256[:], []byte(sum)) // it is one
	if problem := p.problem(); problem != nil {
		h.revision.Problems = append(h.revision.Problems, *problem)
	}
	if p.meta == nil {
		return h
	}
	if h.revision.Version == 0 {
		h.revision.Version = p.meta.Version
	}
	h.revision.Expires = p.meta.Expires.UTC()
	if !p.readable() {
		return h
	}
	if p.ref.Role == model.RoleRoot || p.ref.Role.HoldsTargets() {
		g.issue(h, p.meta)
	}
	return h
}

// issue takes what a file says of who may sign.
func (g *dig) issue(h *held, f *dialect.File) {
	h.issuer = g.dialect.Issuer(f)
	h.policies = map[model.RoleName]string{}
	for _, edge := range f.Roles {
		grant := history.Grant{From: f.Role, Role: edge.Name, Threshold: edge.Threshold, Paths: edge.Paths, Terminating: edge.Terminating}
		for _, prefix := range edge.PathHashPrefixes {
			grant.Paths = append(slices.Clip(grant.Paths), "hash "+prefix+"*")
		}
		if edge.Name.Delegation() {
			grant.Signer, _ = g.dialect.SignerOf(edge.Name)
		}
		policy := h.issuer.PolicyID(edge.Name)
		for _, id := range edge.KeyIDs {
			key := f.Key(id)
			canonical := id
			if key != nil {
				canonical = g.dialect.CanonicalID(*key)
				policy += "|" + key.Scheme + "|" + hexSum(key.Public)
			}
			grant.Keys, grant.Listed = append(grant.Keys, canonical), append(grant.Listed, id)
			g.name(id, canonical, grant.Signer)
		}
		h.grants = append(h.grants, grant)
		if _, twice := h.policies[edge.Name]; !twice {
			h.policies[edge.Name] = policy
		}
	}
}

// name notes who has a key, and under which other ID a file lists it.
func (g *dig) name(listed, canonical model.KeyID, signer string) {
	g.out.Listed[listed] = canonical
	g.out.Listed[canonical] = canonical
	if signer != "" && !slices.Contains(g.out.Names[canonical], signer) {
		g.out.Names[canonical] = append(g.out.Names[canonical], signer)
	}
}

// policy is what an issuer asks of a role, for keys of verdicts; empty where it names it not.
func (h *held) policy(role model.RoleName) string {
	if h.issuer == nil {
		return ""
	}
	if policy, ok := h.policies[role]; ok {
		return policy
	}
	// Hash bins are not among the roles that a file lists.
	if policy := h.issuer.PolicyID(role); policy != "" {
		return policy + "|" + h.sum
	}
	return ""
}

// judge checks the signatures of a file by what an issuer asks, once for each policy.
func (g *dig) judge(h *held, f *dialect.File, by *held) {
	policy := by.policy(h.revision.Role)
	if policy == "" || f == nil {
		return
	}
	if _, done := h.verdicts[policy]; done {
		return
	}
	if g.judged--; g.judged < 0 {
		g.stop("its signatures need more work than the limit for one repository")
		return
	}
	h.verdicts[policy] = by.issuer.Judge(f)
}
