package port

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// Saved is what a cache holds of a repository: the last files that were read,
// by role, and when.
type Saved struct {
	Read  time.Time
	Files map[model.RoleName]File
}

// Cache keeps what was read last, so that the next look is quick. It is never
// shown as current.
type Cache interface {
	// Load returns what is saved; ok is false where nothing is.
	Load(ctx context.Context, gun model.GUN) (saved Saved, ok bool, err error)
	// Save replaces what is saved, atomically.
	Save(ctx context.Context, gun model.GUN, saved Saved) error
	// Repositories lists what is saved, sorted by name.
	Repositories(ctx context.Context) ([]Listed, error)
}

// Memories keep what was verified of repositories, for ever: see package memory.
// Errors are *model.Fault.
type Memories interface {
	// Load returns what is remembered of a repository; ok is false where nothing is. A
	// record that is there and cannot be read is an error, whose subject is its file.
	Load(ctx context.Context, gun model.GUN) (r memory.Record, ok bool, err error)
	// Update puts what change makes of the record in its place, whole or not at all.
	// Nobody else changes the record meanwhile. Where there is none, ok is false; where
	// it cannot be read, damage says why, and it is kept beside the new one. An error of
	// change is returned as it is, and leaves the record alone; so does a record that
	// says the same.
	Update(ctx context.Context, gun model.GUN, change func(r memory.Record, ok bool, damage error) (memory.Record, error)) error
	// Repositories lists those of which something is remembered, sorted by name. The
	// error is for records that do not say of which they are.
	Repositories(ctx context.Context) ([]Listed, error)
}
