package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// Interrupted is a run that was cut off, as it can be explained now.
type Interrupted struct {
	Entry Entry
	Begun time.Time
	Parts []InterruptedPart
	// Remaining is what is left to be done, on the repositories as they are
	// now; it wants to be reviewed like any plan. It is nil where nothing is
	// left, and where Fault says why that cannot be told.
	Remaining *plan.Plan
	Fault     error
}

// InterruptedPart is what became of one repository of a run that was cut off.
type InterruptedPart struct {
	GUN model.GUN
	// Published is true where the server has what was to be published.
	Published bool
	// Made are the keys that were made, and are kept. Retired are those that were
	// removed from this machine.
	Made, Retired []model.KeyID
	// Kept is true where the change was published, and would have removed keys from
	// this machine once it was proved.
	Kept bool
}

// Explain says in sentences what happened to the repository.
func (p InterruptedPart) Explain() []string {
	var out []string
	if p.Published {
		out = append(out, fmt.Sprintf("%s: the change was published", p.GUN))
	} else {
		out = append(out, fmt.Sprintf("%s: nothing was published, the repository is as it was", p.GUN))
	}
	for _, id := range p.Made {
		out = append(out, fmt.Sprintf("key %s was made and is kept on this machine", id.Short()))
	}
	for _, id := range p.Retired {
		out = append(out, fmt.Sprintf("key %s was removed from this machine", id.Short()))
	}
	if p.Kept {
		out = append(out, "keys that were to be removed from this machine may still be here: they are no longer needed, and can be removed on their own")
	}
	return out
}

// Interrupted lists the runs that were cut off, and what is left of each. It only
// reads.
func (d *Desk) Interrupted(ctx context.Context) ([]Interrupted, error) {
	if d.Journal == nil {
		return nil, nil
	}
	entries, err := d.Journal.Open(ctx)
	if err != nil {
		return nil, err
	}
	var out []Interrupted
	for _, e := range entries {
		out = append(out, d.explain(ctx, e))
	}
	return out, nil
}

func (d *Desk) explain(ctx context.Context, e Entry) Interrupted {
	out := Interrupted{Entry: e, Begun: e.Begun}
	saved, err := plan.Decode(e.Plan)
	if err != nil {
		out.Fault = &model.Fault{Kind: model.FaultLocal, Subject: "journal " + e.ID, Text: err.Error(), Hint: "It can only be put aside."}
		return out
	}
	var left []Asked
	for _, r := range saved.Requests {
		part, err := d.explainPart(ctx, e, r.GUN)
		if err != nil {
			out.Fault = err
			return out
		}
		part.Kept = part.Published && len(part.Retired) == 0 && slices.ContainsFunc(r.Changes, func(c model.Change) bool {
			rotate, ok := c.(model.RotateKey)
			return ok && rotate.Retire
		})
		out.Parts = append(out.Parts, part)
		if !part.Published {
			left = append(left, Asked{GUN: r.GUN, Changes: r.Changes})
		}
	}
	if len(left) > 0 {
		out.Remaining, out.Fault = d.remaining(ctx, left)
	}
	return out
}

// remaining compiles what is left. Nobody has to ask for it anew: a signer whom others
// have removed meanwhile is no mistake.
func (d *Desk) remaining(ctx context.Context, left []Asked) (*plan.Plan, error) {
	requests, err := d.requests(ctx, left)
	if err != nil {
		return nil, err
	}
	return d.compileRetiring(ctx, requests)
}

func (d *Desk) explainPart(ctx context.Context, e Entry, gun model.GUN) (InterruptedPart, error) {
	out := InterruptedPart{GUN: gun}
	for _, n := range e.Notes {
		if n.GUN != gun {
			continue
		}
		switch n.Kind {
		case NoteMade:
			out.Made = append(out.Made, n.Key)
		case NoteRetired:
			out.Retired = append(out.Retired, n.Key)
		case NotePublished, NoteProved:
			out.Published = true
		case NotePublishing:
			stored, err := d.stored(ctx, gun, n.Files)
			if err != nil {
				return out, err
			}
			out.Published = out.Published || stored
		}
	}
	return out, nil
}

// Dismiss closes the entry of a run that was cut off: what it did stays as it is.
func (d *Desk) Dismiss(ctx context.Context, e Entry) error { return d.Journal.Close(ctx, e.ID) }
