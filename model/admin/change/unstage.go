package change

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// StagedMarks are the files that changes remove from the changelist once they are verified.
func StagedMarks(changes []model.Change) []model.StagedMark {
	var out []model.StagedMark
	for _, c := range changes {
		if u, ok := c.(model.Unstage); ok {
			out = append(out, u.Files...)
		}
	}
	return out
}

// unstage removes what was published from the changelist, as the client does that has staged
// it. What is there no more, or was changed since, is none of it.
func (x *execution) unstage(ctx context.Context, i int, out *PartOutcome) error {
	p := &x.Plan.Parts[i]
	marks := StagedMarks(p.Changes)
	if len(marks) == 0 {
		return nil
	}
	return x.steps.Step(ctx, func() error {
		var err error
		if out.Unstaged, err = x.removeStaged(ctx, p.GUN, marks); err == nil && len(out.Unstaged) == 0 {
			return admin.ErrKept
		}
		return err
	})
}

// removeStaged removes files from the changelist; where there is no trust folder there are
// none.
func (d *Service) removeStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) ([]model.StagedMark, error) {
	if d.TrustData == nil || len(marks) == 0 {
		return nil, nil
	}
	return d.TrustData.RemoveStaged(context.WithoutCancel(ctx), gun, marks)
}

// stillStaged are those of some files that are still in the changelist.
func (d *Service) stillStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) ([]model.StagedMark, error) {
	if d.Trust == nil || len(marks) == 0 {
		return nil, nil
	}
	files, err := d.Trust.Staged(ctx, gun)
	if err != nil {
		return nil, err
	}
	var out []model.StagedMark
	for _, f := range files {
		if mark := f.Mark(); f.Fault == nil && slices.Contains(marks, mark) {
			out = append(out, mark)
		}
	}
	return out, nil
}
