package change

import (
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Steps lists what executing a plan will do, in order, before it is done. Keys are removed
// last, once it is known what has become of all repositories.
func Steps(p *plan.Plan) []admin.Step {
	out, _ := steps(p, false)
	return out
}

// Steps lists what the execution will do, in order, before it is done.
func (e *Execution) Steps() []admin.Step {
	out, _ := steps(e.Plan, e.Collected != nil)
	return out
}

// steps also gives, for each part, the number of steps up to its last.
func steps(p *plan.Plan, collected bool) (out []admin.Step, ends []int) {
	var of model.GUN
	say := func(format string, args ...any) {
		out = append(out, admin.Step{Text: fmt.Sprintf(format, args...), State: admin.StepWaiting, Of: of})
	}
	say("read everything again, and compare it with the plan")
	for _, s := range secrets(p, collected) {
		if s.unlock != nil {
			say("unlock %s", s.what)
		} else {
			say("choose a passphrase for %s", s.what)
		}
	}
	for i := range p.Parts {
		if len(p.Parts) > 1 {
			of = p.Parts[i].GUN
		}
		partSteps(&p.Parts[i], collected, say)
		ends = append(ends, len(out))
	}
	of = ""
	for _, r := range removals(p) {
		say("remove %s from this machine", r.key.Name)
	}
	return out, ends
}

// partSteps are the steps of one repository.
func partSteps(part *plan.Part, collected bool, say func(string, ...any)) {
	if part.Verdict.State == plan.Nothing {
		return
	}
	for _, m := range newKeys(part, collected) {
		if m.Source == model.KeyServer {
			say("ask the server for its %s key", m.Role)
		}
		if certifies(&m) {
			say("certify %s for %s", m.Name, part.GUN)
		}
		if m.Source == model.KeyNew {
			say("make %s of %s, and keep it here", m.Name, part.GUN)
		}
	}
	publish := "ask the server to re-sign its files of %s"
	for _, r := range part.Rewrites {
		if r.Signer == plan.SignedHere {
			if collected && !r.Role.ListsFiles() {
				say("verify the signatures of %s %d of %s", r.Role, r.To, part.GUN)
			} else {
				say("sign %s %d of %s", r.Role, r.To, part.GUN)
			}
			publish = "publish everything in one request to %s"
		}
	}
	say(publish, part.GUN)
	if collected {
		say("read it back as a new client, and as those that knew an older root")
	} else {
		say("read it back as a new client, and as one that knew the old root")
	}
	if n := len(StagedMarks(part.Changes)); n > 0 {
		say("remove %s of %s from the changelist", model.Count(n, "published change"), part.GUN)
	}
}
