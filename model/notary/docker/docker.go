package docker

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/notary"
)

// Releases is the delegation that Docker treats as the published one: docker pull looks
// in it first, and every signer signs in it.
const Releases model.RoleName = "targets/releases"

// Dialect is Notary v1 as Docker uses it.
type Dialect struct{ notary.Format }

var _ dialect.Writable = Dialect{}

// Tags is the function Tags.
func (Dialect) Tags(r *model.Repository) []model.Tag { return Tags(r) }

// Resolve is the function Resolve.
func (Dialect) Resolve(r *model.Repository, name string) model.Resolution { return Resolve(r, name) }

// Search is the function Search.
func (Dialect) Search(r *model.Repository, name string) model.Search { return Search(r, name) }

// SignerName says why a signer cannot have a name; nil where it can. The names
// are those that docker allows.
func (Dialect) SignerName(name string) error {
	if name == path.Base(string(Releases)) {
		return fmt.Errorf("%q is the role that holds the published tags", name)
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || name[0] == '-' || name[0] == '_' {
		return fmt.Errorf("a signer cannot be called %q", name)
	}
	return nil
}

// SignerEdges are the delegations that docker trust signer add makes: to targets/NAME, and
// to targets/releases.
func (d Dialect) SignerEdges(name string) ([]model.Delegation, error) {
	role, err := notary.ParseRole("targets/" + name)
	if err != nil {
		return nil, err
	}
	if role == Releases {
		return nil, fmt.Errorf("%q is the role that holds the published tags", name)
	}
	if _, ok := d.SignerOf(role); !ok {
		return nil, fmt.Errorf("%q is not the name of a signer", name)
	}
	return append([]model.Delegation{edge(role)}, d.Shared()...), nil
}

// Shared is targets/releases.
func (Dialect) Shared() []model.Delegation { return []model.Delegation{edge(Releases)} }

// edge is a delegation as Docker makes it: for every tag, to any one of its keys.
func edge(role model.RoleName) model.Delegation {
	return model.Delegation{From: model.RoleTargets, Name: role, Threshold: 1, Paths: []string{""}}
}

// Searched is where docker pull looks.
func (Dialect) Searched() []model.RoleName { return pullOrder }

// maxTag is how many characters a tag may have.
const maxTag = 128

// Forms are none: paths are all that a delegation states.
func (Dialect) Forms() dialect.Forms { return dialect.Forms{} }

// Lifetimes are the same in all repositories.
func (Dialect) Lifetimes() bool { return false }

// TargetName says why no image can have a tag of a name; nil where one can.
func (Dialect) TargetName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if name == "" || len(name) > maxTag || strings.Trim(name, letters+".-") != "" || !strings.Contains(letters, name[:1]) {
		return fmt.Errorf("%q cannot be a tag: a tag has up to %d letters, digits, dots, dashes and underscores, and begins with no dot or dash", display.Strip(name, maxTag), maxTag)
	}
	return nil
}

// SigningRoles are those that docker trust sign chooses: each delegation directly below
// targets that permits the tag and of which a key is there; targets where nothing is
// delegated.
func (Dialect) SigningRoles(r *model.Repository, name string, have func(model.KeyID) bool) []model.RoleName {
	var out []model.RoleName
	delegates := false
	for i := range r.Roles {
		role := &r.Roles[i]
		if !role.Name.Delegation() {
			continue
		}
		delegates = true
		if role.Parent() == model.RoleTargets && notary.NewPrefixes(role.Effective).Permits(name) && slices.ContainsFunc(role.Keys, have) {
			out = append(out, role.Name)
		}
	}
	if !delegates {
		return []model.RoleName{model.RoleTargets}
	}
	return out
}

// SignerOf is NAME for targets/NAME.
func (Dialect) SignerOf(role model.RoleName) (name string, ok bool) {
	name, below := strings.CutPrefix(string(role), "targets/")
	if !below || role == Releases || strings.Contains(name, "/") {
		return "", false
	}
	return name, true
}
