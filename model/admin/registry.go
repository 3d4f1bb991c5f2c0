package admin

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
)

// Served asks the registry what it serves under a tag, and compares that with what
// is signed for it: signed is what the dialect makes of the tag. Where the two
// differ, it also asks whether the registry still has the signed content, which is
// what a client that verifies will ask for. It changes nothing.
func (d *Service) Served(ctx context.Context, gun model.GUN, signed model.Resolution) model.Served {
	s := model.NewServed(signed)
	if d.Registry == nil {
		return s
	}
	m, err := d.Registry.Resolve(ctx, gun, signed.Tag)
	switch {
	case err == nil:
		s = s.Compare(m)
	case model.KindOf(err) == model.FaultNotFound:
		s.State = model.ServedAbsent
	default:
		s.State, s.Fault = model.ServedUnknown, registryFault(gun, err)
	}
	if s.Signed != "" && (s.State == model.ServedDiffers || s.State == model.ServedAbsent) {
		s.Held = d.held(ctx, gun, s.Signed)
	}
	return s
}

// Manifest asks the registry what it serves under a tag, to sign it.
func (d *Service) Manifest(ctx context.Context, gun model.GUN, tag string) (model.Manifest, error) {
	if d.Registry == nil {
		return model.Manifest{}, &model.Fault{
			Kind: model.FaultUsage, Subject: string(gun), Text: "no registry can be asked here for " + tag, Hint: "Give the digest and the size.",
		}
	}
	m, err := d.Registry.Resolve(ctx, gun, tag)
	if err != nil {
		return m, registryFault(gun, err)
	}
	return m, nil
}

// Manifests asks for several tags at the same time. The error names each that could not be
// read.
func (d *Service) Manifests(ctx context.Context, gun model.GUN, tags []string) (map[string]model.Manifest, error) {
	found, errs := make([]model.Manifest, len(tags)), make([]error, len(tags))
	var group errgroup.Group
	group.SetLimit(DefaultParallel)
	for i, tag := range tags {
		group.Go(func() error {
			found[i], errs[i] = d.Manifest(ctx, gun, tag)
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
	out := map[string]model.Manifest{}
	for i, tag := range tags {
		out[tag] = found[i]
	}
	return out, errors.Join(errs...)
}

// held asks for the signed digest itself.
func (d *Service) held(ctx context.Context, gun model.GUN, digest string) model.DigestAvailable {
	m, err := d.Registry.Resolve(ctx, gun, digest)
	switch {
	case err == nil && m.Digest == digest:
		return model.DigestYes
	case model.KindOf(err) == model.FaultNotFound:
		return model.DigestNo
	default:
		return model.DigestUnknown
	}
}

// registryFault keeps what a registry says of itself, and names the repository
// where a registry breaks its contract.
func registryFault(gun model.GUN, err error) *model.Fault {
	if fault, ok := errors.AsType[*model.Fault](err); ok {
		return fault
	}
	return &model.Fault{
		Kind: model.FaultServer, Subject: string(gun), Text: "the registry could not be read: " + err.Error(), Err: err,
		Hint: "try again later",
	}
}
