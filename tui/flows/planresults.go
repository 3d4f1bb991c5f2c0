package flows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// Results has a line for each repository of a plan that was executed; none where there is
// one, of which the report says everything.
func Results(p *plan.Plan, out *change.Outcome) []flow.Result {
	if len(p.Parts) < 2 || len(out.Parts) != len(p.Parts) {
		return nil
	}
	var results []flow.Result
	for i := range p.Parts {
		results = append(results, result(&p.Parts[i], &out.Parts[i]))
	}
	return results
}

// result says what became of one repository.
func result(part *plan.Part, out *change.PartOutcome) flow.Result {
	r := flow.Result{Name: string(part.GUN), Ending: flow.Badly}
	switch out.State() {
	case change.PartVerified:
		r.Ending, r.Text = flow.Well, "published and verified"+versions(part)+"."
	case change.PartIdle:
		r.Ending, r.Text = flow.Well, "nothing to change."
	case change.PartNotStarted:
		r.Ending, r.Text = flow.Unfinished, "not started."
	case change.PartInterrupted:
		r.Ending, r.Text = flow.Unfinished, "interrupted: nothing was published. Start it again."
	case change.PartFailed:
		r.Text = "not changed: " + reason(out)
	case change.PartUnverified:
		r.Text = "published, not verified: " + reason(out)
	case change.PartUnknown:
		r.Text = "it is not known whether this was published: " + reason(out) + " Check it when the server answers again."
	}
	if still := stillSigns(part, out); still != "" {
		r.Text += " There, " + still + "."
	}
	return r
}

// versions are those of the files that were signed here, after a colon.
func versions(p *plan.Part) string {
	var out []string
	for _, r := range p.Rewrites {
		if r.Signer == plan.SignedHere {
			out = append(out, fmt.Sprintf("%s %d", r.Role, r.To))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

// reason is why it is not as planned and what to do, without the name of the repository.
func reason(p *change.PartOutcome) string {
	var stale *change.StalePlan
	switch {
	case p.Err == nil:
		return "it was not read back."
	case errors.As(p.Err, &stale) && len(stale.Moved) > 0:
		var moved []string
		for _, m := range stale.Moved {
			moved = append(moved, m.String())
		}
		return "someone else published first: " + strings.Join(moved, ", ") + ". Plan it again."
	}
	out := stopped(strings.TrimPrefix(p.Err.Error(), string(p.GUN)+": "))
	if hint := model.HintOf(p.Err); hint != "" {
		out += " " + sentence(hint)
	}
	return out
}

// stillSigns says of a repository that was not changed who can sign there, and should not
// any more.
func stillSigns(part *plan.Part, out *change.PartOutcome) string {
	can := " can still sign"
	switch out.State() {
	case change.PartVerified, change.PartIdle:
		return ""
	case change.PartUnknown, change.PartUnverified:
		can = " may still be able to sign"
	case change.PartFailed, change.PartInterrupted, change.PartNotStarted:
	}
	var who []string
	for _, c := range part.Changes {
		switch c := c.(type) {
		case model.RemoveSigner:
			switch {
			case len(c.Keys) == 0:
				who = append(who, c.Name)
			case c.Name == "":
				who = append(who, "key "+text.List(short(c.Keys)))
			default:
				who = append(who, c.Name+" with key "+text.List(short(c.Keys)))
			}
		case model.EditDelegation:
			if len(c.RemoveKeys) > 0 {
				who = append(who, "key "+text.List(short(c.RemoveKeys))+" of "+string(c.Role))
			}
		case model.RemoveDelegation:
			who = append(who, "the keys of "+string(c.Role))
		case model.RotateKey:
			who = append(who, "the old key of "+string(c.Role))
		}
	}
	if len(who) == 0 {
		return ""
	}
	return text.List(who) + can
}

func short(ids []model.KeyID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.Short()
	}
	return out
}

// stillTrusted says of each repository that was not changed who can still sign there.
func stillTrusted(p *plan.Plan, out *change.Outcome) []string {
	if len(out.Parts) != len(p.Parts) {
		return nil
	}
	where := map[string][]string{}
	var order, lines []string
	for i := range p.Parts {
		if still := stillSigns(&p.Parts[i], &out.Parts[i]); still != "" {
			if where[still] == nil {
				order = append(order, still)
			}
			where[still] = append(where[still], string(p.Parts[i].GUN))
		}
	}
	for _, still := range order {
		lines = append(lines, "Not done everywhere: "+still+" in "+few(where[still])+".")
	}
	return lines
}

// said reports whether the results say already why it has failed.
func said(out *change.Outcome, problem error) bool {
	var failures *change.Failures
	return errors.As(problem, &failures) && slices.ContainsFunc(out.Parts, func(p change.PartOutcome) bool { return p.Err != nil })
}

// changed are the repositories that have been changed in this walk, of several: they are no
// part of an attempt that begins anew.
type changed map[model.GUN]bool

// lessons are what such an attempt must know. final tells that nothing is left for one.
func (x *executed) lessons() (learn func(*flow.Facts), final bool) {
	if len(x.plan.Parts) < 2 || len(x.out.Parts) != len(x.plan.Parts) {
		return nil, false
	}
	done := changed{}
	for i := range x.out.Parts {
		if p := &x.out.Parts[i]; p.Published || p.Idle {
			done[p.GUN] = true
		}
	}
	learn = func(f *flow.Facts) {
		for gun := range flow.Known[changed](*f) {
			done[gun] = true
		}
		flow.Learn(f, done)
	}
	return learn, len(done) == len(x.out.Parts)
}

// remaining is what is asked without the repositories that have been changed already.
func remaining(f flow.Facts, asked []change.Request) []change.Request {
	done := flow.Known[changed](f)
	return slices.DeleteFunc(asked, func(r change.Request) bool { return done[r.GUN] })
}
