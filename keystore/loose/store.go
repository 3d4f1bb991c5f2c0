package loose

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// Reader reads the contents of key files, and names their keys.
type Reader interface {
	ReadKeys(path string, content []byte) (port.ForeignFile, error)
	OpenKey(key port.ForeignKey, passphrase []byte) (port.Signer, error)
	ID(spki []byte) model.KeyID
}

// maxFile is the largest key file in bytes, and maxPublic that of a public key beside one.
const (
	maxFile   = 1 << 20
	maxPublic = 64 << 10
)

// publicEnding is added to the name of a key file, or takes the place of its ending, for the
// file of the public key.
const publicEnding = ".pub"

// Store are the private keys in some files. It is a port.KeyStore that makes, changes and
// removes nothing.
type Store struct {
	paths  []string
	reader Reader
}

var _ port.KeyStore = (*Store)(nil)

// Open names the files. It does not look at them.
func Open(paths []string, reader Reader) *Store { return &Store{slices.Clone(paths), reader} }

// Name stands for the files.
func (*Store) Name() string { return "named key files" }

// ID is that of the reader.
func (s *Store) ID(spki []byte) model.KeyID { return s.reader.ID(spki) }

// Makes is false: new keys have folders of their own.
func (*Store) Makes(model.Dialect) bool { return false }

// Secret is a passphrase.
func (*Store) Secret() port.SecretKind { return port.Passphrase }

// Removes is false: the files belong to someone else.
func (*Store) Removes() bool { return false }

// Keys lists the keys in the files, in their order. A file that cannot be used is listed with
// its Fault.
func (s *Store) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for _, path := range s.paths {
		if err := ctx.Err(); err != nil {
			return out, &model.Fault{Kind: model.FaultCanceled, Subject: display.Quote(path), Text: "was not read", Err: err}
		}
		keys, err := s.read(path)
		if err != nil {
			out = append(out, model.PrivateKey{Place: "file", Path: path, Fault: faultOf(path, err)})
			continue
		}
		for _, k := range keys {
			clear(k.Block)
			out = append(out, listed(k.Key))
		}
	}
	return out, nil
}

// listed says of a key that hides its public half why nobody can tell what it may sign.
func listed(k model.PrivateKey) model.PrivateKey {
	if k.ID == "" {
		k.Fault = &model.Fault{
			Kind: model.FaultLocal, Subject: display.Quote(k.Path),
			Text: "is encrypted and doesn't show which key it contains",
			Hint: "Put the public key, in PEM form, beside it: in " + display.Quote(k.Path+publicEnding) + ".",
		}
	}
	return k
}

func faultOf(path string, err error) *model.Fault {
	if fault, ok := errors.AsType[*model.Fault](err); ok {
		return fault
	}
	return &model.Fault{
		Kind: model.FaultLocal, Subject: display.Quote(path), Text: "cannot be read: " + disk.Reason(err), Err: err,
		Hint: "Check the path and its permissions, or leave it out of --key-file and key_files.",
	}
}

// read reads the keys of a file. The caller wipes their blocks.
func (s *Store) read(path string) ([]port.ForeignKey, error) {
	content, err := disk.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	defer clear(content)
	keys, err := s.parse(path, content)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	for i := range keys {
		k := &keys[i].Key
		if err == nil {
			k.Modified, k.Exposed = info.ModTime(), disk.Exposed(info.Mode())
		}
		// a name is no proof, but a public key beside the file can be compared with it
		if spki := s.publicOf(path); k.SPKI == nil && k.Encrypted && len(keys) == 1 && spki != nil {
			k.ID, k.SPKI = s.reader.ID(spki), spki
		}
	}
	return keys, nil
}

func (s *Store) parse(path string, content []byte) ([]port.ForeignKey, error) {
	if seed, err := hex.DecodeString(string(bytes.TrimSpace(content))); err == nil && len(seed) == mldsa.PrivateKeySize {
		defer clear(seed)
		return s.seeded(path, seed)
	}
	found, err := s.reader.ReadKeys(path, content)
	return found.Keys, err
}

// seeded are the keys that come from a seed of ML-DSA in hexadecimal. It does not say of which
// parameters; what a repository lists decides.
func (s *Store) seeded(path string, seed []byte) ([]port.ForeignKey, error) {
	var out []port.ForeignKey
	for _, parameters := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		key, err := mldsa.NewPrivateKey(parameters, seed)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		clear(der)
		found, err := s.reader.ReadKeys(path, text)
		clear(text)
		if err != nil {
			return nil, err
		}
		out = append(out, found.Keys...)
	}
	return out, nil
}

// publicOf is the SubjectPublicKeyInfo in the file of a public key beside another; nil where
// there is none.
func (s *Store) publicOf(path string) []byte {
	names := []string{path + publicEnding}
	if at := strings.LastIndexByte(path, '.'); at > strings.LastIndexByte(path, os.PathSeparator) {
		names = append(names, path[:at]+publicEnding)
	}
	for _, name := range names {
		content, err := disk.Read(name, maxPublic)
		if err != nil {
			continue
		}
		if block, _ := pem.Decode(content); block != nil && block.Type == "PUBLIC KEY" && s.reader.ID(block.Bytes) != "" {
			return block.Bytes
		}
	}
	return nil
}

// Unlock opens a key, which must be the one that was listed.
func (s *Store) Unlock(_ context.Context, id model.KeyID, passphrase []byte) (port.Signer, error) {
	for _, path := range s.paths {
		keys, err := s.read(path)
		if err != nil {
			continue // it is listed with its Fault
		}
		defer func() {
			for _, k := range keys {
				clear(k.Block)
			}
		}()
		for _, k := range keys {
			if k.Key.ID == id {
				return s.reader.OpenKey(k, passphrase)
			}
		}
	}
	return nil, &model.Fault{
		Kind: model.FaultLocal, Subject: "key " + id.Short(), Text: "is in none of the named key files", Hint: "List the keys again.",
	}
}

// Generate refuses.
func (*Store) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, &model.Fault{Kind: model.FaultUsage, Text: "new keys are not made in files that you name", Hint: "Let trustdeck make them in its key folder."}
}

// Remove refuses where the store has the key.
func (s *Store) Remove(ctx context.Context, id model.KeyID) error {
	keys, err := s.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == id {
			return &model.Fault{Kind: model.FaultUsage, Subject: display.Quote(k.Path), Text: "was not removed: trustdeck only reads it", Hint: "Delete the file yourself, once no role needs its key."}
		}
	}
	return nil
}
