package flows

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of CeremonyStart. CeremonyPlan is the file of a plan that is to be signed.
const (
	CeremonyPlan      = "plan"
	ceremonyMakers    = "roots"
	ceremonyJoin      = "add"
	ceremonyEarlier   = "people"
	ceremonyPersons   = "person"
	ceremonyLeave     = "remove"
	ceremonyThreshold = "threshold"
	ceremonyTitle     = "title"
	ceremonyOpens     = "date-opens"
	ceremonyTarget    = "date-target"
	ceremonyLastSafe  = "date-last-safe"
	ceremonyExpires   = "date-expires"
	ceremonyTo        = "to"
)

// StartingPlan is a saved plan that a ceremony is to sign.
type StartingPlan struct {
	GUN     model.GUN
	Changes []model.Change
	// Roles are those of the repository as it is.
	Roles []*model.Role
}

// The kinds of what is found out while a ceremony is prepared.
type (
	startRequests []*bundle.Asked
	startPeople   []bundle.Participant
)

// CeremonyStart prepares a ceremony.
func CeremonyStart(d Backend, c Ceremonies) *flow.Flow {
	f := &flow.Flow{
		ID: "ceremony-start", Title: "Start ceremony", Verb: "Write the file",
		Command: unasked(switched(switched(command("ceremony start", repositories), CeremonyReal, Rehearsal, "rehearsal"), CeremonySplit, AtOnce, "at-once")),
		Steps:   slices.Concat(startSubject(c), startKeys(c), startDates(), startEnd(c), []flow.Step{clockStep(true)}),
		Survey: func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) {
			w, err := starting(c, f, a)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				p, err := d.Prepare(ctx, []change.Request{{GUN: w.Repository, Changes: w.Changes}})
				is := c.Machine()
				return func(f *flow.Facts) { flow.Learn(f, p); flow.Learn(f, is) }, err
			}, nil
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			w, err := starting(c, f, a)
			next := ""
			if split := splitOf(f, a); split != nil && a.First(CeremonySplit) == inTwo {
				_, next = splitCommands(f, a, split)
			}
			return &starter{ceremonies: c, w: w, next: next, problem: err, plan: flow.Known[*plan.Plan](f), published: startRepository(f, a), machine: flow.Known[model.Machine](f), now: f.Now}
		},
		Words: flow.Words{
			Surveying: "computing the plan", Executing: "preparing a ceremony", Preparing: "Reading the repository and computing the plan. Nothing is written.",
			Accept: "to write the file of the ceremony",
		},
	}
	if d != nil && c != nil {
		f.Source, f.Reader = d, d
	}
	return f
}

// byPlan reports whether a saved plan says what is signed, and byHand whether answers do.
func byPlan(_ flow.Facts, a flow.Answers) bool    { return a.First(CeremonyPlan) != "" }
func byHand(f flow.Facts, a flow.Answers) bool    { return !byPlan(f, a) }
func rootThere(f flow.Facts, a flow.Answers) bool { return byHand(f, a) && startRoot(f, a) != nil }

// startRepository is the repository, nil where it has no trust data.
func startRepository(f flow.Facts, a flow.Answers) *model.Repository {
	return f.Repositories[a.First(repositories)]
}

// startRoot is the root of the repository; nil where there is none.
func startRoot(f flow.Facts, a flow.Answers) *model.Role {
	if r := startRepository(f, a); r != nil {
		return r.Role(model.RoleRoot)
	}
	return nil
}

// startSubject are the questions about what is to be signed.
func startSubject(c Ceremonies) []flow.Step {
	one := repositoriesStep("For which repository is the ceremony?")
	one.Help = "Its root is signed by several people. If it has no trust data yet, the ceremony creates it."
	one.When, one.Single = byHand, true
	named := one.Check
	one.Check = func(f flow.Facts, a flow.Answers) error {
		if len(a.Values[repositories]) > 1 {
			return fmt.Errorf("a ceremony is about one repository")
		}
		return named(f, a)
	}
	return []flow.Step{
		{
			ID: CeremonyPlan, Flag: "plan", Path: true, Optional: true, Label: "Plan", Question: "Which saved plan is to be signed?", Example: "plan.json", Kind: flow.Text,
			Help:    "Any change whose signatures come from several people: save its plan with -f first. Without a plan, the ceremony is about the keys of a root.",
			Without: "Press Enter for the root of a repository.",
			Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
				if a.First(CeremonyPlan) == "" {
					return nil
				}
				return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
					saved, err := c.ReadPlan(ctx, a.First(CeremonyPlan))
					return func(f *flow.Facts) { flow.Learn(f, saved) }, err
				}
			},
		},
		one,
		rehearsalStep("Is it a real ceremony?"),
	}
}

// startKeys are the questions about the keys of the root, and who has them.
func startKeys(c Ceremonies) []flow.Step {
	return []flow.Step{
		{
			ID: ceremonyMakers, Flag: "roots", Path: true, Optional: true, Label: "Makers", Question: "Which files have root certificates of makers of tokens?", Example: "maker.pem", Kind: flow.List,
			Help: "Beside those that trustdeck knows.",
			When: func(f flow.Facts, a flow.Answers) bool { return byHand(f, a) && a.Values[ceremonyMakers] != nil },
		},
		{
			ID: ceremonyJoin, Flag: "add", Path: true, Optional: true, Label: "Requests", Question: "Which requests for keys do you add?", Example: "/media/usb/ada.request", Kind: flow.List, When: byHand,
			Help:    "A line each: the files that people have made with ceremony request. Each is verified, with the proof of its token. Compare the words of each key with what its holder reads aloud.",
			Without: "Press Enter to add no key.",
			Needed: func(f flow.Facts, a flow.Answers) error {
				if startRepository(f, a) != nil || byPlan(f, a) {
					return nil
				}
				return &model.Fault{Kind: model.FaultUsage, Text: "the repository has no trust data yet, so each role that no server signs needs a key", Hint: "Have the people make requests: trustdeck ceremony request"}
			},
			Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
				return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
					var out startRequests
					for _, path := range a.Values[ceremonyJoin] {
						asked, err := c.ReadRequest(path, model.GUN(a.First(repositories)), a.First(CeremonyReal) == Rehearsal, a.Values[ceremonyMakers])
						if err != nil {
							return nil, err
						}
						out = append(out, asked)
					}
					return func(f *flow.Facts) { flow.Learn(f, out) }, nil
				}
			},
		},
		{
			ID: ceremonyEarlier, Flag: "people", Path: true, Optional: true, Label: "People", Question: "Which file of an earlier ceremony names the people?", Example: "root.ceremony", Kind: flow.Text,
			When: func(f flow.Facts, a flow.Answers) bool {
				return a.Values[ceremonyEarlier] != nil || rootThere(f, a) && len(nameless(f, a)) > 0
			},
			Help:    "trustdeck takes the names of those whose keys are listed already from it.",
			Without: "Press Enter if there is none.",
			Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
				roles := []*model.Role{startRoot(f, a)}
				if byPlan(f, a) {
					roles = flow.Known[StartingPlan](f).Roles
				}
				return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
					if a.First(ceremonyEarlier) == "" {
						return func(f *flow.Facts) { flow.Learn(f, startPeople(nil)) }, nil
					}
					people, err := c.Earlier(a.First(ceremonyEarlier), roles...)
					return func(f *flow.Facts) { flow.Learn(f, startPeople(people)) }, err
				}
			},
		},
		personsStep(),
		leaveStep(),
		splitStep(),
		startThreshold(),
	}
}

// startThreshold asks how many must sign the root.
func startThreshold() flow.Step {
	return flow.Step{
		ID: ceremonyThreshold, Flag: "threshold", Label: "Threshold", Question: "How many root keys must sign?", Example: "2", Kind: flow.Text, When: byHand,
		Help: "With 2 of 3, any one person may be absent, and no one can change the root alone.",
		Default: func(f flow.Facts, a flow.Answers) []string {
			if root := startRoot(f, a); root != nil {
				return []string{strconv.Itoa(root.Threshold)}
			}
			return []string{strconv.Itoa(max(joiners(f), 1))}
		},
		Check: func(f flow.Facts, a flow.Answers) error {
			most := joiners(f)
			if root := startRoot(f, a); root != nil {
				most += len(root.Keys) - len(a.Values[ceremonyLeave])
			}
			return number(a.First(ceremonyThreshold), 1, max(most, 1))
		},
	}
}

// joiners is how many root keys are added.
func joiners(f flow.Facts) int {
	n := 0
	for _, asked := range flow.Known[startRequests](f) {
		if asked.Role == model.RoleRoot {
			n++
		}
	}
	return n
}

// startEnd are the questions for the title and the file.
func startEnd(c Ceremonies) []flow.Step {
	return []flow.Step{
		{
			ID: ceremonyTitle, Flag: "title", Label: "Title", Question: "What is the ceremony for?", Example: "Dan replaces Cleo", Kind: flow.Text,
			Help: "A few words, which everyone sees first.",
			Default: func(f flow.Facts, a flow.Answers) []string {
				return []string{"Ceremony of " + text.Repo(startGUN(f, a))}
			},
		},
		{
			ID: ceremonyTo, Flag: "to", Label: "File", Path: true, Question: "Which file do you want to write?", Example: "root.ceremony", Kind: flow.Text,
			Help: "A new file, of which everyone gets a copy. It has nothing secret.",
			Default: func(f flow.Facts, a flow.Answers) []string {
				return []string{path.Base(text.Repo(startGUN(f, a))) + ".ceremony"}
			},
			Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry { return vacant(c, a.First(ceremonyTo)) },
		},
	}
}

// startGUN is the repository that the answers name, or the plan.
func startGUN(f flow.Facts, a flow.Answers) model.GUN {
	if byPlan(f, a) {
		return flow.Known[StartingPlan](f).GUN
	}
	return model.GUN(a.First(repositories))
}

// starting makes of complete answers a ceremony that is to be prepared.
func starting(c Ceremonies, f flow.Facts, a flow.Answers) (ceremony.Starting, error) {
	w := ceremony.Starting{Time: statedTime(a), Repository: startGUN(f, a), Title: a.First(ceremonyTitle), Rehearsal: a.First(CeremonyReal) == Rehearsal, To: a.First(ceremonyTo)}
	for _, d := range []struct {
		id   string
		into *time.Time
	}{{ceremonyOpens, &w.Dates.Opens}, {ceremonyTarget, &w.Dates.Target}, {ceremonyLastSafe, &w.Dates.LastSafe}, {ceremonyExpires, &w.Dates.Expires}} {
		at, err := date(a.First(d.id))
		if err != nil {
			return w, err
		}
		*d.into = at
	}
	if byPlan(f, a) {
		w.Changes, w.People = flow.Known[StartingPlan](f).Changes, peopleThere(f, a)
		return w, nil
	}
	requests := flow.Known[startRequests](f)
	w.People, w.Requests = ceremony.Together(peopleThere(f, a), ceremony.People(requests)), requests
	asking := askingFor(f, a)
	if split := splitOf(f, a); split != nil && a.First(CeremonySplit) == inTwo {
		asking.Join, asking.Leave = asking.Join[:split.Join], asking.Leave[:split.Leave]
		w.People, w.Requests = ceremony.Together(peopleThere(f, a), ceremony.People(asking.Join)), asking.Join
		var err error
		w.Changes, err = c.Changes(w.Repository, &asking, startRepository(f, a))
		return w, err
	}
	asking.Threshold, _ = strconv.Atoi(a.First(ceremonyThreshold)) // it was checked
	if root := startRoot(f, a); root != nil && asking.Threshold == root.Threshold {
		asking.Threshold = 0
	}
	var err error
	w.Changes, err = c.Changes(w.Repository, &asking, startRepository(f, a))
	return w, err
}
