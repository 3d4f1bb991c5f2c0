package report

import (
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
)

// Change is the answer of a command that changes repositories, once it has executed its plan
// or found nothing to do.
type Change struct {
	Answer
	// Plan is the digest of the plan.
	Plan string `json:"plan"`
	// Done tells whether every repository is as planned.
	Done bool `json:"done"`
	// Repositories in the order of the plan.
	Repositories []Changed `json:"repositories"`
	// Fault is there where something failed that is about no repository alone.
	Fault *Fault `json:"fault,omitempty"`
}

// Changed is what became of one repository.
type Changed struct {
	Repository string `json:"repository"`
	// State is a change.PartState.
	State string `json:"state"`
	// Roles are the files that the plan signs, published or not.
	Roles []PlannedRole `json:"roles"`
	// Made and Retired are IDs of private keys that were made on this machine, and removed.
	Made    []string `json:"made"`
	Retired []string `json:"retired"`
	// Kept are those that were to be removed and stay.
	Kept []KeptKey `json:"kept"`
	// Unopened are the former keys that were to sign for the time of the publish, and did not.
	Unopened []string `json:"unopened,omitempty"`
	// Unstaged is how many published changes were removed from the changelist.
	Unstaged int `json:"unstaged,omitempty"`
	// Older are the versions of earlier roots whose clients have read it back too, the last one first. They
	// are tried only where a ceremony is published.
	Older []int64 `json:"olderRoots,omitempty"`
	// Fault says why it is not as planned.
	Fault *Fault `json:"fault,omitempty"`
}

// PlannedRole is a file that a plan signs.
type PlannedRole struct {
	Role    string `json:"role"`
	Version int64  `json:"version"`
}

// KeptKey is a private key that was to be removed and stays.
type KeptKey struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// NewChange makes the answer. err is how the execution ended.
func NewChange(p *plan.Plan, out *change.Outcome, err error) Change {
	a := Change{Answer: answer("change"), Plan: p.Digest(), Done: err == nil, Repositories: []Changed{}}
	told := err == nil
	for i := range out.Parts {
		part := &out.Parts[i]
		told = told || part.Err != nil
		a.Repositories = append(a.Repositories, changed(&p.Parts[i], part))
	}
	if !told {
		a.Fault = changeFault(err)
	}
	return a
}

func changed(p *plan.Part, out *change.PartOutcome) Changed {
	id := func(id model.KeyID) string { return string(id) }
	c := Changed{
		Repository: string(p.GUN), State: string(out.State()), Roles: []PlannedRole{},
		Made: each(out.Made, id), Retired: each(out.Retired, id), Unopened: out.Unopened, Unstaged: len(out.Unstaged),
		Kept:  each(out.Kept, func(k change.KeptKey) KeptKey { return KeptKey{Key: string(k.ID), Reason: k.Why} }),
		Fault: changeFault(out.Err),
	}
	if out.Proof != nil {
		c.Older = out.Proof.Older
	}
	for _, r := range p.Rewrites {
		if r.Signer == plan.SignedHere {
			c.Roles = append(c.Roles, PlannedRole{Role: string(r.Role), Version: r.To})
		}
	}
	return c
}

// changeFault is why a change failed; nil where it did not.
func changeFault(err error) *Fault {
	var stale *change.StalePlan
	if errors.As(err, &stale) {
		return &Fault{Kind: string(model.FaultStale), Text: stale.Error()}
	}
	return NewFault(model.FaultOf(err, ""))
}
