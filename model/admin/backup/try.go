package backup

import (
	"context"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// trial opens the keys of a backup, and has each sign something that it has never
// seen. Passphrases that have opened a key are tried on the next ones before anybody
// is asked, so that a group of keys under one passphrase is asked for once.
type trial struct {
	provers admin.Provers
	folder  port.TrustFiles
	secrets port.Interaction
	skip    []string
	// asked is true in the second round, in which nobody is asked any more.
	asked       bool
	passphrases [][]byte
	// settled are the keys that the first round did not open, by path.
	settled map[string]TriedKey
}

func (t *trial) wipe() {
	for _, p := range t.passphrases {
		clear(p)
	}
	t.passphrases = nil
}

// all tries every key. The error says that somebody stopped it.
func (t *trial) all(ctx context.Context, b *Content) ([]TriedKey, error) {
	encrypted := 0
	for _, key := range b.Keys {
		if key.Encrypted {
			encrypted++
		}
	}
	if t.settled == nil {
		t.settled = map[string]TriedKey{}
	}
	out := make([]TriedKey, len(b.Keys))
	step := 0
	for i, key := range b.Keys {
		if key.Encrypted {
			step++
		}
		file, _ := b.File(key.Path) // without one the key has no bytes, and is unusable
		tried, err := t.one(ctx, key, file, step, encrypted)
		if err != nil {
			return nil, err
		}
		out[i] = tried
	}
	return out, nil
}

// one tries a key. The error is FaultCanceled.
func (t *trial) one(ctx context.Context, key Key, file port.TrustFile, step, of int) (TriedKey, error) {
	out := TriedKey{Key: key, Trial: KeyUnusable}
	if before, ok := t.settled[key.Path]; ok {
		out.Trial, out.Fault = before.Trial, before.Fault
		return out, nil
	}
	if namedBy(t.skip, key.ID) {
		out.Trial = KeySkipped
		return out, nil
	}
	signer, err := t.open(ctx, file, step, of)
	switch {
	case model.KindOf(err) == model.FaultCanceled, ctx.Err() != nil:
		if signer != nil {
			_ = signer.Close()
		}
		return out, stoppedBackup(ctx, err)
	case err != nil:
		out.Fault = model.FaultOf(err, "")
		if out.Fault.Kind == model.FaultSecret {
			out.Trial, out.Fault = KeyNotOpened, untried(key, out.Fault)
		}
	case signer == nil:
		out.Trial = KeySkipped
	default:
		defer func() { _ = signer.Close() }() // wiping does not fail
		out.Fingerprint, out.Fault = t.proves(key, signer)
		if out.Fault == nil {
			out.Trial = KeyUsable
		}
	}
	if out.Trial == KeySkipped || out.Trial == KeyNotOpened {
		t.settled[key.Path] = out
	}
	return out, nil
}

// untried says of which key nobody knows the passphrase.
func untried(key Key, why *model.Fault) *model.Fault {
	out := *why
	out.Subject = "the copy of the " + key.name()
	out.Hint = strings.TrimSpace(fmt.Sprintf("%s To skip this key, give --skip %.8s.", why.Hint, key.ID))
	return &out
}

// stoppedBackup is the fault of a run that was stopped.
func stoppedBackup(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return &model.Fault{Kind: model.FaultCanceled, Text: "not all keys were tried", Err: context.Cause(ctx)}
}

// open decrypts a key. It returns neither where the key is to be skipped.
func (t *trial) open(ctx context.Context, file port.TrustFile, step, of int) (port.Signer, error) {
	signer, err := t.folder.OpenFile(file, nil)
	if err == nil || model.KindOf(err) != model.FaultSecret {
		return signer, err
	}
	for _, p := range t.passphrases {
		if signer, err = t.folder.OpenFile(file, p); err == nil || model.KindOf(err) != model.FaultSecret {
			return signer, err
		}
	}
	if t.asked {
		return nil, err
	}
	key := t.folder.Describe(file)
	ask := port.SecretAsk{Key: key, Repository: key.GUN, Purpose: "try its copy in the backup", Skip: "Its copy stays in the backup, but untested.", Step: step, Of: of}
	for {
		passphrase, err := t.secrets.Ask(ctx, ask)
		if err != nil || len(passphrase) == 0 {
			return nil, err
		}
		signer, err := t.folder.OpenFile(file, passphrase)
		if err == nil {
			t.passphrases = append(t.passphrases, passphrase)
			return signer, nil
		}
		clear(passphrase)
		if model.KindOf(err) != model.FaultSecret {
			return nil, err
		}
		ask.Wrong = err
	}
}

// proves has the key sign something new, and verifies that with its public half, which
// must be the one that the manifest names.
func (t *trial) proves(key Key, signer port.Signer) (fingerprint string, fault *model.Fault) {
	refuse := func(text string) *model.Fault {
		return &model.Fault{Kind: model.FaultBadData, Subject: key.Path, Text: text, Hint: "Make another backup from the key itself; this copy is unusable."}
	}
	public, err := t.provers.Prove(signer)
	fingerprint = public.Fingerprint()
	switch {
	case fingerprint == "" && err != nil:
		return "", refuse("contains an unusable key: " + err.Error())
	case t.folder.StoredAs(key.Path, public.SPKI) != key.ID:
		return fingerprint, refuse("contains a different key than the manifest lists: " + public.ID.Short())
	case key.Fingerprint != "" && fingerprint != key.Fingerprint:
		return fingerprint, refuse("contains a key with a different fingerprint than the manifest lists")
	case err != nil:
		return fingerprint, refuse("makes signatures that don't verify: " + err.Error())
	}
	return fingerprint, nil
}
