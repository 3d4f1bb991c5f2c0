package admin

import (
	"context"
	"sync"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Rereading is several looks at one repository, one after the other, as the server has it
// from now on. Each knows no more than it would alone; but a file that is asked for by its
// hash, and has that hash, is downloaded once for all of them. It begins with nothing, so
// that whatever a look sees has come from the server since. It is safe for concurrent use.
type Rereading struct {
	GUN     model.GUN
	service *Service

	mu    sync.Mutex
	files map[hashed]port.File
}

// hashed names a file by its hash. The role belongs to it: a server may have a file for
// one role and not for another.
type hashed struct {
	role   model.RoleName
	sha256 string
}

// Rereading begins one.
func (d *Service) Rereading(gun model.GUN) *Rereading {
	return &Rereading{GUN: gun, service: d, files: map[hashed]port.File{}}
}

// Read returns one file of the server.
func (r *Rereading) Read(ctx context.Context, ref port.Ref) (port.File, error) {
	name := hashed{ref.Role, ref.SHA256}
	r.mu.Lock()
	f, known := r.files[name]
	r.mu.Unlock()
	if known && int64(len(f.Bytes)) <= ref.Limit {
		return f, nil
	}
	f, err := r.service.Remote.Read(ctx, r.GUN, ref)
	if err == nil && ref.SHA256 != "" && hexSum(f.Bytes) == ref.SHA256 {
		r.mu.Lock()
		r.files[name] = f
		r.mu.Unlock()
	}
	return f, err
}

// Open is Service.Open.
func (r *Rereading) Open(ctx context.Context) Look { return r.service.open(ctx, r.GUN, r.Read) }

// OpenAs is Service.OpenAs.
func (r *Rereading) OpenAs(ctx context.Context, root []byte) (*model.Repository, error) {
	return r.service.openAs(ctx, r.GUN, root, r.Read)
}
