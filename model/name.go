package model

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"trustdeck/model/display"
)

// MaxNameLength is the longest GUN or role name in bytes. Notary's SQL schema
// stores both in columns of 255 bytes.
const MaxNameLength = 255

// GUN is the globally unique name of a repository, for example
// "docker.io/library/alpine". It has no tag and no scheme.
type GUN string

// ParseGUN checks that s can name a repository on a server, in a trust folder
// (where it is used as a relative path) and in an archive.
func ParseGUN(s string) (GUN, error) {
	if err := checkPath(s); err != nil {
		return "", err
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "_trust" {
			return "", fmt.Errorf("repository name %q contains the reserved part %q", s, part)
		}
	}
	return GUN(s), nil
}

// String returns the name.
func (g GUN) String() string { return string(g) }

// checkPath says why a name cannot be a relative path and a part of an address.
func checkPath(s string) error {
	switch {
	case s == "":
		return errors.New("repository name is empty")
	case len(s) > MaxNameLength:
		return fmt.Errorf("repository name is %d bytes long, the limit is %d", len(s), MaxNameLength)
	case !utf8.ValidString(s):
		return fmt.Errorf("repository name %q is not valid UTF-8", s)
	case path.IsAbs(s) || path.Clean(s) != s || s == "." || s == ".." || strings.HasPrefix(s, "../"):
		return fmt.Errorf("repository name %q is not a clean relative path", s)
	}
	for _, r := range s {
		if r == '*' || r == '\\' || r == '?' || r == '#' || r == '%' || unicode.IsSpace(r) || !display.Visible(r) {
			return fmt.Errorf("repository name %q contains %q", s, r)
		}
	}
	return nil
}

// RoleName is the name of a role: one of the four top-level roles, or whatever a dialect
// lets a delegation be called. Nothing but the dialect reads anything in it.
type RoleName string

// The top-level roles (TUF 2.1).
const (
	RoleRoot      RoleName = "root"
	RoleTargets   RoleName = "targets"
	RoleSnapshot  RoleName = "snapshot"
	RoleTimestamp RoleName = "timestamp"
)

// TopLevelRoles lists the four roles that every root must name, in the order
// in which they are shown.
func TopLevelRoles() []RoleName {
	return []RoleName{RoleRoot, RoleTargets, RoleSnapshot, RoleTimestamp}
}

// String returns the name.
func (r RoleName) String() string { return string(r) }

// TopLevel reports whether r is root, targets, snapshot or timestamp.
func (r RoleName) TopLevel() bool {
	return r == RoleRoot || r == RoleTargets || r == RoleSnapshot || r == RoleTimestamp
}

// Delegation reports whether r is the name of a delegation, and of no top-level role.
func (r RoleName) Delegation() bool { return r != "" && !r.TopLevel() }

// HoldsTargets reports whether a file of this role lists targets.
func (r RoleName) HoldsTargets() bool { return r == RoleTargets || r.Delegation() }

// ListsFiles reports whether a file of this role states which versions of others belong
// together, so that it is signed after them.
func (r RoleName) ListsFiles() bool { return r == RoleSnapshot || r == RoleTimestamp }

// Retype takes names of one kind for names of another: IDs of keys for text, text for
// repositories. It is nil where there are none.
func Retype[To, From ~string](names []From) []To {
	var out []To
	for _, name := range names {
		out = append(out, To(name))
	}
	return out
}

// Count counts things in words: "1 key", "2 keys".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Moment says in words when something is, to the minute and in UTC: "2026-12-03 09:41 UTC".
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
