package change

import (
	"cmp"
	"context"
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// parts changes one repository after the other, and then removes the keys that are to be
// removed. Where one fails by itself, the others are changed all the same.
func (x *execution) parts(ctx context.Context) error {
	for i := range x.outcome.Parts {
		out := &x.outcome.Parts[i]
		if out.Idle {
			continue
		}
		err := x.part(ctx, i, out)
		if err == nil {
			continue
		}
		out.Err = err
		switch {
		case len(x.outcome.Parts) == 1:
			return err
		case !x.confined(err, out):
			return x.failures()
		}
		x.steps.Skip(x.ends[i])
	}
	failed, err := x.failures(), x.retire(ctx)
	if failed == nil || err == nil {
		return cmp.Or(failed, err)
	}
	return errors.Join(failed, err)
}

// confined reports whether a failure says nothing of other repositories: the server has
// refused this one, or someone else has changed it, and what became of it is known. What
// was published and is not verified ends everything: the same could happen to the others.
func (x *execution) confined(err error, out *PartOutcome) bool {
	if x.over || out.Published || out.Doubtful {
		return false
	}
	var stale *StalePlan
	if errors.As(err, &stale) {
		return true
	}
	switch model.KindOf(err) {
	case model.FaultRefused, model.FaultStale, model.FaultUnauthorized, model.FaultNotFound, model.FaultUsage, model.FaultBadData:
		return true
	case model.FaultUnreachable, model.FaultTLS, model.FaultServer, model.FaultCanceled, model.FaultLocal, model.FaultSecret, model.FaultUnusable:
		return false
	}
	return false // a mistake of the program
}

// failures is the error of what has failed so far; nil where nothing has.
func (x *execution) failures() error {
	f := &Failures{Of: len(x.outcome.Parts)}
	for i := range x.outcome.Parts {
		switch p := &x.outcome.Parts[i]; {
		case p.Err != nil:
			f.Parts = append(f.Parts, *p)
		case p.State() == PartNotStarted:
			f.NotStarted++
		}
	}
	if len(f.Parts) == 0 {
		return nil
	}
	return f
}

// part changes one repository.
func (x *execution) part(ctx context.Context, i int, out *PartOutcome) error {
	p := &x.Plan.Parts[i]
	sealed, err := x.seal(ctx, i, out)
	if err != nil {
		return err
	}
	if err := x.collect(ctx, p, sealed, out); err != nil {
		return x.ending(err)
	}
	files, err := sealed.Files()
	if err != nil {
		return x.ending(err)
	}
	if err := x.rehearse(ctx, i, files); err != nil {
		return err
	}
	if err := x.publish(ctx, i, files, out); err != nil {
		return err
	}
	if err := x.prove(ctx, i, files, out); err != nil {
		return err
	}
	return x.unstage(ctx, i, out)
}

// ending is an error of this machine, which ends everything.
func (x *execution) ending(err error) error {
	x.over = x.over || err != nil
	return err
}

// removal is a key that is to be removed from this machine, and the parts that retire it.
type removal struct {
	key   plan.Key
	parts []int
}

// removals lists the keys that a plan removes from this machine, each once.
func removals(p *plan.Plan) []removal {
	var out []removal
	at := map[model.KeyID]int{}
	for i := range p.Parts {
		for _, k := range p.Parts[i].Removed() {
			n, ok := at[k.ID]
			if !ok {
				n = len(out)
				at[k.ID], out = n, append(out, removal{key: k})
			}
			out[n].parts = append(out[n].parts, i)
		}
	}
	return out
}

// unverified is the first of the repositories that were to let go of a key and may not have;
// empty where all have.
func (x *execution) unverified(r removal) model.GUN {
	for _, i := range r.parts {
		if p := &x.outcome.Parts[i]; p.State() != PartVerified {
			return p.GUN
		}
	}
	return ""
}

// retire removes the keys that the plan names, after the proof of every repository that was
// to let go of them.
func (x *execution) retire(ctx context.Context) error {
	for _, r := range removals(x.Plan) {
		if err := x.steps.Step(ctx, func() error { return x.retireOne(ctx, r) }); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) retireOne(ctx context.Context, r removal) error {
	out := &x.outcome.Parts[r.parts[len(r.parts)-1]]
	if gun := x.unverified(r); gun != "" {
		out.Kept = append(out.Kept, KeptKey{r.key.ID, string(gun) + " was not changed as planned, and may need it"})
		return admin.ErrKept
	}
	all := true
	for _, i := range r.parts {
		all = all && allKnown(x.Plan.Parts[i].Changes)
	}
	gone, kept, err := x.Retire(ctx, []model.KeyID{r.key.ID}, all, repositories(x.requests)...)
	out.Retired, out.Kept = append(out.Retired, gone...), append(out.Kept, kept...)
	if err == nil && len(gone) == 0 {
		err = admin.ErrKept
	}
	for _, i := range r.parts {
		if err == nil {
			err = x.noteRetired(ctx, x.Plan.Parts[i].GUN, r.key.ID)
		}
	}
	return err
}
