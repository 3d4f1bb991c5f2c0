package change

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Interrupted is a run that was cut off, as it can be explained now.
type Interrupted struct {
	Entry port.Entry
	Begun time.Time
	Parts []InterruptedPart
	// Remaining is what is left to be done, on the repositories as they are
	// now; it wants to be reviewed like any plan. It is nil where nothing is
	// left, and where Fault says why that cannot be told.
	Remaining *plan.Plan
	Fault     error
	// Collected is the file with signatures that were made elsewhere, which are to be published;
	// empty where there is none.
	Collected string
	// made are keys of the run that are used again.
	made map[madeKey]model.KeyID
}

// InterruptedPart is what became of one repository of a run that was cut off. What the
// journal names is believed only where the repository or the trust folder proves it.
type InterruptedPart struct {
	GUN model.GUN
	// Published is true where the server has what was to be published.
	Published bool
	// Made are the keys that were made, are here, and are listed nowhere: they are used
	// again. Doubted are keys that the journal calls so, and that are not.
	Made, Doubted []model.KeyID
	// Retired are keys that were removed from this machine. Retire are keys that sign
	// nothing of the repository any more, were to be removed, and are still here.
	Retired, Retire []model.KeyID
	// Unstage are files of the changelist that stage what was published, and are still
	// there.
	Unstage []model.StagedMark
	// allKnown is the user's word of then about the repositories known here.
	allKnown bool
	// before has the keys that are to be removed, as the repository listed them.
	before *model.Repository
	// files are the roles that were sent.
	files []model.RoleName
}

// Explain says in sentences what happened to the repository.
func (p InterruptedPart) Explain() []string {
	var out []string
	if p.Published {
		out = append(out, fmt.Sprintf("%s: the change was published", p.GUN))
	} else {
		out = append(out, fmt.Sprintf("%s: nothing was published; the repository is unchanged", p.GUN))
	}
	for _, id := range p.Made {
		out = append(out, fmt.Sprintf("key %s was made and is kept on this machine", id.Short()))
	}
	for _, id := range p.Doubted {
		out = append(out, fmt.Sprintf("the journal wrongly lists key %s as made by this run; it is left alone", id.Short()))
	}
	for _, id := range p.Retired {
		out = append(out, fmt.Sprintf("key %s was removed from this machine", id.Short()))
	}
	for _, id := range p.Retire {
		out = append(out, fmt.Sprintf("key %s should have been removed from this machine, but is still here", id.Short()))
	}
	if n := len(p.Unstage); n > 0 {
		out = append(out, fmt.Sprintf("%s published, and still in the changelist", model.Count(n, "staged change")))
	}
	return out
}

// LeftStaged is how many staged changes are still to be removed from the changelist: they
// are published.
func (i Interrupted) LeftStaged() int {
	n := 0
	for _, p := range i.Parts {
		n += len(p.Unstage)
	}
	return n
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
func (d *Service) Interrupted(ctx context.Context) ([]Interrupted, error) {
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

func (d *Service) explain(ctx context.Context, e port.Entry) Interrupted {
	out := Interrupted{Entry: e, Begun: e.Begun}
	saved, err := plan.Decode(e.Plan)
	if err != nil {
		out.Fault = &model.Fault{Kind: model.FaultLocal, Subject: "journal " + e.ID, Text: err.Error(), Hint: "You can only dismiss it."}
		return out
	}
	for _, n := range e.Notes {
		if n.Kind == port.NoteCollected {
			out.Collected = n.From
		}
	}
	var left []Request
	for _, r := range saved.Requests {
		part, err := d.explainPart(ctx, e, r)
		if err != nil {
			out.Fault = err
			return out
		}
		out.Parts = append(out.Parts, part)
		if !part.Published {
			left = append(left, Request{GUN: r.GUN, Changes: r.Changes})
		}
	}
	if len(left) > 0 {
		out.Remaining, out.Fault = d.Prepare(ctx, left)
	}
	if out.Remaining != nil {
		out.made, out.Fault = d.reusable(ctx, []port.Entry{e}, out.Remaining)
		out.tellMade()
	}
	return out
}

// tellMade says of each part which of the keys that the journal names are used again.
func (i *Interrupted) tellMade() {
	for n := range i.Parts {
		p := &i.Parts[n]
		for _, note := range i.Entry.Notes {
			if note.Kind != port.NoteMade || note.GUN != p.GUN || p.Published {
				continue
			}
			if i.made[madeKey{note.GUN, note.Symbol}] == note.Key {
				p.Made = append(p.Made, note.Key)
			} else {
				p.Doubted = append(p.Doubted, note.Key)
			}
		}
	}
}

func (d *Service) explainPart(ctx context.Context, e port.Entry, r plan.SavedRequest) (InterruptedPart, error) {
	out := InterruptedPart{GUN: r.GUN, allKnown: allKnown(r.Changes)}
	var sent map[model.RoleName]string
	var removed []model.KeyID
	for _, n := range e.Notes {
		switch {
		case n.GUN != r.GUN:
		case n.Kind == port.NotePublishing:
			sent = n.Files
		case n.Kind == port.NoteRetired:
			removed = append(removed, n.Key)
		}
	}
	h := history{Service: d.Service, request: r, sent: sent}
	var err error
	if out.Published, err = h.happened(ctx); err != nil || !out.Published {
		return out, err
	}
	out.files = slices.Sorted(maps.Keys(sent))
	if out.Unstage, err = d.stillStaged(ctx, r.GUN, StagedMarks(r.Changes)); err != nil {
		return out, err
	}
	replaced, before, err := h.retire(ctx)
	if err != nil {
		return out, err
	}
	out.before = before
	if out.Retire, err = d.stillHere(ctx, replaced, before); err != nil {
		return out, err
	}
	for _, id := range replaced {
		if slices.Contains(removed, id) && !slices.Contains(out.Retire, id) {
			out.Retired = append(out.Retired, id)
		}
	}
	return out, nil
}

// stillHere are those of some keys, which a repository once listed, whose private halves are
// on this machine.
func (d *Service) stillHere(ctx context.Context, ids []model.KeyID, before *model.Repository) ([]model.KeyID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys, err := d.PrivateKeys(ctx, before)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id model.KeyID) bool {
		return !slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.Is(id) })
	}), nil
}

// Finish does for what a run has published what it did not come to: it reads that back as
// a new client, and then removes what was published from the changelist, and the keys that
// were to be removed; kept are those that must stay. Nothing is removed of a repository
// that does not read back. The entry stays open.
func (d *Service) Finish(ctx context.Context, one Interrupted) (kept []KeptKey, err error) {
	for _, p := range one.Parts {
		if !p.Published {
			continue
		}
		// What a publish has put aside may be left, though all its files have their names.
		if err := d.FinishPublish(ctx, Unfinished{GUN: p.GUN}); err != nil {
			return kept, err
		}
		if err := d.readBack(ctx, p); err != nil {
			return kept, err
		}
		if err := d.Journal.Note(ctx, one.Entry.ID, port.Note{Time: d.Clock(), Kind: port.NoteProved, GUN: p.GUN}); err != nil {
			return kept, err
		}
		if _, err := d.removeStaged(ctx, p.GUN, p.Unstage); err != nil {
			return kept, err
		}
		for _, id := range p.Retire {
			gone, stay, err := d.Retire(ctx, []model.KeyID{id}, p.allKnown, p.before)
			kept = append(kept, stay...)
			if err == nil && len(gone) > 0 {
				err = d.Journal.Note(ctx, one.Entry.ID, port.Note{Time: d.Clock(), Kind: port.NoteRetired, GUN: p.GUN, Key: id})
			}
			if err != nil {
				return kept, err
			}
		}
	}
	return kept, nil
}

// readBack reads what a run has published as a client that knows nothing.
func (d *Service) readBack(ctx context.Context, p InterruptedPart) error {
	now, err := d.OpenAs(ctx, p.GUN, nil)
	if err != nil {
		return err
	}
	differs := ""
	for _, problem := range now.Problems {
		if problem.Severity == model.Failure {
			differs = problem.Text
		}
	}
	for _, name := range p.files {
		// Whoever has published since may have deleted a delegation.
		if role := now.Role(name); role != nil && !role.Usable() {
			differs = fmt.Sprintf("%s cannot be used: it is %s", name, role.State)
		}
	}
	if differs == "" {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultBadData, Subject: string(p.GUN), Text: "the change was published, but a new client can't read it back: " + differs,
		Hint: "Check the repository with: trustdeck doctor. To leave everything unchanged, give --dismiss.",
	}
}

// Dismiss closes the entry of a run that was cut off: what it did stays as it is.
func (d *Service) Dismiss(ctx context.Context, e port.Entry) error { return d.Journal.Close(ctx, e.ID) }
