package wiring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// Ceremonies are the use cases of ceremonies with the keys of this machine. They ask no server.
func (s *Session) Ceremonies(clock port.Clock) *ceremony.Service {
	out := &ceremony.Service{Files: ceremonyFiles{}, Locks: ceremonyLocks{}, Clock: clock, Dialects: map[model.Dialect]dialect.Writable{}}
	for _, d := range []dialect.Writable{docker.Dialect{}, tuf.Dialect{}} {
		out.Dialects[d.Name()] = d
	}
	if service, ok := s.Service.(*admin.Service); ok {
		out.Keys, out.Tokens = service.Stores, service.Plugged
	}
	return out
}

// Preparing is what a ceremony is prepared with.
type Preparing struct{ *change.Service }

var _ ceremony.Repositories = Preparing{}

// Compile plans changes of one repository.
func (p Preparing) Compile(ctx context.Context, gun model.GUN, changes []model.Change) (*plan.Plan, plan.Request, error) {
	planned, requests, err := p.Service.Compile(ctx, []change.Request{{GUN: gun, Changes: changes}})
	if err != nil {
		return nil, plan.Request{}, err
	}
	return planned, requests[0], nil
}

// ServerKey asks the server for a key of its own.
func (p Preparing) ServerKey(ctx context.Context, gun model.GUN, role model.RoleName, fresh bool) (model.PublicKey, error) {
	if fresh {
		return p.Publisher.NewServerKey(ctx, gun, role)
	}
	return p.Publisher.ServerKey(ctx, gun, role)
}

// ceremonyFiles are files that people name.
type ceremonyFiles struct{}

var _ ceremony.Files = ceremonyFiles{}

func (ceremonyFiles) Read(path string, most int64) ([]byte, error) {
	content, err := disk.Read(path, most)
	return content, fileFault(path, "can't be read", "Check the path.", err)
}

func (ceremonyFiles) Create(path string, content []byte) error {
	return fileFault(path, "can't be written", "Give the path of a new file.", disk.File{Name: path, New: true, Mode: shared}.Write(content))
}

func (ceremonyFiles) Replace(path string, content []byte) error {
	return fileFault(path, "can't be written", onReadOnly, disk.File{Name: path, Mode: shared}.Write(content))
}

// onReadOnly says what to do where a file can't be replaced.
const onReadOnly = "On a read-only medium, hand back the signatures as text, and keep the transcript elsewhere: trustdeck ceremony sign --answer --transcript FILE"

// ceremonyLocks has one program at a time change a file that people name. The lock is a file beside it,
// which is there no longer than the lock.
type ceremonyLocks struct{}

var _ ceremony.Locks = ceremonyLocks{}

// lockPatience is how long it waits: as long as others verify and write a large file.
const lockPatience = 30 * time.Second

func (ceremonyLocks) Lock(path string) (func() error, error) {
	dir := filepath.Dir(path)
	folder, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fileFault(path, "can't be written", onReadOnly, err)
	}
	release, err := disk.LockFolder(context.Background(), folder, dir, "."+filepath.Base(path)+".lock", lockPatience)
	if err != nil {
		_ = folder.Close()
		hint := onReadOnly
		if errors.Is(err, disk.ErrLocked) {
			hint = "Wait until the other command has ended, and try again."
		}
		return nil, fileFault(path, "can't be changed", hint, err)
	}
	return func() error {
		return fileFault(path, "its lock can't be removed", "", errors.Join(release(), folder.Close()))
	}, nil
}

// shared is the mode of files that hold no secret, and that others are to read.
const shared = 0o644

// fileFault says why a file that a person named can't be used; nil for nil.
func fileFault(path, what, hint string, err error) error {
	if err == nil {
		return nil
	}
	return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Text: what + ": " + disk.Reason(err), Hint: hint, Err: err}
}
