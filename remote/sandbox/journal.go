package sandbox

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
)

const (
	journalName   = "journal"
	recordPublish = "publish"
	recordDelete  = "delete"
	recordKey     = "key"
	recordImage   = "image"
)

// A record is one change of the world. It is written as one line, the SHA-256 of
// its JSON before it, so that a change that was cut off is seen and dropped as a
// whole: the world is as it was before, or as it is after.
type record struct {
	Kind  string         `json:"kind"`
	Time  time.Time      `json:"time,omitzero"`
	GUN   model.GUN      `json:"gun,omitempty"`
	Files files          `json:"files,omitempty"`
	Role  model.RoleName `json:"role,omitempty"`
	Key   []byte         `json:"pkcs8,omitempty"`
	Image *image         `json:"image,omitempty"`
}

// A journal is the file of records. A nil journal keeps nothing.
type journal struct {
	file *os.File
	// size is where the last whole record ends.
	size int64
}

// openJournal reads the records of a folder, hands each to apply, and drops one
// that was cut off at the end.
func openJournal(dir string, apply func(record) error) (*journal, error) {
	path := filepath.Join(dir, journalName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the practice world: %w", err)
	}
	j := &journal{file: file}
	if err := j.replay(path, apply); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

func (j *journal) replay(path string, apply func(record) error) error {
	in := bufio.NewReaderSize(j.file, 1<<20)
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF):
			// What follows the last line feed was never finished.
			return j.cut()
		case err != nil:
			return fmt.Errorf("read the practice world: %w", err)
		}
		r, ok := decode(text)
		if !ok {
			if _, err := in.Peek(1); errors.Is(err, io.EOF) {
				return j.cut()
			}
			return fmt.Errorf("%s is damaged at line %d: the practice world cannot be opened; start a new one in another folder", path, line)
		}
		if err := apply(r); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, line, err)
		}
		j.size += int64(len(text))
	}
}

func decode(line []byte) (record, bool) {
	var r record
	text, whole := disk.ParseSumLine(line)
	return r, whole && json.Unmarshal(text, &r) == nil
}

// cut drops what lies behind the last whole record.
func (j *journal) cut() error {
	err := j.file.Truncate(j.size)
	if err == nil {
		_, err = j.file.Seek(j.size, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("repair the practice world: %w", err)
	}
	return nil
}

// add makes records last. After an error nothing of them is there.
func (j *journal) add(records ...record) error {
	if j == nil {
		return nil
	}
	var out bytes.Buffer
	for _, r := range records {
		text, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("write the practice world: %w", err)
		}
		out.Write(disk.SumLine(text))
	}
	_, err := j.file.Write(out.Bytes())
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the practice world: %w", err), j.cut())
	}
	j.size += int64(out.Len())
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

func keyRecord(k *serverKey) (record, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return record{}, fmt.Errorf("keep the %s key of %s: %w", k.role, k.gun, err)
	}
	return record{Kind: recordKey, GUN: k.gun, Role: k.role, Key: der}, nil
}

// replay puts a record back into the store.
func (s *store) replay(r record) error {
	switch r.Kind {
	case recordPublish:
		s.apply(r.GUN, r.Time, newVersions(r.Time, r.Files))
	case recordDelete:
		s.drop(r.GUN, r.Time)
	case recordKey:
		private, err := x509.ParsePKCS8PrivateKey(r.Key)
		if err != nil {
			return fmt.Errorf("the %s key of %s does not parse: %w", r.Role, r.GUN, err)
		}
		signer, ok := private.(crypto.Signer)
		if !ok {
			return fmt.Errorf("the %s key of %s cannot sign", r.Role, r.GUN)
		}
		k, err := newServerKey(r.GUN, r.Role, signer)
		if err != nil {
			return err
		}
		s.applyKey(k)
	default:
		return fmt.Errorf("records of kind %q are unknown; another version of trustdeck wrote the folder", r.Kind)
	}
	return nil
}
