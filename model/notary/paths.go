package notary

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model/display"
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

// CheckPath says why a role with these effective paths cannot delegate a path: Notary's
// clients refuse one that does not begin with one of them.
func CheckPath(path string, permitted []string) error {
	switch {
	case !display.Shown(path):
		return fmt.Errorf("the path %q contains characters that cannot be shown", path)
	case path == "" && !NewPrefixes(permitted).Permits(path):
		return fmt.Errorf("the empty path, which permits everything, is outside the paths of the role that delegates it: %s", quoted(permitted))
	case !NewPrefixes(permitted).Permits(path):
		return fmt.Errorf("the path %q is outside the paths of the role that delegates it: %s", path, quoted(permitted))
	}
	return nil
}

func quoted(paths []string) string {
	const most = 5
	if len(paths) == 0 {
		return "it has none"
	}
	var out []string
	for _, path := range paths[:min(len(paths), most)] {
		out = append(out, fmt.Sprintf("%q", path))
	}
	if more := len(paths) - most; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}
