package keyfile

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// NewKey is a private key to be made.
type NewKey struct {
	// Label is root, or the name of the signer whose key it will be.
	Label string
	// Public is the path of the file for its public half.
	Public string
	// Algorithm is as in port.NewKey.
	Algorithm model.Algorithm
	// Into says which folder keeps it, where there are several.
	Into string
}

// GeneratedKey is a key that was made. Public is empty where its public half was not written.
type GeneratedKey struct {
	Key    model.Key
	Path   string
	Label  string
	Public string
}

// GenerateSteps lists what Generate does, in order.
func GenerateSteps(k NewKey, folder string) []admin.Step {
	return admin.NewSteps(
		fmt.Sprintf("make a %s key, and write it into %s", k.Label, folder),
		"write its public key to "+k.Public,
		"read both back from disk, and make a test signature")
}

// Generate makes a key under a new passphrase, and writes its public half into a file of its
// own. The key is returned beside an error where it is there.
func (s *Service) Generate(ctx context.Context, k NewKey, run Run) (*GeneratedKey, error) {
	role := model.RoleName(k.Label)
	if !role.TopLevel() {
		edges, err := s.Dialect.SignerEdges(k.Label)
		if err != nil {
			return nil, err
		}
		role = edges[0].Name
	}
	if err := s.Files.CheckNew(k.Public); err != nil {
		return nil, err
	}
	steps := admin.Runner{Steps: GenerateSteps(k, s.Files.Dir()), Watch: run.Watch, Stop: run.Stop}
	var made *GeneratedKey
	var passphrase, public []byte
	defer func() { clear(passphrase) }()
	err := steps.Run(ctx,
		func(ctx context.Context) (err error) {
			steps.Asks(port.Passphrase)
			ask := port.SecretAsk{Key: model.PrivateKey{Label: k.Label, Place: "file"}, Purpose: "make it", New: true, Step: 1, Of: 1}
			if passphrase, err = admin.ChoosePassphrase(ctx, run.Secrets, ask, s.Dialect.Words()); err != nil {
				return err
			}
			signer, err := s.Store.Generate(ctx, port.NewKey{Role: role, Algorithm: k.Algorithm}, passphrase)
			if err != nil {
				return err
			}
			defer func() { _ = signer.Close() }() // wiping does not fail
			listed, err := s.Dialect.Bare(signer.Public())
			if err != nil {
				return err
			}
			made = &GeneratedKey{Key: s.Dialect.Describe(listed), Label: k.Label}
			public, err = PublicFile(made.Key, k.Label)
			return err
		},
		func(context.Context) error {
			err := s.Files.WriteNew(k.Public, public)
			if err == nil {
				made.Public = k.Public
			}
			return err
		},
		func(ctx context.Context) error { return s.generated(ctx, made, passphrase, public) })
	return made, err
}

// PublicFile is the file of a public key: in PEM form, with the name of its role, as other
// clients write it.
func PublicFile(k model.Key, label string) ([]byte, error) {
	if k.SPKI == nil {
		return nil, errors.New("the key has no public half that can be written")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Headers: map[string]string{"role": label}, Bytes: k.SPKI}), nil
}

// generated reads back what was made.
func (s *Service) generated(ctx context.Context, made *GeneratedKey, passphrase, public []byte) error {
	here, err := s.here(ctx)
	if err != nil {
		return err
	}
	made.Path = here[made.Key.ID].Path
	signer, err := s.Store.Unlock(ctx, made.Key.ID, passphrase)
	if err != nil {
		return err
	}
	defer func() { _ = signer.Close() }() // wiping does not fail
	if _, err := s.proves(signer); err != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: made.Path, Text: "the key that was written makes no valid signatures", Err: err, Hint: "Check the disk."}
	}
	back, err := s.Files.ReadBack(made.Public)
	if err == nil && string(back) != string(public) {
		err = &model.Fault{Kind: model.FaultLocal, Subject: made.Public, Text: "does not read back as it was written", Hint: "Check the disk."}
	}
	if err != nil {
		return err
	}
	listed, err := s.Dialect.Bare(signer.Public())
	if err == nil && s.Dialect.Describe(listed).Fingerprint() != made.Key.Fingerprint() {
		err = errors.New("the key that was written is another one")
	}
	return err
}
