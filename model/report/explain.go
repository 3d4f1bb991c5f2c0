package report

import (
	"trustdeck/model"
	"trustdeck/model/admin"
)

// Explain is the answer of "trustdeck explain".
type Explain struct {
	Answer
	Look
	// Path is the name of the target.
	Path string `json:"path"`
	// Steps in the order in which clients decide them; none where they refuse the whole
	// repository.
	Steps []SearchStep `json:"steps"`
	// Resolution is what comes of it.
	Resolution Resolution `json:"resolution"`
}

// SearchStep is a delegation that the search for a target meets.
type SearchStep struct {
	// From is the delegator; Role is looked into where the step is taken.
	From string `json:"from"`
	Role string `json:"role"`
	// Depth is the number of delegations from the role where the search begins.
	Depth int `json:"depth"`
	// Paths, PathHashPrefixes and Bins say for which targets the delegation is; what is not
	// stated is absent.
	Paths            []string `json:"paths,omitempty"`
	PathHashPrefixes []string `json:"pathHashPrefixes,omitempty"`
	Bins             bool     `json:"bins,omitempty"`
	Terminating      bool     `json:"terminating"`
	// Taken is true where the role was looked into.
	Taken bool `json:"taken"`
	// Outcome is "found", "absent", "no match", "visited", "cut off", "passed over",
	// "failed" or "limit".
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
}

// NewExplain makes the answer.
func NewExplain(v admin.Look, s model.Search) Explain {
	return Explain{
		Answer: answer("explain"), Look: newLook(v), Path: s.Path,
		Steps: each(s.Steps, newSearchStep), Resolution: newResolution(s.Resolution),
	}
}

func newSearchStep(s model.SearchStep) SearchStep {
	return SearchStep{
		From: string(s.Edge.From), Role: string(s.Edge.Name), Depth: s.Depth,
		Paths: s.Edge.Paths, PathHashPrefixes: s.Edge.PathHashPrefixes, Bins: s.Edge.Bins != nil, Terminating: s.Edge.Terminating,
		Taken: s.Outcome.Taken(), Outcome: s.Outcome.String(), Reason: s.Reason,
	}
}
