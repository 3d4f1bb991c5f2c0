package trustdir

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
)

// maxForeignKeys is the number of private keys that a file from elsewhere may hold.
const maxForeignKeys = 1000

// besides are the types of PEM block that may stand beside a private key.
var besides = []string{"CERTIFICATE", blockPublic, "EC PARAMETERS"}

// ReadKeys reads the private keys in a file that lies elsewhere, as far as that goes without
// their passphrases: those of Notary and Docker, of "notary key export", and of OpenSSL. The
// caller wipes their blocks. The error is a *model.Fault.
func (k KeyStore) ReadKeys(path string, content []byte) (port.ForeignFile, error) {
	var out port.ForeignFile
	refuse := func(err error) (port.ForeignFile, error) {
		for _, k := range out.Keys {
			clear(k.Block)
		}
		return port.ForeignFile{}, foreignFault(path, err)
	}
	if isJSON(content) {
		return k.readJSON(path, content)
	}
	begun := bytes.Count(content, []byte("-----BEGIN "))
	if begun > maxForeignKeys {
		return refuse(flawf(BeyondLimit, "contains more than the limit of %d PEM blocks", maxForeignKeys))
	}
	whole, rest := 0, content
	for {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		text := rest[:len(rest)-len(after)]
		rest = after
		whole++
		if block.Type == blockPublic && k.showsPublic(out.Keys, block.Bytes) {
			continue
		}
		if slices.Contains(besides, block.Type) {
			out.Others = append(out.Others, block.Type)
			continue
		}
		key, err := k.readCosign(path, block.Type, block.Bytes)
		if errors.Is(err, errNotCosign) {
			key, err = readForeign(k.layout, path, text)
		}
		clear(block.Bytes)
		if err != nil {
			return refuse(err)
		}
		out.Keys = append(out.Keys, key)
	}
	switch {
	case whole == 0 && begun > 0:
		return refuse(flawf(Damaged, "contains no complete PEM block"))
	case whole < begun:
		return refuse(flawf(Damaged, "contains %d PEM blocks, of which only %d are complete", begun, whole))
	case len(out.Keys) == 0:
		return refuse(noPrivateKey(content, out.Others))
	}
	return out, nil
}

// showsPublic takes a public key that stands behind an encrypted private key for its public
// half, which the passphrase proves later. It reports whether there is such a key.
func (k KeyStore) showsPublic(keys []port.ForeignKey, spki []byte) bool {
	if len(keys) == 0 {
		return false
	}
	last := &keys[len(keys)-1].Key
	public, err := describePublic(k.layout, spki)
	if err != nil || !last.Encrypted || last.SPKI != nil || last.ID != "" && last.ID != public.id {
		return false
	}
	last.ID, last.Algorithm, last.SPKI = public.id, public.algorithm, spki
	return true
}

// noPrivateKey says what a file holds that holds no private key.
func noPrivateKey(content []byte, others []string) error {
	trimmed := bytes.TrimSpace(content)
	switch {
	case slices.Contains(others, blockPublic):
		return flawf(NoPrivateKey, "contains a public key, not a private one")
	case slices.Contains(others, "CERTIFICATE"):
		return flawf(NoPrivateKey, "contains a certificate, not a private key")
	case len(trimmed) == 0:
		return flawf(NoPrivateKey, "is empty")
	case bytes.HasPrefix(trimmed, []byte("ssh-")), bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
		return flawf(NoPrivateKey, "contains a public key of SSH, not a private key")
	default:
		return flawf(NoPrivateKey, "contains no private key in PEM form")
	}
}

// foreignFault is what is wrong with a file from elsewhere, whose way out differs from that
// of one in the folder.
func foreignFault(path string, err error) error {
	found, ok := asFlaw(err)
	if !ok {
		return err
	}
	out := flaws{found}.fault(path)
	if out.Kind != model.FaultSecret {
		out.Kind = model.FaultUsage
	}
	if found.Reason == Damaged || found.Reason == BeyondLimit {
		out.Hint = "Get the file again from where it was made."
	}
	return out
}

// readForeign reads the text of one block. The error is a flaw.
func readForeign(kept layout, path string, text []byte) (port.ForeignKey, error) {
	file, err := parseKeyFile(text)
	if err != nil {
		return port.ForeignKey{}, err
	}
	defer file.wipe()
	if role, gun, ok := readTitle(text); ok {
		file.role, file.gun = role, gun
	}
	e := entry{layout: kept, file: file, key: model.PrivateKey{Place: place, Path: path, Encoding: file.encoding, Encrypted: file.encrypted()}}
	e.readHeaders()
	for _, f := range e.flaws {
		return port.ForeignKey{}, f
	}
	out := port.ForeignKey{Key: e.key, Block: bytes.Clone(text)}
	if file.encrypted() {
		// "notary key export" states the name that the file had, which is that of the key;
		// nobody has proved either.
		for _, name := range []string{file.path, path} {
			if id, err := model.ParseKeyID(strings.TrimSuffix(filepath.Base(name), keyEnding)); err == nil && out.Key.ID == "" {
				out.Key.ID = id
			}
		}
		out.Native = kept.native(file)
		return out, nil
	}
	err = openForeign(kept, &out.Key, file, nil, nil)
	if err != nil {
		clear(out.Block)
	}
	return out, err
}

// openForeign opens a key for as long as do takes, and completes what is said of it. Its
// errors are flaws, and those of do, which may be nil.
func openForeign(kept layout, info *model.PrivateKey, file *keyFile, passphrase []byte, do func(opened, publicKey) error) error {
	key, err := file.open(passphrase)
	if err != nil {
		return err
	}
	return using(kept, info, key, do)
}

// using is openForeign with a key that was opened.
func using(kept layout, info *model.PrivateKey, key opened, do func(opened, publicKey) error) error {
	defer discard(key.signer)
	if key.torn {
		return flawf(Damaged, "contains a private and a public key that don't match")
	}
	public, err := describe(kept, key.signer.Public())
	if err != nil {
		return err
	}
	if info.ID != "" && info.ID != public.id {
		return flawf(OtherKey, "contains the key %s, but states that it is %s", public.id.Short(), info.ID.Short())
	}
	info.ID, info.Algorithm = public.id, public.algorithm
	if do == nil {
		return nil
	}
	return do(key, public)
}

// opening opens a key that ReadKeys has read, for as long as do takes. The error is a
// *model.Fault.
func (k KeyStore) opening(key port.ForeignKey, passphrase []byte, do func(model.PrivateKey, opened, publicKey) error) error {
	info := key.Key
	if isJSON(key.Block) {
		o, err := openJSON(k.layout, key.Block, info.ID, passphrase)
		if err == nil {
			err = using(k.layout, &info, o, func(o opened, p publicKey) error { return do(info, o, p) })
		}
		return foreignFault(info.Path, err)
	}
	file, err := parseKeyFile(key.Block)
	if err == nil {
		defer file.wipe()
		err = openForeign(k.layout, &info, file, passphrase, func(o opened, p publicKey) error { return do(info, o, p) })
	}
	return foreignFault(key.Key.Path, err)
}

// OpenKey opens a key that ReadKeys has read.
func (k KeyStore) OpenKey(key port.ForeignKey, passphrase []byte) (port.Signer, error) {
	var out *Key
	err := k.opening(key, passphrase, func(info model.PrivateKey, o opened, p publicKey) (err error) {
		out, err = newKey(info, o.signer, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AddKey keeps a key that ReadKeys has read.
func (k KeyStore) AddKey(ctx context.Context, key port.ForeignKey, opens, keep []byte) (model.PrivateKey, error) {
	label, gun := key.Key.Label, key.Key.GUN
	if len(keep) == 0 {
		return k.addSealed(ctx, key)
	}
	var out model.PrivateKey
	err := k.opening(key, opens, func(_ model.PrivateKey, o opened, _ publicKey) error {
		kept, err := k.Add(ctx, o.signer, label, gun, keep)
		if err != nil {
			return err
		}
		out = kept.Info()
		return kept.Close()
	})
	return out, err
}

// addSealed keeps a key as it is encrypted.
func (k KeyStore) addSealed(ctx context.Context, key port.ForeignKey) (model.PrivateKey, error) {
	block, _ := pem.Decode(key.Block)
	if !key.Native || key.Key.ID == "" || block == nil {
		return model.PrivateKey{}, foreignFault(key.Key.Path, flawf(WrongPassphrase, "can't be kept without its passphrase"))
	}
	if err := checkOwner(key.Key.Label, key.Key.GUN); err != nil {
		return model.PrivateKey{}, err
	}
	info := k.described(key.Key.ID, key.Key.Label, key.Key.GUN)
	info.SPKI = key.Key.SPKI
	text := k.layout.keep(block, info.Label, info.GUN, info.SPKI)
	err := k.putKey(ctx, &info, text)
	return info, err
}
