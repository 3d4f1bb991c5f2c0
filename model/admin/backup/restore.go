package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// RestoreState says how a file of a backup stands to the trust folder.
type RestoreState string

// The states.
const (
	// RestoreAdded: the folder has nothing there.
	RestoreAdded RestoreState = "added"
	// RestorePresent: the same file is there already.
	RestorePresent RestoreState = "present"
	// RestoreConflicting: another file has its name. It is left as it is unless it is
	// named.
	RestoreConflicting RestoreState = "conflicting"
	// RestoreElsewhere: the folder has the key in a file of another name, which stays
	// the only one.
	RestoreElsewhere RestoreState = "elsewhere"
)

// RestoreRequest says what of an archive is wanted.
type RestoreRequest struct {
	File string
	// Key opens the archive where it is encrypted.
	Key       Decryption
	Selection Selection
	// Replace names conflicting files that are to be replaced: by their paths, or by
	// the beginning of the ID of a key.
	Replace []string
}

// RestoreItem is a file of a backup, as compared with the folder.
type RestoreItem struct {
	// Path below the trust folder.
	Path string
	// Key is nil for metadata.
	Key *Key
	// GUN is the repository; empty for root and delegation keys.
	GUN   model.GUN
	State RestoreState
	// Replace is true where the file in the folder is put aside for this one.
	Replace bool
	// Here is the file that is in the way; empty where none is.
	Here string
}

// Writes reports whether the file is to be written.
func (i *RestoreItem) Writes() bool { return i.State == RestoreAdded || i.Replace }

// Restoration is a backup compared with a trust folder. Nothing has been written. Its
// owner wipes it.
type Restoration struct {
	File   string
	Backup Content
	// Items sorted by path.
	Items []RestoreItem
	// Pins are those of the backup that the settings here do not have.
	Pins dialect.Pins
	// was are the files that are replaced, as they were compared.
	was map[string][]byte
}

// Wipe overwrites everything that could hold a secret.
func (r *Restoration) Wipe() {
	r.Backup.Wipe()
	for _, content := range r.was {
		clear(content)
	}
}

// Choose says which of the conflicting files are replaced, by their paths, and no
// others.
func (r *Restoration) Choose(paths []string) {
	for i := range r.Items {
		item := &r.Items[i]
		item.Replace = item.State == RestoreConflicting && slices.Contains(paths, item.Path)
	}
}

// Count is how many files are in this state.
func (r *Restoration) Count(state RestoreState) int {
	n := 0
	for i := range r.Items {
		if r.Items[i].State == state {
			n++
		}
	}
	return n
}

// Writing is how many files would be written.
func (r *Restoration) Writing() int {
	n := 0
	for i := range r.Items {
		if r.Items[i].Writes() {
			n++
		}
	}
	return n
}

// Compare reads an archive and says what restoring it would do. It writes nothing.
func (b *Service) Compare(ctx context.Context, r RestoreRequest) (*Restoration, error) {
	backup, err := b.Archives.Read(ctx, r.File, r.Key)
	if err != nil {
		return nil, err
	}
	out := &Restoration{File: r.File, Backup: backup, Pins: missingPins(backup.Pins, b.Pins), was: map[string][]byte{}}
	if err := b.compare(ctx, r, out); err != nil {
		out.Wipe()
		return nil, err
	}
	return out, nil
}

func (b *Service) compare(ctx context.Context, r RestoreRequest, out *Restoration) error {
	if err := b.honest(&out.Backup); err != nil {
		return err
	}
	here, err := b.Store.Keys(ctx)
	if err != nil {
		return err
	}
	for _, file := range out.Backup.Files {
		item := RestoreItem{Path: file.Path}
		if i := slices.IndexFunc(out.Backup.Keys, func(k Key) bool { return k.Path == file.Path }); i >= 0 {
			item.Key, item.GUN = &out.Backup.Keys[i], out.Backup.Keys[i].GUN
		} else {
			item.GUN = metadataOf(file.Path)
		}
		if !r.Selection.wants(&item) {
			continue
		}
		if err := b.compareFile(ctx, file, here, &item, out.was); err != nil {
			return err
		}
		item.Replace = item.State == RestoreConflicting && item.namedBy(r.Replace)
		out.Items = append(out.Items, item)
	}
	return out.named(r)
}

// wants reports whether a file of a backup is selected.
func (s Selection) wants(i *RestoreItem) bool {
	if i.Key != nil {
		return s.key(i.Key.ID, i.Key.Label, i.Key.GUN, nil)
	}
	return s.repository(i.GUN)
}

// metadataOf is the repository to which a metadata file belongs, by its path: the name
// may itself hold "metadata".
func metadataOf(path string) model.GUN {
	path = strings.TrimPrefix(path, "tuf/")
	if i := strings.LastIndex(path, "/metadata/targets/"); i >= 0 {
		return model.GUN(path[:i])
	}
	return model.GUN(path[:max(strings.LastIndex(path, "/metadata/"), 0)])
}

// compareFile finds what the folder has of a file.
func (b *Service) compareFile(ctx context.Context, file port.TrustFile, here []model.PrivateKey, item *RestoreItem, was map[string][]byte) error {
	now, ok, err := b.Folder.ReadFile(ctx, file.Path)
	if err != nil {
		return err
	}
	if ok {
		item.Here = file.Path
		if bytes.Equal(now.Bytes, file.Bytes) {
			item.State = RestorePresent
			clear(now.Bytes)
			return nil
		}
		item.State, was[file.Path] = RestoreConflicting, now.Bytes
		return nil
	}
	item.State = RestoreAdded
	if item.Key == nil {
		return nil
	}
	for _, key := range here {
		if key.ID == item.Key.ID {
			item.State, item.Here = RestoreElsewhere, key.Path
		}
	}
	return nil
}

// namedBy reports whether a file is among those that may be replaced.
func (i *RestoreItem) namedBy(names []string) bool {
	return slices.Contains(names, i.Path) || i.Key != nil && namedBy(names, i.Key.ID)
}

// named refuses names that mean nothing: whoever mistypes one believes that something
// was restored.
func (r *Restoration) named(want RestoreRequest) error {
	for _, name := range want.Replace {
		i := slices.IndexFunc(r.Items, func(i RestoreItem) bool { return i.namedBy([]string{name}) })
		if i < 0 {
			return &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("nothing selected in the backup is called %q", name), Hint: "Give the path of a file in the backup, or a key ID. List them with: trustdeck backup check"}
		}
	}
	for _, prefix := range want.Selection.Keys {
		if !slices.ContainsFunc(r.Items, func(i RestoreItem) bool { return i.Key != nil && namedBy([]string{prefix}, i.Key.ID) }) {
			return &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("no selected key in the backup has an ID that starts with %q", prefix), Hint: "List its keys with: trustdeck backup check"}
		}
	}
	if len(r.Items) == 0 {
		return &model.Fault{Kind: model.FaultUsage, Subject: r.File, Text: "nothing in the backup is selected", Hint: "Leave out --repository, --role and --key. List its contents with: trustdeck backup check"}
	}
	return nil
}

// missingPins are those that one set has and the other has not.
func missingPins(had, have dialect.Pins) dialect.Pins {
	var out dialect.Pins
	for pattern, ids := range had.Certs {
		if slices.Equal(have.Certs[pattern], ids) {
			continue
		}
		if out.Certs == nil {
			out.Certs = map[string][]model.KeyID{}
		}
		out.Certs[pattern] = ids
	}
	for prefix, pem := range had.CAs {
		if bytes.Equal(have.CAs[prefix], pem) {
			continue
		}
		if out.CAs == nil {
			out.CAs = map[string][]byte{}
		}
		out.CAs[prefix] = pem
	}
	return out
}

// Restore writes what the restoration says, keys first. A file that is not any more
// what was compared is left as it is, and ends it. What was placed before an error
// stays, and is returned with it: every file is whole, and the same restoration, made
// anew, goes on.
func (b *Service) Restore(ctx context.Context, r *Restoration) ([]port.RestoredFile, error) {
	var files []port.RestoreFile
	for i := range r.Items {
		if item := &r.Items[i]; item.Writes() {
			file, _ := r.Backup.File(item.Path)
			files = append(files, port.RestoreFile{TrustFile: file, Replace: item.Replace, Was: r.was[item.Path]})
		}
	}
	if err := b.noteRoots(ctx, r.File, files); err != nil {
		return nil, err
	}
	placed, err := b.Folder.RestoreFiles(ctx, files, b.Clock())
	if b.Record == nil || err != nil {
		return placed, err
	}
	marks := map[model.KeyID]port.BackupMark{}
	for _, key := range r.Backup.Keys {
		if slices.ContainsFunc(placed, func(p port.RestoredFile) bool { return p.Path == key.Path }) {
			marks[key.ID] = port.BackupMark{BackedUp: r.Backup.Created, File: r.File}
		}
	}
	return placed, b.Record.Note(ctx, marks)
}

// noteRoots notes which roots come from a backup, before they are in the folder, where
// they anchor.
func (b *Service) noteRoots(ctx context.Context, backup string, files []port.RestoreFile) error {
	roots := map[string]port.RestoredRoot{}
	for _, f := range files {
		if strings.HasSuffix(f.Path, "/metadata/root.json") {
			roots[fmt.Sprintf("%x", sha256.Sum256(f.Bytes))] = port.RestoredRoot{Backup: backup, At: b.Clock()}
		}
	}
	if b.Record == nil || len(roots) == 0 {
		return nil
	}
	return b.Record.NoteRoots(ctx, roots)
}
