package keyfile

import (
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// CheckRename says why a key can't be given another name; nil where it can. Clients find root keys
// by their role, and a key of one repository that names none may be that of its targets.
func CheckRename(k model.PrivateKey) error {
	if unknown := k.Label == "" && k.GUN != ""; !unknown && !model.RoleName(k.Label).TopLevel() {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: fmt.Sprintf("%s key %s", k.Label, k.ID.Short()), Text: "can't be renamed: its role says what it signs",
		Hint: "Only keys of delegations, such as those of signers, have names of your choice.",
	}
}

// RenameSteps lists what RenameKey does, in order.
func RenameSteps(k model.PrivateKey, name, folder string) []admin.Step {
	return admin.NewSteps(
		fmt.Sprintf("write a new file for key %s with role %s into %s, and replace the old one", k.ID.Short(), name, folder),
		"read the file back from disk")
}

// RenameKey changes the name of a key of a delegation. It returns the key as it is then, nil where it
// wasn't renamed.
func (s *Service) RenameKey(ctx context.Context, id model.KeyID, name string, run Run) (*model.PrivateKey, error) {
	keys, err := s.named(ctx, []model.KeyID{id})
	if err != nil {
		return nil, err
	}
	key := keys[0]
	if err := CheckRename(key); err != nil {
		return nil, err
	}
	if err := s.Dialect.SignerName(name); err != nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: err.Error(), Hint: "Give the name of a signer."}
	}
	steps := admin.Runner{Steps: RenameSteps(key, name, s.Files.Dir()), Watch: run.Watch, Stop: run.Stop}
	var renamed *model.PrivateKey
	err = steps.Run(ctx,
		func(ctx context.Context) error {
			err := s.Files.RenameKey(ctx, key, name)
			if err == nil {
				written := key
				written.Label = name
				renamed = &written
			}
			return err
		},
		func(ctx context.Context) error {
			here, err := s.here(ctx)
			if err != nil {
				return err
			}
			now := here[id]
			if now.Label != name || now.Encrypted != key.Encrypted || now.Encoding != key.Encoding || !now.Usable() {
				return &model.Fault{Kind: model.FaultLocal, Subject: key.Path, Text: "doesn't read back as it was written", Hint: "Check the disk."}
			}
			renamed = &now
			return nil
		})
	return renamed, err
}
