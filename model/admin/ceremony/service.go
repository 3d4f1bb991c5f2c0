package ceremony

import (
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/attest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Service works on files of ceremonies. Its fields are set once, before use. Errors are *model.Fault,
// or lead to one: what is wrong with a ceremony is a *bundle.Refusal.
type Service struct {
	Files Files
	// Keys are the private keys of this machine.
	Keys port.KeyStores
	// Dialects are those that are known, by their names.
	Dialects map[model.Dialect]dialect.Writable
	Clock    port.Clock
	// Tokens prove where their keys were made, and Makers are the roots by which that is believed;
	// both may be nil.
	Tokens port.Tokens
	Makers *attest.Roots
	// Computer tells of this machine; nil where nothing is to be found out.
	Computer port.Machine
	// Locks is nil where no other program can be at work.
	Locks Locks
}

// Files are the files of ceremonies. Errors are *model.Fault.
type Files interface {
	// Read reads a file of at most so many bytes.
	Read(path string, most int64) ([]byte, error)
	// Create writes a file that is not there yet, and Replace one that is there: whole and on the
	// disk, or not at all.
	Create(path string, content []byte) error
	Replace(path string, content []byte) error
}

// Locks let one program at a time change a file of a ceremony.
type Locks interface {
	// Lock waits for others that have the lock of a file, for a while. The error is a *model.Fault.
	Lock(path string) (release func() error, err error)
}

// locked does what reads a file and writes it again, while no other program does.
func (s *Service) locked(path string, work func() error) error {
	if s.Locks == nil {
		return work()
	}
	release, err := s.Locks.Lock(path)
	if err != nil {
		return err
	}
	return errors.Join(work(), release())
}

// Run is what a piece of work is given to be done with.
type Run struct {
	// Secrets knows passphrases and PINs.
	Secrets port.Interaction
	// Watch is told of the steps, and Stop asked before each; both may be nil.
	Watch admin.Watch
	Stop  func() bool
}

// File is the file of a ceremony, which was verified.
type File struct {
	Path string
	*bundle.Opened
	// Unrecorded says why the transcript was not written, where that did not stop the work; nil where
	// it was.
	Unrecorded error
}

// Open reads and verifies the file of a ceremony.
func (s *Service) Open(path string) (*File, error) {
	b, err := s.read(path)
	if err != nil {
		return nil, err
	}
	o, err := bundle.Open(b, s.Dialects, s.Clock())
	if err != nil {
		return nil, about(path, err)
	}
	return &File{Path: path, Opened: o}, nil
}

func (s *Service) read(path string) (*bundle.Bundle, error) {
	text, err := s.Files.Read(path, bundle.MaxSize)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Decode(text)
	return b, about(path, err)
}

// dialect is that of a ceremony that was opened.
func (s *Service) dialect(f *File) dialect.Writable { return s.Dialects[f.Bundle().Dialect] }

// about names the file that a refusal is about.
func about(path string, err error) error {
	refusal, ok := errors.AsType[*bundle.Refusal](err)
	if !ok || refusal.Fault.Subject != "" {
		return err
	}
	named := *refusal
	named.Fault.Subject = path
	return &named
}

// write puts the signatures of an opened ceremony into its file, with those that have come into it
// in the meantime. It writes nothing where the file has them all.
func (s *Service) write(f *File) (now *File, err error) {
	err = s.locked(f.Path, func() (err error) {
		if now, err = s.Open(f.Path); err != nil {
			return err
		}
		had := now.Bundle().Signatures
		if err := now.Merge(f.Bundle()); err != nil {
			return about(f.Path, err)
		}
		if b := now.Bundle(); !same(had, b.Signatures) {
			return s.Files.Replace(f.Path, b.Encode())
		}
		return nil
	})
	return now, err
}
