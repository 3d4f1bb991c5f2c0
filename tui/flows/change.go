package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// Backend is what flows are given to change repositories, and what is remembered of them.
// Its methods take their time and are called in the background only. Errors are for
// people.
type Backend interface {
	flow.Source
	flow.Reader
	// LookAll reads repositories at the same time. One without trust data is not among
	// those that it returns, and the error says which could not be read.
	LookAll(ctx context.Context, names []string) (map[string]*model.Repository, error)
	// SavePlan writes a plan to a file that does not exist yet.
	SavePlan(path string, p *plan.Plan) error
	// KnownRepositories are those that may need a key of this machine.
	KnownRepositories(ctx context.Context) (change.Known, error)
	// Prepare and Execute are those of admin.Service.
	Prepare(ctx context.Context, asked []change.Request) (*plan.Plan, error)
	Execute(ctx context.Context, e change.Execution) (*change.Outcome, error)
	// StagedNow and PreparePublish too: they are about what another client has staged.
	StagedNow(ctx context.Context, gun model.GUN) (*admin.Staged, error)
	PreparePublish(ctx context.Context, gun model.GUN, order []model.StagedMark) (*plan.Plan, error)
	// StagedHere and DropStaged too: they need no server.
	StagedHere(ctx context.Context, gun model.GUN) (*admin.Staged, error)
	DropStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) (folder string, dropped int, err error)
	// ProposeDeletion and Delete too.
	ProposeDeletion(ctx context.Context, gun model.GUN, remote bool) (*change.Deletion, error)
	Delete(ctx context.Context, p *change.Deletion, run change.DeletionRun) (*change.DeletionOutcome, error)
	// Manifests asks the registry what it serves under tags, as admin.Service does.
	Manifests(ctx context.Context, gun model.GUN, tags []string) (map[string]model.Manifest, error)
	// Measure hashes a file that is to be signed, and ReadCustom reads custom data of one.
	Measure(ctx context.Context, path string) (model.Target, error)
	ReadCustom(path string) ([]byte, error)
	// The others too: they settle what memory refuses.
	ProposeRoot(ctx context.Context, gun model.GUN) (*admin.RootProposal, error)
	AcceptRoot(ctx context.Context, p *admin.RootProposal, fingerprint string) error
	ProposeRollback(ctx context.Context, gun model.GUN) (*admin.RollbackProposal, error)
	AcceptRollback(ctx context.Context, p *admin.RollbackProposal, roles []model.RoleName) error
}

// Planned makes of a flow one that comes to a plan. changes makes of complete answers
// what is asked of which repositories.
func Planned(d Backend, f *flow.Flow, changes func(flow.Facts, flow.Answers) ([]change.Request, error)) *flow.Flow {
	f.Source, f.Reader = d, d
	f.Survey = func(facts flow.Facts, a flow.Answers) (flow.Inquiry, error) {
		asked, err := changes(facts, a)
		asked = remaining(facts, asked)
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			p, err := d.Prepare(ctx, asked)
			return func(f *flow.Facts) { flow.Learn(f, p) }, err
		}, err
	}
	f.Outcome = func(facts flow.Facts, _ flow.Answers) flow.Outcome {
		return &planned{backend: d, words: facts.Dialect.Words(), plan: flow.Known[*plan.Plan](facts)}
	}
	f.Words = flow.Words{
		Surveying: "computing the plan", Executing: "executing a plan",
		Preparing: "Reading the repositories and computing the plan. Nothing is written.", Underway: "Applying a plan.",
		Review: "Review the plan", Apply: "Apply", Again: "Plan again", Accept: "to apply the plan",
		Unready: "Bring the missing keys to this machine, or save the plan with -f for their holders.",
	}
	return f
}

// planned changes repositories as a plan says.
type planned struct {
	backend Backend
	words   dialect.Words
	plan    *plan.Plan
	// left is what else could have been part of the plan; empty where nothing could.
	left flow.Section
	// first is what the details begin with; empty is nothing.
	first flow.Section
	// mild tells that no name is typed where the plan does not change who can sign.
	mild bool
	// collected are signatures that others have made; nil where all are made here.
	collected *change.Collected
}

var (
	_ flow.Outcome  = (*planned)(nil)
	_ flow.Idle     = (*planned)(nil)
	_ flow.Named    = (*planned)(nil)
	_ flow.About    = (*planned)(nil)
	_ flow.Document = (*planned)(nil)
)

// PlanOf is the plan that an outcome is; nil where it is something else.
func PlanOf(o flow.Outcome) *plan.Plan {
	switch c := o.(type) {
	case *planned:
		return c.plan
	case *collected:
		return c.base.plan
	default:
		return nil
	}
}

// Review says what the plan would do.
func (c *planned) Review() flow.Review {
	out := withLeft(Review(c.plan, c.words), c.left)
	if len(c.first.Lines) > 0 {
		out.Details = slices.Insert(out.Details, 0, c.first)
	}
	return out
}

// Ready reports whether the plan can be executed.
func (c *planned) Ready() (ok bool, why string) {
	v := c.plan.Verdict()
	return v.State == plan.Ready, v.Text
}

// Idle reports that the plan does nothing.
func (c *planned) Idle() bool { return c.plan.Verdict().State == plan.Nothing }

// Challenge is the name of the repository, or their number where there are several.
func (c *planned) Challenge() flow.Challenge {
	if c.mild && !changesSigners(c.plan) {
		return flow.Challenge{Word: "yes"}
	}
	return Challenge(c.plan)
}

// GUNs are the repositories.
func (c *planned) GUNs() []model.GUN {
	var out []model.GUN
	for i := range c.plan.Parts {
		out = append(out, c.plan.Parts[i].GUN)
	}
	return out
}

// Digest is that of the plan.
func (c *planned) Digest() string { return c.plan.Digest() }

// Save writes the plan to a file.
func (c *planned) Save(path string) error { return c.backend.SavePlan(path, c.plan) }

// Steps lists what executing the plan does.
func (c *planned) Steps() []admin.Step { return change.Steps(c.plan) }

// Do executes the plan.
func (c *planned) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	if r.Graceful { // no request is left half way
		ctx = context.WithoutCancel(ctx)
	}
	x := executed{plan: c.plan, steps: c.Steps()}
	var err error
	x.out, err = c.backend.Execute(ctx, change.Execution{Plan: c.plan, Collected: c.collected, Secrets: r.Secrets, Stop: r.Stop, Watch: func(steps []admin.Step) {
		x.steps = slices.Clone(steps)
		r.Watch(steps)
	}})
	var stale *change.StalePlan
	if errors.As(err, &stale) && stale.Now != nil && c.collected == nil && len(stale.Now.Parts) == len(c.plan.Parts) && !published(x.out) {
		x.plan = stale.Now
		return x.report(), c.overtaken(stale, err)
	}
	x.done, x.problem = err == nil, err
	return x.report(), err
}

// overtaken is the plan as it is now, where others have published meanwhile.
func (c *planned) overtaken(stale *change.StalePlan, err error) error {
	out := &flow.Overtaken{
		Now: &planned{backend: c.backend, words: c.words, plan: stale.Now, left: c.left, first: c.first, mild: c.mild}, Err: err,
		Why: "Someone else has published in the meantime. Nothing was written. This is the plan for the current state; review it again.",
	}
	if len(stale.Drifts) > 0 {
		out.Why = "The registry serves something else than what you reviewed. Nothing was written. This is the plan for what it serves now; review it again."
	}
	for _, drift := range stale.Drifts {
		out.Changed = append(out.Changed, drift.String())
	}
	for _, moved := range stale.Moved {
		out.Changed = append(out.Changed, moved.String())
	}
	return out
}

// Challenge is what must be typed to confirm a plan of the grade TypeName: the name of the
// repository, or their number where there are several.
func Challenge(p *plan.Plan) flow.Challenge {
	out := flow.Challenge{Word: string(p.Parts[0].GUN), What: "the repository's name", Why: "This changes who can sign."}
	if len(p.Parts) > 1 {
		out.Word, out.What = fmt.Sprint(len(p.Parts)), "the number of repositories"
	}
	return out
}

// waiting is an outcome that is one step.
func waiting(text string) []admin.Step { return []admin.Step{{Text: text, State: admin.StepWaiting}} }

// act takes the one step of an outcome.
func act(ctx context.Context, r flow.Run, steps []admin.Step, do func(context.Context) error) error {
	only := admin.Runner{Steps: steps, Watch: r.Watch, Stop: r.Stop}
	return only.Run(ctx, do)
}

// inOrder lists the actions of an outcome on its review.
func inOrder(steps []admin.Step) flow.Section {
	out := flow.Section{Head: "ACTIONS"}
	for i, s := range steps {
		out.Lines = append(out.Lines, fmt.Sprintf("%d. %s", i+1, s.Text))
	}
	return out
}
