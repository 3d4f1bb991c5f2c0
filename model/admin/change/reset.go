package change

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// StagedHere reads what is staged for a repository, without a look at its server. The error
// is a *model.Fault.
func (d *Service) StagedHere(ctx context.Context, gun model.GUN) (*admin.Staged, error) {
	staged := d.StagedFor(ctx, admin.Look{GUN: gun})
	if staged.Fault != nil {
		return nil, staged.Fault
	}
	return &staged, nil
}

// DropStaged takes staged changes out of the changelist of a repository, and keeps their
// files in the folder that it returns. It counts those that were still there.
func (d *Service) DropStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) (folder string, dropped int, err error) {
	if d.TrustData == nil {
		return "", 0, &model.Fault{Kind: model.FaultUsage, Text: "there is no trust folder here"}
	}
	folder, moved, err := d.TrustData.SetStagedAside(context.WithoutCancel(ctx), gun, marks, d.Clock())
	return folder, len(moved), err
}
