package flow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/quorum"
	"trustdeck/tui/secrets"
)

// Grade says how much it takes to confirm what a flow comes to.
type Grade int

// The grades.
const (
	// Accept: it is reviewed and accepted. For what can be taken back.
	Accept Grade = iota
	// TypeName: the name of the repository is typed as well. For what cannot
	// be taken back, or locks people out.
	TypeName
)

// Kind is the form of an answer.
type Kind int

// The kinds.
const (
	// Text is one line.
	Text Kind = iota
	// Choice is one of several.
	Choice
	// List is one or more lines, each an answer of its own.
	List
	// Several is one or more of several, a line each.
	Several
	// File is the path of one or more files that are read here.
	File
	// Repositories are one or more names of repositories, which are looked at.
	Repositories
)

// Lines reports whether an answer of the kind may have several lines.
func (k Kind) Lines() bool { return k != Text && k != Choice }

// Picked reports whether an answer of the kind is taken from options.
func (k Kind) Picked() bool { return k == Choice || k == Several }

// Option is one of several answers.
type Option struct {
	// Value is the answer, and what a flag takes. Label shows it, Help says in a
	// sentence what it means.
	Value, Label, Help string
	// Marks are the values of other options that this one stands for; none are itself.
	Marks []string
	// Part is true for one of those that the option before stands for, which is shown once
	// that is opened.
	Part bool
}

// FilterWords are what a filter looks in, for each option: all that it says, and what is typed
// for it.
func FilterWords(options []Option) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = o.Label + " " + o.Help + " " + o.Value
	}
	return out
}

// Facts are what is known when a question is asked.
type Facts struct {
	// Dialect is that of the repositories: the usual one, until an answer names some.
	Dialect dialect.Dialect
	// Of says in which dialect a repository is; nil where all are in one.
	Of dialect.Of
	// Keys are the private keys of this machine.
	Keys []model.PrivateKey
	// KnownAs adds the IDs by which repositories know such keys; nil where each has one ID.
	KnownAs func(keys []model.PrivateKey, in ...*model.Repository) []model.PrivateKey
	// Lists names the repositories that list a private key, as they were seen last; nil
	// where nobody knows.
	Lists func(model.KeyID) []model.GUN
	// Holders is what the settings tell of the holders of keys.
	Holders quorum.Known
	// Folder is where private keys are kept. Places are the folders in which a key can be kept
	// that is made or imported, the usual one first; none where there is only Folder.
	Folder string
	Places []KeyPlace
	// Tokens are those that are plugged in and can be changed.
	Tokens []model.Token
	// Practice is what opens the keys that the practice world came with.
	Practice secrets.Practice
	// Now is the moment when the flow began.
	Now time.Time
	// Soon is how long before an expiry a warning is given; 0 is the usual time.
	Soon time.Duration
	// Names are the repositories that can be known without being asked for.
	Names []string
	// Repositories are those that have been looked at, by name; nil for one
	// that has no trust data.
	Repositories map[string]*model.Repository
	// Program is how a command line begins that does the same.
	Program Program
	// Outcome is what the answers have come to; nil before. The questions that it leaves
	// open are asked then.
	Outcome Outcome

	// found is what flows have found out, by its type.
	found map[any]any
}

// KeyPlace is a folder of private keys.
type KeyPlace struct {
	// Value is the answer that names it; Label and Help show it.
	Value, Label, Help string
	// Folder is its path.
	Folder string
	// Dialect is that of the repositories for which its keys are.
	Dialect dialect.Dialect
	// InUse reports whether it has keys, or there is a repository whose keys it takes.
	InUse bool
}

// Saw takes a repository that has been looked at, and learns by which IDs it knows the keys of
// this machine.
func (f *Facts) Saw(name string, r *model.Repository) {
	if f.Repositories == nil {
		f.Repositories = map[string]*model.Repository{}
	}
	f.Repositories[name] = r
	if r != nil && f.KnownAs != nil {
		f.Keys = f.KnownAs(f.Keys, r)
	}
}

// Answers are what has been said so far, by the ID of the step.
type Answers struct {
	// Values hold the lines of an answer.
	Values map[string][]string
	// Files hold what was read, by path.
	Files map[string][]byte
}

// First is the first line of an answer; empty where there is none.
func (a Answers) First(id string) string {
	if len(a.Values[id]) == 0 {
		return ""
	}
	return a.Values[id][0]
}

// clone copies the answers, so that an earlier state stays as it was.
func (a Answers) clone() Answers {
	out := Answers{Values: map[string][]string{}, Files: map[string][]byte{}}
	for id, lines := range a.Values {
		out.Values[id] = append([]string(nil), lines...)
	}
	maps.Copy(out.Files, a.Files)
	return out
}

// Step is one question.
type Step struct {
	// ID names the answer. Flag is the flag of the command line that gives it,
	// without dashes; empty for an argument.
	ID, Flag string
	// Label is a word or two for the list of steps, Question one sentence, and
	// Help says what is at stake and what the answer decides.
	Label, Question, Help string
	// Example is an answer that could be given, where it is typed.
	Example string
	// HelpIn is Help where it depends on the dialect, and ExampleIn is Example: New fills
	// them in. nil leaves them.
	HelpIn, ExampleIn func(dialect.Conventions) string
	Kind              Kind
	// Single tells that the answer has one line, though its kind may have several.
	Single bool
	// Options of a Choice or of Several; the first is the one that most should
	// take.
	Options func(Facts, Answers) []Option
	// None says why there are no options; nil says only that there are none.
	None func(Facts, Answers) error
	// Suggest lists answers that are likely, for a front end that can offer
	// them while somebody types; nil has none.
	Suggest func(Facts, Answers) []string
	// Default is what an empty answer means; nil means that one must be given.
	Default func(Facts, Answers) []string
	// Decided reports whether another answer has decided this one: then the default is taken, and
	// nobody is asked. nil is never.
	Decided func(Facts, Answers) bool
	// Optional lets the answer be none; Needed says why there must be one after all, and
	// nil is never. Without says what enter does where nothing is given; empty says that
	// it goes on.
	Optional bool
	Needed   func(Facts, Answers) error
	Without  string
	// Path tells that a Text or the lines of a List are paths of files, which a front end
	// can complete.
	Path bool
	// Describe says what a line of an answer is that was read; nil says nothing.
	Describe func(f Facts, a Answers, line string) []string
	// Names tells that the answer names repositories, and Implies that it answers another
	// question as well where a flag gives it: it is then never left out of a command line.
	Names, Implies bool
	// Spell is how the answer is given on the command line; nil is line by line, as it is.
	Spell func(Facts, Answers) []string
	// Resolve makes the values of options of other words for them, such as the first
	// digits of a key ID; nil leaves the answer as it is.
	Resolve func(Facts, Answers) ([]string, error)
	// When tells whether the question is asked; nil is always.
	When func(Facts, Answers) bool
	// Check says what is wrong with the lines of an answer; nil takes any. It is
	// given the answers as they would be.
	Check func(Facts, Answers) error
	// Late is true for a question that only an outcome can raise. It is asked once the
	// other answers have come to one; When is then given Facts.Outcome.
	Late bool
	// Unanswered says what to do where nobody can be asked and there is no default; empty
	// names the flag.
	Unanswered func(Facts, Answers) string
	// Inquire is what is found out about an answer that is right, or about none where that
	// is right, before the next question; nil is nothing, and so is an Inquiry that is nil.
	Inquire func(Facts, Answers) Inquiry
}

// Several reports whether the answer may have several lines.
func (s *Step) Several() bool { return s.Kind.Lines() && !s.Single }

// Paths reports whether the answer is the path of a file, or several.
func (s *Step) Paths() bool { return s.Path || s.Kind == File }

// optional reports whether the answer may be none, as far as is known.
func (s *Step) optional(f Facts, a Answers) bool {
	return s.Optional && (s.Needed == nil || s.Needed(f, a) == nil)
}

// asked reports whether a step applies.
func (s *Step) asked(f Facts, a Answers) bool {
	return (!s.Late || f.Outcome != nil) && (s.When == nil || s.When(f, a))
}

// Flow is a guided change. It brings what it needs, and so the machine and the front
// ends know no particular one.
type Flow struct {
	// ID names the flow in routes and on the command line.
	ID string
	// Title names it for people, verb first.
	Title string
	// Verb is what the button says that executes what it comes to.
	Verb  string
	Grade Grade
	Steps []Step
	// Source is what the flow begins with; nil where it cannot be walked through here.
	Source Source
	// Reader reads what answers name; nil where no step has the kind File or
	// Repositories.
	Reader Reader
	// Survey is what is found out once the answers are complete; nil is nothing, and so
	// is an Inquiry that is nil. The error says what is wrong with the answers.
	Survey func(Facts, Answers) (Inquiry, error)
	// Outcome is what complete answers come to, with what Survey has found out.
	Outcome func(Facts, Answers) Outcome
	// AtOnce says that it writes nothing, and begins without a review.
	AtOnce bool
	// Command is the command that walks through it; nil where there is none.
	Command *Command
	// Words are its own words for what others have usual ones for.
	Words Words
}

// in is the flow with the help of its steps in the words of a dialect.
func (f *Flow) in(d dialect.Conventions) *Flow {
	out := *f
	out.Steps = slices.Clone(f.Steps)
	for i := range out.Steps {
		if s := &out.Steps[i]; s.HelpIn != nil {
			s.Help = s.HelpIn(d)
		}
		if s := &out.Steps[i]; s.ExampleIn != nil {
			s.Example = cmp.Or(s.ExampleIn(d), s.Example)
		}
	}
	return &out
}

// Source is where a flow begins. Its methods take their time and are called in the
// background only. Errors are for people.
type Source interface {
	// Facts are what is known before the first question.
	Facts(ctx context.Context) (Facts, error)
	// Variable is the passphrase that the environment has for what is asked for, and
	// the name of its variable; nil where there is none. The caller wipes it.
	Variable(ask port.SecretAsk) (value []byte, name string)
}

// Reader reads what answers name, as Source does.
type Reader interface {
	// Look reads a repository; nil where it has no trust data.
	Look(ctx context.Context, name string) (*model.Repository, error)
	// ReadFile reads the file of a public key or certificate.
	ReadFile(path string) ([]byte, error)
}

// Inquiry finds something out in the background. It returns what puts that into the
// facts.
type Inquiry func(ctx context.Context, secrets port.Interaction) (learn func(*Facts), err error)

// Set are the flows that are registered.
type Set []*Flow

// Find returns the flow with this ID; nil where there is none.
func (s Set) Find(id string) *Flow {
	for _, f := range s {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// Offers reports whether the flow with this ID can be walked through here.
func (s Set) Offers(id string) bool {
	f := s.Find(id)
	return f != nil && f.Source != nil
}

// lines splits what was typed into the lines of an answer, without empty ones.
func lines(kind Kind, typed string) []string {
	if !kind.Lines() {
		return []string{strings.TrimSpace(typed)}
	}
	var out []string
	for line := range strings.SplitSeq(typed, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
