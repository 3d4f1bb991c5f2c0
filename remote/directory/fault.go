package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// notKept says that a place does not have the file that is asked for.
func notKept(subject string, ref port.Ref) *model.Fault {
	which := "the current " + display.Inline(string(ref.Role))
	switch {
	case ref.SHA256 != "":
		which = display.Inline(string(ref.Role)) + " with the SHA-256 " + display.Strip(ref.SHA256, 64)
	case ref.Version != 0:
		which = fmt.Sprintf("version %d of %s", ref.Version, display.Inline(string(ref.Role)))
	}
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: subject, Text: "it does not have " + which,
		Hint: "check the location of the repository, and whether its publisher has removed the file",
	}
}

// otherRepository says that a remote of one repository is asked for another.
func otherRepository(subject string, gun model.GUN) *model.Fault {
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: display.Inline(string(gun)), Text: "it is not the repository in " + subject,
		Hint: "use that one",
	}
}

// canceled is a *model.Fault once somebody has stopped the work.
func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: err}
	}
	return nil
}

// fileFault says why the file or folder at a path cannot be read.
func fileFault(path string, err error) *model.Fault {
	f := &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Err: err, Text: disk.Reason(err)}
	switch {
	case errors.Is(err, disk.ErrLink):
		f.Hint = "replace the link with the file or folder itself, or give the folder it points to"
	case errors.Is(err, disk.ErrNotFile), errors.Is(err, disk.ErrNotFolder):
		f.Hint = "move it elsewhere; it cannot be part of the repository"
	case errors.Is(err, disk.ErrTooLong):
		f.Kind, f.Hint = model.FaultBadData, "check who wrote it: metadata of this role is never this long"
	case errors.Is(err, disk.ErrGrowing):
		f.Kind, f.Hint = model.FaultBadData, "try again when it has been written"
	case errors.Is(err, fs.ErrNotExist):
		f.Text, f.Hint = "it does not exist", "check the path, and whether its disk is mounted; to begin a repository there, trustdeck init makes the folder, but not the one above it"
	default:
		f.Text, f.Hint = "it cannot be read: "+f.Text, "give yourself permission to read it, or run trustdeck as the file's owner"
	}
	return f
}

// lockFault says why nobody else could be kept from writing into a folder.
func lockFault(ctx context.Context, path string, err error) error {
	switch {
	case errors.Is(err, disk.ErrLocked):
		return &model.Fault{
			Kind: model.FaultLocal, Subject: display.Quote(path), Err: err, Text: "another trustdeck is publishing into this folder",
			Hint: "try again when it has finished",
		}
	case ctx.Err() != nil:
		return canceled(ctx)
	default:
		return unwritable(path, err)
	}
}

// unwritable says that a file or folder cannot be changed.
func unwritable(path string, err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: display.Quote(path), Err: err, Text: "it cannot be changed: " + disk.Reason(err),
		Hint: "give yourself permission to write to the folder, or free some space",
	}
}

// writeFault says how far a batch has come that did not reach its end.
func (l *layout) writeFault(err error) *model.Fault {
	stop, ok := errors.AsType[*disk.BatchError](err)
	if !ok {
		return unwritable(l.base.path, err)
	}
	at := filepath.Join(l.base.path, filepath.FromSlash(stop.Name))
	switch {
	case !stop.Committed && errors.Is(err, disk.ErrChanged):
		return &model.Fault{
			Kind: model.FaultStale, Subject: display.Quote(at), Err: err, Text: "another program has changed it; nothing was written",
			Hint: "check what changed, and start again",
		}
	case !stop.Committed:
		return unwritable(at, err)
	default:
		return l.settleFault(err)
	}
}

// settleFault says why what was cut off cannot be finished.
func (l *layout) settleFault(err error) *model.Fault {
	fault := unwritable(l.base.path, err)
	stop, ok := errors.AsType[*disk.BatchError](err)
	if !ok {
		return fault
	}
	staging := display.Quote(filepath.Join(l.base.path, stagingDir))
	fault.Subject = display.Quote(filepath.Join(l.base.path, filepath.FromSlash(stop.Name)))
	fault.Text = "a publish was interrupted, and can't be finished: " + disk.Reason(stop.Err)
	switch {
	case errors.Is(err, disk.ErrChanged):
		fault.Hint = "put back the file as it was before, or remove " + staging + " to give up the publish and check every file"
	case errors.Is(err, disk.ErrManifest), errors.Is(err, disk.ErrLink), errors.Is(err, disk.ErrNotFolder), errors.Is(err, disk.ErrNotFile):
		fault.Hint = "check who changed it; remove " + staging + " to give up the publish, and check every file"
	case stop.Committed:
		fault.Hint = "free some space, or give yourself permission; then finish it with trustdeck resume"
	default:
		fault.Text, fault.Hint = "it is in the way: trustdeck keeps files there while it publishes", "move it elsewhere"
	}
	return fault
}
