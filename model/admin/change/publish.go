package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// StagedNow reads what is staged for a repository and judges it by the repository as it is
// now. The error is a *model.Fault: there is no such repository, or it cannot be read.
func (d *Service) StagedNow(ctx context.Context, gun model.GUN) (*admin.Staged, error) {
	look := d.Open(ctx, gun)
	staged := d.StagedFor(ctx, look)
	switch fault := look.Fault; {
	case staged.Fault != nil:
		return nil, staged.Fault
	case fault != nil && fault.Kind == model.FaultNotFound && staged.Unpublished:
		return nil, &model.Fault{
			Kind: model.FaultNotFound, Subject: string(gun), Text: "the repository was initialised here but never published", Err: fault,
			Hint: d.DialectOf(gun).Words().Staging.Unpublished,
		}
	case fault != nil:
		return nil, fault
	}
	return &staged, nil
}

// PreparePublish says what it would do to publish staged changes in an order. It refuses
// those that are not staged any more, or that cannot be applied one after the other.
func (d *Service) PreparePublish(ctx context.Context, gun model.GUN, order []model.StagedMark) (*plan.Plan, error) {
	writable, err := d.Writable(gun)
	if err != nil {
		return nil, err
	}
	look := d.Open(ctx, gun)
	if look.Fault != nil {
		return nil, look.Fault
	}
	staged := d.StagedFor(ctx, look)
	var chosen []*admin.StagedChange
	var changes []model.StagedChange
	for _, mark := range order {
		i := slices.IndexFunc(staged.Changes, func(c admin.StagedChange) bool { return c.Mark == mark && mark.SHA256 != "" })
		if i < 0 {
			return nil, &model.Fault{
				Kind: model.FaultStale, Subject: string(gun), Text: "the staged change " + mark.Name + " is no longer there as it was",
				Hint: "Someone else has changed the changelist. Start again.",
			}
		}
		chosen, changes = append(chosen, &staged.Changes[i]), append(changes, staged.Changes[i].Change)
	}
	keys, err := d.PrivateKeys(ctx, look.Repository)
	if err != nil {
		return nil, err
	}
	request := Request{GUN: gun}
	for i, entry := range plan.Staged(plan.Request{Dialect: writable, GUN: gun, Repository: look.Repository}, keys, d.Clock(), changes) {
		if entry.Refused != nil {
			return nil, refusedStaged(gun, chosen[i], entry.Refused)
		}
		request.Changes = append(request.Changes, entry.Changes...)
	}
	request.Changes = append(request.Changes, model.Unstage{Files: order})
	return d.Prepare(ctx, []Request{request})
}

// refusedStaged names a staged change that cannot be applied where it is now in the order.
func refusedStaged(gun model.GUN, c *admin.StagedChange, refused error) error {
	out := &model.Fault{
		Kind: model.FaultUsage, Subject: string(gun), Err: refused, Hint: strings.TrimSpace(fmt.Sprintf("Leave it out with --drop %d. %s", c.Index, model.HintOf(refused))),
		Text: fmt.Sprintf("staged change %d (%s) cannot be published: %s", c.Index, c.Words(), refused),
	}
	if fault, ok := errors.AsType[*model.Fault](refused); ok {
		out.Text = fmt.Sprintf("staged change %d (%s) cannot be published: %s", c.Index, c.Words(), fault.Text)
	}
	return out
}
