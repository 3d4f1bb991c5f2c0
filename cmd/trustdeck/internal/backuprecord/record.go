package backuprecord

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

const (
	// maxFile is the largest record in bytes that is read.
	maxFile = 16 << 20
	// patience is how long another trustdeck may be writing.
	patience = 5 * time.Second
)

// Record is a file with marks.
type Record struct{ path string }

var _ port.BackupRecord = (*Record)(nil)

// New keeps the record in a file, which is made with the first note.
func New(path string) *Record { return &Record{path} }

// content is the JSON of the file.
type content struct {
	Keys map[model.KeyID]mark `json:"keys"`
	// Roots by the SHA-256 of the file.
	Roots map[string]restored `json:"roots,omitempty"`
}

type restored struct {
	Backup string    `json:"backup"`
	At     time.Time `json:"at"`
}

type mark struct {
	BackedUp time.Time `json:"backedUp,omitzero"`
	Checked  time.Time `json:"checked,omitzero"`
	File     string    `json:"file,omitempty"`
}

// Marks reads what is known. A file that is not there knows nothing.
func (r *Record) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) {
	known, err := r.read()
	if err != nil {
		return nil, r.fault("cannot be read", err)
	}
	out := make(map[model.KeyID]port.BackupMark, len(known.Keys))
	for id, m := range known.Keys {
		out[id] = port.BackupMark{BackedUp: m.BackedUp, Checked: m.Checked, File: m.File}
	}
	return out, nil
}

func (r *Record) read() (content, error) {
	out := content{Keys: map[model.KeyID]mark{}}
	text, err := disk.Read(r.path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if out.Keys == nil {
		out.Keys = map[model.KeyID]mark{}
	}
	return out, err
}

// Note adds marks: of each part the later counts. The old record or the new one is
// there at every moment, and two trustdecks do not lose each other's notes.
func (r *Record) Note(ctx context.Context, marks map[model.KeyID]port.BackupMark) error {
	return r.change(ctx, func(known *content) {
		for id, m := range marks {
			old := known.Keys[id]
			if m.BackedUp.After(old.BackedUp) || m.BackedUp.Equal(old.BackedUp) && m.File != "" {
				old.BackedUp, old.File = m.BackedUp.UTC(), m.File
			}
			if m.Checked.After(old.Checked) {
				old.Checked = m.Checked.UTC()
			}
			known.Keys[id] = old
		}
	})
}

// Roots returns which root files were restored from which backups.
func (r *Record) Roots(context.Context) (map[string]port.RestoredRoot, error) {
	known, err := r.read()
	if err != nil {
		return nil, r.fault("cannot be read", err)
	}
	out := make(map[string]port.RestoredRoot, len(known.Roots))
	for sum, root := range known.Roots {
		out[sum] = port.RestoredRoot{Backup: root.Backup, At: root.At}
	}
	return out, nil
}

// NoteRoots adds root files that are restored from a backup.
func (r *Record) NoteRoots(ctx context.Context, roots map[string]port.RestoredRoot) error {
	return r.change(ctx, func(known *content) {
		if known.Roots == nil {
			known.Roots = map[string]restored{}
		}
		for sum, root := range roots {
			known.Roots[sum] = restored{root.Backup, root.At.UTC()}
		}
	})
}

func (r *Record) change(ctx context.Context, edit func(*content)) error {
	if err := r.rewrite(ctx, edit); err != nil {
		return r.fault("cannot be written", err)
	}
	return nil
}

func (r *Record) rewrite(ctx context.Context, edit func(*content)) error {
	if err := disk.MakeFolder(filepath.Dir(r.path), 0o700); err != nil {
		return err
	}
	release, err := disk.Lock(ctx, r.path+".lock", 0o600, patience)
	if errors.Is(err, disk.ErrLocked) {
		err = errors.New("another trustdeck is writing it")
	}
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	known, err := r.read()
	if err != nil {
		return err
	}
	edit(&known)
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	return disk.File{Name: r.path}.Write(append(text, '\n'))
}

func (r *Record) fault(what string, err error) error {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: r.path, Text: "the record of backups " + what + ": " + err.Error(), Err: err,
		Hint: "The backups themselves don't need it. Check the file's permissions. If it is damaged, delete it and check the backups again.",
	}
}
