package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
)

// The fixed names of an archive.
const (
	manifestName     = "manifest.json"
	journalName      = "journal.jsonl"
	lockName         = "writer.lock"
	sumsName         = "SHA256SUMS"
	readmeName       = "README.txt"
	overviewName     = "report.md"
	overviewJSONName = "report.json"
	repositoriesName = "repositories"
	// trustName ends the path of a repository's folder. No repository name has
	// such a part, so a repository below another one is never in its way.
	trustName        = "_trust"
	metadataName     = "tuf"
	certificatesName = "certificates"
	changefeedName   = "changefeed"
	// partialSuffix marks a file that is being written.
	partialSuffix = ".partial"
	// unknownVersion stands for a version that a file does not tell.
	unknownVersion = "unreadable"
)

// maxPart is the longest part of a path that escaping leaves whole. Names of
// 255 bytes are the limit of common file systems; the version, a digest and
// endings are added to it.
const maxPart = 120

// folderOf is where the files of a repository are, relative to the archive.
func folderOf(gun model.GUN) string {
	parts := strings.Split(string(gun), "/")
	for i, part := range parts {
		parts[i] = escape(part)
	}
	return repositoriesName + "/" + strings.Join(parts, "/") + "/" + trustName
}

// fileOf is where one version of a role is, relative to the repository's
// folder: "tuf/3.targets.json", "tuf/targets/3.releases.json". A second file
// for the same version has its SHA-256 in the name, and so has a file that
// tells no version.
func fileOf(role model.RoleName, version int64, sum [sha256.Size]byte, second bool) string {
	parts := strings.Split(string(role), "/")
	for i, part := range parts {
		parts[i] = escape(part)
	}
	last := len(parts) - 1
	name := fmt.Sprintf("%d.%s", version, parts[last])
	if version == 0 {
		name = unknownVersion + "." + parts[last]
	}
	if second || version == 0 {
		name += "." + hex.EncodeToString(sum[:])
	}
	parts[last] = name + ".json"
	return metadataName + "/" + strings.Join(parts, "/")
}

func certificateFile(id model.KeyID) string { return certificatesName + "/" + string(id) + ".pem" }

func changefeedFile(n int) string { return fmt.Sprintf("%s/%d.json", changefeedName, n) }

// changefeedNumber is the number in the name of a changefeed file, or 0 where
// it is no such name.
func changefeedNumber(file string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(file, changefeedName+"/"), ".json"))
	if err != nil || n < 1 || changefeedFile(n) != file {
		return 0
	}
	return n
}

// checkRole says why the files of a role cannot be in an archive. What else a role may be
// called, its dialect says: any name has a place of its own.
func checkRole(role model.RoleName) error {
	switch {
	case role == "":
		return errors.New("a role has no name")
	case len(role) > model.MaxNameLength:
		return fmt.Errorf("the name of a role has %d bytes, more than %d", len(role), model.MaxNameLength)
	case !utf8.ValidString(string(role)):
		return fmt.Errorf("the name of a role, %q, is not valid UTF-8", clip(string(role)))
	}
	return nil
}

// escape writes one part of a name so that every file system keeps it as it is
// and apart from every other: only lower-case letters, digits, '-', '_' and '.'
// stay, every other byte becomes '%' and two lower-case hexadecimal digits. A
// dot at either end and the first letter of a Windows device name are escaped
// too, and an empty part is a '%' alone. A result longer than maxPart is cut and completed with '~' and the
// first 32 digits of the part's SHA-256.
func escape(part string) string {
	if part == "" {
		return "%"
	}
	var b strings.Builder
	device := deviceName(part)
	for i := range len(part) {
		c := part[i]
		plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' ||
			c == '.' && i > 0 && i < len(part)-1
		if !plain || device && i == 0 {
			fmt.Fprintf(&b, "%%%02x", c)
			continue
		}
		b.WriteByte(c)
	}
	whole := b.String()
	if len(whole) <= maxPart {
		return whole
	}
	sum := sha256.Sum256([]byte(part))
	return cutEscaped(whole, maxPart-33) + "~" + hex.EncodeToString(sum[:16])
}

// cutEscaped shortens s to at most n bytes and leaves no half escape behind.
func cutEscaped(s string, n int) string {
	s = s[:n]
	if i := strings.LastIndexByte(s, '%'); i >= 0 && i > n-3 {
		s = s[:i]
	}
	return s
}

// deviceName reports whether Windows takes part for a device, whatever follows
// its first dot. Capital letters are escaped anyway.
func deviceName(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) &&
		base[3] >= '0' && base[3] <= '9'
}
