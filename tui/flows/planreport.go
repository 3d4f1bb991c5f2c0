package flows

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// executed is what came of a plan that was executed.
type executed struct {
	plan  *plan.Plan
	out   *change.Outcome
	steps []admin.Step
	// done tells that all of it was done, and problem why not, where that is known.
	done    bool
	problem error
}

// report says how it ended.
func (x *executed) report() *flow.Report {
	r := &flow.Report{Stepwise: true, Results: Results(x.plan, x.out)}
	r.Learn, r.Final = x.lessons()
	for _, s := range x.steps {
		text := sentence(s.Text)
		if s.State == admin.StepDone {
			r.Done = append(r.Done, text)
		} else if !x.done {
			r.NotDone = append(r.NotDone, text)
		}
	}
	made := 0
	for _, p := range x.out.Parts {
		for _, id := range p.Made {
			r.Done = append(r.Done, fmt.Sprintf("Key %s was made for %s, and is on this machine.", id.Short(), p.GUN))
		}
		for _, id := range p.Retired {
			r.Done = append(r.Done, fmt.Sprintf("Key %s was removed from this machine.", id.Short()))
		}
		made += len(p.Made)
	}
	if kept := Kept(x.out); len(kept) > 0 {
		r.More = append(r.More, flow.Section{Head: "KEYS THAT STAY ON THIS MACHINE", Lines: kept})
	}
	if without := Unopened(x.out); len(without) > 0 {
		r.More = append(r.More, flow.Section{Head: "KEYS THAT DID NOT SIGN", Lines: without})
	}
	r.Usable, r.Next = x.after()
	r.Next = append(r.Next, commits(x.out)...)
	if made > 0 {
		r.Next = append(r.Next, "Back up the new keys, and keep the backup elsewhere: no one can recreate them.")
	}
	if x.done || published(x.out) {
		r.Look = x.plan.Parts[0].GUN
	}
	return r
}

// commits say what Git would keep. It is left alone.
func commits(out *change.Outcome) []string {
	var lines []string
	for _, p := range out.Parts {
		if p.Published && p.Worktree != "" {
			lines = append(lines, "Commit in "+p.Worktree+": "+strings.Join(p.Files, " "))
		}
	}
	return lines
}

// published reports whether the server has stored something of it, or may have.
func published(out *change.Outcome) bool {
	return slices.ContainsFunc(out.Parts, func(p change.PartOutcome) bool { return p.Published || p.Doubtful })
}

// Kept says of keys that were to be removed from this machine why they stay.
func Kept(out *change.Outcome) []string {
	var lines []string
	for _, p := range out.Parts {
		for _, k := range p.Kept {
			lines = append(lines, stopped(fmt.Sprintf("Key %s is not removed from this machine: %s", k.ID.Short(), k.Why)))
		}
	}
	return lines
}

// Unopened says of keys that were to sign for the time of the publish what it means that they
// did not.
func Unopened(out *change.Outcome) []string {
	var lines []string
	for _, p := range out.Parts {
		for _, name := range p.Unopened {
			lines = append(lines, sentence(name+" was not opened, so clients that read "+string(p.GUN)+" during the publish may have failed; they succeed when they try again"))
		}
	}
	return lines
}

// after says whether the repositories are usable, and what comes next.
func (x *executed) after() (usable string, next []string) {
	var proved, unproved, doubtful, untouched int
	var unread bool
	for _, p := range x.out.Parts {
		switch {
		case p.Proof != nil && p.Proof.Holds():
			proved++
		case p.Published:
			unproved++
			unread = unread || p.Proof == nil
		case p.Doubtful:
			doubtful++
		}
	}
	untouched = len(x.plan.Parts) - proved - unproved - doubtful
	switch {
	case doubtful > 0:
		usable = "It is unknown whether the server stored the change: its answer never came."
		next = append(next, "Check the repository when the server answers again: it has either all of the change or none of it.")
	case unread:
		usable = "The server accepted the change, but trustdeck did not read it back."
		next = append(next, "Check the repository now, as a new client and as an old one.")
	case unproved > 0:
		usable = "The server accepted the change, but it does not read back as planned."
		next = append(next, "Check the repository now, as a new client and as an old one.")
	case proved == 0:
		usable = unpublished(x.plan)
	case untouched > 0:
		usable = fmt.Sprintf("%d of %d repositories are changed and verified; the others are unchanged.", proved, proved+untouched)
		if still := stillTrusted(x.plan, x.out); len(still) > 0 {
			usable += " " + strings.Join(still, " ")
		}
	default:
		usable = strings.Join(append([]string{Published(x.plan)}, ReadByOlder(x.out)...), " ")
		if names := pendingRoles(x.plan); len(names) > 0 {
			next = append(next, "Have the signers of "+strings.Join(names, ", ")+" sign; until then no client accepts what is in it.")
		}
	}
	if !x.done {
		if hint := model.HintOf(x.problem); hint != "" && !said(x.out, x.problem) {
			next = append(next, sentence(hint))
		}
		if proved+unproved+doubtful < len(x.plan.Parts) {
			next = append(next, x.again())
		}
	}
	return usable, next
}

// unpublished says how the repositories are of which nothing was published.
func unpublished(p *plan.Plan) string {
	missing := 0
	for _, part := range p.Parts {
		if len(part.Base) == 0 {
			missing++
		}
	}
	switch {
	case missing == 0:
		return "Nothing was published: clients see the same as before."
	case missing < len(p.Parts):
		return fmt.Sprintf("Nothing was published: clients see the same as before, and %d of %d repositories have no trust data.", missing, len(p.Parts))
	case missing == 1:
		return "Nothing was published: the repository has no trust data, as before."
	default:
		return "Nothing was published: the repositories have no trust data, as before."
	}
}

// Published says that a plan is done, and which roles its review has named as pending.
func Published(p *plan.Plan) string {
	out := "The change is published. trustdeck read it back as a new client and as one that knew the old root."
	if robots := byRobots(p); len(robots) > 0 {
		out = "The change is in the folder. trustdeck read it back. Clients get it once the robot has signed " + text.List(robots) + "."
	}
	if names := pendingRoles(p); len(names) > 0 {
		out += " Done, pending " + strings.Join(names, ", ") + "."
	}
	return out
}

// ReadByOlder says which clients have read what was published, beside new ones.
func ReadByOlder(out *change.Outcome) []string {
	var said []string
	for i := range out.Parts {
		proof := out.Parts[i].Proof
		if proof == nil || len(proof.Older) == 0 {
			continue
		}
		var versions []string
		for _, version := range slices.Backward(proof.Older) {
			versions = append(versions, fmt.Sprint(version))
		}
		said = append(said, "Clients that have only an older root read it too: root "+strings.Join(versions, ", ")+".")
	}
	return said
}

// byRobots are the roles that robots sign before clients get the change.
func byRobots(p *plan.Plan) []string {
	var out []string
	for i := range p.Parts {
		for _, r := range p.Parts[i].Rewrites {
			if r.Signer == plan.SignedByRobot {
				out = append(out, string(r.Role))
			}
		}
	}
	return deduplicated(out)
}

// pendingRoles are the delegations that wait for their signers, or for something else that
// mends them. Where there are several repositories, each is named.
func pendingRoles(p *plan.Plan) []string {
	var out []string
	for _, part := range p.Parts {
		for _, one := range part.Pending {
			name := string(one.Role)
			if len(p.Parts) > 1 {
				name += " of " + string(part.GUN)
			}
			out = append(out, name)
		}
	}
	return out
}

// again says what a second attempt will find.
func (x *executed) again() string {
	for _, p := range x.out.Parts {
		if len(p.Made) > 0 && !p.Published && !p.Doubtful {
			return "Start again when you are ready: trustdeck then uses the keys that it made. To remove them, see trustdeck resume --dismiss."
		}
	}
	if len(x.plan.Parts) > 1 && published(x.out) {
		return "Start again when you are ready, with the repositories that are left."
	}
	return "Start again when you are ready; nothing was left behind."
}

// sentence begins with a capital and ends with a stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	return stopped(s)
}

// stopped ends with a stop.
func stopped(s string) string {
	if s == "" || strings.ContainsRune(".?!", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}
