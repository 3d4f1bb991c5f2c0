package ceremony

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
)

// Stage is how far a ceremony is.
type Stage string

// The stages.
const (
	// Early: it has not opened.
	Early Stage = "not-open"
	// Collecting: signatures are missing.
	Collecting Stage = "collecting"
	// Complete: everything is signed, and can be published; a rehearsal is over.
	Complete Stage = "complete"
)

// Progress is what people need to know of a ceremony at every moment.
type Progress struct {
	Stage Stage
	// Now is the one thing to do now, a sentence that names who does it.
	Now string
	// Next are those of whom a signature is still asked, in the order in which they act.
	Next []bundle.Waiting
	// Missing is how many signatures are still needed, if everyone who is asked signs all.
	Missing int
	// Late says what is wrong with the dates; empty where nothing is.
	Late string
}

// ProgressOf says where a ceremony stands at a moment. Each page and command shows it.
func ProgressOf(o *bundle.Opened, at time.Time) Progress {
	b := o.Bundle()
	out := Progress{Stage: Collecting, Next: o.Waiting()}
	for _, role := range o.Roles() {
		most := 0
		for _, q := range o.Quorums(role) {
			most = max(most, q.Missing())
		}
		out.Missing += most
	}
	switch {
	case at.Before(b.Dates.Opens):
		out.Stage, out.Now = Early, "Wait: the ceremony opens at "+model.Moment(b.Dates.Opens)+"."
	case o.Complete() && b.Rehearsal:
		out.Stage, out.Now = Complete, "The rehearsal is over: everything is signed. Nothing of it can be published."
	case o.Complete():
		out.Stage, out.Now = Complete, "Everything is signed. Publish it: trustdeck ceremony publish"
	case len(out.Next) > 0:
		out.Now = fmt.Sprintf("%s signs %s.", out.Next[0].Who, names(out.Next[0].Roles))
	}
	switch {
	case out.Stage == Complete:
	case at.After(b.Dates.LastSafe):
		out.Late = "The last safe day has passed: there is no time left for someone who does not come. It expires at " + model.Moment(b.Dates.Expires) + "."
	case at.After(b.Dates.Target):
		out.Late = "The target date has passed. The last safe day is " + b.Dates.LastSafe.Format(time.DateOnly) + "."
	}
	return out
}

// names lists roles for people.
func names(roles []model.RoleName) string {
	all := model.Retype[string](roles)
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// same reports whether two sorted lists of signatures are equal.
func same(a, b []bundle.Signature) bool {
	return slices.EqualFunc(a, b, func(x, y bundle.Signature) bool {
		return x.Role == y.Role && x.KeyID == y.KeyID && x.Method == y.Method && slices.Equal(x.Sig, y.Sig)
	})
}
