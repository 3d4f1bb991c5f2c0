package history

import (
	"slices"
	"time"

	"trustdeck/model"
)

// Limits on what is read for one timeline.
const (
	// DefaultLimit is how many publishes are read unless more are asked for.
	DefaultLimit = 50
	// MaxLimit is the most publishes that are read.
	MaxLimit = 5_000
	// MaxTargets is the most changed targets that one revision lists by name.
	MaxTargets = 1_000
)

// Window says which publishes to read, the newest first.
type Window struct {
	// Limit is the most publishes that are read; 0 means DefaultLimit.
	Limit int
	// Since leaves out what was published before it; zero leaves out nothing.
	Since time.Time
}

// Most is the limit, within bounds.
func (w Window) Most() int {
	if w.Limit <= 0 {
		return DefaultLimit
	}
	return min(w.Limit, MaxLimit)
}

// Timeline is the past of a repository.
type Timeline struct {
	GUN model.GUN
	// Source says where and when it was read.
	Source model.Source
	// Publishes, the newest first.
	Publishes []Publish
	// More is true where there are older publishes that were not asked for.
	More bool
	// Proven is the oldest version of the root from which trust in what is shown descends: it
	// was known here before. Older roots follow from one another, and the oldest is
	// the word of the place alone. It is 0 where nothing was known before.
	Proven int64
	// Missing are versions that the place doesn't keep.
	Missing []Gap
	// Problems of the past as a whole: what could not be read, and where the list of changes
	// of the place contradicts its files.
	Problems []model.Problem
	// Names are the signers who have had a key, by its canonical ID; Listed are the canonical
	// IDs of keys by other IDs under which a file lists them.
	Names  map[model.KeyID][]string
	Listed map[model.KeyID]model.KeyID
}

// Gap is a range of versions of a role that is not kept, both included. First is 0 where
// nobody asked how far down it goes.
type Gap struct {
	Role        model.RoleName
	First, Last int64
}

// Kind says what a publish is.
type Kind string

// The kinds.
const (
	// Snapshot is a new snapshot with the files that it lists: the usual publish.
	Snapshot Kind = "publish"
	// RootOnly is a root that was published with no new snapshot.
	RootOnly Kind = "root"
	// Deletion is the deletion of all trust data. Nothing from before it is kept.
	Deletion Kind = "deletion"
)

// Clock says whose word the time of a publish is.
type Clock string

// The clocks. None of them is proven by a signature.
const (
	// ClockNone: the time is not known.
	ClockNone Clock = ""
	// ClockFeed: the place has noted the publish in its list of changes.
	ClockFeed Clock = "changefeed"
	// ClockFile: the time at which the place says it stored the file. A copy may have a time
	// of its own.
	ClockFile Clock = "file"
)

// Publish is one state of a repository that clients could get, and how it came about.
type Publish struct {
	Kind Kind
	// Snapshot and Root are the versions of this state; 0 where there is none.
	Snapshot, Root int64
	// Time is when it was published; Clock says whose word that is.
	Time  time.Time
	Clock Clock
	// First is true for the first publish of the repository.
	First bool
	// Timestamps that list the snapshot, the first one first: the others were signed again
	// with nothing else changed.
	Timestamps []Stamp
	// Revisions are the files that changed, root first, then targets, delegations by name,
	// and the snapshot itself.
	Revisions []Revision
	// Differences say how who could sign changed from the publish before. They are not known
	// where Compared is false: nothing from before it is kept or was read.
	Differences []Difference
	Compared    bool
	// Verified is true where the snapshot, and the root and targets that it lists, are signed
	// by the keys of that time.
	Verified bool
	// Problems beyond those of single revisions, worst first.
	Problems []model.Problem

	// granted are the edges that each file makes, in the order of the files.
	granted [][]Grant
}

// SetGrants says who could sign: the edges that each file of the state makes, shared with
// other publishes.
func (p *Publish) SetGrants(byFile [][]Grant) { p.granted = byFile }

// Grants says who could sign at that time: the edges of the root, then those of each targets
// file that is verified. Delegations to hash bins are left out.
func (p *Publish) Grants() []Grant { return slices.Concat(p.granted...) }

// Failed reports whether clients that verify refused this state or a file of it.
func (p *Publish) Failed() bool { return p.Worst() == model.Failure }

// Worst is the gravest severity among the problems of the publish and its revisions; Notice
// where there are none.
func (p *Publish) Worst() model.Severity {
	worst := model.Notice
	for _, problem := range p.Problems {
		worst = max(worst, problem.Severity)
	}
	for i := range p.Revisions {
		for _, problem := range p.Revisions[i].Problems {
			worst = max(worst, problem.Severity)
		}
	}
	return worst
}

// Stamp is a version of the timestamp.
type Stamp struct {
	Version int64
	// Time as that of a publish.
	Time   time.Time
	Clock  Clock
	SHA256 [32]byte
	// Verified is true where it is signed by the keys of its time.
	Verified bool
	Signers  []model.KeyID
}

// Revision is one version of one role, as it came with a publish.
type Revision struct {
	Role model.RoleName
	// Version, and Was: the one before it; 0 where there was none or it isn't known.
	Version, Was int64
	Expires      time.Time
	// Stored is when the place says it stored the file; may be zero.
	Stored time.Time
	Length int64
	SHA256 [32]byte
	// Signers are the canonical IDs of the keys whose signatures are valid.
	Signers []model.KeyID
	// Verified is true where enough of the keys of that time have signed.
	Verified bool
	// Compared is true where the version before is known too: then Targets says what changed
	// in it. Unchanged is true where nothing but version, expiry and signatures did.
	Compared, Unchanged bool
	Targets             Targets
	// Problems of this version, worst first.
	Problems []model.Problem
}

// Grant is an edge of trust: who could sign a role.
type Grant struct {
	// From is the role whose file says so.
	From, Role model.RoleName
	// Signer is the name of the person or robot whose own role it is; empty for others.
	Signer string
	// Keys are canonical IDs, in listed order; Listed are the IDs in the file.
	Keys, Listed []model.KeyID
	Threshold    int64
	// Paths are those that a delegation may list, or prefixes of their hashes.
	Paths       []string
	Terminating bool
}
