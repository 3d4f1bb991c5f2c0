package change

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Unfinished is a repository in which a publish or a deletion was cut off between two files:
// clients see some as before and some as afterwards.
type Unfinished struct {
	GUN model.GUN
	// Files are those that are still as before.
	Files []string
}

// Unfinished looks for such repositories among those of runs that were cut off, and those
// that the user has named. It only reads; a place that cannot tell is passed over.
func (d *Service) Unfinished(ctx context.Context) ([]Unfinished, error) {
	finisher, ok := d.Publisher.(port.Finisher)
	if !ok || d.Journal == nil {
		return nil, nil
	}
	entries, err := d.Journal.Open(ctx)
	if err != nil {
		return nil, err
	}
	guns := slices.Clone(d.Named)
	for _, e := range entries {
		saved, err := plan.Decode(e.Plan)
		if err != nil {
			continue // nobody knows what it was about
		}
		for _, r := range saved.Requests {
			guns = append(guns, r.GUN)
		}
	}
	slices.Sort(guns)
	var out []Unfinished
	for _, gun := range slices.Compact(guns) {
		if files, err := finisher.Unfinished(ctx, gun); err == nil && len(files) > 0 {
			out = append(out, Unfinished{GUN: gun, Files: files})
		}
	}
	return out, nil
}

// wholly refuses a repository in which a publish was cut off, and that Unfinished tells of: what
// is planned on top of the files that are there would be out of date once the others are. The
// repository itself is asked first: hardly one has a publish that was cut off.
func (d *Service) wholly(ctx context.Context, gun model.GUN) error {
	finisher, ok := d.Publisher.(port.Finisher)
	if !ok {
		return nil
	}
	if files, err := finisher.Unfinished(ctx, gun); err != nil || len(files) == 0 {
		return nil //nolint:nilerr // what cannot be read is said where it is read
	}
	cut, _ := d.Unfinished(ctx) // without a journal nothing will be written, and a plan can be made
	i := slices.IndexFunc(cut, func(u Unfinished) bool { return u.GUN == gun })
	if i < 0 {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultLocal, Subject: string(gun), Text: "a publish was cut off before it had changed " + model.Count(len(cut[i].Files), "file"),
		Hint: "Finish it first: trustdeck resume",
	}
}

// FinishPublish changes the files that were left as before, and removes what was put aside for
// them.
func (d *Service) FinishPublish(ctx context.Context, one Unfinished) error {
	finisher, ok := d.Publisher.(port.Finisher)
	if !ok {
		return nil
	}
	_, err := finisher.Finish(ctx, one.GUN)
	return err
}
