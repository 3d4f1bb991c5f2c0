package admin

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// strangers refuses to remove a signer whom none of the repositories has: more likely
// the name is wrong, and somebody believes then that a signer is gone.
func strangers(requests []plan.Request) error {
	for _, r := range requests {
		for _, change := range r.Changes {
			remove, ok := change.(model.RemoveSigner)
			if !ok {
				continue
			}
			signers := everybody(requests)
			if slices.Contains(signers, remove.Name) {
				continue
			}
			hint := "There are no signers."
			if len(signers) > 0 {
				hint = "The signers are " + strings.Join(signers, ", ") + "."
			}
			return &model.Fault{Kind: model.FaultUsage, Subject: string(r.GUN), Text: fmt.Sprintf("%q is no signer here", remove.Name), Hint: hint}
		}
	}
	return nil
}

// everybody lists the signers of all repositories, and those that the requests add.
func everybody(requests []plan.Request) []string {
	var out []string
	for _, r := range requests {
		if r.Repository != nil {
			for _, s := range r.Repository.Signers() {
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
