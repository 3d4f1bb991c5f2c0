package flows

import (
	"context"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/port"
	"trustdeck/model/publickey"
	"trustdeck/model/wordcode"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of CeremonyRequest. CeremonyKind names the metadata format of the repository.
const (
	CeremonyGUN     = "repository"
	CeremonyKind    = "kind"
	requestedRole   = "role"
	requestedBy     = "name"
	CeremonyRequest = "request"
	// CeremonyReal says whether it is one, or a rehearsal.
	CeremonyReal = "real"
	really       = "real"
	Rehearsal    = "rehearsal"
)

// CeremonyAsk has a key of this machine ask for a place among those of a repository.
func CeremonyAsk(c Ceremonies) *flow.Flow {
	return &flow.Flow{
		ID: "ceremony-request", Title: "Request a place in a ceremony", Verb: "Write request", Source: c,
		Command: unasked(switched(command("ceremony request", CeremonyGUN, CeremonyRequest), CeremonyReal, Rehearsal, "rehearsal")),
		Steps: []flow.Step{
			{
				ID: CeremonyGUN, Label: "Repository", Question: "For which repository is the key?", Example: "registry.example.org/acme/app", Kind: flow.Text, Names: true,
				Help:    "Name it as the person who prepares the ceremony does. The request is good for no other one.",
				Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
				Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[CeremonyGUN]) },
				Inquire: func(flow.Facts, flow.Answers) flow.Inquiry {
					return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
						keys, err := c.PrivateKeys(ctx)
						return func(f *flow.Facts) { f.Keys = keys }, err
					}
				},
			},
			{
				ID: CeremonyKind, Flag: "kind", Label: "Kind", Question: "Of which kind is its trust data?", Kind: flow.Choice,
				Help:    "If you don't know, ask the person who prepares the ceremony.",
				Options: func(flow.Facts, flow.Answers) []flow.Option { return kindsOf(c) },
				Default: func(f flow.Facts, a flow.Answers) []string {
					if f.Of == nil {
						return nil
					}
					return []string{string(f.Of(model.GUN(a.First(CeremonyGUN))).Name())}
				},
			},
			{
				ID: requestedRole, Flag: "role", Label: "Role", Question: "Which role is the key to sign?", Example: string(model.RoleRoot), Kind: flow.Text,
				Help:    "A custodian's key signs root.",
				Suggest: func(flow.Facts, flow.Answers) []string { return model.Retype[string](model.TopLevelRoles()) },
				Default: func(flow.Facts, flow.Answers) []string { return []string{string(model.RoleRoot)} },
			},
			{
				ID: requestedBy, Flag: "name", Label: "Name", Question: "Who has the key?", Example: "Ada", Kind: flow.Text,
				Help: "The name by which the others know you. It is shown wherever the key is to sign.",
			},
			rehearsalStep("Is it a real ceremony?"),
			requestedKeyStep(),
			{
				ID: CeremonyRequest, Label: "Request", Path: true, Question: "Which file do you want to write the request to?", Example: "ada.request", Kind: flow.Text,
				Help: "A new file. It has the public half of the key, and nothing secret. Hand it to the person who prepares the ceremony.",
				Default: func(_ flow.Facts, a flow.Answers) []string {
					return []string{strings.Join(strings.Fields(strings.ToLower(a.First(requestedBy))), "-") + ".request"}
				},
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry { return vacant(c, a.First(CeremonyRequest)) },
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &requesting{ceremonies: c, w: ceremony.Requesting{
				Repository: model.GUN(a.First(CeremonyGUN)), Dialect: model.Dialect(a.First(CeremonyKind)), Role: model.RoleName(a.First(requestedRole)),
				Name: a.First(requestedBy), Rehearsal: a.First(CeremonyReal) == Rehearsal, Fresh: a.First(ceremonyKey) == newKey, To: a.First(CeremonyRequest),
			}}
			for _, k := range f.Keys {
				if string(k.ID) == a.First(ceremonyKey) {
					out.w.Key = k
				}
			}
			return out
		},
		Words: flow.Words{
			Surveying: "reading the private keys", Executing: "writing a request", Preparing: "Reading the private keys. Nothing is written.",
			Accept: "to write the request",
		},
	}
}

// kindsOf are the metadata formats of repositories.
func kindsOf(c Ceremonies) []flow.Option {
	if c == nil {
		return nil
	}
	return c.Kinds()
}

// rehearsalStep asks whether anything can come of what is signed.
func rehearsalStep(question string) flow.Step {
	return flow.Step{
		ID: CeremonyReal, Label: "Real", Question: question, Kind: flow.Choice,
		Help: "In a rehearsal everyone does the same with keys that are thrown away. What they sign is a signature of nothing else, so that nothing can be published.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: really, Label: "Real", Help: "What is signed can be published."},
				{Value: Rehearsal, Label: "A rehearsal", Help: "Only practise, with keys that are made for it."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{really} },
	}
}

// requestedKeyStep asks which key of this machine asks for a place: those that are labelled with the
// role before others. Keys of other repositories are none. For a rehearsal, one can be made.
func requestedKeyStep() flow.Step {
	fitting := func(f flow.Facts, a flow.Answers) []model.PrivateKey {
		keys := slices.DeleteFunc(slices.Clone(f.Keys), func(k model.PrivateKey) bool {
			return !k.Usable() || k.Second || k.ID == "" || k.GUN != "" && string(k.GUN) != a.First(CeremonyGUN)
		})
		other := func(k model.PrivateKey) bool { return k.Label != a.First(requestedRole) }
		if labelled := slices.DeleteFunc(slices.Clone(keys), other); len(labelled) > 0 {
			return labelled
		}
		return keys
	}
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		var out []flow.Option
		for _, k := range fitting(f, a) {
			out = append(out, flow.Option{Value: string(k.ID), Label: text.Capital(keyName(k.ID, k.Label, k.GUN)) + onWhich(&k), Help: describePrivate(f, k)})
		}
		if a.First(CeremonyReal) == Rehearsal {
			out = append(out, flow.Option{Value: newKey, Label: "A new key, to be thrown away", Help: "It is called rehearsal, and is kept until you remove it."})
		}
		return out
	}
	return flow.Step{
		ID: ceremonyKey, Flag: "key", Label: "Key", Question: "Which key asks for a place?", Kind: flow.Choice,
		Help:    "It signs the request, which proves that you have it. Where a token can prove that the key was made on it, the request has that proof.",
		Options: options, Resolve: resolveKeysOr(ceremonyKey, "on this machine", options, newKey),
		None: func(flow.Facts, flow.Answers) error {
			return &model.Fault{Kind: model.FaultUsage, Text: "there is no such key on this machine", Hint: "Make one: trustdeck key generate NAME, or trustdeck token generate."}
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			all := valuesOf(options(f, a))
			if here := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id == newKey }); len(here) > 0 {
				all = here
			}
			if len(all) == 1 {
				return all
			}
			return nil
		},
		Unanswered: func(flow.Facts, flow.Answers) string {
			return "Several keys are on this machine. Choose one with --key: trustdeck keys lists them."
		},
	}
}

// requesting writes a request.
type requesting struct {
	ceremonies Ceremonies
	w          ceremony.Requesting
}

var _ flow.Outcome = (*requesting)(nil)

// Review says what is asked for.
func (r *requesting) Review() flow.Review {
	key := r.w.Key.ID.Short()
	if r.w.Fresh {
		key = "new"
	}
	out := flow.Review{
		Verdict: "Ready: " + r.w.Name + " asks for a place in the " + string(r.w.Role) + " of " + string(r.w.Repository) + ".",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "NAME"}, {Title: "KEY", Word: "key"}, {Title: "ROLE", Word: "role"}},
			Rows:    []flow.Row{{Cells: []string{r.w.Name, key, string(r.w.Role)}}},
		},
		Details: []flow.Section{inOrder(r.Steps())},
	}
	if r.w.Rehearsal {
		out.Facts = append(out.Facts, rehearsalFact)
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "The file", Text: "has the public half of the key, and nothing secret."})
	return out
}

// rehearsalFact says that nothing can come of it.
var rehearsalFact = flow.Fact{Label: flow.Warning, Text: "This is a rehearsal. Its signatures are worth nothing, and nothing of it can be published."}

// Ready reports that it can be written: what could be in the way has been asked.
func (*requesting) Ready() (ok bool, why string) { return true, "" }

// Steps lists what is done.
func (r *requesting) Steps() []admin.Step { return ceremony.RequestSteps(&r.w) }

// Do writes it.
func (r *requesting) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	made, err := r.ceremonies.Request(ctx, r.w, ceremonyRun(run))
	if made == nil {
		return &flow.Report{Usable: "No request was written.", Next: hints(err), Stepwise: true}, err
	}
	out := &flow.Report{Done: []string{"Request of " + r.w.Name + ": " + r.w.To}, Usable: "The request is in " + r.w.To + ".", Next: append([]string{"Hand it to the person who prepares the ceremony, and read the words of the key aloud."}, hints(err)...)}
	words := publickey.Of(made.Key.SPKI, made.Key.ID).Words
	out.More = append(out.More, flow.Section{Head: "WORDS OF THE KEY", Lines: wordcode.Lines(words)})
	if r.w.Fresh {
		out.Next = append(out.Next, "Throw the key away when the rehearsal is over: trustdeck key remove --backup none "+string(made.Key.ID))
	}
	if made.Attested {
		out.Done = append(out.Done, "The token has proved that the key was made on it.")
	}
	return out, err
}
