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
