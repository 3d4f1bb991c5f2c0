package trustdir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

// A change of the passphrases of several keys goes like this. All new files are written beside
// the old ones, under names that wait for theirs. Then the record is written: from now on the
// change will be finished. Then each new file gets the name of the old one, and last the record is
// removed. So a crash leaves each key with the old passphrase, or the change can be finished
// without any passphrase.
const (
	// recordName is the record, in the folder private; Notary looks at no such name.
	recordName = tempPrefix + "passphrases"
	// stagedPrefix comes after tempPrefix in the name of a new file that waits.
	stagedPrefix = "new-"
	// maxRecord is larger than any record in bytes.
	maxRecord = 8 << 20
)

// record says which files a change of passphrases replaces.
type record struct {
	Files []replacement `json:"files"`
}

// replacement is one file, by its path below private, with slashes.
type replacement struct {
	Path string      `json:"path"`
	Key  model.KeyID `json:"key"`
	// Was and Will are the SHA-256 of the file before and after.
	Was  string `json:"was"`
	Will string `json:"will"`
}

func (r *replacement) name() string { return path.Base(r.Path) }

func (r *replacement) staged() string { return tempPrefix + stagedPrefix + string(r.Key) }

// valid reports whether the record can name the file.
func (r *replacement) valid() bool {
	_, err := model.ParseKeyID(string(r.Key))
	_, badPath := limitOf(privateDir + "/" + r.Path)
	return err == nil && badPath == nil
}

// settled refuses to change a folder in which a change of passphrases was cut off.
func (s *Store) settled() error {
	at := filepath.Join(s.dir, privateDir, recordName)
	if _, err := disk.Read(at, maxRecord); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &flaw{Reason: Unfinished, Text: "was not changed: a change of passphrases was cut off here", Path: filepath.Dir(at)}
}

// ChangePassphrases puts keys under another passphrase as ChangePassphrase does with one: all of
// them or none. Where a new file can't get its name although all are on the disk, the error says
// so, and the change waits to be finished.
func (k KeyStore) ChangePassphrases(ctx context.Context, changes []port.PassphraseChange, fresh []byte) error {
	switch len(changes) {
	case 0:
		return nil
	case 1:
		return k.ChangePassphrase(ctx, changes[0].Key, changes[0].Opens, fresh)
	}
	for _, c := range changes {
		if err := k.checkPassphrase(c.Key, fresh); err != nil {
			return err
		}
	}
	return changeFault(k.dir, k.locked(ctx, func(top *folder) error {
		if err := k.settled(); err != nil {
			return err
		}
		all := &record{}
		err := k.stageAll(ctx, top, changes, fresh, all)
		if err == nil {
			err = k.writeRecord(top, all)
		}
		if err != nil {
			k.unstageAll(top, all)
			return err
		}
		return k.swapAll(top, all)
	}))
}

// stageAll writes the new files.
func (s *Store) stageAll(ctx context.Context, top *folder, changes []port.PassphraseChange, fresh []byte, all *record) error {
	for _, c := range changes {
		if err := s.stopped(ctx); err != nil {
			return err
		}
		rel, err := s.below(c.Key.Path)
		if err != nil {
			return err
		}
		if err := s.stage(ctx, top, rel, c, fresh, all); err != nil {
			return changeFault(c.Key.Path, err)
		}
	}
	return nil
}

// stage writes one new file.
func (s *Store) stage(ctx context.Context, top *folder, rel string, c port.PassphraseChange, fresh []byte, all *record) error {
	f, err := top.descend(path.Join(privateDir, path.Dir(rel)))
	if err != nil {
		return err
	}
	defer f.close()
	e, err := s.loadKey(f, rel, c.Key.ID)
	if err != nil {
		return err
	}
	defer e.file.wipe()
	old, _, err := f.read(path.Base(rel), maxKeyFile)
	if err != nil {
		return err
	}
	defer clear(old)
	text, err := s.resealed(ctx, &e, c.Opens, fresh)
	if err != nil {
		return err
	}
	defer clear(text)
	r := replacement{Path: rel, Key: c.Key.ID, Was: disk.Sum(old), Will: disk.Sum(text)}
	if err := s.drop(f, r.staged()); err != nil { // of a run that was cut off before its record
		return err
	}
	all.Files = append(all.Files, r)
	return s.commit(f, r.staged(), text, nil)
}

// drop removes a file that may not be there.
func (s *Store) drop(f *folder, name string) error {
	if err := s.remove(f, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// unstageAll removes the record, where it may be there already, and then the new files. What cannot
// be removed of those is swept away by the next change.
func (s *Store) unstageAll(top *folder, all *record) {
	if err := s.dropRecord(top); err != nil {
		return // the change waits to be finished
	}
	_ = s.each(top, all, func(f *folder, r *replacement) error {
		_ = s.drop(f, r.staged())
		return nil
	})
}

// each runs do with the folder of each file.
func (s *Store) each(top *folder, all *record, do func(*folder, *replacement) error) error {
	for i := range all.Files {
		r := &all.Files[i]
		f, err := top.descend(path.Join(privateDir, path.Dir(r.Path)))
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // the old layout is moved by the next notary or docker command
			}
			return err
		}
		err = do(f, r)
		f.close()
		if err != nil {
			return changeFault(filepath.Join(s.dir, privateDir, filepath.FromSlash(r.Path)), err)
		}
	}
	return nil
}

func (s *Store) writeRecord(top *folder, all *record) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if len(text) > maxRecord {
		return flawf(BeyondLimit, "has too many keys for one change of passphrases")
	}
	f, err := top.descend(privateDir)
	if err != nil {
		return err
	}
	defer f.close()
	return s.commit(f, recordName, text, nil)
}

// swapAll gives the new files their names, and removes the record.
func (s *Store) swapAll(top *folder, all *record) error {
	if err := s.each(top, all, s.swap); err != nil {
		return err
	}
	return s.dropRecord(top)
}

func (s *Store) dropRecord(top *folder) error {
	f, err := top.descend(privateDir)
	if err != nil {
		return err
	}
	defer f.close()
	return s.drop(f, recordName)
}

// swap gives one new file its name, unless another program has written or removed the old file
// since: then the new one is of no use.
func (s *Store) swap(f *folder, r *replacement) error {
	switch state, err := s.state(f, r); {
	case err != nil:
		return err
	case state != port.OldPassphrase:
		return s.drop(f, r.staged())
	}
	text, _, err := f.read(r.staged(), maxKeyFile)
	if err != nil {
		return err
	}
	defer clear(text)
	if disk.Sum(text) != r.Will {
		return flawf(Changed, "was not changed: its new file is no longer what was written")
	}
	err = disk.Replace(f.root, r.staged(), r.name(), func() error {
		if state, err := s.state(f, r); err != nil || state != port.OldPassphrase {
			return errors.Join(err, flawf(Changed, "was changed by another program at the same time; trustdeck didn't change it"))
		}
		return nil
	}, s.between)
	return changeFlaw(err)
}

// state says which passphrase a key has now.
func (s *Store) state(f *folder, r *replacement) (port.CutOffState, error) {
	now, _, err := f.read(r.name(), maxKeyFile)
	defer clear(now)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return port.OtherFile, nil
	case err != nil:
		return "", err
	case disk.Sum(now) == r.Was:
		return port.OldPassphrase, nil
	case disk.Sum(now) == r.Will:
		return port.NewPassphrase, nil
	default:
		return port.OtherFile, nil
	}
}

// readRecord is the record of a change that was cut off, and when it was written; nil where there
// is none.
func (s *Store) readRecord(top *folder) (*record, *port.CutOffPassphrases, error) {
	f, err := top.descend(privateDir)
	if err != nil {
		return nil, nil, err
	}
	defer f.close()
	text, info, err := f.read(recordName, maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	all := &record{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(all)
	for i := range all.Files {
		if err == nil && !all.Files[i].valid() {
			err = errors.New("a name that is none")
		}
	}
	if err != nil {
		return nil, nil, &flaw{Reason: Damaged, Text: "is not a record of changed passphrases", Path: filepath.Join(f.path, recordName)}
	}
	return all, &port.CutOffPassphrases{Begun: info.ModTime()}, nil
}

// CutOffPassphrases is a change of passphrases that was cut off; nil where none was.
func (k KeyStore) CutOffPassphrases(ctx context.Context) (*port.CutOffPassphrases, error) {
	top, ok, err := k.enter(privateDir)
	if err != nil || !ok {
		return nil, err
	}
	top.close()
	if k.settled() == nil {
		return nil, nil
	}
	return k.underRecord(ctx, func(*folder, *record) error { return nil })
}

// SettlePassphrases ends such a change.
func (k KeyStore) SettlePassphrases(ctx context.Context, finish bool) (*port.CutOffPassphrases, error) {
	return k.underRecord(ctx, func(top *folder, all *record) error {
		if finish {
			return k.swapAll(top, all)
		}
		if err := k.each(top, all, func(f *folder, r *replacement) error { return k.drop(f, r.staged()) }); err != nil {
			return err
		}
		return k.dropRecord(top)
	})
}

// underRecord runs do with the record, and says how the keys are then.
func (k KeyStore) underRecord(ctx context.Context, do func(*folder, *record) error) (out *port.CutOffPassphrases, err error) {
	err = k.locked(ctx, func(top *folder) error {
		var all *record
		all, out, err = k.readRecord(top)
		if err != nil || all == nil {
			return err
		}
		if err := do(top, all); err != nil {
			return err
		}
		return k.describeAll(top, all, out)
	})
	return out, changeFault(k.dir, err)
}

// describeAll says how the keys of a record are now.
func (k KeyStore) describeAll(top *folder, all *record, out *port.CutOffPassphrases) error {
	for i := range all.Files {
		out.Keys = append(out.Keys, port.CutOffPassphrase{Key: k.layout.identify(all.Files[i].Path).key, State: port.OtherFile})
		out.Keys[i].Key.ID = all.Files[i].Key
	}
	return k.each(top, all, func(f *folder, r *replacement) error {
		for i := range out.Keys {
			if all.Files[i].Path != r.Path {
				continue
			}
			state, err := k.state(f, r)
			if err != nil {
				return err
			}
			out.Keys[i].State = state
			if e, err := load(k.layout, f, r.Path); err == nil {
				if e.file != nil {
					e.file.wipe()
				}
				out.Keys[i].Key = e.listed()
			}
		}
		return nil
	})
}
