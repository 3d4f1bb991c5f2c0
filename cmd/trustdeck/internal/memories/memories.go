package memories

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/memory"
	"trustdeck/model/port"
)

// schema names the format of a file: one line that holds the SHA-256 of what follows
// in hexadecimal, a space, and the record in JSON.
const schema = "trustdeck-memory/v1"

const (
	ending = ".memory"
	// aside is added to the name of a damaged file that was replaced.
	aside = ".damaged"
	// maxFile is the largest file in bytes that is read: a root of the largest size,
	// in base64, and room for the rest.
	maxFile = 256 << 20
	// patience is how long another trustdeck may hold a lock: writing takes
	// milliseconds.
	patience = 10 * time.Second
)

// Store is a folder of records of the repositories of one server.
type Store struct{ dir, server string }

var _ port.Memories = (*Store)(nil)

// New keeps records below dir, apart from those of other servers. The folder is made
// when something is first kept.
func New(dir, server string) *Store {
	return &Store{dir: filepath.Join(dir, disk.SafeName(server)), server: server}
}

// file is what a record is kept in.
type file struct {
	Schema string        `json:"schema"`
	Server string        `json:"server"`
	GUN    model.GUN     `json:"gun"`
	Record memory.Record `json:"record"`
}

func (s *Store) path(gun model.GUN) string {
	return filepath.Join(s.dir, disk.SafeName(string(gun))+ending)
}

// Load returns what is remembered of a repository.
func (s *Store) Load(_ context.Context, gun model.GUN) (memory.Record, bool, error) {
	r, err := s.read(gun)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return memory.Record{}, false, nil
	case err != nil:
		return memory.Record{}, false, s.damaged(gun, err)
	}
	return r, true, nil
}

func (s *Store) damaged(gun model.GUN, err error) error {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: s.path(gun), Text: fmt.Sprintf("the record of what was verified of %s cannot be read: %s", gun, disk.Reason(err)), Err: err,
		Hint: "Restore the file from a backup, or start again with trustdeck accept-root " + string(gun) + ".",
	}
}

func (s *Store) read(gun model.GUN) (memory.Record, error) {
	raw, err := disk.Read(s.path(gun), maxFile)
	if err != nil {
		return memory.Record{}, err
	}
	return parse(raw, s.server, gun)
}

// parse reads a file, which must be that of a repository.
func parse(raw []byte, server string, gun model.GUN) (memory.Record, error) {
	text, whole := disk.ParseSumLine(raw)
	var f file
	switch {
	case !whole || !bytes.HasSuffix(raw, []byte("\n")):
		return f.Record, errors.New("its content doesn't match the hash at its start")
	case json.Unmarshal(text, &f) != nil || f.Schema != schema:
		return f.Record, errors.New("it is not in a format that this trustdeck reads")
	case f.Server != server || f.GUN != gun:
		return f.Record, errors.New("it is for another repository")
	}
	return f.Record, nil
}

// Repositories lists those that have a record. One that cannot be read is an error.
func (s *Store) Repositories(ctx context.Context) ([]port.Listed, error) {
	found, err := filepath.Glob(filepath.Join(s.dir, "*"+ending))
	if err != nil {
		return nil, err
	}
	var out []port.Listed
	var errs []error
	for _, path := range found {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		raw, err := disk.Read(path, maxFile)
		_, text, _ := bytes.Cut(raw, []byte(" "))
		var f file
		switch {
		case err != nil:
		case json.Unmarshal(text, &f) != nil:
			err = errors.New("it is not in a format that this trustdeck reads")
		default:
			f.GUN, err = model.ParseGUN(string(f.GUN))
		}
		if err != nil {
			errs = append(errs, &model.Fault{
				Kind: model.FaultLocal, Subject: path, Text: "a record of what was verified cannot be read: " + disk.Reason(err), Err: err,
				Hint: "Restore the file from a backup, or start again with trustdeck accept-root.",
			})
			continue
		}
		out = append(out, port.Listed{GUN: f.GUN})
	}
	slices.SortFunc(out, func(a, b port.Listed) int { return strings.Compare(string(a.GUN), string(b.GUN)) })
	return out, errors.Join(errs...)
}

// Update replaces the record of a repository by what change makes of it.
func (s *Store) Update(ctx context.Context, gun model.GUN, change func(r memory.Record, ok bool, damage error) (memory.Record, error)) error {
	if err := disk.MakeFolder(s.dir, 0o700); lost(err) {
		return s.unkept(gun, err)
	}
	unlock, err := s.lock(ctx, gun)
	if err != nil {
		return err
	}
	defer unlock()
	before, ok, damage := s.Load(ctx, gun)
	after, err := change(before, ok, damage)
	if err != nil || ok && after.Equal(before) {
		return err
	}
	if damage != nil {
		if err := disk.Rename(s.path(gun), filepath.Base(s.path(gun))+aside); lost(err) {
			return s.unkept(gun, err)
		}
	}
	if err := s.write(gun, after); lost(err) {
		return s.unkept(gun, err)
	}
	return nil
}

// lost reports whether a change was not made. Some file systems cannot confirm that one
// lasts; what was verified is remembered there all the same.
func lost(err error) bool { return err != nil && !errors.Is(err, disk.ErrUnconfirmed) }

// lock keeps other trustdecks from changing the record. A few files serve all records.
func (s *Store) lock(ctx context.Context, gun model.GUN) (unlock func(), err error) {
	at := filepath.Join(s.dir, disk.SafeName(string(gun))[:1]+".lock")
	release, err := disk.Lock(ctx, at, 0o600, patience)
	switch {
	case err == nil:
		return func() { _ = release() }, nil
	case ctx.Err() != nil:
		return nil, &model.Fault{Kind: model.FaultCanceled, Subject: string(gun), Text: "cancelled", Err: ctx.Err()}
	case errors.Is(err, disk.ErrLocked):
		return nil, s.unkept(gun, fmt.Errorf("another trustdeck has locked %s", at))
	default:
		return nil, s.unkept(gun, err)
	}
}

func (s *Store) unkept(gun model.GUN, err error) error {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: s.path(gun), Text: "what was verified cannot be recorded: " + disk.Reason(err), Err: err,
		Hint: "Check the free space and permissions of the folder.",
	}
}

// write puts a record in place. The lock is held, so that the temporary file is nobody
// else's.
func (s *Store) write(gun model.GUN, r memory.Record) error {
	text, err := json.Marshal(file{Schema: schema, Server: s.server, GUN: gun, Record: r})
	if err != nil {
		return err
	}
	at := s.path(gun)
	return disk.File{Name: at, Temp: filepath.Base(at) + ".new"}.Write(disk.SumLine(text))
}
