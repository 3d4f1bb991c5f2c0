package settings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/tui/screen"
)

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
func find(path string) (found, error) {
	out := found{target: path}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if out.target, err = filepath.EvalSymlinks(path); err != nil {
			return found{}, unwritable(path, "it is a symbolic link that leads nowhere", "Remove the link, or create the file that it points to.", err)
		}
		info, err = os.Stat(out.target)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, nil
	case err != nil:
		return found{}, unwritable(path, "it cannot be read: "+disk.Reason(err), "Check the permissions of the folders above it.", err)
	case !info.Mode().IsRegular():
		return found{}, unwritable(path, "it is not a file", "Give another file with --config.", nil)
	case info.Size() > maxFile:
		return found{}, unwritable(path, fmt.Sprintf("it is larger than %d bytes", maxFile), "Change it by hand.", nil)
	}
	out.mode = info.Mode()
	if out.content, err = disk.Read(out.target, maxFile); err != nil {
		return found{}, unwritable(path, "it cannot be read: "+disk.Reason(err), "Check its permissions.", err)
	}
	return out, nil
}

// replace puts the new content in place of the old one: whoever reads the file
// at any moment, or after a crash, finds all of one or all of the other.
func replace(ctx context.Context, edit screen.Edit, hook disk.Hook) (err error) {
	dir := filepath.Dir(edit.Target)
	if edit.New {
		err = disk.MakeFolder(dir, 0o700)
	}
	if err == nil || errors.Is(err, disk.ErrUnconfirmed) {
		err = disk.File{Name: edit.Target, Ready: ctx.Err, Hook: hook}.Write(edit.After)
	}
	switch {
	case errors.Is(err, disk.ErrUnconfirmed):
		return nil // the file is in place
	case err == nil || ctx.Err() != nil:
		return err
	}
	return unwritable(edit.Target, "it could not be written and has not changed: "+disk.Reason(err),
		"Check that you can write to "+dir+" and that it has free space, or give another file with --config. Your changes stay in this run; you can save them later.", err)
}

func unwritable(path, text, hint string, err error) *model.Fault {
	return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: text, Hint: hint, Err: err}
}
