package keyfile

import (
	"context"
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// RemoveSteps lists what Remove does, in order.
func RemoveSteps(keys []model.PrivateKey) []admin.Step {
	var texts []string
	for _, k := range keys {
		texts = append(texts, fmt.Sprintf("remove the %s key %s", k.Label, k.ID.Short()))
	}
	return admin.NewSteps(texts...)
}

// RemovedKey is what became of a key that was to be removed.
type RemovedKey struct {
	Key model.PrivateKey
	// Removed is true where no file of it is left. Err is why it isn't removed; nil where that
	// wasn't tried.
	Removed bool
	Err     error
}

// Remove deletes private keys from the folder, one after the other, each with all its files. One
// that can't be removed doesn't keep the others. The error is the first one.
func (s *Service) Remove(ctx context.Context, keys []model.PrivateKey, run Run) ([]RemovedKey, error) {
	steps := admin.Runner{Steps: RemoveSteps(keys), Watch: run.Watch, Stop: run.Stop}
	steps.Begin()
	out := make([]RemovedKey, len(keys))
	for i, k := range keys {
		out[i].Key = k
	}
	var first error
	for i, k := range keys {
		err := steps.Step(ctx, func() error { return s.remove(ctx, k.ID) })
		out[i].Removed, out[i].Err = err == nil, err
		if first == nil {
			first = err
		}
		if model.KindOf(err) == model.FaultCanceled || errors.Is(err, context.Canceled) {
			out[i].Err = nil // it wasn't tried
			break
		}
	}
	steps.End(first)
	return out, first
}

// remove deletes a key, and looks whether it is gone.
func (s *Service) remove(ctx context.Context, id model.KeyID) error {
	here, err := s.here(ctx)
	if err != nil {
		return err
	}
	if _, ok := here[id]; !ok {
		return missing(id)
	}
	if err := s.Store.Remove(ctx, id); err != nil {
		return err
	}
	if here, err = s.here(ctx); err != nil {
		return err
	}
	if k, ok := here[id]; ok {
		return &model.Fault{Kind: model.FaultLocal, Subject: k.Path, Text: "is still there after it was removed", Hint: "Check the disk, and list the keys again."}
	}
	return nil
}
