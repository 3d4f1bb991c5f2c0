package keyfile

import (
	"context"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// PassphraseSteps lists what ChangePassphrases does, in order.
func PassphraseSteps(keys []model.PrivateKey, folder string) []admin.Step {
	files := model.Count(len(keys), "key")
	return admin.NewSteps(
		"open "+files+" in memory, and make test signatures",
		fmt.Sprintf("write new files for %s into %s, and then replace the old ones", files, folder),
		"read "+files+" back from disk, and make test signatures")
}

// PassphraseResult is how a change of passphrases ended.
type PassphraseResult struct {
	// Changed have the new passphrase now, and Unchanged the one that they had before.
	Changed, Unchanged []model.PrivateKey
	// CutOff tells that some have the new one and others don't, and that it can be finished.
	CutOff bool
}

// ChangePassphrases gives keys of the folder one new passphrase: all of them, or none. It asks for
// those that open them now, and then for the new one.
func (s *Service) ChangePassphrases(ctx context.Context, ids []model.KeyID, run Run) (*PassphraseResult, error) {
	keys, err := s.named(ctx, ids)
	if err != nil {
		return &PassphraseResult{}, err
	}
	steps := admin.Runner{Steps: PassphraseSteps(keys, s.Files.Dir()), Watch: run.Watch, Stop: run.Stop}
	var changes []port.PassphraseChange
	var fresh []byte
	defer func() {
		clear(fresh)
		for _, c := range changes {
			clear(c.Opens)
		}
	}()
	asked := 0
	for _, k := range keys {
		if k.Encrypted {
			asked++
		}
	}
	purpose := "give it a new passphrase"
	began, changed := false, false
	err = steps.Run(ctx,
		func(ctx context.Context) error {
			steps.Asks(port.Passphrase)
			step := 0
			for _, k := range keys {
				if k.Encrypted {
					step++
				}
				opens, _, err := s.unlock(ctx, k, port.SecretAsk{Purpose: purpose, Step: step, Of: asked + 1}, run.Secrets)
				if err != nil {
					return err
				}
				changes = append(changes, port.PassphraseChange{Key: k, Opens: opens})
			}
			return nil
		},
		func(ctx context.Context) (err error) {
			steps.Asks(port.Passphrase)
			ask := port.SecretAsk{
				Key: model.PrivateKey{Label: keys[0].Label, Place: keys[0].Place}, Purpose: model.Count(len(keys), "key"),
				New: true, Again: true, Step: asked + 1, Of: asked + 1,
			}
			if fresh, err = admin.ChoosePassphrase(ctx, run.Secrets, ask, s.Dialect.Words()); err != nil {
				return err
			}
			began = true
			err = s.Files.ChangePassphrases(ctx, changes, fresh)
			changed = err == nil
			return err
		},
		func(ctx context.Context) error { return s.opensAll(ctx, keys, fresh) })
	out := &PassphraseResult{Unchanged: keys}
	if changed {
		out = &PassphraseResult{Changed: keys}
	} else if began {
		out = s.soFar(ctx, keys)
	}
	return out, err
}

// named are keys of the folder that can be used.
func (s *Service) named(ctx context.Context, ids []model.KeyID) ([]model.PrivateKey, error) {
	here, err := s.here(ctx)
	if err != nil {
		return nil, err
	}
	var out []model.PrivateKey
	for _, id := range ids {
		key, ok := here[id]
		if !ok {
			return nil, missing(id)
		}
		if !key.Usable() {
			return nil, key.Fault
		}
		out = append(out, key)
	}
	return out, nil
}

// missing says that a key is not there any more.
func missing(id model.KeyID) error {
	return &model.Fault{Kind: model.FaultUsage, Subject: "key " + id.Short(), Text: "is no longer in the trust folder", Hint: "List the keys again."}
}

// opensAll opens what was written as the next program will, and has it sign.
func (s *Service) opensAll(ctx context.Context, keys []model.PrivateKey, passphrase []byte) error {
	for _, k := range keys {
		signer, err := s.Store.Unlock(ctx, k.ID, passphrase)
		if err != nil {
			return err
		}
		_, err = s.proves(signer)
		_ = signer.Close() // wiping does not fail
		if err != nil {
			return unproved(k, err)
		}
	}
	return nil
}

// unproved says that a key that was written can't be used.
func unproved(k model.PrivateKey, err error) error {
	return &model.Fault{Kind: model.FaultLocal, Subject: k.ID.Short(), Text: "the key that was written makes no valid signatures", Err: err, Hint: "Check the disk."}
}

// soFar says how far a change got that failed.
func (s *Service) soFar(ctx context.Context, keys []model.PrivateKey) *PassphraseResult {
	cut, err := s.Files.CutOffPassphrases(context.WithoutCancel(ctx))
	if err != nil || cut == nil {
		return &PassphraseResult{Unchanged: keys}
	}
	out := &PassphraseResult{CutOff: true}
	for _, k := range cut.Keys {
		if k.State == port.NewPassphrase {
			out.Changed = append(out.Changed, k.Key)
		} else {
			out.Unchanged = append(out.Unchanged, k.Key)
		}
	}
	return out
}
