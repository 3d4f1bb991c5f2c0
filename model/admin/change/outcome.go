package change

import (
	"fmt"

	"trustdeck/model"
)

// Outcome is what an execution came to. It is complete also where an error was
// returned beside it.
type Outcome struct {
	// Parts are the repositories of the plan, in its order.
	Parts []PartOutcome
	// Stopped is true where the user stopped it between two actions.
	Stopped bool
}

// PartOutcome is what became of one repository.
type PartOutcome struct {
	GUN model.GUN
	// Idle is true where the plan changes nothing in it.
	Idle bool
	// Made lists the keys that were made here; they stay, whatever happened
	// then.
	Made []model.KeyID
	// Retired lists the keys that were removed from this machine, once everything
	// else was proved.
	Retired []model.KeyID
	// Kept lists those that were to be removed and stay, and why.
	Kept []KeptKey
	// Unopened are the keys, for people, that only had to spare clients which read the repository
	// while it was being published, and did not sign because nobody opened them.
	Unopened []string
	// Unstaged are the files that were removed from the changelist, once what they stage
	// was verified.
	Unstaged []model.StagedMark
	// Published is true where the server has stored the files. Doubtful is
	// true where it may have.
	Published, Doubtful bool
	// Worktree is the folder that Git keeps with the files of the repository, and Files those
	// that were written, relative to it; empty where it keeps none.
	Worktree string
	Files    []string
	// Proof is what a fresh reader found; nil where it was not asked.
	Proof *Proof
	// Err is why it is not as planned; nil where it is, and where it was not started.
	Err error
}

// PartState says how far the change of one repository came.
type PartState string

// The states.
const (
	// PartVerified: it is published, and reads back as planned.
	PartVerified PartState = "verified"
	// PartIdle: there was nothing to change.
	PartIdle PartState = "unchanged"
	// PartFailed: nothing of it was published.
	PartFailed PartState = "failed"
	// PartUnverified: it is published, and does not read back as planned or was not read.
	PartUnverified PartState = "unverified"
	// PartUnknown: the server may have stored it.
	PartUnknown PartState = "unknown"
	// PartInterrupted: it was stopped before anything was published.
	PartInterrupted PartState = "interrupted"
	// PartNotStarted: something else ended the execution before its turn came.
	PartNotStarted PartState = "not-started"
)

// State says how far it came.
func (p *PartOutcome) State() PartState {
	switch {
	case p.Proof != nil && p.Proof.Holds():
		return PartVerified
	case p.Published:
		return PartUnverified
	case p.Doubtful:
		return PartUnknown
	case p.Idle:
		return PartIdle
	case p.Err == nil:
		return PartNotStarted
	case model.KindOf(p.Err) == model.FaultCanceled:
		return PartInterrupted
	default:
		return PartFailed
	}
}

// Failures says that some of several repositories did not become what the plan says.
type Failures struct {
	// Parts are those that failed, or during which the execution ended.
	Parts []PartOutcome
	// Of is the number of repositories, and NotStarted of how many the turn never came.
	Of, NotStarted int
}

// Error counts them. What is wrong with each is said of each.
func (f *Failures) Error() string {
	out := fmt.Sprintf("%d of %d repositories failed", len(f.Parts), f.Of)
	switch f.NotStarted {
	case 0:
		return out
	case 1:
		return out + ", and 1 more was not started"
	default:
		return out + fmt.Sprintf(", and %d more were not started", f.NotStarted)
	}
}

// Unwrap gives each of the errors.
func (f *Failures) Unwrap() []error {
	var out []error
	for i := range f.Parts {
		out = append(out, f.Parts[i].Err)
	}
	return out
}
