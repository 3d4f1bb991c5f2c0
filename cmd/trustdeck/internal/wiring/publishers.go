package wiring

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// publishers is a Publisher that stands for many: it finds that of each repository.
type publishers func(gun model.GUN) (port.Publisher, error)

var (
	_ port.Publisher = publishers(nil)
	_ port.Finisher  = publishers(nil)
	_ port.Uploader  = publishers(nil)
	_ port.Tracked   = publishers(nil)
)

// Publish has the publisher of the repository store the files.
func (of publishers) Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error {
	p, err := of(gun)
	if err != nil {
		return err
	}
	return p.Publish(ctx, gun, files)
}

// SignsSnapshot asks the publisher of the repository.
func (of publishers) SignsSnapshot(ctx context.Context, gun model.GUN, targets []byte) (signs, known bool, err error) {
	p, err := of(gun)
	if err != nil {
		return false, false, err
	}
	return p.SignsSnapshot(ctx, gun, targets)
}

// ServerKey asks the publisher of the repository.
func (of publishers) ServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	p, err := of(gun)
	if err != nil {
		return model.PublicKey{}, err
	}
	return p.ServerKey(ctx, gun, role)
}

// NewServerKey asks the publisher of the repository.
func (of publishers) NewServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	p, err := of(gun)
	if err != nil {
		return model.PublicKey{}, err
	}
	return p.NewServerKey(ctx, gun, role)
}

// Delete has the publisher of the repository delete it.
func (of publishers) Delete(ctx context.Context, gun model.GUN) error {
	p, err := of(gun)
	if err != nil {
		return err
	}
	return p.Delete(ctx, gun)
}

// Unfinished asks the publisher of the repository; a server leaves nothing unfinished.
func (of publishers) Unfinished(ctx context.Context, gun model.GUN) ([]string, error) {
	p, err := of(gun)
	if finisher, ok := p.(port.Finisher); ok {
		return finisher.Unfinished(ctx, gun)
	}
	return nil, err
}

// Finish has the publisher of the repository finish what was cut off.
func (of publishers) Finish(ctx context.Context, gun model.GUN) (finished bool, err error) {
	p, err := of(gun)
	if finisher, ok := p.(port.Finisher); ok {
		return finisher.Finish(ctx, gun)
	}
	return false, err
}

// Upload has the publisher of the repository hand its files over; a server publishes by itself.
func (of publishers) Upload(ctx context.Context, gun model.GUN, dir string) ([]string, error) {
	p, err := of(gun)
	if err != nil {
		return nil, err
	}
	if uploader, ok := p.(port.Uploader); ok {
		return uploader.Upload(ctx, gun, dir)
	}
	return nil, &model.Fault{
		Kind: model.FaultUsage, Subject: string(gun), Text: "its server publishes it, so there is nothing to upload",
		Hint: "Name a repository in a folder.",
	}
}

// Tracked asks the publisher of the repository; Git keeps no server's files.
func (of publishers) Tracked(ctx context.Context, gun model.GUN, versions map[model.RoleName]int64) (top string, names []string, err error) {
	p, err := of(gun)
	if tracked, ok := p.(port.Tracked); ok {
		return tracked.Tracked(ctx, gun, versions)
	}
	return "", nil, err
}
