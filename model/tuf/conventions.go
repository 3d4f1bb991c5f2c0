package tuf

import (
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Explain says what a registry's content means: nothing to clients of TUF, which know no
// registries.
func (Dialect) Explain(s model.Served) model.Pull {
	return model.Pull{Severity: model.Notice, Verdict: "clients of TUF do not look at a registry: " + s.State.String()}
}

// Words name the clients of the specification.
func (Dialect) Words() dialect.Words {
	return dialect.Words{
		Pull: "a TUF client", Puller: "a TUF client", Clients: "go-tuf and python-tuf", Programs: "go-tuf and python-tuf", Writer: "TUF",
		Target: "target", Find: "find", Found: "found",
		SignerNames: "any text without control characters. It becomes the delegation's name",
		RoleNames:   "any text without control characters",
		Paths:       "patterns in which * and ? stand for anything but a slash",
		RoleExample: "team-a", PathExample: "team-a/*",
		Refusing: "Clients stop at such a file.",
	}
}

// SignerName says why a delegation cannot have a name; nil where it can.
func (d Dialect) SignerName(name string) error {
	_, err := d.SignerEdges(name)
	return err
}

// SignerEdges are one, from targets: for what lies in a folder of the signer's name.
func (Dialect) SignerEdges(name string) ([]model.Delegation, error) {
	role, err := ParseRole(name)
	if err == nil && role.TopLevel() {
		err = fmt.Errorf("%q is the name of a top-level role", name)
	}
	if err != nil {
		return nil, err
	}
	return []model.Delegation{{From: model.RoleTargets, Name: role, Threshold: 1, Paths: []string{name + "/*"}}}, nil
}

// Shared are none: each delegation has targets of its own.
func (Dialect) Shared() []model.Delegation { return nil }

// Searched is nil: clients follow every delegation.
func (Dialect) Searched() []model.RoleName { return nil }

// Online are none by the specification: which roles a service signs, a repository says.
func (Dialect) Online() []model.RoleName { return nil }

// Forms are all.
func (Dialect) Forms() dialect.Forms {
	return dialect.Forms{Terminating: true, HashPrefixes: true, MaxBins: MaxListedBins}
}

// Lifetimes are stated as tuf-on-ci does.
func (Dialect) Lifetimes() bool { return true }

// TargetName refuses the empty path alone.
func (Dialect) TargetName(name string) error {
	if name == "" {
		return errors.New("a target has a path")
	}
	return nil
}

// SigningRoles is the first role on the way of a search of which a key is there.
func (d Dialect) SigningRoles(r *model.Repository, name string, have func(model.KeyID) bool) []model.RoleName {
	return dialect.FirstSigner(d, r, name, have)
}

// SignerOf is the name of every delegation.
func (Dialect) SignerOf(role model.RoleName) (string, bool) { return string(role), role.Delegation() }
