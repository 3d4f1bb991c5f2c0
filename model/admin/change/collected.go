package change

import (
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Collected are signatures that were made elsewhere: see bundle.Opened, whose Seal is one.
type Collected struct {
	// Seal makes the files of part i of a plan with those signatures. What is left to sign are
	// snapshot and timestamp. The error says why that cannot be: what is replaced was published
	// in the meantime.
	Seal func(p *plan.Plan, i int, r plan.Request) (*plan.Sealed, error)
	// From is the file that has them.
	From string
}

// asks are the quorums of a file whose keys sign here. Of one whose signatures were collected, only
// those that spare clients which read the repository while it is being published.
func asks(r *plan.Rewrite, collected bool) []plan.Quorum {
	if !collected || r.Role.ListsFiles() {
		return r.Needs
	}
	return slices.DeleteFunc(slices.Clone(r.Needs), func(q plan.Quorum) bool { return !q.Bridges })
}

// executable refuses a plan whose files cannot all be signed here, or have been elsewhere.
func (e *Execution) executable() error {
	v := e.Plan.Verdict()
	if v.State == plan.Ready || v.State == plan.Nothing {
		return nil
	}
	fault := &model.Fault{Kind: model.FaultUsage, Text: v.Text, Hint: "Bring the missing keys to this machine, or ask their holders to sign."}
	if e.Collected == nil || v.State == plan.Impossible {
		return fault
	}
	for i := range e.Plan.Parts {
		for _, r := range e.Plan.Parts[i].Rewrites {
			for _, q := range asks(&r, true) {
				signs := 0
				for _, k := range q.Keys {
					if k.Sign {
						signs++
					}
				}
				if missing := q.Threshold - signs; missing > 0 && !q.Optional && r.Signer == plan.SignedHere {
					fault.Text = fmt.Sprintf("the %s needs %s more, and the keys are not on this machine", r.Role, model.Count(missing, "signature"))
					fault.Hint = "Publish on the machine that has its key."
					return fault
				}
			}
		}
	}
	return nil
}

// adopt takes the plan as it is now where the collected signatures fit it: what others publish in
// the meantime makes no difference, but for what is replaced.
func (x *execution) adopt(p *plan.Plan) error {
	for i := range p.Parts {
		if _, err := x.Collected.Seal(p, i, x.requests[i]); err != nil {
			return err
		}
	}
	now, ends := steps(p, true)
	if len(now) != len(x.steps.Steps) {
		return &StalePlan{Now: p}
	}
	for i := range now {
		x.steps.Steps[i].Text = now[i].Text
	}
	x.Plan, x.ends = p, ends
	return x.executable()
}

// seal makes the files of a part, with the signatures that were collected.
func (x *execution) seal(ctx context.Context, i int, out *PartOutcome) (*plan.Sealed, error) {
	if x.Collected != nil {
		return x.Collected.Seal(x.Plan, i, x.requests[i])
	}
	binding, err := x.makeKeys(ctx, &x.Plan.Parts[i], out)
	if err != nil {
		return nil, err
	}
	sealed, err := plan.Seal(x.Plan, i, x.requests[i], binding)
	return sealed, x.ending(err)
}

// collectedFrom notes which file has the signatures, for who resumes the run.
func (x *execution) collectedFrom() []port.Note {
	if x.Collected == nil {
		return nil
	}
	var out []port.Note
	for i := range x.Plan.Parts {
		out = append(out, port.Note{Time: x.Clock(), Kind: port.NoteCollected, GUN: x.Plan.Parts[i].GUN, From: x.Collected.From})
	}
	return out
}

// attempted reports whether an earlier run was to publish the same signatures, and had not begun
// to send them.
func (x *execution) attempted(e port.Entry) bool {
	same := false
	for _, n := range e.Notes {
		same = same || x.Collected != nil && n.Kind == port.NoteCollected && n.From == x.Collected.From
		if n.Kind != port.NoteCollected {
			return false
		}
	}
	return same
}

// proveOlder reads what was published as clients do that have an earlier root than the last.
func (x *execution) proveOlder(ctx context.Context, server *admin.Rereading, i int, files map[model.RoleName][]byte, proof *Proof) error {
	r, p := x.requests[i], &x.Plan.Parts[i]
	if x.Collected == nil || r.Repository == nil {
		return nil
	}
	root := r.Repository.Role(model.RoleRoot)
	for version := root.Version - 1; version > 0 && root.Version-version <= maxFormer; version-- {
		f, err := server.Read(ctx, port.Ref{Role: model.RoleRoot, Version: version, Limit: r.Dialect.Limit(model.RoleRoot)})
		if model.KindOf(err) == model.FaultNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		seen, err := server.OpenAs(ctx, f.Bytes)
		if err != nil {
			return err
		}
		who := "a client that knew root " + number(version)
		proof.compare(who, seen, p, files)
		proof.checkRevoked(who, r, seen)
		proof.usable(who, seen, r, p)
		proof.Older = append(proof.Older, version)
	}
	return nil
}
