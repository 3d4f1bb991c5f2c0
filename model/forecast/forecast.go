// Package forecast says when each client of a repository fails if no one publishes again:
// a new client, an up-to-date client, and one for each older root that a client may still
// have.
//
// It is pure. The caller, who can run the update cycle of the dialect, says whether a root
// is accepted at a time (Accepts); the repository has the expiry of the other files.
//
// Entry points: Make, Forecast.
package forecast

import (
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
)

// Kind says what a client has of a repository.
type Kind int

// The kinds.
const (
	// New has nothing, and trusts the first root that it sees.
	New Kind = iota
	// Current has the root that is published.
	Current
	// Older has a root from before.
	Older
)

// String returns the kind in a word, as JSON has it.
func (k Kind) String() string { return [...]string{"new", "current", "older"}[k] }

// Client is a client of a repository.
type Client struct {
	Kind Kind
	// Root is the version of the root that it has; 0 for New.
	Root int64
}

// String names the client for people.
func (c Client) String() string {
	switch c.Kind {
	case Current:
		return fmt.Sprintf("up to date, root %d", c.Root)
	case Older:
		return fmt.Sprintf("has root %d", c.Root)
	case New:
	}
	return "new"
}

// Failure is when and why something begins to fail.
type Failure struct {
	// At is zero where it does not fail as long as the files are there.
	At time.Time
	// Role whose file it fails at.
	Role model.RoleName
	// Reason is a sentence without a full stop.
	Reason string
}

// Never reports whether it does not fail.
func (f Failure) Never() bool { return f.At.IsZero() }

// By reports whether it fails at a moment.
func (f Failure) By(at time.Time) bool { return !f.Never() && !at.Before(f.At) }

// Line is what becomes of one client.
type Line struct {
	Client Client
	Fails  Failure
}

// Delegation is what becomes of a delegation: when clients do not find what it lists any
// more, whichever they are.
type Delegation struct {
	Role  model.RoleName
	Fails Failure
}

// Forecast is what becomes of a repository to which nothing is published any more.
type Forecast struct {
	// At is the moment from which it looks ahead.
	At time.Time
	// Clients: new, up to date, then those with older roots, the newest first.
	Clients []Line
	// Delegations that have a file, in the order of the repository.
	Delegations []Delegation
	// Unread are older roots that could not be read, so that nothing is known of clients
	// that have them.
	Unread []int64
}

// Accepts reports whether a client accepts the published root at a moment, and why not.
// It is never asked about expiry of that root, which is in the repository.
type Accepts func(c Client, at time.Time) (reason string, ok bool)

// Make looks ahead from the moment of a repository. Older are the versions of older roots
// that could be read. Moments are those after which the answer of accepts may be another,
// such as the ends of certificates: between two of them it is the same.
func Make(r *model.Repository, older []int64, moments []time.Time, accepts Accepts) Forecast {
	f := Forecast{At: r.At}
	clients := []Client{{Kind: New}}
	if root := r.Role(model.RoleRoot); root != nil && root.Version > 0 {
		clients = append(clients, Client{Kind: Current, Root: root.Version})
	}
	for _, version := range older {
		clients = append(clients, Client{Kind: Older, Root: version})
	}
	files := earliest(r, model.RoleRoot, model.RoleTimestamp, model.RoleSnapshot, model.RoleTargets)
	for _, c := range clients {
		f.Clients = append(f.Clients, Line{Client: c, Fails: sooner(refused(r.At, c, moments, accepts), files)})
	}
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.Delegation() && role.State != model.RoleUnpublished {
			way := earliest(r, r.Path(role.Name)[1:]...) // targets is first, and among files
			f.Delegations = append(f.Delegations, Delegation{Role: role.Name, Fails: sooner(way, files)})
		}
	}
	return f
}

// earliest is the first failure among roles: one that is not verified fails already, and
// any other when it expires.
func earliest(r *model.Repository, names ...model.RoleName) Failure {
	var out Failure
	for _, name := range names {
		role := r.Role(name)
		var f Failure
		switch {
		case role == nil:
			f = Failure{At: r.At, Role: name, Reason: string(name) + " is missing"}
		case role.State != model.RoleVerified:
			f = Failure{At: r.At, Role: name, Reason: string(name) + " is " + role.State.String()}
		case role.SelfRenewing || role.Expires.IsZero():
			continue
		default:
			f = Failure{At: role.Expires, Role: name, Reason: string(name) + " expires"}
		}
		out = sooner(out, f)
	}
	return out
}

// refused is when the root is not accepted any more: now, or after the first of the
// moments to come.
func refused(now time.Time, c Client, moments []time.Time, accepts Accepts) Failure {
	if reason, ok := accepts(c, now); !ok {
		return Failure{At: now, Role: model.RoleRoot, Reason: reason}
	}
	moments = slices.Clone(moments)
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range moments {
		if !at.After(now) {
			continue
		}
		if reason, ok := accepts(c, at); !ok {
			return Failure{At: at, Role: model.RoleRoot, Reason: reason}
		}
	}
	return Failure{}
}

// sooner is the one that fails first; of two at one moment a.
func sooner(a, b Failure) Failure {
	if a.Never() || !b.Never() && b.At.Before(a.At) {
		return b
	}
	return a
}

// Next is the first moment after another at which something begins to fail, and false
// where nothing does.
func (f *Forecast) Next(after time.Time) (time.Time, bool) {
	var next time.Time
	for _, at := range f.failures() {
		if at.After(after) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, !next.IsZero()
}

func (f *Forecast) failures() []time.Time {
	var out []time.Time
	for _, l := range f.Clients {
		out = append(out, l.Fails.At)
	}
	for _, d := range f.Delegations {
		out = append(out, d.Fails.At)
	}
	return out
}
