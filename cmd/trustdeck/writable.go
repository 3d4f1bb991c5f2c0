package main

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// writable is the desk of a session with which something can be changed.
func (a *app) writable(s *session) (*admin.Desk, error) {
	var desk *admin.Desk
	switch d := s.desk.(type) {
	case *admin.Desk:
		desk = d
	case namedSources:
		desk = d.Desk
	}
	if desk == nil || desk.Publisher == nil {
		return nil, usageError("an archive cannot be changed", "Leave out --archive to change the repository on its server.")
	}
	if !s.settings.At.IsZero() {
		return nil, usageError("--at only looks: nothing can be signed at another time than now", "Leave out --at.")
	}
	return desk, nil
}

var _ admin.Publisher = (*byRegistry)(nil)

// Publish sends the files to the server of the repository's registry.
func (b *byRegistry) Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error {
	p, err := b.publisher(gun)
	if err != nil {
		return err
	}
	return p.Publish(ctx, gun, files)
}

// SignsSnapshot asks the server of the repository's registry.
func (b *byRegistry) SignsSnapshot(ctx context.Context, gun model.GUN, targets []byte) (signs, known bool, err error) {
	p, err := b.publisher(gun)
	if err != nil {
		return false, false, err
	}
	return p.SignsSnapshot(ctx, gun, targets)
}

// ServerKey asks the server of the repository's registry.
func (b *byRegistry) ServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	p, err := b.publisher(gun)
	if err != nil {
		return model.PublicKey{}, err
	}
	return p.ServerKey(ctx, gun, role)
}

// NewServerKey asks the server of the repository's registry.
func (b *byRegistry) NewServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error) {
	p, err := b.publisher(gun)
	if err != nil {
		return model.PublicKey{}, err
	}
	return p.NewServerKey(ctx, gun, role)
}

func (b *byRegistry) publisher(gun model.GUN) (admin.Publisher, error) {
	r, err := b.remote(gun)
	if err != nil {
		return nil, err
	}
	p, ok := r.(admin.Publisher)
	if !ok {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: r.Source().Name, Text: "it can only be read"}
	}
	return p, nil
}
