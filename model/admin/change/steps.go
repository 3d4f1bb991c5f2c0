package change

import (
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Steps lists what executing a plan will do, in order, before it is done.
func Steps(p *plan.Plan) []admin.Step {
	var out []admin.Step
	say := func(format string, args ...any) {
		out = append(out, admin.Step{Text: fmt.Sprintf(format, args...), State: admin.StepWaiting})
	}
	say("read everything again, and compare it with the plan")
	for _, s := range secrets(p) {
		if s.unlock != nil {
			say("unlock %s", s.what)
		} else {
			say("choose a passphrase for %s", s.what)
		}
	}
	for _, part := range p.Parts {
		if part.Verdict.State == plan.Nothing {
			continue
		}
		for _, m := range part.NewKeys {
			if m.Source == model.KeyServer {
				say("ask the server for its %s key", m.Role)
			}
			if m.Source == model.KeyNew {
				say("make %s of %s, and keep it here", m.Name, part.GUN)
			}
		}
		publish := "ask the server to re-sign its files of %s"
		for _, r := range part.Rewrites {
			if r.Signer == plan.SignedHere {
				say("sign %s %d of %s", r.Role, r.To, part.GUN)
				publish = "publish everything in one request to %s"
			}
		}
		say(publish, part.GUN)
		say("read it back as a new client, and as one that knew the old root")
		for _, k := range part.Removed() {
			say("remove %s from this machine", k.Name)
		}
	}
	return out
}
