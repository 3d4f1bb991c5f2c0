package model

// Search is how a verifying client looks for a target, edge by edge.
type Search struct {
	// Path is the name of the target.
	Path string
	// Steps in the order in which clients decide them. None comes after the one that ends
	// the search.
	Steps []SearchStep
	// Resolution is what comes of it.
	Resolution Resolution
}

// SearchStep is one edge that a search meets.
type SearchStep struct {
	// Edge leads to the role. That of the first step may be from the root.
	Edge Delegation
	// Depth is the number of edges from the role where the search begins.
	Depth   int
	Outcome SearchOutcome
	// Reason says why, in one sentence without a full stop.
	Reason string
}

// SearchOutcome is what becomes of an edge in a search.
type SearchOutcome int

// The outcomes. A step is taken where the role is looked into: found and absent.
const (
	// SearchFound: the role lists the target. The search ends.
	SearchFound SearchOutcome = iota
	// SearchAbsent: the role was looked into, and does not list it.
	SearchAbsent
	// SearchNoMatch: the delegation is for other targets.
	SearchNoMatch
	// SearchVisited: the role was already searched, on another way.
	SearchVisited
	// SearchCut: a terminating delegation before it has ended the search.
	SearchCut
	// SearchPassed: the role cannot be relied on, and the search goes on without it.
	SearchPassed
	// SearchFailed: the role cannot be relied on, and the search ends there.
	SearchFailed
	// SearchLimit: clients look into no more roles.
	SearchLimit
)

var searchOutcomes = [...]string{"found", "absent", "no match", "visited", "cut off", "passed over", "failed", "limit"}

// String returns the outcome in a word or two.
func (o SearchOutcome) String() string {
	if o < 0 || int(o) >= len(searchOutcomes) {
		return "unknown"
	}
	return searchOutcomes[o]
}

// Taken reports whether the role was looked into.
func (o SearchOutcome) Taken() bool { return o == SearchFound || o == SearchAbsent }
