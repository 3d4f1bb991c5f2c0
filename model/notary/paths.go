package notary

import (
	"slices"
	"strings"
)

// Prefixes are paths made ready to ask of many names which of them are permitted, in
// order and without those that begin with another: a hostile role lists thousands.
type Prefixes []string

// NewPrefixes makes them ready.
func NewPrefixes(paths []string) Prefixes {
	sorted := slices.Sorted(slices.Values(paths))
	out := sorted[:0]
	for _, path := range sorted {
		if n := len(out); n == 0 || !strings.HasPrefix(path, out[n-1]) {
			out = append(out, path)
		}
	}
	return out
}

// Permits reports whether a name begins with one of the paths. There is no globbing and
// no notion of directories.
func (p Prefixes) Permits(name string) bool {
	// Whatever stands between a prefix of the name and the name begins with that prefix,
	// and was left out; so the prefix is the last path that is not behind the name.
	i, found := slices.BinarySearch(p, name)
	return found || i > 0 && strings.HasPrefix(name, p[i-1])
}

// restrict returns those of a child's paths that begin with one of its parent's
// (notary-v1, 4.5).
func restrict(parent, child []string) []string {
	permitted := NewPrefixes(parent)
	var out []string
	for _, path := range child {
		if permitted.Permits(path) {
			out = append(out, path)
		}
	}
	return out
}
