package trustdir

import (
	"context"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
)

// CheckNew says why WriteNew would refuse a path, before anyone is asked for anything: there
// is something, there is no folder to write it into, or it is in the trust folder.
func (k KeyStore) CheckNew(path string) error {
	refuse := func(text, hint string) error {
		return &model.Fault{Kind: model.FaultUsage, Subject: display.Quote(path), Text: text, Hint: hint}
	}
	if err := k.elsewhere(path); err != nil {
		return err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return refuse("is no path", "Give the path of a new file.")
	}
	_, err = os.Lstat(full)
	switch {
	case err == nil:
		return refuse("already exists", "Give the path of a new file; trustdeck never replaces one.")
	case !errors.Is(err, fs.ErrNotExist):
		return refuse("cannot be written: "+disk.Reason(err), "Give another path.")
	}
	if info, err := os.Stat(filepath.Dir(full)); err != nil || !info.IsDir() {
		return refuse("is in a folder that does not exist", "Make the folder first, or give another path.")
	}
	return nil
}

// elsewhere refuses a path that is in the folder.
func (k KeyStore) elsewhere(path string) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil //nolint:nilerr // it is in no folder
	}
	if rel, err := filepath.Rel(k.dir, full); err != nil || !filepath.IsLocal(rel) {
		return nil //nolint:nilerr // neither is this
	}
	hint := "Give a path elsewhere."
	if k.layout.shared() {
		hint = "Give a path elsewhere: notary and docker take files in that folder for their own."
	}
	return &model.Fault{Kind: model.FaultUsage, Subject: display.Quote(path), Text: "is in " + k.layout.folder(), Hint: hint}
}

// WriteNew writes a file that is not there yet, outside of the trust folder, readable only by
// its owner. It is whole and on the disk, or not there at all.
func (k KeyStore) WriteNew(path string, content []byte) error {
	if err := k.CheckNew(path); err != nil {
		return err
	}
	if err := (disk.File{Name: path, New: true}).Write(content); err != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Text: "cannot be written: " + disk.Reason(err), Hint: "Give a new path, in a folder that you can write to.", Err: err}
	}
	return nil
}

// ReadBack reads a file that WriteNew wrote.
func (KeyStore) ReadBack(path string) ([]byte, error) {
	content, err := disk.Read(path, maxExport)
	if err != nil {
		return nil, &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Text: "cannot be read back: " + disk.Reason(err), Hint: "Check the disk.", Err: err}
	}
	return content, nil
}

// maxExport is the most bytes that a file with exported keys has.
const maxExport = maxForeignKeys * maxKeyFile

// ExportKey is the file of a key that Keys returned, as other programs import it: encrypted as
// it is. One without a passphrase is refused.
func (k KeyStore) ExportKey(ctx context.Context, key model.PrivateKey) ([]byte, error) {
	raw, err := k.KeyFile(ctx, key)
	if err != nil {
		return nil, err
	}
	defer clear(raw.Bytes)
	e := k.looseEntry(raw)
	e.key.Path = key.Path
	if e.file == nil {
		return nil, e.flaws.fault(key.Path)
	}
	defer e.file.wipe()
	if !e.file.encrypted() {
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: named(key), Text: "has no passphrase, so trustdeck doesn't copy it out of " + k.layout.folder(),
			Hint: "Back it up in an encrypted backup: trustdeck backup create --encrypt --key " + string(key.ID) + " FILE",
		}
	}
	return k.layout.export(&e, raw.Bytes), nil
}

// export is the form of "notary key export": the headers say what the key is.
func (notaryLayout) export(e *entry, _ []byte) []byte {
	headers := headersOf(e.key.Label, e.key.GUN)
	for name, value := range e.file.block.Headers {
		if name == "DEK-Info" || name == "Proc-Type" {
			headers[name] = value
		}
	}
	headers["path"] = string(e.key.ID)
	return pem.EncodeToMemory(&pem.Block{Type: e.file.block.Type, Headers: headers, Bytes: e.file.block.Bytes})
}
