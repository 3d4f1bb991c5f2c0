package change

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// Drift is a tag under which a registry serves something else than when it was looked up.
type Drift struct {
	GUN model.GUN
	Tag string
	// From was looked up, To is served now; both are digests.
	From, To string
}

// String says what drifted.
func (d Drift) String() string {
	return fmt.Sprintf("the registry now serves %s under %s:%s, not %s", d.To, d.GUN, d.Tag, d.From)
}

// drifted asks the registry again for every tag whose content was looked up there. It is a
// *StalePlan where one is something else now.
func (x *execution) drifted(ctx context.Context) error {
	stale := &StalePlan{}
	requests := slices.Clone(x.requests)
	for i := range requests {
		changes, drifts, err := x.servedNow(ctx, requests[i].GUN, requests[i].Changes)
		if err != nil {
			return err
		}
		requests[i].Changes, stale.Drifts = changes, append(stale.Drifts, drifts...)
	}
	if len(stale.Drifts) == 0 {
		return nil
	}
	var err error
	if stale.Now, err = x.compile(ctx, requests); err != nil {
		return err
	}
	return stale
}

// servedNow are the changes with what the registry serves now, and how that differs.
func (x *execution) servedNow(ctx context.Context, gun model.GUN, changes []model.Change) (now []model.Change, drifts []Drift, err error) {
	asked := map[string]model.Manifest{}
	for _, change := range changes {
		add, ok := change.(model.AddTarget)
		if !ok || add.MediaType == "" {
			now = append(now, change)
			continue
		}
		m, known := asked[add.Name]
		if !known {
			if m, err = x.Manifest(ctx, gun, add.Name); err != nil {
				return nil, nil, err
			}
			asked[add.Name] = m
		}
		if was := "sha256:" + hex.EncodeToString(add.SHA256); m.Digest != was || m.Size != add.Length {
			if !known {
				drifts = append(drifts, Drift{gun, add.Name, was, m.Digest})
			}
			custom := add.Custom
			if add, err = TargetOf(add.Role, add.Name, m); err != nil {
				return nil, nil, err
			}
			add.Custom = custom
		}
		now = append(now, add)
	}
	return now, drifts, nil
}

// TargetOf is the change that signs, in a role, what a registry serves under a tag.
func TargetOf(role model.RoleName, tag string, m model.Manifest) (model.AddTarget, error) {
	sum, err := plan.ParseDigest(m.Digest)
	if err != nil {
		return model.AddTarget{}, &model.Fault{
			Kind: model.FaultBadData, Subject: tag, Text: "the registry's digest cannot be signed: " + err.Error(), Hint: "Give the digest and the size yourself.",
		}
	}
	return model.AddTarget{Role: role, Name: tag, Length: m.Size, SHA256: sum, MediaType: cmp.Or(m.MediaType, "unknown")}, nil
}
