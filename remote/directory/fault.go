package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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
		f.Text, f.Hint = "it does not exist", "check the path, and whether its disk is mounted"
	default:
		f.Text, f.Hint = "it cannot be read: "+f.Text, "give yourself permission to read it, or run trustdeck as the file's owner"
	}
	return f
}
