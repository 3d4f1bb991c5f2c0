package report

import (
	"encoding/hex"
	"time"

	"trustdeck/model/history"
)

// History is the answer of "trustdeck history".
type History struct {
	Answer
	Repository string `json:"repository"`
	// Source says where it was read.
	Source Source `json:"source"`
	// Publishes, the newest first; with a key or a signer only those that they have to do with.
	Publishes []Publish `json:"publishes"`
	// Read is how many publishes were looked at.
	Read int `json:"read"`
	// More is true where there are older ones that were not asked for.
	More bool `json:"more"`
	// ProvenRoot is the oldest version of the root that was known here before; absent where
	// none was. What the server shows of the time before is its word alone.
	ProvenRoot int64 `json:"provenRoot,omitempty"`
	// Missing are versions that the server doesn't keep.
	Missing []VersionGap `json:"missing"`
	// Problems of the past as a whole.
	Problems []Problem `json:"problems"`
}

// VersionGap is a range of versions of a role, both included.
type VersionGap struct {
	Role string `json:"role"`
	// First is absent if no one asked how far down it goes.
	First int64 `json:"first,omitempty"`
	Last  int64 `json:"last"`
}

// Publish is one state of a repository that clients could get.
type Publish struct {
	// Kind is "publish", "root" for a root with no new snapshot, or "deletion".
	Kind string `json:"kind"`
	// Snapshot and Root are the versions of the state; absent where there is none.
	Snapshot int64 `json:"snapshot,omitempty"`
	Root     int64 `json:"root,omitempty"`
	// Time is when it was published, and Clock whose word that is: "changefeed" or "file".
	// Both are absent where it is not known.
	Time  time.Time `json:"time,omitzero"`
	Clock string    `json:"clock,omitempty"`
	// Verified is true where the snapshot, and the root and targets that it lists, are signed
	// by the keys of that time.
	Verified bool `json:"verified"`
	// First is true for the first publish of the repository.
	First bool `json:"first"`
	// Summary says what the publish did in a few words.
	Summary string `json:"summary"`
	// Timestamps that list the snapshot; those after the first were signed again with nothing
	// else changed.
	Timestamps []PublishedTimestamp `json:"timestamps"`
	// Revisions are the files that changed.
	Revisions []Revision `json:"revisions"`
	// Compared is true where the publish before is known: then Differences say how who could
	// sign has changed, and Changes say the same in words.
	Compared    bool              `json:"compared"`
	Differences []GrantDifference `json:"differences"`
	Changes     []string          `json:"changes"`
	// Grants say who could sign.
	Grants []Grant `json:"grants"`
	// Problems beyond those of single files.
	Problems []Problem `json:"problems"`
}

// PublishedTimestamp is a version of the timestamp.
type PublishedTimestamp struct {
	Version  int64     `json:"version"`
	Time     time.Time `json:"time,omitzero"`
	Clock    string    `json:"clock,omitempty"`
	SHA256   string    `json:"sha256"`
	Verified bool      `json:"verified"`
	Signers  []string  `json:"signers"`
}

// Revision is a version of a role that came with a publish.
type Revision struct {
	Role string `json:"role"`
	// Version is absent where it is not known, Was where there was none before.
	Version int64 `json:"version,omitempty"`
	Was     int64 `json:"was,omitempty"`
	// Expires, Length and SHA256 are absent where the file is not kept.
	Expires time.Time `json:"expires,omitzero"`
	Length  int64     `json:"length,omitempty"`
	SHA256  string    `json:"sha256,omitempty"`
	// Verified is true where enough of the keys of that time have signed.
	Verified bool `json:"verified"`
	// Signers are the canonical IDs of the keys whose signatures are valid.
	Signers []string `json:"signers"`
	// Compared is true where the version before is known. Unchanged is true where nothing but
	// version, expiry and signatures changed.
	Compared  bool `json:"compared"`
	Unchanged bool `json:"unchanged"`
	// Added, Removed and Changed count targets; Targets lists the first 1000 of them.
	Added    int            `json:"added"`
	Removed  int            `json:"removed"`
	Changed  int            `json:"changed"`
	Targets  []TargetChange `json:"targets"`
	Problems []Problem      `json:"problems"`
}

// TargetChange is a target that was added, removed or changed.
type TargetChange struct {
	Name string `json:"name"`
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	// SHA256 and Length are those after the change, SHA256Was and LengthWas those before.
	SHA256    string `json:"sha256,omitempty"`
	Length    int64  `json:"length,omitempty"`
	SHA256Was string `json:"sha256Was,omitempty"`
	LengthWas int64  `json:"lengthWas,omitempty"`
}

// Grant is who could sign a role.
type Grant struct {
	// From is the role whose file says so.
	From string `json:"from"`
	Role string `json:"role"`
	// Signer is the name of the person or robot whose own role it is; absent for others.
	Signer string `json:"signer,omitempty"`
	// Keys are canonical IDs.
	Keys        []string `json:"keys"`
	Threshold   int64    `json:"threshold"`
	Paths       []string `json:"paths"`
	Terminating bool     `json:"terminating"`
}

// GrantDifference is how who could sign a role has changed.
type GrantDifference struct {
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	From   string `json:"from"`
	Role   string `json:"role"`
	Signer string `json:"signer,omitempty"`
	// KeysAdded and KeysRemoved are canonical IDs. Relisted keys are the same in another form.
	KeysAdded   []string `json:"keysAdded"`
	KeysRemoved []string `json:"keysRemoved"`
	Relisted    []string `json:"relisted"`
	// Threshold and ThresholdWas are absent where the role was not delegated.
	Threshold    int64    `json:"threshold,omitempty"`
	ThresholdWas int64    `json:"thresholdWas,omitempty"`
	PathsAdded   []string `json:"pathsAdded"`
	PathsRemoved []string `json:"pathsRemoved"`
}

// NewHistory makes the answer. Shown are the publishes of it that are wanted, and target is what
// people call a target.
func NewHistory(t history.Timeline, shown []history.Publish, target string) History {
	n := t.NamerOf(history.FullNames)
	return History{
		Answer: answer("history"), Repository: string(t.GUN), Source: NewSource(t.Source), Read: len(t.Publishes), More: t.More, ProvenRoot: t.Proven,
		Publishes: each(shown, func(p history.Publish) Publish { return newPublish(p, n, target) }),
		Missing: each(t.Missing, func(g history.Gap) VersionGap {
			return VersionGap{Role: string(g.Role), First: g.First, Last: g.Last}
		}),
		Problems: each(t.Problems, newProblem),
	}
}

func newPublish(p history.Publish, n history.Namer, target string) Publish {
	return Publish{
		Kind: string(p.Kind), Snapshot: p.Snapshot, Root: p.Root, Time: utc(p.Time), Clock: string(p.Clock), Verified: p.Verified, First: p.First, Compared: p.Compared,
		Summary: p.Summary(n, target),
		Timestamps: each(p.Timestamps, func(s history.Stamp) PublishedTimestamp {
			return PublishedTimestamp{Version: s.Version, Time: utc(s.Time), Clock: string(s.Clock), SHA256: hexOf(s.SHA256[:]), Verified: s.Verified, Signers: texts(s.Signers)}
		}),
		Revisions: each(p.Revisions, newRevision),
		Differences: each(p.Differences, func(d history.Difference) GrantDifference {
			return GrantDifference{
				Change: string(d.Change), From: string(d.From), Role: string(d.Role), Signer: d.Signer,
				KeysAdded: texts(d.KeysAdded), KeysRemoved: texts(d.KeysRemoved), Relisted: texts(d.Relisted),
				Threshold: d.Threshold, ThresholdWas: d.ThresholdWas, PathsAdded: texts(d.PathsAdded), PathsRemoved: texts(d.PathsRemoved),
			}
		}),
		Changes: each(p.Lines(n), history.Line.String),
		Grants: each(p.Grants(), func(g history.Grant) Grant {
			return Grant{From: string(g.From), Role: string(g.Role), Signer: g.Signer, Keys: texts(g.Keys), Threshold: g.Threshold, Paths: texts(g.Paths), Terminating: g.Terminating}
		}),
		Problems: each(p.Problems, newProblem),
	}
}

func newRevision(r history.Revision) Revision {
	out := Revision{
		Role: string(r.Role), Version: r.Version, Was: r.Was, Expires: utc(r.Expires), Length: r.Length,
		Verified: r.Verified, Signers: texts(r.Signers), Compared: r.Compared, Unchanged: r.Unchanged,
		Added: r.Targets.Added, Removed: r.Targets.Removed, Changed: r.Targets.Changed,
		Targets: each(r.Targets.List, func(c history.TargetChange) TargetChange {
			return TargetChange{
				Name: c.Name, Change: string(c.Change), SHA256: hexOf(c.Hashes.SHA256), Length: c.Length,
				SHA256Was: hexOf(c.HashesWas.SHA256), LengthWas: c.LengthWas,
			}
		}),
		Problems: each(r.Problems, newProblem),
	}
	if r.Length > 0 {
		out.SHA256 = hex.EncodeToString(r.SHA256[:])
	}
	return out
}
