package flow

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/tui/text"
)

// Outcome is what a flow comes to. What it can besides is told by Idle, Named, About and
// Document. Do alone takes its time and is called in the background.
type Outcome interface {
	// Review says what would be done, for the person who accepts it.
	Review() Review
	// Ready reports whether it can be done, and says why not.
	Ready() (ok bool, why string)
	// Steps lists what Do does, in order.
	Steps() []admin.Step
	// Do does it. The report is complete also where an error is returned beside it,
	// and nil where nothing was done. A *model.Fault of kind FaultCanceled says that it
	// was stopped, an *Overtaken that it must be reviewed again.
	Do(ctx context.Context, r Run) (*Report, error)
}

// Idle is an outcome that may turn out to have nothing to do.
type Idle interface {
	// Idle reports that what was asked for is so already.
	Idle() bool
}

// Verbed is an outcome whose button may say something else than its flow's Verb.
type Verbed interface {
	// Verb is what the button says; empty for the flow's.
	Verb() string
}

// Named is an outcome that is confirmed by its name where the grade is TypeName.
type Named interface{ Challenge() Challenge }

// Challenge is what must be typed to confirm an outcome.
type Challenge struct {
	// Word is what must be typed, and What what it is: "the repository's name". Why says in
	// a sentence why it takes that much. What and Why are empty where a yes is enough.
	Word, What, Why string
}

// About is an outcome that is about repositories, which are to be looked at afterwards.
type About interface{ GUNs() []model.GUN }

// Document is an outcome that can be written to a file, for others to review and apply.
type Document interface {
	// Digest identifies it.
	Digest() string
	// Save writes it to a file that does not exist yet. It is called in the background.
	Save(path string) error
}

// OneWord is What of a word that names nothing.
const OneWord = "the word"

// Run is what work is given to be done with.
type Run struct {
	Secrets port.Interaction
	// Watch and Stop as in change.Execution. They are there for an Outcome, and nil for
	// an Inquiry.
	Watch admin.Watch
	Stop  func() bool
	// Graceful tells that Stop reports the end of the context too: what must not be cut
	// off half way need not heed the context itself.
	Graceful bool
}

// Overtaken says that others have changed what an outcome rests on. Nothing was done.
type Overtaken struct {
	// Now is the outcome on what is there now. Why says so in sentences, and Changed
	// what has changed, a line each.
	Now     Outcome
	Why     string
	Changed []string
	// Err is why nothing was done, where nobody reviews it again.
	Err error
}

// Error is that of Err.
func (o *Overtaken) Error() string { return o.Err.Error() }

// Unwrap returns Err.
func (o *Overtaken) Unwrap() error { return o.Err }

// Report says how a flow ended: what was done, what was not, whether the
// repository is usable now, and what to do next. Each is a list of sentences.
type Report struct {
	Done, NotDone []string
	Usable        string
	Next          []string
	// Results has one for each repository where there are several.
	Results []Result
	// Learn puts into the facts what another attempt must know; nil is nothing.
	// Final tells that nothing is left for another attempt.
	Learn func(*Facts)
	Final bool
	// More is what else must be known of it, before what was done.
	More []Section
	// Codes are texts that are shown as QR codes, in this order; none are usual.
	Codes []string
	// Stepwise tells that Done and NotDone repeat the steps, which say nothing of what
	// they have come to.
	Stepwise bool
	// Resumes tells that another attempt goes on after what was done.
	Resumes bool
	// Look is a repository that deserves a look; empty where none does.
	Look model.GUN
	// Context is one that can be switched to now; empty where none can.
	Context string
}

// Ending is how something ended.
type Ending int

// The endings.
const (
	// Well: it is as it was to be.
	Well Ending = iota
	// Unfinished: it was not started or not ended, and is as it was before.
	Unfinished
	// Badly: it has failed, or no one knows how it ended.
	Badly
)

// Result is what became of one of several repositories.
type Result struct {
	Name   string
	Ending Ending
	// Text says what happened, why, and what to do about it.
	Text string
}

// String is the result as a line.
func (r Result) String() string { return r.Name + ": " + r.Text }

// ResultsHead heads the results.
const ResultsHead = "RESULT OF EACH REPOSITORY"

// Words are a flow's own words. Each that is empty has a usual one.
type Words struct {
	// Surveying and Executing name the work in the background.
	Surveying, Executing string
	// Preparing says what is read meanwhile, and Underway that the outcome is on its way.
	Preparing, Underway string
	// Review heads the page of the review. Apply is the mark of the execution, and Again
	// the button that begins it anew.
	Review, Apply, Again string
	// Accept says what the word is typed for that accepts it, and Unready what to do
	// where it cannot be done.
	Accept, Unready string
}

// Said are the words for the flow.
func (f *Flow) Said() Words {
	w := f.Words
	return Words{
		Surveying: cmp.Or(w.Surveying, "reading the trust folder"),
		Executing: cmp.Or(w.Executing, text.Lower(f.Title)),
		Preparing: cmp.Or(w.Preparing, "Reading the private keys and the trust data. Nothing is written."),
		Underway:  cmp.Or(w.Underway, "Working."),
		Review:    cmp.Or(w.Review, "Review"),
		Apply:     cmp.Or(w.Apply, f.Verb),
		Again:     cmp.Or(w.Again, "Try again"),
		Accept:    cmp.Or(w.Accept, "to continue"),
		Unready:   cmp.Or(w.Unready, "Go back, and choose something else."),
	}
}
