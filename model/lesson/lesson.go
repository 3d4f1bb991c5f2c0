package lesson

import (
	"fmt"
	"slices"

	"trustdeck/model"
)

// Lesson is a repository of the practice world and what it teaches.
type Lesson struct {
	// Slug names the lesson in routes and on command lines.
	Slug  string
	Title string
	GUN   model.GUN
	// Story tells what happened, Look what to look at, Try what to try. They
	// are sentences.
	Story     string
	Look, Try []string
	// Steps are what is to be done, in the order in which that is best done.
	Steps []Step
}

// Step is something to do.
type Step struct {
	// Do says what to do, as a sentence.
	Do string
	// Optional is true for what takes another client, and does not count.
	Optional bool
	// The goal is written beside it.
	Goal
}

// Goal is the condition that tells that a step is done. Kind is one of those below; each
// names the other fields that it needs.
type Goal struct {
	Kind Kind `toml:"goal"`
	Role model.RoleName
	// Code is that of a finding, without which the role is to be.
	Code string
	// Days is how far ahead an expiry must be.
	Days int
	// Signer is the name of a person, Key the beginning of the ID of a key.
	Signer, Key string
	// Tag is the name of a tag.
	Tag string
	// Place is a place of the UI, Flow the ID of a guided change.
	Place, Flow string
}

// Kind tells what a goal is about.
type Kind string

// The kinds. All but the last two are conditions on data: what makes them untrue again
// opens the step again.
const (
	// NoFinding is met where there is no finding with Code about Role.
	NoFinding Kind = "no-finding"
	// Initialised is met where there is trust data.
	Initialised Kind = "initialised"
	// ExpiresAfter is met where Role is valid for more than Days.
	ExpiresAfter Kind = "expires-after"
	// SignerReady is met where what Signer signs is found.
	SignerReady Kind = "signer"
	// NoKey is met where Role can be used and does not list Key.
	NoKey Kind = "no-key"
	// NonePending is met where Role can be used and nobody is asked to sign it who has not.
	NonePending Kind = "none-pending"
	// Elsewhere is met where the keys of Role are not here.
	Elsewhere Kind = "elsewhere"
	// BackedUp is met where all keys of the repository that are here have an up-to-date
	// backup.
	BackedUp Kind = "backed-up"
	// TagFound is met where clients find Tag.
	TagFound Kind = "tag"
	// Opened is met once Place has been opened, after what it shows was read. A place is a
	// path of a route: of one in the repository where it begins with a slash, and of any in it
	// where that is all.
	Opened Kind = "opened"
	// Reviewed is met once the review of Flow about the repository has been shown.
	Reviewed Kind = "reviewed"
)

// Watched reports whether the goal is about something that is looked at, which only those
// know who have shown it.
func (g Goal) Watched() bool { return g.Kind == Opened || g.Kind == Reviewed }

// Sight is something that has been shown.
type Sight struct {
	GUN model.GUN
	// Place is one that was opened, Flow one whose review was shown.
	Place, Flow string
}

// sight is what meets a goal that is watched; place is within the repository where it
// begins with a slash.
func (g Goal) sight(of model.GUN) Sight {
	switch {
	case g.Kind == Reviewed:
		return Sight{GUN: of, Flow: g.Flow}
	case len(g.Place) > 0 && g.Place[0] == '/':
		return Sight{GUN: of, Place: g.Place[1:]}
	default:
		return Sight{Place: g.Place}
	}
}

// fields are those that each kind of goal needs.
func fields(k Kind) (names []string, ok bool) {
	names, ok = map[Kind][]string{
		NoFinding: {"code", "role"}, Initialised: nil, ExpiresAfter: {"days", "role"}, SignerReady: {"signer"},
		NoKey: {"key", "role"}, NonePending: {"role"}, Elsewhere: {"role"}, BackedUp: nil, TagFound: {"tag"},
		Opened: {"place"}, Reviewed: {"flow"},
	}[k]
	return names, ok
}

// Check says what is wrong with how the goal is written.
func (g Goal) Check() error {
	want, ok := fields(g.Kind)
	if !ok {
		return fmt.Errorf("there is no goal %q", g.Kind)
	}
	var have []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"code", g.Code != ""},
		{"days", g.Days != 0},
		{"flow", g.Flow != ""},
		{"key", g.Key != ""},
		{"place", g.Place != ""},
		{"role", g.Role != ""},
		{"signer", g.Signer != ""},
		{"tag", g.Tag != ""},
	} {
		if f.set {
			have = append(have, f.name)
		}
	}
	if !slices.Equal(have, want) {
		return fmt.Errorf("the goal %q has %q, and needs %q", g.Kind, have, want)
	}
	return nil
}
