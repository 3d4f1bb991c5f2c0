package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// AcceptRollback accepts that roles are not what was verified before.
func AcceptRollback(d Backend) *flow.Flow {
	propose := proposing(d, Backend.ProposeRollback)
	return &flow.Flow{
		ID: "accept-rollback", Title: "Accept a rollback", Verb: "Accept", Source: d,
		Command: command("accept-rollback", repositories, roles),
		Steps: []flow.Step{
			disputeStep("In which repository do you want to accept a rollback?", propose),
			{
				ID: roles, Label: "Roles", Question: "Which roles do you want to accept as they are now?", Kind: flow.Several,
				Help: "Choose only roles whose rollback you can explain, for example because the server's operator restored a backup. The others stay findings.",
				When: func(f flow.Facts, _ flow.Answers) bool {
					p := flow.Known[*admin.RollbackProposal](f)
					return p != nil && len(p.Roles) > 0
				},
				Options: func(f flow.Facts, a flow.Answers) []flow.Option {
					p := flow.Known[*admin.RollbackProposal](f)
					return append(disputedRoles(p), undisputed(p, a.Values[roles])...)
				},
				Check: func(f flow.Facts, a flow.Answers) error {
					return acceptable(flow.Known[*admin.RollbackProposal](f), a.Values[roles])
				},
			},
		},
		// Read again: what is reviewed is what is there now.
		Survey: func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) { return propose(f, a), nil },
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return newRollbackAcceptance(d, f.Dialect.Words(), flow.Known[*admin.RollbackProposal](f), a.Values[roles])
		},
	}
}

func disputedRoles(p *admin.RollbackProposal) []flow.Option {
	var out []flow.Option
	for i := range p.Roles {
		r := &p.Roles[i]
		out = append(out, flow.Option{Value: string(r.Role), Label: string(r.Role), Help: text.Sentence(cmp.Or(r.Refused, r.Problem.Text))})
	}
	return out
}

// undisputed are roles that were named and have nothing to be settled, so that a
// script may name them again. The root is among them: why it is no choice is said when
// the answer is checked.
func undisputed(p *admin.RollbackProposal, named []string) []flow.Option {
	var out []flow.Option
	for _, name := range named {
		if dispute(p, name) == nil && (slices.Contains(p.Known, model.RoleName(name)) || name == string(model.RoleRoot)) {
			out = append(out, flow.Option{Value: name, Label: name, Help: "There is nothing to accept."})
		}
	}
	return out
}

func dispute(p *admin.RollbackProposal, name string) *admin.RoleDispute {
	for i := range p.Roles {
		if string(p.Roles[i].Role) == name {
			return &p.Roles[i]
		}
	}
	return nil
}

// acceptable refuses what does not verify, and the root.
func acceptable(p *admin.RollbackProposal, named []string) error {
	for _, name := range named {
		if name == string(model.RoleRoot) {
			return fmt.Errorf("a root is accepted by its fingerprint: trustdeck accept-root %s --fingerprint HEX", p.GUN)
		}
		if r := dispute(p, name); r != nil && r.Refused != "" {
			return fmt.Errorf("%s cannot be accepted: %s", name, r.Refused)
		}
	}
	return nil
}

// rollbackAcceptance remembers roles as they are now.
type rollbackAcceptance struct {
	backend Backend
	words   dialect.Words
	p       *admin.RollbackProposal
	roles   []*admin.RoleDispute
	// refused is why one of the roles cannot be accepted.
	refused error
}

var (
	_ flow.Outcome = (*rollbackAcceptance)(nil)
	_ flow.Idle    = (*rollbackAcceptance)(nil)
	_ flow.About   = (*rollbackAcceptance)(nil)
)

func newRollbackAcceptance(d Backend, words dialect.Words, p *admin.RollbackProposal, named []string) *rollbackAcceptance {
	out := &rollbackAcceptance{backend: d, words: words, p: p, refused: acceptable(p, named)}
	for _, name := range named {
		if r := dispute(p, name); r != nil && !slices.Contains(out.roles, r) {
			out.roles = append(out.roles, r)
		}
	}
	return out
}

// GUNs are the repository.
func (j *rollbackAcceptance) GUNs() []model.GUN { return []model.GUN{j.p.GUN} }

// Idle reports that no role is in dispute.
func (j *rollbackAcceptance) Idle() bool { return len(j.roles) == 0 }

// Ready reports whether there is anything to accept.
func (j *rollbackAcceptance) Ready() (ok bool, why string) {
	if j.refused != nil {
		return false, j.refused.Error()
	}
	return !j.Idle(), fmt.Sprintf("there is nothing to accept: these roles of %s are at least as new as what was verified before", j.p.GUN)
}

// Steps lists what will be done.
func (j *rollbackAcceptance) Steps() []admin.Step {
	return waiting("record the server's version of " + text.Count(len(j.roles), "role") + " of " + string(j.p.GUN))
}

// Review explains the risk, and shows each role before and after.
func (j *rollbackAcceptance) Review() flow.Review {
	if ok, why := j.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	others := dialect.Around("", j.words.Programs, " refuse an older targets, snapshot or timestamp than they have seen.")
	out := flow.Review{
		Verdict: "Ready: you can accept the server's version of " + text.Count(len(j.roles), "role") + ".",
		About:   string(j.p.GUN),
		Table:   flow.Table{Columns: []flow.Column{{Title: "ROLE"}, {Title: "VERSION", Word: "version"}, {Title: "SIGNED BY", Word: "signed by"}}},
		Facts: []flow.Fact{
			{Label: flow.Warning, Text: "what you saw before was validly signed, and the server no longer has it. An attacker can use this to bring back withdrawn tags, or to hide new ones."},
			{Label: flow.Warning, Text: sentences("accepting affects only trustdeck.", others, "Continue only if the server's operator has explained it, for example by a restored backup.")},
		},
	}
	for i := range j.p.Roles {
		if r := &j.p.Roles[i]; !slices.Contains(j.roles, r) {
			out.Facts = append(out.Facts, flow.Fact{Label: string(r.Role), Text: "stays a finding: " + text.Sentence(r.Problem.Text)})
		}
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "Server", Text: "nothing is sent to it."})
	for _, r := range j.roles {
		out.Table.Rows = append(out.Table.Rows, disputedRow(r))
		section := flow.Section{Head: string(r.Role), Lines: []string{
			text.Sentence(r.Problem.Text),
			fmt.Sprintf("- seen before: version %d, %s", r.Was.Version, contentsOf(r.Was)),
		}}
		if r.Version == 0 {
			section.Lines = append(section.Lines, "+ now: no file", "trustdeck keeps the recorded version: if the server lists an older file again, that is a finding.")
		} else {
			section.Lines = append(section.Lines, fmt.Sprintf("+ now: version %d, %s", r.Version, contentsOf(r.Now)))
			for _, id := range r.Signers {
				section.Lines = append(section.Lines, "  signed by key "+string(id))
			}
		}
		out.Details = append(out.Details, section)
	}
	out.Details = append(out.Details, inOrder(j.Steps()))
	return out
}

// disputedRow is a role as the server has it, with what was seen before.
func disputedRow(r *admin.RoleDispute) flow.Row {
	now, signers := "no file", ""
	if r.Version > 0 {
		now = fmt.Sprint(r.Version)
		var keys []string
		for _, id := range r.Signers {
			keys = append(keys, "key "+id.Short())
		}
		signers = text.List(keys)
	}
	return flow.Row{Cells: []string{string(r.Role), fmt.Sprintf("%s (was %d)", now, r.Was.Version), signers}}
}

// contentsOf names the contents of a version by their digests.
func contentsOf(seen memory.Seen) string {
	words := "signed part"
	for i, d := range seen.Digests {
		if i > 0 {
			words += " and"
		}
		words += " " + d.String()
	}
	return words
}

// Do remembers the roles.
func (j *rollbackAcceptance) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	var names []model.RoleName
	for _, disputed := range j.roles {
		names = append(names, disputed.Role)
	}
	done := "the server's version of " + text.List(model.Retype[string](names)) + " of " + string(j.p.GUN) + " is accepted."
	return settle(ctx, r, j.Steps(), text.Sentence(done), func(ctx context.Context) error { return j.backend.AcceptRollback(ctx, j.p, names) })
}
