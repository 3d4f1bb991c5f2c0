package report

import (
	"trustdeck/model"
	"trustdeck/model/admin"
)

// Delegations is the answer of "trustdeck delegation list".
type Delegations struct {
	Answer
	Look
	// Delegations in the order of the roles of Repository; several for a role to which several
	// roles delegate.
	Delegations []Delegation `json:"delegations"`
}

// Delegation is what the file of one role says of who may sign another, with the verdict on
// that role's file.
type Delegation struct {
	Role string `json:"role"`
	// From is the delegator, the role whose file says so.
	From string `json:"from"`
	// State and Expired as in Role. State is "broken", too, where the file doesn't verify by
	// this delegation.
	State   string `json:"state"`
	Expired bool   `json:"expired"`
	// Blocked is set where clients don't follow the delegation: it is in the file of a role
	// that they don't rely on, or below one.
	Blocked *Blocked `json:"blocked,omitempty"`
	// Threshold of Keys must have signed; Valid have.
	Threshold int64 `json:"threshold"`
	Valid     int   `json:"valid"`
	// Keys are canonical IDs in listed order, ListedAs the IDs of the metadata
	// in the same order.
	Keys     []string `json:"keys"`
	ListedAs []string `json:"listedAs"`
	// Paths of the delegation.
	Paths []string `json:"paths"`
	// PathHashPrefixes, in hexadecimal; absent where there are none.
	PathHashPrefixes []string `json:"pathHashPrefixes,omitempty"`
	// Bin is true where the role is one of many to which targets are spread by their hash.
	Bin         bool      `json:"bin,omitempty"`
	Terminating bool      `json:"terminating"`
	Problems    []Problem `json:"problems"`
}

// Blocked is a role on the way to a delegation that keeps clients from it.
type Blocked struct {
	Role string `json:"role"`
	// Reason is "expired", or the state of the role.
	Reason string `json:"reason"`
}

// NewDelegations makes the answer.
func NewDelegations(v admin.Look) Delegations {
	out := Delegations{Answer: answer("delegation-list"), Look: newLook(v), Delegations: []Delegation{}}
	if v.Repository == nil {
		return out
	}
	for i := range v.Repository.Roles {
		role := &v.Repository.Roles[i]
		if !role.Name.Delegation() {
			continue
		}
		for j := range role.Parents {
			out.Delegations = append(out.Delegations, newDelegation(v.Repository, role, j))
		}
	}
	return out
}

// newDelegation converts a role as the delegation with that index among its parents has it.
func newDelegation(r *model.Repository, role *model.Role, index int) Delegation {
	edge := &role.Parents[index]
	out := Delegation{
		Role: string(role.Name), From: string(edge.From), State: role.State.String(), Expired: role.Expired,
		Threshold: edge.Threshold, Valid: role.Valid, Keys: canonical(r, edge.KeyIDs), ListedAs: texts(edge.KeyIDs),
		Paths: texts(edge.Paths), PathHashPrefixes: edge.PathHashPrefixes, Bin: edge.Bins != nil, Terminating: edge.Terminating,
		Problems: each(role.Problems, newProblem),
	}
	for _, name := range r.Path(edge.From) {
		if on := r.Role(name); on != nil && !on.Usable() {
			out.Blocked = &Blocked{Role: string(name), Reason: on.Condition()}
			break
		}
	}
	if index < len(role.Grants) {
		out.Valid = role.Grants[index].Valid
		if role.State == model.RoleVerified && !role.Grants[index].Met {
			out.State = model.RoleBroken.String()
		}
	}
	return out
}

// canonical are the canonical IDs of keys that metadata lists. One whose key is nowhere keeps
// its own.
func canonical(r *model.Repository, listed []model.KeyID) []string {
	return each(listed, func(id model.KeyID) string {
		if key, ok := r.Key(id); ok {
			return string(key.ID)
		}
		return string(id)
	})
}
