package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
)

// checkSignersKnown refuses to remove a signer or a key that none of the repositories
// has: more likely the name is wrong, and you would believe that the signer is removed.
func checkSignersKnown(requests []plan.Request) error {
	for _, r := range requests {
		for _, change := range r.Changes {
			remove, ok := change.(model.RemoveSigner)
			if !ok {
				continue
			}
			if err := checkKnown(requests, r.GUN, remove); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKnown refuses one removal.
func checkKnown(requests []plan.Request, gun model.GUN, remove model.RemoveSigner) error {
	if remove.Name == "" {
		for _, id := range remove.Keys {
			if !slices.ContainsFunc(requests, func(r plan.Request) bool { return released(r, id) }) {
				return &model.Fault{
					Kind: model.FaultUsage, Subject: string(gun), Text: fmt.Sprintf("%s does not list the key %s", cmp.Or(dialect.SharedRole(requests[0].Dialect), string(model.RoleTargets)), id),
					Hint: "List the keys that may sign with: trustdeck signers",
				}
			}
		}
		return nil
	}
	signers := signerNames(requests)
	if slices.Contains(signers, remove.Name) {
		return nil
	}
	hint := "There are no signers."
	if len(signers) > 0 {
		hint = "The signers are " + strings.Join(signers, ", ") + "."
	}
	return &model.Fault{Kind: model.FaultUsage, Subject: string(gun), Text: fmt.Sprintf("%q is not a signer here", remove.Name), Hint: hint}
}

// released reports whether a role that all signers of a repository sign lists a key.
func released(r plan.Request, id model.KeyID) bool {
	if r.Repository == nil {
		return false
	}
	return slices.ContainsFunc(r.Repository.Shared, func(name model.RoleName) bool {
		role := r.Repository.Role(name)
		return role != nil && slices.Contains(role.Keys, id)
	})
}

// signerNames lists the signers of all repositories, and those that the requests add.
func signerNames(requests []plan.Request) []string {
	var out []string
	for _, r := range requests {
		if r.Repository != nil {
			for _, s := range r.Repository.Signers {
				out = append(out, s.Name)
			}
		}
		for _, change := range r.Changes {
			if add, ok := change.(model.AddSigner); ok {
				out = append(out, add.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
