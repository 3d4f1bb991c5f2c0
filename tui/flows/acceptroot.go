package flows

import (
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

const fingerprint = "fingerprint"

// AcceptRoot accepts the root of a repository that does not descend from what is known.
func AcceptRoot(d Backend) *flow.Flow {
	propose := proposing(d, Backend.ProposeRoot)
	return &flow.Flow{
		ID: "accept-root", Title: "Accept a root", Verb: "Accept", Source: d,
		Command: command("accept-root", repositories),
		Steps: []flow.Step{
			disputeStep("Which repository's root do you want to accept?", propose),
			{
				ID: fingerprint, Flag: "fingerprint", Label: "Fingerprint", Question: "What is the fingerprint of the new root key?", Example: "1c6d0796.. (64 hexadecimal digits)", Kind: flow.Text,
				Help: "Its key ID or certificate ID, all 64 hexadecimal digits, which the holder of the root key gives you in person, by telephone or in a signed message. " +
					"Never take it from the server that you want to check.",
				When: func(f flow.Facts, _ flow.Answers) bool {
					p := flow.Known[*admin.RootProposal](f)
					return p != nil && p.Disputed
				},
				Check: func(f flow.Facts, a flow.Answers) error {
					return flow.Known[*admin.RootProposal](f).CheckFingerprint(a.First(fingerprint))
				},
			},
		},
		// Read again: what is reviewed is what is there now.
		Survey: func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) { return propose(f, a), nil },
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &rootAcceptance{d, f.Dialect.Words(), flow.Known[*admin.RootProposal](f), a.First(fingerprint)}
		},
	}
}

// proposing finds out what it would mean to accept what the server has.
func proposing[P any](d Backend, propose func(Backend, context.Context, model.GUN) (P, error)) func(flow.Facts, flow.Answers) flow.Inquiry {
	return func(_ flow.Facts, a flow.Answers) flow.Inquiry {
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			p, err := propose(d, ctx, model.GUN(a.First(repositories)))
			return func(f *flow.Facts) { flow.Learn(f, p) }, err
		}
	}
}

// disputeStep asks for the repository in which something is to be accepted, and finds
// out what that would mean.
func disputeStep(question string, propose func(flow.Facts, flow.Answers) flow.Inquiry) flow.Step {
	return flow.Step{
		ID: repositories, Names: true, Label: "Repository", Question: question, Example: "registry.example.org/team/app", Kind: flow.Text,
		Help:    "Give the full name, with the registry and without a tag: registry.example.org/team/app. trustdeck then reads it from its server.",
		Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
		Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[repositories]) },
		Inquire: propose,
	}
}

// rootAcceptance remembers another root of trust.
type rootAcceptance struct {
	backend     Backend
	words       dialect.Words
	p           *admin.RootProposal
	fingerprint string
}

var (
	_ flow.Outcome = (*rootAcceptance)(nil)
	_ flow.Idle    = (*rootAcceptance)(nil)
	_ flow.About   = (*rootAcceptance)(nil)
)

// GUNs are the repository.
func (j *rootAcceptance) GUNs() []model.GUN { return []model.GUN{j.p.GUN} }

// Idle reports that the root is trusted already.
func (j *rootAcceptance) Idle() bool { return !j.p.Disputed }

// Ready reports whether there is anything to accept, and the fingerprint is that of it.
func (j *rootAcceptance) Ready() (ok bool, why string) {
	if !j.p.Disputed {
		return false, fmt.Sprintf("there is nothing to accept: root %d of %s agrees with everything known here", j.root().Version, j.p.GUN)
	}
	if err := j.p.CheckFingerprint(j.fingerprint); err != nil {
		return false, err.Error()
	}
	return true, ""
}

func (j *rootAcceptance) root() *model.Role { return j.p.Repository.Role(model.RoleRoot) }

// Steps lists what will be done.
func (j *rootAcceptance) Steps() []admin.Step {
	return waiting(fmt.Sprintf("record root %d as the root of trust of %s", j.root().Version, j.p.GUN))
}

// Review explains the risk, and shows the roots before and after.
func (j *rootAcceptance) Review() flow.Review {
	if ok, why := j.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	out := flow.Review{
		Verdict: "Ready: the fingerprint matches this root.",
		About:   string(j.p.GUN),
		Table:   j.table(),
		Facts: []flow.Fact{
			{Label: flow.Warning, Text: "the root keys known here have not signed this root. Anyone who controls the server could have made it with their own keys."},
			{Label: flow.Warning, Text: "after this you trust everything that these new keys sign. Continue only if the holder of the root key, not the server, gave you the fingerprint."},
		},
	}
	if j.p.Forgets {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: "trustdeck also drops the versions that it recorded under the old root of trust."})
	}
	for i, id := range j.root().Keys {
		key, _ := j.p.Repository.Key(id)
		key.ID = id
		out.Facts = append(out.Facts, flow.Fact{Label: "You trust", Text: rootKeyIDs(key, j.root().Listed[i])})
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "Server", Text: sentences("nothing is sent to it.", j.words.RootAccepted)})
	out.Details = []flow.Section{j.before(), j.after(), inOrder(j.Steps())}
	return out
}

// table has the root that is accepted, and those that are given up.
func (j *rootAcceptance) table() flow.Table {
	out := flow.Table{Columns: []flow.Column{{Title: "ROOT"}, {Title: "VERSION", Word: "version"}, {Title: "KNOWN FROM", Word: "known from"}}}
	row := func(name, sign string, version int64, source string, keys []model.KeyID) {
		r := flow.Row{Cells: []string{name, fmt.Sprint(version), source}}
		for _, id := range keys {
			r.More = append(r.More, sign+"root key "+id.Short())
		}
		out.Rows = append(out.Rows, r)
	}
	row("accepted", "+ ", j.root().Version, "the server", j.root().Keys)
	for i := range j.p.Known {
		known := &j.p.Known[i]
		if known.Damaged || known.Problem == nil {
			continue
		}
		var ids []model.KeyID
		for _, key := range known.Keys {
			ids = append(ids, key.ID)
		}
		row("dropped", "- ", known.Version, known.Source, ids)
	}
	return out
}

// before lists the roots that are known here.
func (j *rootAcceptance) before() flow.Section {
	before := flow.Section{Head: "ROOTS KNOWN HERE"}
	for i := range j.p.Known {
		known := &j.p.Known[i]
		switch {
		case known.Damaged:
			before.Lines = append(before.Lines, "- "+known.Source+" is damaged. trustdeck puts it aside and starts a new record.")
			continue
		case known.Problem != nil:
			before.Lines = append(before.Lines, fmt.Sprintf("- root %d, known from %s, is dropped: %s", known.Version, known.Source, text.Sentence(known.Problem.Text)))
		default:
			before.Lines = append(before.Lines, fmt.Sprintf("root %d, known from %s, stays: the new root follows from it.", known.Version, known.Source))
		}
		for _, key := range known.Keys {
			before.Lines = append(before.Lines, "  "+rootKeyIDs(key, key.ListedAs...))
		}
	}
	if len(before.Lines) == 0 {
		before.Lines = []string{"None."}
	}
	return before
}

// after describes the root that is accepted.
func (j *rootAcceptance) after() flow.Section {
	root := j.root()
	out := flow.Section{Head: "THE ROOT YOU ACCEPT", Lines: []string{
		fmt.Sprintf("+ root %d, expires %s", root.Version, text.Date(root.Expires)),
		fmt.Sprintf("It verifies on its own, with %d of the %d signatures that it needs.", root.Valid, root.Threshold),
	}}
	for i, id := range root.Keys {
		key, ok := j.p.Repository.Key(id)
		key.ID = id
		line := "  " + rootKeyIDs(key, root.Listed[i])
		if ok && len(key.Certificates) > 0 {
			c := key.Certificates[max(slices.Index(key.ListedAs, root.Listed[i]), 0)%len(key.Certificates)]
			line += fmt.Sprintf(", %s, %s, valid until %s", key.Algorithm, c.Subject, text.Date(c.NotAfter))
		}
		out.Lines = append(out.Lines, line)
	}
	if j.p.Forgets {
		out.Lines = append(out.Lines, "Recorded versions start again from here:")
	}
	for i := range j.p.Repository.Roles {
		if role := &j.p.Repository.Roles[i]; role.Version > 0 && role.Name != model.RoleRoot {
			out.Lines = append(out.Lines, fmt.Sprintf("  %s %d, expires %s", role.Name, role.Version, text.Date(role.Expires)))
		}
	}
	return out
}

// rootKeyIDs names a root key by all of its IDs, each as what it is.
func rootKeyIDs(key model.Key, listed ...model.KeyID) string {
	out := "key ID " + string(key.ID)
	for _, id := range listed {
		if id != key.ID {
			out += ", " + key.Called(id) + " " + string(id)
		}
	}
	return out
}

// Do remembers the root.
func (j *rootAcceptance) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	done := fmt.Sprintf("Root %d is now the root of trust of %s.", j.root().Version, j.p.GUN)
	return settle(ctx, r, j.Steps(), done, func(ctx context.Context) error { return j.backend.AcceptRoot(ctx, j.p, j.fingerprint) })
}

// settle does the one step of an acceptance, and says how it ended.
func settle(ctx context.Context, r flow.Run, steps []admin.Step, done string, do func(context.Context) error) (*flow.Report, error) {
	if err := act(ctx, r, steps, do); err != nil {
		return &flow.Report{Usable: "Nothing was recorded or changed.", Next: hints(err)}, err
	}
	return &flow.Report{
		Done: []string{done}, Usable: "It is recorded on this machine. Nothing was sent to the server.",
		Next: []string{"Check the repository now: this fixed no other finding."},
	}, nil
}
