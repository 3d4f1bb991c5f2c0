package trustdir

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"filippo.io/mldsa/x509"

	"trustdeck/internal/disk"
	"trustdeck/keystore/newkey"
	"trustdeck/model"
	"trustdeck/model/display"
)

// Add keeps a private key under a passphrase, in the very form that Notary and
// Docker write: ECDSA on a NIST curve, RSA from 2048 bits, or Ed25519. label is
// the role header: root, targets, snapshot, timestamp, or the name of a signer.
// gun may be empty, and is left out where Notary leaves it out, which is for
// root and signers.
//
// A key that is there already, wherever below the folder, is left as it is: the
// Fault has the reason Present and names the file. When Add returns without an
// error, the key outlasts a crash. Neither the private key nor the passphrase is
// changed or kept; wiping them is up to the caller.
func (s *Store) Add(ctx context.Context, private crypto.Signer, label string, gun model.GUN, passphrase []byte) (*Key, error) {
	public, err := describe(s.layout, private.Public())
	if err != nil {
		return nil, fault(s.dir, err)
	}
	info := s.described(public.id, label, gun)
	info.Algorithm = public.algorithm
	if !s.layout.shared() {
		info.SPKI, _ = x509.MarshalPKIXPublicKey(public.PublicKey) // describe has done so before
	}
	if err := checkOwner(label, gun); err != nil {
		return nil, err
	}
	if err := s.checkPassphrase(info, passphrase); err != nil {
		return nil, err
	}
	text, err := s.layout.seal(private, label, gun, passphrase)
	if err != nil {
		return nil, fault(info.Path, err)
	}
	defer clear(text)
	if err := s.putKey(ctx, &info, text); err != nil {
		return nil, err
	}
	return newKey(info, private, public)
}

// described says of a key that is about to be kept what Keys will say of it.
func (s *Store) described(id model.KeyID, label string, gun model.GUN) model.PrivateKey {
	return model.PrivateKey{
		ID: id, Label: label, GUN: s.layout.owner(label, gun), Encrypted: true,
		Encoding: s.layout.encoding(), Place: place, Path: filepath.Join(s.dir, privateDir, string(id)+keyEnding),
	}
}

// putKey writes the file of a key that is not there yet. The error is a *model.Fault.
func (s *Store) putKey(ctx context.Context, info *model.PrivateKey, text []byte) error {
	if err := s.makeFolder(); err != nil {
		return changeFault(info.Path, err)
	}
	return changeFault(info.Path, s.inFolder(ctx, ".", func(f *folder) error {
		if err := s.absent(ctx, info.ID); err != nil {
			return err
		}
		name := filepath.Base(info.Path)
		if err := s.commit(f, name, text, nil); err != nil {
			return err
		}
		state, err := f.root.Lstat(name)
		if err != nil {
			return readFlaw(err)
		}
		info.Modified = state.ModTime()
		return nil
	}))
}

// Generate makes an ECDSA P-256 key, as Notary does, and adds it.
func (s *Store) Generate(ctx context.Context, label string, gun model.GUN, passphrase []byte) (*Key, error) {
	return s.generate(ctx, model.ECDSAP256, label, gun, passphrase)
}

// generate makes a key of an algorithm, and adds it.
func (s *Store) generate(ctx context.Context, algorithm model.Algorithm, label string, gun model.GUN, passphrase []byte) (*Key, error) {
	private, err := newkey.Make(algorithm)
	if err != nil {
		return nil, err
	}
	defer discard(private)
	return s.Add(ctx, private, label, gun, passphrase)
}

// ChangePassphrase puts a key that Keys or Find returned under another
// passphrase, in the form of Notary whatever form it had: a key that was not
// encrypted is from now on. Role and repository stay. At every moment the file is
// the old one or the new one, and the new one is opened once, in memory, before
// it takes the place of the old.
//
// It refuses files that hold more than the one key or a role that cannot be
// repeated, and a key that is in two files, of which the other would keep the
// old passphrase. After the reason Unconfirmed the new passphrase counts; after
// every other error the old one does.
func (s *Store) ChangePassphrase(ctx context.Context, key model.PrivateKey, old, fresh []byte) error {
	if err := s.checkPassphrase(key, fresh); err != nil {
		return err
	}
	return s.changeFile(ctx, key, func(f *folder, e *entry) error {
		text, err := s.resealed(ctx, e, old, fresh)
		if err != nil {
			return err
		}
		defer clear(text)
		name := path.Base(e.rel)
		return s.commit(f, name, text, func() error { return f.still(name, e.key.Modified) })
	})
}

// resealed is the file of a key under another passphrase.
func (s *Store) resealed(ctx context.Context, e *entry, old, fresh []byte) ([]byte, error) {
	if err := s.rewritable(ctx, e); err != nil {
		return nil, err
	}
	opened, _, err := e.open(old)
	if err != nil {
		return nil, err
	}
	defer discard(opened.signer)
	return s.layout.seal(opened.signer, e.key.Label, e.key.GUN, fresh)
}

// rewritable refuses a file that holds more than the one key or a role that cannot be repeated,
// and a key that is in two files.
func (s *Store) rewritable(ctx context.Context, e *entry) error {
	for _, found := range e.flaws {
		if found.Reason == SeveralBlocks || found.Reason == BadHeader {
			return found
		}
	}
	return s.alone(ctx, e)
}

// Remove deletes the file of a key that Keys or Find returned, and nothing else:
// another file for the same key stays. It refuses a file that is not the one that
// was listed, and one that does not hold the key. What an encrypted file holds
// shows only with its passphrase; where passphrase is empty, its name stands for
// it. The bytes are not overwritten: journals and flash memory keep what was
// written, and the passphrase is what protects it.
func (s *Store) Remove(ctx context.Context, key model.PrivateKey, passphrase []byte) error {
	return s.changeFile(ctx, key, func(f *folder, e *entry) error {
		switch {
		case !e.key.Modified.Equal(key.Modified):
			return flawf(Changed, "is no longer the file that was listed")
		case e.flaws.blocked():
			return e.flaws.fault(e.key.Path)
		case len(passphrase) > 0:
			opened, _, err := e.open(passphrase)
			if err != nil {
				return err
			}
			discard(opened.signer)
		}
		return s.remove(f, path.Base(e.rel))
	})
}

// Protect takes from other users the right to read or change the file of a key that
// Keys or Find returned; its owner keeps what they had. Nothing else of it changes.
func (s *Store) Protect(ctx context.Context, key model.PrivateKey) error {
	return s.changeFile(ctx, key, func(f *folder, e *entry) error {
		file, state, err := disk.OpenFileIn(f.root, path.Base(e.rel))
		if err != nil {
			return openFlaw(err)
		}
		defer func() { _ = file.Close() }() // nothing was written to it
		if err := file.Chmod(state.Mode().Perm() &^ 0o077); err != nil {
			return writeFlaw(err)
		}
		return f.sync()
	})
}

// changeFile runs do with a key file as it is now. The error is a Fault.
func (s *Store) changeFile(ctx context.Context, key model.PrivateKey, do func(*folder, *entry) error) error {
	rel, err := s.below(key.Path)
	if err != nil {
		return err
	}
	return changeFault(key.Path, s.inFolder(ctx, path.Dir(rel), func(f *folder) error {
		if err := s.settled(); err != nil {
			return err
		}
		e, err := s.loadKey(f, rel, key.ID)
		if err != nil {
			return err
		}
		defer e.file.wipe()
		return do(f, &e)
	}))
}

// loadKey reads the file at rel, which lies in f and must be that of a key. The caller wipes
// entry.file.
func (s *Store) loadKey(f *folder, rel string, id model.KeyID) (entry, error) {
	e, err := load(s.layout, f, rel)
	switch {
	case err != nil:
		return e, err
	case e.file == nil:
		return e, e.flaws.fault(e.key.Path)
	case e.key.ID != id:
		e.file.wipe()
		return e, flawf(OtherKey, "is not the file of the key %s", id.Short())
	default:
		return e, nil
	}
}

// absent refuses a key that a file below private claims to hold.
func (s *Store) absent(ctx context.Context, id model.KeyID) error {
	found, err := s.walkKeys(ctx)
	if err != nil {
		return err
	}
	best := preferred(found, id)
	if best == nil {
		return nil
	}
	why := flaws{present()}
	if best.flaws.blocked() {
		why = append(why, best.flaws...)
	}
	return why.fault(best.key.Path)
}

// alone refuses a key that another file claims to hold as well.
func (s *Store) alone(ctx context.Context, e *entry) error {
	found, err := s.walkKeys(ctx)
	if err != nil {
		return err
	}
	for _, other := range found {
		if other.key.ID == e.key.ID && other.rel != e.rel {
			return flawf(Duplicate, "is not the only file for the key: there is also %s", display.Quote(other.key.Path))
		}
	}
	return nil
}

func present() *flaw { return flawf(Present, "already exists; it was not changed") }

// checkOwner refuses what would not come out of a PEM header as it went in.
func checkOwner(label string, gun model.GUN) error {
	refuse := func(text, hint string) error {
		return &model.Fault{Kind: model.FaultUsage, Text: text, Hint: hint}
	}
	if label == "" || len(label) > model.MaxNameLength || !display.Shown(label) || strings.TrimSpace(label) != label || strings.Contains(label, "-----") {
		return refuse(fmt.Sprintf("%+q cannot be the role of a key", shorten(label)),
			"Give root, targets, snapshot, or the name of a signer.")
	}
	if gun == "" {
		return nil
	}
	if _, err := model.ParseGUN(string(gun)); err != nil {
		return refuse(err.Error(), "Give the full name of the repository, such as docker.io/acme/app.")
	}
	return nil
}

// shorten keeps a name that is far too long from flooding a message.
func shorten(name string) string {
	if len(name) > model.MaxNameLength {
		return name[:model.MaxNameLength]
	}
	return name
}

// checkPassphrase refuses passphrases under which no key should be put: none at
// all, which for Notary means not to encrypt, and those that the prompts of
// notary and docker cannot take. They also ask for 8 characters, which their
// stores do not, and that is for whoever asks a user.
func (s *Store) checkPassphrase(key model.PrivateKey, passphrase []byte) error {
	err := model.CheckPassphrase(passphrase, s.layout.prompts())
	if refused, ok := errors.AsType[*model.Fault](err); ok {
		refused.Subject = "the " + named(key)
	}
	return err
}

// changeFault makes the Fault of a change that was not made, or not wholly.
func changeFault(at string, err error) error {
	var ready *model.Fault
	if err == nil || errors.As(err, &ready) {
		return err
	}
	if _, ok := asFlaw(err); ok {
		return fault(at, err)
	}
	return &model.Fault{Kind: model.FaultCanceled, Subject: display.Quote(at), Text: "nothing was changed", Err: err}
}
