package trustdir

import (
	"bytes"
	"context"
	"encoding/pem"
	"maps"
	"path"

	"trustdeck/model"
)

// RenameKey changes the role header of the file of a key of a delegation, and nothing else of it:
// the header lies outside what is encrypted, so that no passphrase is needed. At every moment the
// file is the old one or the new one.
//
// It refuses files that would lose something else, as a text beside the key, and those of the old
// layout, in which the role is part of the name of the file.
func (s *Store) RenameKey(ctx context.Context, key model.PrivateKey, label string) error {
	if err := checkOwner(label, ""); err != nil {
		return err
	}
	return s.changeFile(ctx, key, func(f *folder, e *entry) error {
		name := path.Base(e.rel)
		switch {
		case !e.key.Modified.Equal(key.Modified):
			return flawf(Changed, "is no longer the file that was listed")
		case e.flaws.blocked():
			return e.flaws.fault(e.key.Path)
		case e.key.Legacy:
			return flawf(Misplaced, "is in a folder from before Notary 0.4, where the role is part of the file name")
		}
		if err := s.rewritable(ctx, e); err != nil {
			return err
		}
		text, err := s.renamed(f, name, label)
		if err != nil {
			return err
		}
		defer clear(text)
		return s.commit(f, name, text, func() error { return f.still(name, e.key.Modified) })
	})
}

// renamed is the text of a key file with another label.
func (s *Store) renamed(f *folder, name, label string) ([]byte, error) {
	old, _, err := f.read(name, maxKeyFile)
	if err != nil {
		return nil, err
	}
	defer clear(old)
	return s.layout.rename(old, label)
}

func (notaryLayout) rename(old []byte, label string) ([]byte, error) {
	block, _ := pem.Decode(old)
	if block == nil {
		return nil, flawf(Changed, "is no longer the file that was listed")
	}
	defer clear(block.Bytes)
	if again := pem.EncodeToMemory(block); !bytes.Equal(bytes.TrimSpace(bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n"))), bytes.TrimSpace(again)) {
		return nil, flawf(BadHeader, "isn't laid out as notary and docker write it")
	}
	headers := maps.Clone(block.Headers)
	headers["role"] = label
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Headers: headers, Bytes: block.Bytes}), nil
}
