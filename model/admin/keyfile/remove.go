package keyfile

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
// that can't be removed doesn't keep the others. The error is the first one. The folder is read
// twice, however many keys there are: a file that has changed after the first time stays, and the
// second shows which keys are left.
func (s *Service) Remove(ctx context.Context, keys []model.PrivateKey, run Run) ([]RemovedKey, error) {
	steps := admin.Runner{Steps: RemoveSteps(keys), Watch: run.Watch, Stop: run.Stop}
	steps.Begin()
	out := make([]RemovedKey, len(keys))
	for i, k := range keys {
		out[i].Key = k
	}
	here, first := s.Store.Keys(ctx)
	if first != nil {
		steps.End(first)
		return out, first
	}
	for i, k := range keys {
		err := steps.Step(ctx, func() error { return s.remove(ctx, here, k.ID) })
		out[i].Removed, out[i].Err = err == nil, err
		if first == nil {
			first = err
		}
		if model.KindOf(err) == model.FaultCanceled || errors.Is(err, context.Canceled) {
			out[i].Err = nil // it wasn't tried
			break
		}
	}
	if err := s.absent(context.WithoutCancel(ctx), out); first == nil {
		first = err
	}
	steps.End(first)
	return out, first
}

// remove deletes the files of a key.
func (s *Service) remove(ctx context.Context, here []model.PrivateKey, id model.KeyID) error {
	found := false
	for _, k := range here {
		if k.ID != id {
			continue
		}
		found = true
		if err := s.Files.RemoveFile(ctx, k); err != nil {
			return err
		}
	}
	if !found {
		return missing(id)
	}
	return nil
}

// absent looks whether the removed keys are no longer there, and corrects what was said of those
// that are.
func (s *Service) absent(ctx context.Context, removed []RemovedKey) (first error) {
	if !slices.ContainsFunc(removed, func(r RemovedKey) bool { return r.Removed }) {
		return nil
	}
	here, err := s.here(ctx)
	for i := range removed {
		r := &removed[i]
		if !r.Removed {
			continue
		}
		r.Err = err
		if k, ok := here[r.Key.ID]; ok {
			r.Err = &model.Fault{Kind: model.FaultLocal, Subject: k.Path, Text: "is still there after it was removed", Hint: "Check the disk, and list the keys again."}
		}
		if r.Removed = r.Err == nil; first == nil {
			first = r.Err
		}
	}
	return first
}
