package directory

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
)

// The fixed names of layouts.
const (
	metadataDir = "metadata"
	historyDir  = "root_history"
	extension   = ".json"
)

// encode writes the name of a role as python-tuf does: every byte but letters, digits and
// "_.-~" becomes a percent sign with two digits.
func encode(role model.RoleName) string {
	var b strings.Builder
	for i := range len(role) {
		c := role[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// spellings are the forms in which a role's name may stand in the name of a file: as
// python-tuf encodes it, as go-tuf does, which leaves "@:&=+$" alone, and as it is. No two
// roles share one.
func spellings(role model.RoleName) []string {
	out := []string{encode(role)}
	if other := url.PathEscape(string(role)); other != out[0] {
		out = append(out, other)
	}
	if plain := string(role); !slices.Contains(out, plain) && single(plain) {
		out = append(out, plain)
	}
	return out
}

// served is the spelling of a new role: as it is, for a web server decodes the name in an address
// before it looks for the file. A name that is a file's on some systems only, or none, is encoded
// as python-tuf does.
func served(role model.RoleName) string {
	if plain := string(role); single(plain) && !strings.ContainsAny(plain, `<>:"|?*`) {
		return plain
	}
	return encode(role)
}

// single reports whether a text that is not encoded can be a part of the name of one file.
func single(text string) bool {
	return display.Shown(text) && !strings.ContainsAny(text, `/\%`) && filepath.IsLocal(text+extension)
}

// fileName is the name of a version, or of the one without a version where that is 0.
func fileName(spelling string, version int64) string {
	if version == 0 {
		return spelling + extension
	}
	return strconv.FormatInt(version, 10) + "." + spelling + extension
}

// parseName reads the name of a file that holds a version.
func parseName(file string) (role model.RoleName, version int64, ok bool) {
	number, rest, found := strings.Cut(file, ".")
	spelling, isJSON := strings.CutSuffix(rest, extension)
	version, err := strconv.ParseInt(number, 10, 64)
	if !found || !isJSON || spelling == "" || err != nil || version < 1 || strconv.FormatInt(version, 10) != number {
		return "", 0, false
	}
	name, err := url.PathUnescape(spelling)
	if err != nil {
		name = spelling // a name that was not encoded
	}
	return model.RoleName(name), version, true
}
