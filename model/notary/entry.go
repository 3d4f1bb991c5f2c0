package notary

import (
	"crypto/sha256"
	"crypto/sha512"
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
	// file and parsed are nil where parse is not.
	file   *File
	parsed *parsedFile
	parse  *dialect.ParseError
	// want is the request that it answers.
	want dialect.Want
	// missed is the answer to the request that clients make for this file, where it
	// could be had only in another way.
	missed *entry
}

// entry takes a file that came, as far as the budget of its repository goes.
func (l *Load) entry(want dialect.Want, raw []byte, modified time.Time) *entry {
	e := &entry{modified: modified, want: want}
	if err := l.budget.Admit(int64(len(raw))); err != nil {
		e.parse = &dialect.ParseError{Role: want.Role, Code: model.ProblemLimit, Text: err.Error()}
		return e
	}
	f, err := l.parsed.parse(want.Role, raw, l.budget)
	if err != nil {
		e.parse, _ = err.(*dialect.ParseError) //nolint:errorlint // parse returns nothing else
		e.raw, e.sum = raw, sha256.Sum256(raw)
		return e
	}
	// The bytes of an equal file need not stay twice.
	e.raw, e.sum, e.file, e.parsed = f.raw, f.sum, f.file, f
	return e
}

// ok reports whether there is a file that could be read.
func (e *entry) ok() bool { return e != nil && e.file != nil }

// sha512 is the other hash that may be stated of a file.
func (e *entry) sha512() []byte {
	if e.parsed == nil {
		sum := sha512.Sum512(e.raw)
		return sum[:]
	}
	sum := e.parsed.sha512()
	return sum[:]
}

// digest is that of the signed part of a file that could be read.
func (e *entry) digest() memory.Digest { return e.file.payloadDigest() }

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
