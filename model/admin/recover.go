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
	// Proved is true where it was read back already.
	Proved bool
	// Made are the keys that were made, and are kept. Retired are those that were
	// removed from this machine.
	Made, Retired []model.KeyID
	// Retire are keys that were to be removed from this machine, and are still here.
	Retire []model.KeyID
	// files are the SHA-256 of what was sent last.
	files map[model.RoleName]string
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
	for _, id := range p.Retire {
		if p.Published {
			out = append(out, fmt.Sprintf("key %s was to be removed from this machine, and is still here", id.Short()))
		}
	}
	return out
}

// Left are the keys that are still to be removed from this machine: what they sign no
// more is published.
func (i Interrupted) Left() []model.KeyID {
	var out []model.KeyID
	for _, p := range i.Parts {
		if p.Published {
			out = append(out, p.Retire...)
		}
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
		out.Parts = append(out.Parts, part)
		if !part.Published {
			left = append(left, Asked{GUN: r.GUN, Changes: r.Changes})
		}
	}
	if len(left) > 0 {
		out.Remaining, out.Fault = d.Prepare(ctx, left)
	}
	return out
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
			out.Published, out.Proved = true, true
		case NotePublished:
			out.Published = true
		case NoteProved:
			out.Published, out.Proved = true, true
		case NotePublishing:
			stored, err := d.stored(ctx, gun, n.Files)
			if err != nil {
				return out, err
			}
			out.Published, out.files = out.Published || stored, n.Files
			if out.Retire, err = d.stillHere(ctx, n.Retire); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// stillHere are those of some keys whose private halves are on this machine.
func (d *Desk) stillHere(ctx context.Context, ids []model.KeyID) ([]model.KeyID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys, err := d.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id model.KeyID) bool {
		return !slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.ID == id })
	}), nil
}

// Finish does for what a run has published what it did not come to: it reads that
// back as a new client, and then removes the keys that were to be removed. Nothing is
// removed of a repository that does not read back. The entry stays open.
func (d *Desk) Finish(ctx context.Context, one Interrupted) error {
	for _, p := range one.Parts {
		if !p.Published {
			continue
		}
		if !p.Proved {
			if err := d.readBack(ctx, p); err != nil {
				return err
			}
			if err := d.Journal.Note(ctx, one.Entry.ID, Note{Time: d.Clock(), Kind: NoteProved, GUN: p.GUN}); err != nil {
				return err
			}
		}
		for _, id := range p.Retire {
			if _, err := d.Retire(ctx, []model.KeyID{id}); err != nil {
				return err
			}
			if err := d.Journal.Note(ctx, one.Entry.ID, Note{Time: d.Clock(), Kind: NoteRetired, GUN: p.GUN, Key: id}); err != nil {
				return err
			}
		}
	}
	return nil
}

// readBack reads what a run has published as a client that knows nothing.
func (d *Desk) readBack(ctx context.Context, p InterruptedPart) error {
	now, err := d.readAs(ctx, p.GUN, nil)
	if err != nil {
		return err
	}
	differs := ""
	for _, problem := range now.Problems {
		if problem.Severity == model.Failure {
			differs = problem.Text
		}
	}
	for name := range p.files {
		// Whoever has published since may have deleted a delegation.
		if role := now.Role(name); role != nil && !role.Usable() {
			differs = fmt.Sprintf("%s cannot be used: it is %s", name, role.State)
		}
	}
	if differs == "" {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultBadData, Subject: string(p.GUN), Text: "the change was published, and a new client does not read it back: " + differs,
		Hint: "Look at the repository now: trustdeck doctor. With --dismiss everything stays as it is.",
	}
}

// Dismiss closes the entry of a run that was cut off: what it did stays as it is.
func (d *Desk) Dismiss(ctx context.Context, e Entry) error { return d.Journal.Close(ctx, e.ID) }
