package trustdir

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// ownPrefix begins the paths of files of trustdeck's own folder where those of the trust folder
// stand beside them, as in a backup.
const ownPrefix = "trustdeck/"

// Folders are the trust folder and trustdeck's own, as one place of keys. Each key is looked for
// in the folder that has it.
type Folders struct {
	// KeyStore is that of both into which keys from elsewhere go, and new ones.
	KeyStore
	Trust, Own KeyStore
}

var (
	_ port.KeyStore   = Folders{}
	_ port.TrustFiles = Folders{}
	_ port.KeyFiles   = Folders{}
)

// of is the folder of a key that Keys returned.
func (f Folders) of(key model.PrivateKey) KeyStore {
	if _, err := f.Own.below(key.Path); err == nil {
		return f.Own
	}
	return f.Trust
}

// at is the folder of a path, and the path below it.
func (f Folders) at(rel string) (KeyStore, string) {
	if below, ok := strings.CutPrefix(rel, ownPrefix); ok {
		return f.Own, below
	}
	return f.Trust, rel
}

// Keys lists the keys of both folders.
func (f Folders) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	return port.KeyStores{f.Trust, f.Own}.Keys(ctx)
}

// Unlock opens a key of one of them.
func (f Folders) Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (port.Signer, error) {
	if _, err := f.Own.Find(ctx, id); err == nil {
		return f.Own.Unlock(ctx, id, passphrase)
	}
	return f.Trust.Unlock(ctx, id, passphrase)
}

// Remove deletes every file of a key.
func (f Folders) Remove(ctx context.Context, id model.KeyID) error {
	if err := f.Trust.Remove(ctx, id); err != nil {
		return err
	}
	return f.Own.Remove(ctx, id)
}

// RemoveFile deletes the file of a key.
func (f Folders) RemoveFile(ctx context.Context, key model.PrivateKey) error {
	return f.of(key).RemoveFile(ctx, key)
}

// ExportKey is a key as other programs import it.
func (f Folders) ExportKey(ctx context.Context, key model.PrivateKey) ([]byte, error) {
	return f.of(key).ExportKey(ctx, key)
}

// RenameKey changes the label of a key.
func (f Folders) RenameKey(ctx context.Context, key model.PrivateKey, label string) error {
	return f.of(key).RenameKey(ctx, key, label)
}

// Protect takes from other users the right to read or change the file of a key.
func (f Folders) Protect(ctx context.Context, key model.PrivateKey) error {
	return f.of(key).Protect(ctx, key)
}

// ChangePassphrases puts keys of one folder under another passphrase. Those of both are refused:
// they could not be changed all or none.
func (f Folders) ChangePassphrases(ctx context.Context, changes []port.PassphraseChange, fresh []byte) error {
	own := func(c port.PassphraseChange) bool { return f.of(c.Key).Dir() == f.Own.Dir() }
	i := slices.IndexFunc(changes, own)
	switch {
	case i < 0:
		return f.Trust.ChangePassphrases(ctx, changes, fresh)
	case slices.ContainsFunc(changes, func(c port.PassphraseChange) bool { return !own(c) }):
		return &model.Fault{
			Kind: model.FaultUsage, Subject: display.Quote(changes[i].Key.Path), Text: "is in another folder than the other keys; nothing was changed",
			Hint: "Change the keys of each folder separately. List them with: trustdeck keys",
		}
	default:
		return f.Own.ChangePassphrases(ctx, changes, fresh)
	}
}

// CutOffPassphrases is a change that was cut off in one of the folders.
func (f Folders) CutOffPassphrases(ctx context.Context) (*port.CutOffPassphrases, error) {
	cut, err := f.Trust.CutOffPassphrases(ctx)
	if cut != nil || err != nil {
		return cut, err
	}
	return f.Own.CutOffPassphrases(ctx)
}

// SettlePassphrases ends such a change.
func (f Folders) SettlePassphrases(ctx context.Context, finish bool) (*port.CutOffPassphrases, error) {
	cut, err := f.Trust.CutOffPassphrases(ctx)
	if err != nil {
		return nil, err
	}
	if cut != nil {
		return f.Trust.SettlePassphrases(ctx, finish)
	}
	return f.Own.SettlePassphrases(ctx, finish)
}

// CheckNew says why WriteNew would refuse a path: it never writes into one of the folders.
func (f Folders) CheckNew(path string) error {
	if err := f.Own.elsewhere(path); err != nil {
		return err
	}
	return f.Trust.CheckNew(path)
}

// WriteNew writes a file that is not there yet.
func (f Folders) WriteNew(path string, content []byte) error {
	if err := f.CheckNew(path); err != nil {
		return err
	}
	return f.Trust.WriteNew(path, content)
}

// KeyFile returns the file of a key, by its path in a backup.
func (f Folders) KeyFile(ctx context.Context, key model.PrivateKey) (port.TrustFile, error) {
	folder := f.of(key)
	file, err := folder.KeyFile(ctx, key)
	if folder.Dir() == f.Own.Dir() {
		file.Path = ownPrefix + file.Path
	}
	return file, err
}

// ReadFile returns the file at a path in a backup.
func (f Folders) ReadFile(ctx context.Context, rel string) (port.TrustFile, bool, error) {
	folder, below := f.at(rel)
	file, ok, err := folder.ReadFile(ctx, below)
	file.Path = rel
	return file, ok, err
}

// Describe says of a file of a backup what Keys would say.
func (f Folders) Describe(file port.TrustFile) model.PrivateKey {
	rel := file.Path
	folder, below := f.at(rel)
	file.Path = below
	out := folder.Describe(file)
	out.Path = rel
	return out
}

// StoredAs is the name of the file of a key in the folder of a path.
func (f Folders) StoredAs(rel string, spki []byte) model.KeyID {
	folder, _ := f.at(rel)
	return folder.ID(spki)
}

// OpenFile decrypts a key in a file of a backup.
func (f Folders) OpenFile(file port.TrustFile, passphrase []byte) (port.Signer, error) {
	folder, below := f.at(file.Path)
	file.Path = below
	return folder.OpenFile(file, passphrase)
}

// RestoreFiles writes files of a backup into their folders, in their order.
func (f Folders) RestoreFiles(ctx context.Context, files []port.RestoreFile, at time.Time) ([]port.RestoredFile, error) {
	var out []port.RestoredFile
	for len(files) > 0 {
		folder, _ := f.at(files[0].Path)
		n := slices.IndexFunc(files, func(other port.RestoreFile) bool {
			is, _ := f.at(other.Path)
			return is.Dir() != folder.Dir()
		})
		if n < 0 {
			n = len(files)
		}
		some, prefix := slices.Clone(files[:n]), ""
		if folder.Dir() == f.Own.Dir() {
			prefix = ownPrefix
		}
		for i := range some {
			some[i].Path = strings.TrimPrefix(some[i].Path, prefix)
		}
		placed, err := folder.RestoreFiles(ctx, some, at)
		for _, p := range placed {
			p.Path = path.Join(prefix, p.Path)
			if p.Aside != "" {
				p.Aside = path.Join(prefix, p.Aside)
			}
			out = append(out, p)
		}
		if err != nil {
			return out, err
		}
		files = files[n:]
	}
	return out, nil
}
