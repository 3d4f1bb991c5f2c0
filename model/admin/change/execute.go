package change

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Execution runs one reviewed plan.
type Execution struct {
	Plan    *plan.Plan
	Secrets port.Interaction
	// Watch may be nil.
	Watch admin.Watch
	// Stop reports whether to stop before the next action; nil never does.
	Stop func() bool
	// Resume is a run that was cut off; nil begins anew.
	Resume *Interrupted
	// Collected are signatures that others have made; nil where all keys are here.
	Collected *Collected
}

// Execute does what a plan says: it unlocks the keys, makes those that are to be
// made, signs, checks every file, publishes, and proves the outcome, one repository after
// the other. It stops with a *StalePlan where the repositories are not those of the plan.
// Where signatures were collected, only what they were made for counts: tags that others publish in
// the meantime make no difference.
// Of several repositories, one that fails by itself does not keep the others from being
// changed: the error is a *Failures then. What was done is in the Outcome.
func (d *Service) Execute(ctx context.Context, e Execution) (*Outcome, error) {
	if d.Publisher == nil || len(d.Stores) == 0 || d.Journal == nil {
		return &Outcome{}, &model.Fault{Kind: model.FaultUsage, Text: "nothing can be changed here", Hint: "Connect to the server itself."}
	}
	if err := e.executable(); err != nil {
		return &Outcome{}, err
	}
	x := &execution{
		Service: d, Execution: e, signers: map[model.KeyID]port.Signer{}, made: map[madeKey]model.KeyID{},
		steps: admin.Runner{Watch: e.Watch, Stop: e.Stop, Clock: d.Clock},
	}
	x.steps.Steps, x.ends = steps(e.Plan, e.Collected != nil)
	for i := range e.Plan.Parts {
		part := &e.Plan.Parts[i]
		x.outcome.Parts = append(x.outcome.Parts, PartOutcome{GUN: part.GUN, Idle: part.Verdict.State == plan.Nothing})
	}
	defer x.wipe()
	x.steps.Begin()
	err := x.run(ctx)
	x.steps.End(err)
	if err = x.settle(ctx, err); err == nil {
		return &x.outcome, nil
	}
	x.outcome.Stopped = errors.Is(err, admin.ErrStopped)
	return &x.outcome, err
}

// madeKey names a key that a plan makes.
type madeKey struct {
	gun    model.GUN
	symbol model.KeyID
}

type execution struct {
	*Service
	Execution
	requests []plan.Request
	// passphrases of keys to be made, by name, until they are made.
	passphrases map[madeKey][]byte
	// signers are unlocked keys by canonical ID.
	signers map[model.KeyID]port.Signer
	// made are the keys that this or the resumed run has made.
	made  map[madeKey]model.KeyID
	entry string
	// used are the entries of earlier runs whose keys are all among them.
	used  []port.Entry
	steps admin.Runner
	// ends counts, for each part, the steps up to its last.
	ends []int
	// over is true where nothing more can be done in any repository, whatever the error.
	over    bool
	outcome Outcome
}

func (x *execution) run(ctx context.Context) error {
	if err := x.reread(ctx); err != nil {
		return err
	}
	if err := x.open(ctx); err != nil {
		return err
	}
	if err := x.unlock(ctx); err != nil {
		return err
	}
	return x.parts(ctx)
}

// settle closes the entry of a run that has ended and can be explained, and those of
// earlier runs all of whose keys it has used. Where it is not known what the server has
// stored, and where keys were made in vain, the entry stays open.
func (x *execution) settle(ctx context.Context, err error) error {
	for _, p := range x.outcome.Parts {
		if p.Doubtful {
			return err
		}
	}
	if x.entry == "" || err != nil && x.inVain() {
		return err
	}
	done := []string{x.entry}
	for _, e := range x.used {
		if x.spent(e) {
			done = append(done, e.ID)
		}
	}
	var closing error
	for _, id := range done {
		closing = errors.Join(closing, x.Journal.Close(context.WithoutCancel(ctx), id))
	}
	if err == nil || closing == nil {
		return cmp.Or(err, closing)
	}
	return errors.Join(err, closing)
}

// spent reports whether each key that an earlier run has made is published by now.
func (x *execution) spent(e port.Entry) bool {
	return !slices.ContainsFunc(e.Notes, func(n port.Note) bool {
		return n.Kind == port.NoteMade && x.made[madeKey{n.GUN, n.Symbol}] == n.Key &&
			!slices.ContainsFunc(x.outcome.Parts, func(p PartOutcome) bool { return p.GUN == n.GUN && p.Published })
	})
}

// inVain reports whether the run has made keys that nothing published lists: its entry
// stays open, so that the next attempt uses them.
func (x *execution) inVain() bool {
	return slices.ContainsFunc(x.outcome.Parts, func(p PartOutcome) bool {
		if p.Published {
			return false
		}
		for name := range x.made {
			if x.Resume != nil && name.gun == p.GUN {
				return true
			}
		}
		return len(p.Made) > 0
	})
}

// reread compares the repositories with those that the plan was computed from.
func (x *execution) reread(ctx context.Context) error {
	return x.steps.Step(ctx, func() error {
		p, requests, err := x.again(ctx)
		if err != nil {
			return err
		}
		x.requests = requests
		if x.Collected != nil {
			return x.adopt(p)
		}
		if p.Digest() == x.Plan.Digest() {
			if err := x.drifted(ctx); err != nil {
				return err
			}
			return x.mayNotPublish(ctx)
		}
		stale := &StalePlan{Now: p}
		for i, part := range p.Parts {
			stale.Moved = append(stale.Moved, moved(part.GUN, x.Plan.Parts[i].Base, part.Base)...)
		}
		return stale
	})
}

// again compiles the plan on what is published now.
func (x *execution) again(ctx context.Context) (*plan.Plan, []plan.Request, error) {
	var asked []Request
	for _, part := range x.Plan.Parts {
		asked = append(asked, Request{GUN: part.GUN, Changes: part.Changes})
	}
	requests, err := x.Service.requests(ctx, asked)
	if err != nil {
		return nil, nil, err
	}
	p, err := x.compileRetiring(ctx, requests)
	return p, requests, err
}

// open begins the entry of the journal, or takes up the one that is resumed.
func (x *execution) open(ctx context.Context) error {
	if x.Resume != nil {
		x.entry, x.made = x.Resume.Entry.ID, maps.Clone(x.Resume.made)
		return nil
	}
	earlier, err := x.Journal.Open(ctx)
	if err != nil {
		return err
	}
	if x.made, err = x.reusable(ctx, earlier, x.Plan); err != nil {
		return err
	}
	for _, e := range earlier {
		if madeOnly(e, x.made) || x.attempted(e) {
			x.used = append(x.used, e)
		}
	}
	x.entry, err = x.Journal.Begin(ctx, x.Clock(), plan.Encode(x.Plan), x.collectedFrom()...)
	return err
}

func (x *execution) note(ctx context.Context, n port.Note) error {
	n.Time = x.Clock()
	err := x.Journal.Note(ctx, x.entry, n)
	x.over = x.over || err != nil // what is not written down cannot be explained later
	return err
}

// prove reads a repository back.
func (x *execution) prove(ctx context.Context, i int, files map[model.RoleName][]byte, out *PartOutcome) error {
	p := &x.Plan.Parts[i]
	return x.steps.Step(ctx, func() error {
		// What was just published is remembered by a look: somebody may name a role again
		// that it has removed before anybody looks here.
		server := x.Rereading(p.GUN)
		server.Open(ctx)
		proof, err := x.Prove(ctx, server, x.requests[i], p, files)
		if err == nil {
			err = x.proveOlder(ctx, server, i, files, proof)
		}
		if err != nil {
			return err
		}
		out.Proof = proof
		if !proof.Holds() {
			return &model.Fault{
				Kind: model.FaultUnusable, Subject: string(p.GUN), Text: "it is published, but doesn't read back as planned: " + proof.Differs[0],
				Hint: "Nothing else was changed. For the fix, run: trustdeck doctor " + string(p.GUN),
			}
		}
		return x.note(ctx, port.Note{Kind: port.NoteProved, GUN: p.GUN})
	})
}

// publish sends the files of a repository, after a last look at what is there.
func (x *execution) publish(ctx context.Context, i int, files map[model.RoleName][]byte, out *PartOutcome) error {
	p := &x.Plan.Parts[i]
	return x.steps.Step(ctx, func() error {
		stale, err := x.overtaken(ctx, p)
		if err != nil {
			return err
		}
		if stale != nil {
			return stale
		}
		if err := x.note(ctx, port.Note{Kind: port.NotePublishing, GUN: p.GUN, Files: sums(files)}); err != nil {
			return err
		}
		if err := x.Publisher.Publish(ctx, p.GUN, files); err != nil {
			return x.refused(ctx, i, files, out, err)
		}
		out.Published = true
		x.tracked(ctx, p, out)
		return x.note(ctx, port.Note{Kind: port.NotePublished, GUN: p.GUN})
	})
}

// tracked finds out what is to be committed, where somebody keeps the files with Git. That it
// cannot be said changes nothing.
func (x *execution) tracked(ctx context.Context, p *plan.Part, out *PartOutcome) {
	if in, ok := x.Publisher.(port.Tracked); ok {
		if top, names, err := in.Tracked(ctx, p.GUN, versions(p)); err == nil {
			out.Worktree, out.Files = top, names
		}
	}
}

// overtaken looks whether somebody else has published since a part was planned; it is nil
// where nobody has.
func (x *execution) overtaken(ctx context.Context, p *plan.Part) (*StalePlan, error) {
	requests, err := x.Service.requests(ctx, []Request{{GUN: p.GUN, Changes: p.Changes}})
	if err != nil {
		return nil, err
	}
	if err := p.Sound(requests[0], x.Clock()); err != nil {
		return nil, err
	}
	m := moved(p.GUN, p.Base, plan.Base(requests[0], p.OwnSnapshot))
	if len(m) == 0 {
		return nil, nil
	}
	now, err := x.compile(ctx, requests)
	if err != nil {
		return nil, err
	}
	if x.Collected != nil && !p.OwnSnapshot {
		_, err := x.Collected.Seal(now, 0, requests[0])
		return nil, err
	}
	return &StalePlan{Now: now, Moved: m}, nil
}

// refused finds out what an upload that failed has left behind: a connection that
// broke says nothing of what the server did. Where the server says that somebody else
// was quicker, and nothing of it can be seen, its own words stand.
func (x *execution) refused(ctx context.Context, i int, files map[model.RoleName][]byte, out *PartOutcome, cause error) error {
	p := &x.Plan.Parts[i]
	if model.KindOf(cause) == model.FaultStale {
		if stale, err := x.overtaken(ctx, p); err == nil && stale != nil {
			return stale
		}
		return cause
	}
	if !leavesDoubt(cause) {
		return cause
	}
	stored, err := x.stored(context.WithoutCancel(ctx), x.Rereading(p.GUN), sums(files))
	switch {
	case err != nil:
		out.Doubtful = true
		return cause
	case stored:
		out.Published = true
		return x.note(ctx, port.Note{Kind: port.NotePublished, GUN: p.GUN})
	default:
		return cause
	}
}

// leavesDoubt reports whether an upload may have been stored although it failed:
// the server has said nothing that can be relied on.
func leavesDoubt(cause error) bool {
	kinds := []model.FaultKind{model.FaultUnreachable, model.FaultServer, model.FaultBadData, model.FaultCanceled}
	return slices.Contains(kinds, model.KindOf(cause))
}

func sums(files map[model.RoleName][]byte) map[model.RoleName]string {
	out := map[model.RoleName]string{}
	for role, raw := range files {
		out[role] = fmt.Sprintf("%x", sha256.Sum256(raw))
	}
	return out
}

// stored reports whether the server has every one of the files, by their hashes. Of
// an upload without files nothing can be said, and it may be sent again.
func (d *Service) stored(ctx context.Context, server *admin.Rereading, files map[model.RoleName]string) (bool, error) {
	for role, sum := range files {
		_, err := server.Read(ctx, port.Ref{Role: role, SHA256: sum, Limit: d.DialectOf(server.GUN).Limit(role)})
		switch {
		case model.KindOf(err) == model.FaultNotFound:
			return false, nil
		case err != nil:
			return false, err
		}
	}
	return len(files) > 0, nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
