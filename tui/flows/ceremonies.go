package flows

import (
	"context"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// Ceremonies is what the flows of ceremonies are given. Paths are as they were typed. Its methods
// take their time and are called in the background only. Errors are for people.
type Ceremonies interface {
	flow.Source
	// Open verifies the file of a ceremony.
	Open(path string) (*ceremony.File, error)
	// PrivateKeys are those of this machine, as far as they can be read.
	PrivateKeys(ctx context.Context) ([]model.PrivateKey, error)
	// SigningKeys, Sign, Merge and MergeAnswer are those of ceremony.Service.
	SigningKeys(ctx context.Context, f *ceremony.File) ([]ceremony.Key, error)
	Sign(ctx context.Context, w ceremony.Signing, run ceremony.Run) (*ceremony.File, error)
	Merge(path string, copies []string) (*ceremony.Merged, error)
	MergeAnswer(path, text string) (*ceremony.Merged, error)
	// Machine tells of this machine.
	Machine() model.Machine
	// ReadAnswer reads the file of an answer.
	ReadAnswer(path string) (string, error)
	// Request is that of ceremony.Service too.
	Request(ctx context.Context, w ceremony.Requesting, run ceremony.Run) (*ceremony.Requested, error)
	// ReadPlan reads a saved plan about one repository, if it still comes to the same.
	ReadPlan(ctx context.Context, path string) (StartingPlan, error)
	// ReadRequest reads and checks a request; makers are files with roots of the makers of tokens.
	ReadRequest(path string, gun model.GUN, rehearsal bool, makers []string) (*bundle.Asked, error)
	// Earlier are the people of an earlier ceremony whose keys some roles list.
	Earlier(path string, roles ...*model.Role) ([]bundle.Participant, error)
	// Changes are those that lead to the keys that are asked for; r is nil for a new repository.
	Changes(gun model.GUN, asking *ceremony.Asking, r *model.Repository) ([]model.Change, error)
	// Start is that of ceremony.Service, and Published adds to the transcript that a ceremony is
	// published, and what was said of that.
	Start(ctx context.Context, w ceremony.Starting, run ceremony.Run) (*ceremony.File, error)
	Published(f *ceremony.File, said []string) error
	// Kinds are the metadata formats of repositories, as choices.
	Kinds() []flow.Option
	// CheckNew says why no file can be written to a path.
	CheckNew(path string) error
}

// CeremonyFile is the path of the file of a ceremony.
const CeremonyFile = "ceremony"

// ceremonyFound is what a flow has found out of a ceremony: its file, and the keys of this machine
// that it asks to sign.
type ceremonyFound struct {
	file    *ceremony.File
	keys    []ceremony.Key
	machine model.Machine
}

// foundCeremony is what is known of the ceremony; empty before.
func foundCeremony(f flow.Facts) ceremonyFound { return flow.Known[ceremonyFound](f) }

// ceremonyStep asks for the file of a ceremony, and has it verified. keys tells that keys of this
// machine are looked for, of which there must be one.
func ceremonyStep(c Ceremonies, question string, keys bool) flow.Step {
	return flow.Step{
		ID: CeremonyFile, Label: "File", Path: true, Question: question, Example: "/media/usb/root.ceremony", Kind: flow.Text,
		Help: "The file that was handed to you, or a copy of it. trustdeck verifies all of it, and believes only names of people and tokens, dates and the title.",
		Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				var out ceremonyFound
				var err error
				if out.file, err = c.Open(a.First(CeremonyFile)); err != nil {
					return nil, err
				}
				if keys {
					out.machine = c.Machine()
					if out.keys, err = c.SigningKeys(ctx, out.file); len(out.keys) == 0 {
						return nil, noSigningKey(err)
					}
				}
				return func(f *flow.Facts) { flow.Learn(f, out) }, nil
			}
		},
	}
}

// noSigningKey says that no key here is asked to sign; err is why some could not be read.
func noSigningKey(err error) error {
	out := &model.Fault{Kind: model.FaultUsage, Text: "no key on this machine is asked to sign", Hint: "Plug in the token, or bring the key file, and try again. trustdeck keys lists the keys that are here."}
	if err != nil {
		out.Text += ", as far as they can be read: " + err.Error()
	}
	return out
}

// machineFacts say of this machine what people compare before they sign there, or prepare what is
// signed: what they avoid comes first.
func machineFacts(out *flow.Review, m model.Machine, signs bool) {
	var warnings, facts []flow.Fact
	for _, f := range ceremony.MachineFacts(m, signs) {
		if f.Warns {
			warnings = append(warnings, flow.Fact{Label: flow.Warning, Text: f.String()})
			continue
		}
		facts = append(facts, flow.Fact{Label: f.Label, Text: f.Text})
	}
	out.Facts = slices.Concat(warnings, out.Facts, facts)
}

// ceremonyWords are the words of a flow of ceremonies, which is executing what they say.
func ceremonyWords(executing string) flow.Words {
	return flow.Words{
		Surveying: "reading the ceremony", Executing: executing, Preparing: "Verifying the ceremony. Nothing is written.",
		Unready: "Go back, and choose something else.",
	}
}

// ceremonyRun is what a ceremony is worked on with.
func ceremonyRun(run flow.Run) ceremony.Run {
	return ceremony.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop}
}

// ceremonyNext says where a ceremony stands, for the end of a report.
func ceremonyNext(file *ceremony.File, now time.Time) []string {
	progress := ceremony.ProgressOf(file.Opened, now)
	out := []string{progress.Now}
	if progress.Late != "" {
		out = append(out, progress.Late)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// unasked is a command that has no --yes.
func unasked(c *flow.Command) *flow.Command {
	c.Unasked = true
	return c
}
