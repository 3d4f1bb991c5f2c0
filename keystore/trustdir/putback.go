package trustdir

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"trustdeck/model/port"
)

// asideEnding goes between the name of a file that was replaced and the time: what ends
// otherwise than in .key and .json is nothing to Notary and Docker.
const asideEnding = ".replaced-"

// RestoreFiles writes key and metadata files into the folder, in their order, and makes the
// folders that they need. A file never takes the place of another one unless Replace is
// set, and then only that of the very file that Was says, which is kept beside it.
//
// It ends with the first file that cannot be written. What was written before stays and
// is returned with the error, a *model.Fault.
func (s *Store) RestoreFiles(ctx context.Context, files []port.RestoreFile, at time.Time) (placed []port.RestoredFile, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	if err := s.makeFolder(); err != nil {
		return nil, changeFault(s.dir, err)
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, changeFault(s.dir, err)
	}
	defer unlock()
	top, err := openFolder(s.dir)
	if err != nil {
		return nil, changeFault(s.dir, err)
	}
	defer top.close()
	suffix := asideEnding + at.UTC().Format("20060102T150405Z")
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return placed, changeFault(s.dir, err)
		}
		done, err := s.putOne(top, file, suffix)
		if err != nil {
			return placed, changeFault(filepath.Join(s.dir, filepath.FromSlash(file.Path)), err)
		}
		placed = append(placed, done)
	}
	return placed, nil
}

// putOne writes one file under the lock.
func (s *Store) putOne(top *folder, file port.RestoreFile, suffix string) (port.RestoredFile, error) {
	out := port.RestoredFile{Path: file.Path}
	limit, err := limitOf(file.Path)
	if err != nil {
		return out, err
	}
	if int64(len(file.Bytes)) > limit {
		return out, tooBig(limit)
	}
	dir, name := splitPath(file.Path)
	f, err := top.make(dir)
	if err != nil {
		return out, err
	}
	defer f.close()
	if !file.Replace {
		return out, s.commit(f, name, file.Bytes, nil)
	}
	now, info, err := f.read(name, limit)
	if err != nil {
		return out, err
	}
	defer clear(now)
	if !bytes.Equal(now, file.Was) {
		return out, flawf(Changed, "was changed by another program since it was compared; trustdeck didn't change it")
	}
	out.Aside = file.Path + suffix
	if err := s.commit(f, name+suffix, now, nil); err != nil {
		return out, err
	}
	return out, s.commit(f, name, file.Bytes, func() error { return f.still(name, info.ModTime()) })
}

// make opens the folder at rel below f, a path with slashes, and makes what is missing
// of it. Names that it makes last.
func (f *folder) make(rel string) (*folder, error) { return f.follow(rel, (*folder).subMade) }

// subMade opens the folder called name in f, and makes it where it is missing.
func (f *folder) subMade(name string) (*folder, error) {
	next, err := f.sub(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return next, err
	}
	if err = f.root.Mkdir(name, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
		err = f.sync()
	}
	if err != nil {
		return nil, writeFlaw(err)
	}
	return f.sub(name)
}
