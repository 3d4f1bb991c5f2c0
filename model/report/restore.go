package report

import (
	"time"

	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
)

// Restore is the answer of "trustdeck backup restore".
type Restore struct {
	Answer
	// File is the archive, TrustDir the folder into which it was restored.
	File     string    `json:"file"`
	TrustDir string    `json:"trustDir"`
	Created  time.Time `json:"created"`
	// Files of the archive that were selected, sorted by path.
	Files []RestoreFile `json:"files"`
}

// RestoreFile is a file of a backup, as compared with the trust folder.
type RestoreFile struct {
	Path string `json:"path"`
	// Key is the canonical ID and Label the role header; absent for metadata.
	Key   string `json:"key,omitempty"`
	Label string `json:"label,omitempty"`
	// Repository is absent for root and delegation keys.
	Repository string `json:"repository,omitempty"`
	// State is "added", "present", "conflicting" or "elsewhere".
	State string `json:"state"`
	// Replace is true where the file in the folder was to be replaced.
	Replace bool `json:"replace"`
	// Written is true where it was written.
	Written bool `json:"written"`
	// Aside is where the file before it is kept.
	Aside string `json:"aside,omitempty"`
}

// NewRestore makes the answer before anything is written.
func NewRestore(trustDir string, r *backup.Restoration) Restore {
	return Restore{
		Answer: answer("restore"), File: r.File, TrustDir: trustDir, Created: utc(r.Backup.Created), Files: each(r.Items, newRestoreFile),
	}
}

func newRestoreFile(i backup.RestoreItem) RestoreFile {
	out := RestoreFile{Path: i.Path, Repository: string(i.GUN), State: string(i.State), Replace: i.Replace}
	if i.Key != nil {
		out.Key, out.Label = string(i.Key.ID), i.Key.Label
	}
	return out
}

// Written takes note of what was written.
func (r *Restore) Written(placed []port.RestoredFile) {
	for _, p := range placed {
		for i := range r.Files {
			if f := &r.Files[i]; f.Path == p.Path {
				f.Written, f.Aside = true, p.Aside
			}
		}
	}
}
