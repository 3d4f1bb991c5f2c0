package tuf

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
)

// An entry is a file that was given, or why it was not.
type entry struct {
	raw      []byte
	sum      [sha256.Size]byte
	modified time.Time
	fault    *model.Fault
	// file is nil where parse is not.
	file  *File
	parse *dialect.ParseError
	// want is the request that it answers.
	want dialect.Want
	// missed is the answer to the request that clients make for this file, where it could be
	// had only in another way.
	missed *entry
	// ring holds the keys that the file lists; nil where it was not asked for.
	ring *keyring
	// edges are its delegations, bins one by one; nil before the snapshot is known.
	edges []model.Delegation
}

// newEntry takes a file that came, as far as the budget of its repository goes.
func newEntry(want dialect.Want, raw []byte, modified time.Time, b *dialect.Budget) *entry {
	e := &entry{modified: modified, want: want}
	if err := b.Admit(int64(len(raw))); err != nil {
		e.parse = &dialect.ParseError{Role: want.Role, Code: model.ProblemLimit, Text: err.Error()}
		return e
	}
	e.raw, e.sum = raw, sha256.Sum256(raw)
	f, err := Parse(want.Role, raw)
	if err != nil {
		_ = errors.As(err, &e.parse) // Parse returns nothing else
		return e
	}
	e.file, e.ring = f, newKeyring(f, b)
	return e
}

// ok reports whether there is a file that could be read.
func (e *entry) ok() bool { return e != nil && e.file != nil }

// absent reports whether there is no such file.
func (e *entry) absent() bool {
	return e == nil || e.fault != nil && e.fault.Kind == model.FaultNotFound
}

// digest is that of the signed part of a file that could be read.
func (e *entry) digest() memory.Digest { return memory.DigestOf(e.file.payload) }

// over is the authority of a root over a top-level role.
func (e *entry) over(role model.RoleName) authority {
	edge := *e.file.Delegation(role)
	edge.From = model.RoleRoot
	return authority{ring: e.ring, edge: edge}
}

// is reports whether the file has the version and the hashes that another one lists.
func (e *entry) is(listed *model.MetaEntry) bool {
	if !e.ok() || e.file.Version != listed.Version || listed.Length > 0 && listed.Length != int64(len(e.raw)) {
		return false
	}
	if want := listed.Hashes.SHA512; want != nil {
		if sum := sha512.Sum512(e.raw); !bytes.Equal(want, sum[:]) {
			return false
		}
	}
	return listed.Hashes.SHA256 == nil || bytes.Equal(listed.Hashes.SHA256, e.sum[:])
}
