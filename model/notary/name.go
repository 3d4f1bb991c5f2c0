package notary

import (
	"fmt"
	"path"
	"strings"

	"trustdeck/model"
)

// ParseRole accepts the top-level roles and delegations as Notary does:
// lower-case letters, digits, '-', '_' and '/', below "targets/", path-clean,
// fewer than 256 bytes.
func ParseRole(s string) (model.RoleName, error) {
	r := model.RoleName(s)
	if r.TopLevel() {
		return r, nil
	}
	if !strings.HasPrefix(s, "targets/") {
		return "", fmt.Errorf("role %q is neither a top-level role nor below targets/", s)
	}
	if len(s) > model.MaxNameLength {
		return "", fmt.Errorf("role name is %d bytes long, the limit is %d", len(s), model.MaxNameLength)
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

// delegated reports whether a role lies below targets: any other name that is not of a
// top-level role is none of this dialect.
func delegated(r model.RoleName) bool { return strings.HasPrefix(string(r), "targets/") }

// Parent is the role whose file names the keys of r: root for the
// top-level roles (root itself included), the enclosing targets role for a delegation.
func Parent(r model.RoleName) model.RoleName {
	if !delegated(r) {
		return model.RoleRoot
	}
	return model.RoleName(path.Dir(string(r)))
}

// Base is the last part of a name: "alice" for "targets/alice".
func Base(r model.RoleName) string { return path.Base(string(r)) }

// depth is 0 for top-level roles, 1 for "targets/alice", 2 for "targets/alice/ci".
func depth(r model.RoleName) int { return strings.Count(string(r), "/") }
