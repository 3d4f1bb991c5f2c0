package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

const (
	ending = ".journal"
	// maxEntry is the largest entry in bytes that is read.
	maxEntry = 2 * plan.MaxFile
	// maxEntries is how many are listed.
	maxEntries = 1_000
)

// Journal is a folder of entries.
type Journal struct{ dir string }

var _ port.Journal = (*Journal)(nil)

// New keeps entries in a folder, which is made when the first one begins.
func New(dir string) *Journal { return &Journal{dir} }

// head is the first line of an entry.
type head struct {
	Begun time.Time       `json:"begun"`
	Plan  json.RawMessage `json:"plan"`
}

// Begin opens an entry.
func (j *Journal) Begin(_ context.Context, at time.Time, plan []byte, notes ...port.Note) (string, error) {
	if err := disk.MakeFolder(j.dir, 0o700); err != nil {
		return "", j.fault("", err)
	}
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	id := at.UTC().Format("20060102T150405Z-") + hex.EncodeToString(random[:])
	var compact bytes.Buffer
	if err := json.Compact(&compact, plan); err != nil {
		return "", j.fault(id, err)
	}
	text, err := json.Marshal(head{at, compact.Bytes()})
	text = append(text, '\n')
	for _, note := range notes {
		line, failed := json.Marshal(note)
		text, err = append(append(text, line...), '\n'), errors.Join(err, failed)
	}
	if err == nil {
		err = disk.File{Name: j.path(id), New: true}.Write(text)
	}
	if err != nil {
		if errors.Is(err, disk.ErrUnconfirmed) {
			_ = os.Remove(j.path(id)) // nothing has begun, whatever of it is on the disk
		}
		return "", j.fault(id, err)
	}
	return id, nil
}

// Note adds a line to an entry and waits until it is on the disk. The line feed before
// it closes one that was cut off.
func (j *Journal) Note(_ context.Context, id string, note port.Note) error {
	line, err := json.Marshal(note)
	if err == nil {
		err = disk.File{Name: j.path(id)}.Append(fmt.Appendf(nil, "\n%s\n", line))
	}
	if err != nil {
		return j.fault(id, err)
	}
	return nil
}

// Close ends an entry. What it says is no longer needed.
func (j *Journal) Close(_ context.Context, id string) error {
	if err := os.Remove(j.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return j.fault(id, err)
	}
	return nil
}

// names are those of entries; nothing else in the folder is looked at.
var names = regexp.MustCompile(`^[0-9TZ]{16}-[0-9a-f]{12}\.journal$`)

// Open lists the entries that were never closed, oldest first. One whose first
// line was cut off had done nothing yet, and is left out.
func (j *Journal) Open(ctx context.Context) ([]port.Entry, error) {
	files, err := os.ReadDir(j.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, j.fault("", err)
	}
	var out []port.Entry
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, j.fault("", err)
		}
		if !names.MatchString(f.Name()) || !f.Type().IsRegular() || len(out) == maxEntries {
			continue
		}
		e, ok, err := j.read(strings.TrimSuffix(f.Name(), ending))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b port.Entry) int { return a.Begun.Compare(b.Begun) })
	return out, nil
}

func (j *Journal) read(id string) (e port.Entry, ok bool, err error) {
	text, err := disk.Read(j.path(id), maxEntry)
	if err != nil {
		return e, false, j.fault(id, err)
	}
	first, rest, _ := bytes.Cut(text, []byte{'\n'})
	var h head
	if json.Unmarshal(first, &h) != nil {
		return e, false, nil
	}
	e = port.Entry{ID: id, Begun: h.Begun, Plan: h.Plan}
	for line := range bytes.SplitSeq(rest, []byte{'\n'}) {
		var n port.Note
		if len(line) > 0 && json.Unmarshal(line, &n) == nil {
			e.Notes = append(e.Notes, n)
		}
	}
	return e, true, nil
}

func (j *Journal) path(id string) string { return filepath.Join(j.dir, id+ending) }

func (j *Journal) fault(id string, err error) error {
	path := j.dir
	if id != "" {
		path = j.path(id)
	}
	return &model.Fault{
		Kind: model.FaultLocal, Subject: path, Text: "the journal cannot be written: " + disk.Reason(err), Err: err,
		Hint: "Check the free space and permissions of the folder. trustdeck changes nothing without a journal.",
	}
}
