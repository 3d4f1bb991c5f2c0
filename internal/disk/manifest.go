package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// maxManifest is larger than any manifest in bytes.
const maxManifest = 64 << 20

// manifest is what commits a Batch.
type manifest struct {
	Edits []entry `json:"edits"`
}

// An entry says what becomes of one file: the Sum of what it holds before and after, empty
// where there is no file.
type entry struct {
	Name string `json:"name"`
	Was  string `json:"was,omitempty"`
	Now  string `json:"now,omitempty"`
}

// staged is the Sum of what waits for the file.
func (e entry) staged() string {
	if e.Now == "" {
		return Sum(nil)
	}
	return e.Now
}

func newManifest(edits []Edit) manifest {
	var m manifest
	for _, e := range edits {
		now := ""
		if e.Content != nil {
			now = Sum(e.Content)
		}
		m.Edits = append(m.Edits, entry{Name: e.Name, Was: e.Was, Now: now})
	}
	return m
}

// encode writes the manifest with its own sum.
func (m manifest) encode() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings alone cannot fail
	}
	return SumLine(text)
}

// parseManifest reads a manifest that may have been written by anybody.
func parseManifest(raw []byte, may func(name string) bool) (*manifest, error) {
	text, ok := ParseSumLine(raw)
	var m manifest
	if !ok || json.Unmarshal(text, &m) != nil {
		return nil, ErrManifest
	}
	seen := map[string]bool{}
	for _, e := range m.Edits {
		if seen[e.Name] || !may(e.Name) || !isSum(e.Was) || !isSum(e.Now) || e.Was == e.Now {
			return nil, ErrManifest
		}
		seen[e.Name] = true
	}
	return &m, nil
}

// isSum reports whether a text is a Sum, or empty.
func isSum(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && (len(raw) == 0 || len(raw) == sha256.Size)
}

// folders are those whose names are changed, in order.
func (m manifest) folders() []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range m.Edits {
		folder := path.Dir(e.Name)
		if !seen[folder] {
			out = append(out, folder)
		}
		seen[folder] = true
	}
	return out
}

// sumIn is the Sum of a regular file; empty where there is none.
func sumIn(dir *os.Root, name string) (string, error) {
	file, _, err := OpenFileIn(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
