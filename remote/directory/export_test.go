package directory

import (
	"time"

	"trustdeck/internal/disk"
)

// Between has a hook called before each step of a change to the folder.
func (f *Folder) Between(hook disk.Hook) *Folder {
	f.hook = hook
	return f
}

// Impatient has the folder wait for another writer no longer than so.
func (f *Folder) Impatient(patience time.Duration) *Folder {
	f.patience = patience
	return f
}
