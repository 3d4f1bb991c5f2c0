package notary

import (
	"crypto/sha256"
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
	// missed is the answer to the request that clients make for this file, where it
	// could be had only in another way.
	missed *entry
}

// newEntry takes a file that came, as far as the budget of its repository goes.
func newEntry(want dialect.Want, raw []byte, modified time.Time, b *dialect.Budget) *entry {
	e := &entry{modified: modified, want: want}
	if err := b.Admit(int64(len(raw))); err != nil {
		e.parse = &dialect.ParseError{Role: want.Role, Code: model.ProblemLimit, Text: err.Error()}
		return e
	}
	e.raw, e.sum = raw, sha256.Sum256(raw)
	f, err := parse(want.Role, raw, b)
	if err != nil {
		e.parse, _ = err.(*dialect.ParseError) //nolint:errorlint // parse returns nothing else
		return e
	}
	e.file = f
	return e
}

// ok reports whether there is a file that could be read.
func (e *entry) ok() bool { return e != nil && e.file != nil }

// digest is that of the signed part of a file that could be read.
func (e *entry) digest() memory.Digest { return memory.DigestOf(e.file.payload) }

// byName reports whether a file is what the server gives as the current one.
func (e *entry) byName() bool { return e.want.SHA256 == "" && e.want.Limit > 0 }

// refuse answers a want for which the budget has no room.
func (l *Load) refuse(w dialect.Want) {
	err := l.budget.Full()
	e := &entry{want: w, parse: &dialect.ParseError{Role: w.Role, Code: model.ProblemLimit, Text: err.Error()}}
	if w.Version != 0 {
		l.roots[w.Version] = e
	} else if l.got[w.Role] == nil {
		l.got[w.Role] = e
	}
}
