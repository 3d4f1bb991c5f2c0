package notary

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Bounds of what ParsedFiles hold. A file of less than smallFile is parsed in less time than
// it is worth to hold it; all of them together take no more than mostParsed in memory, as a
// budget counts it: two files with 100,000 tags.
const (
	smallFile  = 64 << 10
	mostParsed = 128 << 20
)

// ParsedFiles hold large files that were parsed, so that the same bytes are parsed once
// although they are read for a plan, for its execution and for its verification. A file is
// known by its role and the SHA-256 of its bytes; who read it, and what was believed of it
// then, is not kept. A nil one holds nothing. It is safe for concurrent use.
type ParsedFiles struct {
	mu sync.Mutex
	// files, the last used one at the end, and the memory that they take.
	files []*parsedFile
	held  int64
}

// parsedFile is a file and what follows from its bytes alone. It is shared: nothing of it
// is written to.
type parsedFile struct {
	raw  []byte
	sum  [sha256.Size]byte
	file *File
	// held is what a budget has counted for it beside its bytes.
	held int64

	// sha512 is another hash of the bytes, and deviation File.Deviation.
	sha512    func() [sha512.Size]byte
	deviation func() string
}

// parse reads a file as the function parse does, and counts the same on the budget.
func (p *ParsedFiles) parse(role model.RoleName, raw []byte, b *dialect.Budget) (*parsedFile, error) {
	f, sum := p.find(role, raw)
	if f != nil {
		if err := b.Hold(f.held); err != nil {
			return nil, &dialect.ParseError{Role: role, Code: model.ProblemLimit, Text: err.Error()}
		}
		return f, nil
	}
	before := b.Held
	file, err := parse(role, raw, b)
	if err != nil {
		return nil, err
	}
	f = &parsedFile{raw: raw, sum: sum, file: file, held: b.Held - before}
	f.sha512 = sync.OnceValue(func() [sha512.Size]byte { return sha512.Sum512(raw) })
	f.deviation = sync.OnceValue(func() string { return file.Deviation(raw) })
	p.hold(f)
	return f, nil
}

// find returns a file that is held, and makes it the last used one; nil where there is
// none. sum is that of the bytes.
func (p *ParsedFiles) find(role model.RoleName, raw []byte) (found *parsedFile, sum [sha256.Size]byte) {
	if p == nil || len(raw) < smallFile {
		return nil, sha256.Sum256(raw)
	}
	if f := p.use(func(f *parsedFile) bool { return f.file.Role == role && same(f.raw, raw) }); f != nil {
		return f, f.sum
	}
	sum = sha256.Sum256(raw)
	return p.use(func(f *parsedFile) bool { return f.file.Role == role && f.sum == sum && bytes.Equal(f.raw, raw) }), sum
}

// same reports whether two files are in one place in memory.
func same(a, b []byte) bool { return len(a) == len(b) && &a[0] == &b[0] }

// use makes a file the last used one; nil where there is none.
func (p *ParsedFiles) use(is func(*parsedFile) bool) *parsedFile {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.files, is)
	if i < 0 {
		return nil
	}
	f := p.files[i]
	p.files = append(slices.Delete(p.files, i, i+1), f)
	return f
}

// hold keeps a file, in place of those that were used longest ago.
func (p *ParsedFiles) hold(f *parsedFile) {
	if p == nil || len(f.raw) < smallFile || f.size() > mostParsed {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files, p.held = append(p.files, f), p.held+f.size()
	for p.held > mostParsed {
		p.held -= p.files[0].size()
		p.files = slices.Delete(p.files, 0, 1)
	}
}

func (f *parsedFile) size() int64 { return int64(len(f.raw)) + f.held }
