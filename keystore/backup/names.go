package backup

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
)

// The limits of reading. None is near any trust folder that was seen.
const (
	// maxArchive is the size of an archive in bytes, maxTotal that of what is in it.
	maxArchive = 512 << 20
	maxTotal   = 512 << 20
	// maxEntries is the number of its files, and of its folders.
	maxEntries = 20_000
	// maxManifest and maxKey are sizes in bytes; metadata may be as big as Notary lets
	// it be.
	maxManifest = 16 << 20
	maxKey      = 64 << 10
	// maxPath is the length of a path in bytes.
	maxPath = 2 * model.MaxNameLength
)

const (
	privateDir = "private/"
	tufDir     = "tuf/"
	// ownDir has the keys of trustdeck's own folder.
	ownDir = "trustdeck/"
)

func isKey(path string) bool {
	return strings.HasPrefix(strings.TrimPrefix(path, ownDir), privateDir)
}

// limitOf is how big the file at a path may be.
func limitOf(path string) int64 {
	switch {
	case path == manifestName:
		return maxManifest
	case isKey(path):
		return maxKey
	default:
		return dialect.MaxFile
	}
}

// names are the paths of an archive, to see that no two of them are one file.
type names struct{ folded map[string]string }

func newNames() names { return names{map[string]string{}} }

// add takes a path, or says why an archive must not have it.
func (n names) add(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	key, err := isKey(path), error(nil)
	switch {
	case key && strings.HasSuffix(path, ".key"):
	case !key && strings.HasPrefix(path, tufDir) && strings.Contains(path, "/metadata/") && strings.HasSuffix(path, ".json"):
	default:
		err = flawf(Foreign, "contains %s, which is neither a key file nor metadata", printable(path))
	}
	if err != nil {
		return err
	}
	// The file systems of macOS and Windows take A for a.
	folded := strings.ToLower(path)
	if other, ok := n.folded[folded]; ok {
		if other == path {
			return flawf(Duplicate, "contains %s twice", printable(path))
		}
		return flawf(Duplicate, "contains %s and %s, which are the same file on systems that ignore case", printable(other), printable(path))
	}
	n.folded[folded] = path
	return nil
}

// checkPath refuses every path that could lead out of the folder into which an archive
// is unpacked, on any system, or that cannot be shown.
func checkPath(path string) error {
	escapes := strings.HasPrefix(path, "/") || strings.Contains(path, `\`) || len(path) > 1 && path[1] == ':'
	for element := range strings.SplitSeq(path, "/") {
		escapes = escapes || element == ".." || element == "." || element == ""
	}
	switch {
	case escapes:
		return flawf(Escapes, "contains %s, a path that leads outside the backup", printable(path))
	case len(path) > maxPath:
		return flawf(TooBig, "contains a path of %d characters; the limit is %d", len(path), maxPath)
	case !display.Shown(path):
		return flawf(Escapes, "contains %s, a path with unprintable characters", printable(path))
	default:
		return nil
	}
}
