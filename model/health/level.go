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
	// Soon is how long before an expiry a warning is given. It is less for a role that
	// cannot be signed so early, or that a service renews; none is given for a role that
	// renews itself.
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

// soonOnline is the most that Soon is for a role that a service signs. Its files are short
// of life by design, and one that is not renewed on its last day shows that nobody does.
const soonOnline = 24 * time.Hour

// soonFor is how long before the expiry of a role a warning is given.
func (o Options) soonFor(role *model.Role) time.Duration {
	soon := o.Soon
	if role.Online {
		soon = min(soon, soonOnline)
	}
	if !role.SigningOpens.IsZero() {
		soon = min(soon, role.Expires.Sub(role.SigningOpens))
	}
	return soon
}
