package keyfile

import (
	"bytes"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// ExportSteps lists what Export does, in order.
func ExportSteps(path string) []admin.Step {
	return admin.NewSteps("write "+path, "read it back from disk")
}

// Export writes keys into a new file, as another program imports them: encrypted as they are.
func (s *Service) Export(ctx context.Context, ids []model.KeyID, path string, run Run) ([]model.PrivateKey, error) {
	here, err := s.here(ctx)
	if err != nil {
		return nil, err
	}
	var keys []model.PrivateKey
	var content []byte
	for _, id := range ids {
		key, ok := here[id]
		if !ok {
			return nil, missing(id)
		}
		one, err := s.Files.ExportKey(ctx, key)
		if err != nil {
			return nil, err
		}
		keys, content = append(keys, key), append(content, one...)
	}
	steps := admin.Runner{Steps: ExportSteps(path), Watch: run.Watch, Stop: run.Stop}
	written := false
	err = steps.Run(ctx,
		func(context.Context) error {
			err := s.Files.WriteNew(path, content)
			written = err == nil
			return err
		},
		func(context.Context) error { return s.exported(path, content, keys) })
	if !written {
		keys = nil
	}
	return keys, err
}

// exported reads a file with keys back, as the next program will.
func (s *Service) exported(path string, content []byte, keys []model.PrivateKey) error {
	back, err := s.Files.ReadBack(path)
	if err != nil {
		return err
	}
	found, err := s.Files.ReadKeys(path, back)
	if err != nil {
		return err
	}
	whole := bytes.Equal(back, content) && len(found.Keys) == len(keys)
	for i := 0; whole && i < len(keys); i++ {
		whole = found.Keys[i].Key.ID == keys[i].ID && found.Keys[i].Key.Label == keys[i].Label
	}
	if !whole {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "does not read back as it was written", Hint: "Delete it, check the disk, and export the keys again."}
	}
	return nil
}
