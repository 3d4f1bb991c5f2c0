package model

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// The actions of staged changes.
const (
	StagedCreate = "create"
	StagedUpdate = "update"
	StagedDelete = "delete"
)

// The types of staged changes: what a change is about.
const (
	StagedTarget     = "target"
	StagedDelegation = "delegation"
	StagedWitness    = "witness"
	// StagedRole replaces the keys of a top-level role.
	StagedRole = "role"
)

// StagedChange is a change that a client has noted and not published: what it
// says, not whether it suits the repository as it is now.
type StagedChange struct {
	// Action is StagedCreate, StagedUpdate or StagedDelete, and Type one of the
	// types above, or whatever else the file says; then Refused is set.
	Action, Type string
	// Role that is changed. A last part "*" means every delegation below.
	Role RoleName
	// Path is the name of the target, or the top-level role of StagedRole.
	Path string

	// Target is set where one is added.
	Target *Target
	// Threshold of a delegation that is created; 0 where it is not stated.
	Threshold int
	// AddKeys are added to the role, or take the place of its keys. AddListed are the same
	// keys as metadata lists them.
	AddKeys   []Key
	AddListed []PublicKey
	// RemoveKeys are canonical IDs.
	RemoveKeys            []KeyID
	AddPaths, RemovePaths []string
	// ClearPaths removes all paths.
	ClearPaths bool

	// Refused says why no client can publish the change, whatever the
	// repository holds; empty where one can. One such change keeps all others
	// from being published.
	Refused string
}

// shownDigits is how many digits of a digest Words shows.
const shownDigits = 12

// Words says in one line what the change does, without a full stop. Names stand
// as they came, so that it must be cleaned before it is shown.
func (c *StagedChange) Words() string {
	switch {
	case c.Refused != "":
		return strings.Join(strings.Fields(c.Action+" "+c.Type+" "+c.Path), " ") + " in " + strconv.Quote(string(c.Role))
	case c.Type == StagedTarget && c.Action == StagedDelete:
		return fmt.Sprintf("remove tag %s from %s", c.Path, c.Role)
	case c.Type == StagedTarget:
		return fmt.Sprintf("add tag %s%s to %s", c.Path, c.digest(), c.Role)
	case c.Type == StagedWitness:
		return fmt.Sprintf("re-sign %s unchanged (witness)", c.Role)
	case c.Type == StagedRole:
		return fmt.Sprintf("replace the keys of %s with %s", c.Path, keyWords(idsOf(c.AddKeys)))
	case c.Action == StagedDelete:
		return fmt.Sprintf("remove delegation %s", c.Role)
	default:
		return c.delegation()
	}
}

func (c *StagedChange) digest() string {
	if c.Target == nil {
		return ""
	}
	name, sum := "sha256", c.Target.Hashes.SHA256
	if sum == nil {
		name, sum = "sha512", c.Target.Hashes.SHA512
	}
	if sum == nil {
		return ""
	}
	digits := hex.EncodeToString(sum)
	if len(digits) > shownDigits {
		digits = digits[:shownDigits] + ".."
	}
	return " (" + name + ":" + digits + ")"
}

// Below is the role below which a change is about every delegation; wild is false where it
// is about one role.
func (c *StagedChange) Below() (parent RoleName, wild bool) {
	name, wild := strings.CutSuffix(string(c.Role), "/*")
	return RoleName(name), wild
}

// delegation says what is added to and removed from a delegation.
func (c *StagedChange) delegation() string {
	below := string(c.Role)
	if parent, wild := c.Below(); wild {
		below = "every delegation below " + string(parent)
	}
	var parts []string
	if len(c.AddKeys) > 0 {
		parts = append(parts, "add "+keyWords(idsOf(c.AddKeys))+" to "+below)
	}
	if len(c.RemoveKeys) > 0 {
		parts = append(parts, "remove "+keyWords(c.RemoveKeys)+" from "+below)
	}
	if len(c.AddPaths) > 0 {
		parts = append(parts, "let "+below+" sign "+pathWords(c.AddPaths))
	}
	if len(c.RemovePaths) > 0 {
		parts = append(parts, "no longer let "+below+" sign "+pathWords(c.RemovePaths))
	}
	if c.ClearPaths {
		parts = append(parts, "remove all paths from "+below)
	}
	if len(parts) == 0 {
		return "change nothing in " + below
	}
	return strings.Join(parts, "; ")
}

func idsOf(keys []Key) []KeyID {
	ids := make([]KeyID, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	return ids
}

// keyWords names keys by their first digits: "key 7c1f 9a02".
func keyWords(ids []KeyID) string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = id.Short()
	}
	if len(short) == 1 {
		return "key " + short[0]
	}
	return "keys " + strings.Join(short, ", ")
}

// pathWords names paths; the empty one permits every name.
func pathWords(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		if p == "" {
			return "all tags"
		}
		quoted[i] = strconv.Quote(p)
	}
	return "tags that start with " + strings.Join(quoted, ", ")
}
