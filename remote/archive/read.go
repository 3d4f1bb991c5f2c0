package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"trustdeck/model"
)

// contents reads the manifest of an archive and what a run that was killed has
// added to it. clean is false where there was such a run.
func contents(fsys fs.FS) (m *manifest, clean bool, err error) {
	data, err := readWhole(fsys, manifestName, maxManifest)
	if err != nil {
		return nil, false, err
	}
	if m, err = parseManifest(data); err != nil {
		return nil, false, err
	}
	journal, err := readWhole(fsys, journalName, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return m, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", journalName, err)
	}
	m.replay(journal)
	m.sort()
	return m, false, nil
}

// readWhole reads a regular file of at most limit bytes. Links are not
// followed: an archive has none, and one that was put there leads elsewhere.
func readWhole(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Lstat(fsys, name)
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errors.New("it is a symbolic link; an archive contains only regular files")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("it has %d bytes; the limit is %d", info.Size(), limit)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it grew beyond %d bytes while it was read", limit)
	}
	return data, nil
}

// readDocument reads a file that the manifest lists and compares its length and
// digest. The error is a *model.Fault of kind FaultBadData that names the file.
func readDocument(fsys fs.FS, archive, folder string, d document) ([]byte, error) {
	name := path.Join(folder, d.File)
	bad := func(text string, cause error) error {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: archive + "/" + name, Text: text, Err: cause,
			Hint: "Restore the file from another copy of the archive, or run the archive command on this folder again while the server still has the file.",
		}
	}
	data, err := readWhole(fsys, name, d.Length)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, bad("the archive lists this file, but it is missing", err)
	case err != nil:
		return nil, bad(fmt.Sprintf("the archive lists this file with %d bytes, but it cannot be used: %v", d.Length, err), err)
	case int64(len(data)) != d.Length:
		return nil, bad(fmt.Sprintf("the file has %d bytes, but the archive lists it with %d", len(data), d.Length), nil)
	case !d.matches(data):
		return nil, bad("the file was changed: its SHA-256 doesn't match the archive's list", nil)
	}
	return data, nil
}
