package health

import (
	"time"

	"trustdeck/model"
)

// Level is the state of a repository in one word, for lists.
type Level int

// The levels, worst first, so that sorting by level puts trouble on top.
const (
	// Broken: a client that verifies refuses it, in whole or in part.
	Broken Level = iota
	// Soon: something expires within Options.Soon, or needs attention.
	Soon
	// Stale: what is shown is not current.
	Stale
	// OK: verified, current, nothing expires soon.
	OK
	// None: there is no trust data.
	None
	// Loading: not known yet.
	Loading
)

var levels = [...]string{"broken", "soon", "stale", "ok", "none", "loading"}

// String returns the level in one word.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levels) {
		return "unknown"
	}
	return levels[l]
}

// Options hold the limits of judgement.
type Options struct {
	// Soon is how long before an expiry a warning is given. It is less for a timestamp, for a
	// role that cannot be signed so early, and for one that a service renews; none is given for
	// a role that renews itself.
	Soon time.Duration
}

// DefaultOptions warn 30 days ahead.
func DefaultOptions() Options { return Options{Soon: 30 * 24 * time.Hour} }

// Assessment is the judgement on one repository.
type Assessment struct {
	Level Level
	// Reason is one sentence, empty where Level is OK.
	Reason string
	// First is the role that expires next, timestamp aside, and Expires when.
	First   model.RoleName
	Expires time.Time
	// Findings, worst first.
	Findings []Finding
}

// Word is the state of the repository in one word, for people. It is that of the level,
// but for what needs attention: "expiring" where time is the reason, else "warning".
func (a Assessment) Word() string {
	switch {
	case a.Level != Soon:
		return a.Level.String()
	case len(a.Findings) > 0 && a.Findings[0].expiring():
		return "expiring"
	default:
		return "warning"
	}
}

// Words are all that an Assessment may have, worst first.
func Words() []string {
	return []string{"broken", "expiring", "warning", "stale", "ok", "none", "loading"}
}

// expiring reports whether time is what the finding warns of.
func (f *Finding) expiring() bool {
	switch f.Code {
	case CodeSoon, CodeCertificate, string(model.ProblemExpired):
		return true
	default:
		return false
	}
}

// Finding is something an administrator should know, with the way out.
type Finding struct {
	// Code names the kind of finding: a model.ProblemCode where it comes from
	// verification, else one of the codes of this package.
	Code     string
	Severity model.Severity
	// GUN is empty for findings about this machine or the server.
	GUN  model.GUN
	Role model.RoleName
	// Key is the private key of this machine that the finding is about; empty where it
	// is about none.
	Key model.KeyID
	// Text says what is wrong, Remedy what to do; one sentence each.
	Text   string
	Remedy string
	// Repair is the change that mends it; nil where none of the repository does,
	// or where it is not for us to say which.
	Repair model.Change
	// JoinKey is a key of this machine that must join the role for Repair, because no
	// key of the role is here; empty where none must, or none can.
	JoinKey model.KeyID
}

// Due tells how urgent the expiry of a role is, whatever else may be wrong with it: Broken
// where it is over, Soon where a warning is given, else OK.
func (o Options) Due(role *model.Role, at time.Time) Level {
	switch {
	case role.Expires.IsZero():
		return OK
	case !role.Expires.After(at):
		return Broken
	case !role.SelfRenewing && role.Expires.Sub(at) <= o.soonFor(role):
		return Soon
	default:
		return OK
	}
}

// soonOnline is the most that Soon is for a role that a service signs. Its files are short
// of life by design, and one that is not renewed on its last day shows that nobody does.
const soonOnline = 24 * time.Hour

// soonTimestamp is the most that Soon is for a timestamp: the shortest of all files (TUF 4.6), it
// would be warned of from the day on which it is signed.
const soonTimestamp = 48 * time.Hour

// soonFor is how long before the expiry of a role a warning is given.
func (o Options) soonFor(role *model.Role) time.Duration {
	soon := o.Soon
	if role.Name == model.RoleTimestamp {
		soon = min(soon, soonTimestamp)
	}
	if role.Online {
		soon = min(soon, soonOnline)
	}
	if !role.SigningOpens.IsZero() {
		soon = min(soon, role.Expires.Sub(role.SigningOpens))
	}
	return soon
}
