package screen

// Activity is what is done here, or waited for, as far as it concerns somebody who looks
// elsewhere.
type Activity struct {
	State ActivityState
	// Title is what it is about, in the program's own words: nothing in it comes from outside.
	Title string
	// Done of Total parts are finished; Total is 0 where nobody knows how many there are.
	Done, Total int
}

// ActivityState says whose turn it is. The later ones are the more urgent.
type ActivityState int

// The states.
const (
	// Resting: nothing is done, and nothing is waited for.
	Resting ActivityState = iota
	// Finished and Broken: it has ended, and the result is there to be looked at.
	Finished
	Broken
	// Working: it goes on without the user.
	Working
	// Asking waits for an answer, Reviewing for the consent to a change, and Unlocking for a
	// passphrase or PIN. Touching waits for a token to be touched.
	Asking
	Reviewing
	Unlocking
	Touching
)

// Blocked reports whether nothing goes on before the user does something.
func (s ActivityState) Blocked() bool { return s >= Asking }

// Ended reports whether there is a result to look at.
func (s ActivityState) Ended() bool { return s == Finished || s == Broken }

// Active is a screen that works, or waits for its user, longer than a key press takes.
type Active interface {
	Activity() Activity
}
