package settings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// disk is where config.toml is. Its steps can fail half way, which tests play.
type disk struct {
	create func(dir, pattern string) (*os.File, error)
	sync   func(*os.File) error
	rename func(from, to string) error
}

func realDisk() disk {
	return disk{create: os.CreateTemp, sync: (*os.File).Sync, rename: os.Rename}
}

// found is config.toml as it is on the disk.
type found struct {
	// target is the file itself, where the path is a symbolic link.
	target string
	// mode is 0 where there is no file yet.
	mode    fs.FileMode
	content []byte
}

// find reads config.toml for a change. A symbolic link is followed: dotfiles are
// often kept elsewhere, and the link must stay one. What is not a file is
// refused.
func (d disk) find(path string) (found, error) {
	out := found{target: path}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if out.target, err = filepath.EvalSymlinks(path); err != nil {
			return found{}, unwritable(path, "it is a symbolic link that leads nowhere", "Remove the link, or make the file to which it leads.", err)
		}
		info, err = os.Stat(out.target)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, nil
	case err != nil:
		return found{}, unwritable(path, "it cannot be looked at: "+reason(err), "Check the permissions of the folders above it.", err)
	case !info.Mode().IsRegular():
		return found{}, unwritable(path, "it is not a file", "Name another with --config.", nil)
	case info.Size() > maxFile:
		return found{}, unwritable(path, fmt.Sprintf("it is larger than %d bytes", maxFile), "Change it by hand.", nil)
	}
	out.mode = info.Mode()
	if out.content, err = readSome(out.target); err != nil {
		return found{}, unwritable(path, "it cannot be read: "+reason(err), "Check its permissions.", err)
	}
	return out, nil
}

// readSome reads a file that may grow meanwhile.
func readSome(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

// replace puts the new content in place of the old one: whoever reads the file
// at any moment, or after a crash, finds all of one or all of the other.
func (d disk) replace(ctx context.Context, edit screen.Edit) (err error) {
	dir := filepath.Dir(edit.Target)
	defer func() {
		if err != nil && ctx.Err() == nil {
			err = unwritable(edit.Target, "it could not be written and is as it was: "+reason(err),
				"See to it that you may write in "+dir+" and that there is room, or name another file with --config. What was changed stays in this run, to be saved later.", err)
		}
	}()
	if edit.New {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	name, err := d.fill(dir, edit.After)
	if err != nil {
		return err
	}
	if err = ctx.Err(); err == nil {
		err = d.rename(name, edit.Target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	d.settle(dir)
	return nil
}

// fill writes a new file beside the old one. It is readable by its owner alone.
func (d disk) fill(dir string, content []byte) (name string, err error) {
	file, err := d.create(dir, ".config.toml-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = d.sync(file)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// settle makes the new name of a file last, where folders can be synced. The
// file is in place whatever comes of it, so nothing is reported.
func (d disk) settle(dir string) {
	if folder, err := os.Open(dir); err == nil && runtime.GOOS != "windows" {
		_ = d.sync(folder)
		_ = folder.Close()
	}
}

// reason is why something failed, without the name of the call and the path.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	default:
		return err.Error()
	}
}

func unwritable(path, text, hint string, err error) *model.Fault {
	return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: text, Hint: hint, Err: err}
}
