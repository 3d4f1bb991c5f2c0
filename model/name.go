package model

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
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
	switch {
	case s == "":
		return "", fmt.Errorf("repository name is empty")
	case len(s) > MaxNameLength:
		return "", fmt.Errorf("repository name is %d bytes long, the limit is %d", len(s), MaxNameLength)
	case !utf8.ValidString(s):
		return "", fmt.Errorf("repository name %q is not valid UTF-8", s)
	case path.IsAbs(s) || path.Clean(s) != s || s == "." || s == ".." || strings.HasPrefix(s, "../"):
		return "", fmt.Errorf("repository name %q is not a clean relative path", s)
	}
	for _, r := range s {
		if r == '*' || r == '\\' || r == '?' || r == '#' || r == '%' || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return "", fmt.Errorf("repository name %q contains %q", s, r)
		}
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

// RoleName is the name of a role: one of the four top-level roles or the full
// path of a delegation such as "targets/releases".
type RoleName string

// The top-level roles, and the delegation that Docker treats as the published
// one.
const (
	RoleRoot      RoleName = "root"
	RoleTargets   RoleName = "targets"
	RoleSnapshot  RoleName = "snapshot"
	RoleTimestamp RoleName = "timestamp"
	RoleReleases  RoleName = "targets/releases"
)

// TopLevelRoles lists the four roles that every root must name, in the order
// in which they are shown.
func TopLevelRoles() []RoleName {
	return []RoleName{RoleRoot, RoleTargets, RoleSnapshot, RoleTimestamp}
}

// ParseRoleName accepts the top-level roles and delegations as Notary does:
// lower-case letters, digits, '-', '_' and '/', below "targets/", path-clean,
// fewer than 256 bytes.
func ParseRoleName(s string) (RoleName, error) {
	r := RoleName(s)
	if r.TopLevel() {
		return r, nil
	}
	if !strings.HasPrefix(s, "targets/") {
		return "", fmt.Errorf("role %q is neither a top-level role nor below targets/", s)
	}
	if len(s) > MaxNameLength {
		return "", fmt.Errorf("role name is %d bytes long, the limit is %d", len(s), MaxNameLength)
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '/' {
			return "", fmt.Errorf("role %q contains %q; allowed are a-z, 0-9, '-', '_' and '/'", s, c)
		}
	}
	if path.Clean(s) != s {
		return "", fmt.Errorf("role %q has an empty part", s)
	}
	return r, nil
}

// String returns the name.
func (r RoleName) String() string { return string(r) }

// TopLevel reports whether r is root, targets, snapshot or timestamp.
func (r RoleName) TopLevel() bool {
	return r == RoleRoot || r == RoleTargets || r == RoleSnapshot || r == RoleTimestamp
}

// Delegation reports whether r lies below targets.
func (r RoleName) Delegation() bool { return strings.HasPrefix(string(r), "targets/") }

// HoldsTargets reports whether a file of this role lists targets.
func (r RoleName) HoldsTargets() bool { return r == RoleTargets || r.Delegation() }

// Parent is the role whose file names the keys of r: root for the top-level
// roles (root itself included), the enclosing targets role for a delegation.
func (r RoleName) Parent() RoleName {
	if !r.Delegation() {
		return RoleRoot
	}
	return RoleName(path.Dir(string(r)))
}

// Base is the last part of the name: "alice" for "targets/alice".
func (r RoleName) Base() string { return path.Base(string(r)) }

// Depth is 0 for top-level roles, 1 for "targets/alice", 2 for
// "targets/alice/ci".
func (r RoleName) Depth() int { return strings.Count(string(r), "/") }
