package port

import (
	"context"
	"time"

	"trustdeck/model"
)

// BackupMark is what is remembered of the backups of a key.
type BackupMark struct {
	// BackedUp is when the newest backup that holds the key was made, Checked when
	// its copy in a backup was last decrypted and tried. Zero where never.
	BackedUp, Checked time.Time
	// File is that newest backup, where it was seen last.
	File string
}

// BackupRecord remembers when keys were backed up and checked. Errors are
// *model.Fault.
type BackupRecord interface {
	// Marks returns what is known, by canonical ID.
	Marks(ctx context.Context) (map[model.KeyID]BackupMark, error)
	// Note adds to it. A mark takes the place of an older one, part by part.
	Note(ctx context.Context, marks map[model.KeyID]BackupMark) error
	// Roots returns which root files were restored from backups, by the SHA-256 of the
	// file in hexadecimal: nothing vouches for who made a backup.
	Roots(ctx context.Context) (map[string]RestoredRoot, error)
	// NoteRoots adds to them.
	NoteRoots(ctx context.Context, roots map[string]RestoredRoot) error
}

// RestoredRoot is the backup from which a root in the trust folder was restored.
type RestoredRoot struct {
	// Backup is its file, where it was when it was restored, and At is when that was.
	Backup string
	At     time.Time
}
