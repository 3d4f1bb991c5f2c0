package flows

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// stagedEntry is the answer that names staged changes.
const stagedEntry = "entry"

// SelectedStaged answers no question: it is what is marked when staged changes are chosen.
const SelectedStaged = "selected-staged"

// Reset drops what another client has staged in the trust folder, and keeps the files.
func Reset(d Backend) *flow.Flow {
	return &flow.Flow{
		ID: "reset", Title: "Drop staged changes", Verb: "Drop", Source: d,
		Command: command("reset", repositories),
		Steps: []flow.Step{
			{
				ID: repositories, Names: true, Label: "Repository", Question: "Of which repository do you want to drop staged changes?", Example: "registry.example.org/team/app", Kind: flow.Text,
				Help:    "Give the full name, with the registry and without a tag: registry.example.org/team/app. trustdeck reads the trust folder only.",
				Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
				Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[repositories]) },
				Inquire: stagedHere(d),
			},
			{
				ID: stagedEntry, Flag: stagedEntry, Label: "Entries", Question: "Which staged changes do you want to drop?", Kind: flow.Several,
				Help:    "They are not published. trustdeck keeps their files, so that you can stage them again. On the command line, give their numbers or all.",
				When:    func(f flow.Facts, _ flow.Answers) bool { return len(stagedChanges(f)) > 0 },
				Options: stagedOptions, Spell: spellNumbers(stagedEntry),
				Default: func(_ flow.Facts, a flow.Answers) []string { return stagedValues(a.Values[SelectedStaged]) },
				Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
					if slices.Equal(a.Values[stagedEntry], []string{everything}) {
						return stagedValues(keptNumbers(f, flow.Answers{})), nil
					}
					return stagedValues(a.Values[stagedEntry]), nil
				},
			},
		},
		// Read again: what is reviewed is what is there now.
		Survey: func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) { return stagedHere(d)(f, a), nil },
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return newDropping(d, flow.Known[*admin.Staged](f), a.Values[stagedEntry])
		},
	}
}

// stagedHere reads the changelist of the repository that is named.
func stagedHere(d Backend) func(flow.Facts, flow.Answers) flow.Inquiry {
	return func(_ flow.Facts, a flow.Answers) flow.Inquiry {
		gun := model.GUN(a.First(repositories))
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			staged, err := d.StagedHere(ctx, gun)
			return func(f *flow.Facts) { flow.Learn(f, staged) }, err
		}
	}
}

// dropping takes staged changes out of a changelist.
type dropping struct {
	backend Backend
	staged  *admin.Staged
	chosen  []*admin.StagedChange
}

var (
	_ flow.Outcome = (*dropping)(nil)
	_ flow.Idle    = (*dropping)(nil)
	_ flow.About   = (*dropping)(nil)
)

func newDropping(d Backend, staged *admin.Staged, chosen []string) *dropping {
	out := &dropping{backend: d, staged: staged}
	for i := range staged.Changes {
		if c := &staged.Changes[i]; slices.Contains(chosen, stagedValue(c)) {
			out.chosen = append(out.chosen, c)
		}
	}
	return out
}

// GUNs are the repository.
func (j *dropping) GUNs() []model.GUN { return []model.GUN{j.staged.GUN} }

// Idle reports that nothing is staged.
func (j *dropping) Idle() bool { return len(j.chosen) == 0 }

// Ready reports whether anything can be dropped.
func (j *dropping) Ready() (ok bool, why string) {
	return !j.Idle(), "nothing is staged for " + string(j.staged.GUN)
}

// Steps lists what will be done.
func (j *dropping) Steps() []admin.Step {
	return waiting("move " + text.Count(len(j.chosen), "staged change") + " of " + string(j.staged.GUN) + " out of the changelist")
}

// Review lists what would be dropped, and what stays.
func (j *dropping) Review() flow.Review {
	if ok, why := j.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	out := flow.Review{
		Verdict: "Ready: " + text.Count(len(j.chosen), "staged change") + " can be dropped.",
		About:   string(j.staged.GUN),
		Table:   flow.Table{Columns: []flow.Column{{Title: "#"}, {Title: "CHANGE"}, {Title: "STAGED", Word: "staged"}}},
		Facts: []flow.Fact{
			{Label: flow.Warning, Text: "what you drop is not published, and no server has it."},
			{Label: "Undo", Text: "trustdeck moves the files to a folder beside the changelist; move them back to stage them again."},
		},
	}
	if n := len(j.staged.Changes) - len(j.chosen); n > 0 {
		out.Facts = append(out.Facts, flow.Fact{Label: "Stay", Text: text.Count(n, "staged change") + " will still be there. Their numbers change."})
	}
	for _, c := range j.chosen {
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{strconv.Itoa(c.Index), c.Words(), text.UTC(c.At)}})
		out.Details = append(out.Details, flow.Section{Head: "STAGED CHANGE " + strconv.Itoa(c.Index), Lines: []string{c.Words(), c.File}})
	}
	out.Details = append(out.Details, inOrder(j.Steps()))
	return out
}

// Do moves the files.
func (j *dropping) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	var marks []model.StagedMark
	for _, c := range j.chosen {
		marks = append(marks, c.Mark)
	}
	folder, dropped := "", 0
	err := act(ctx, r, j.Steps(), func(ctx context.Context) (err error) {
		folder, dropped, err = j.backend.DropStaged(ctx, j.staged.GUN, marks)
		return err
	})
	report := &flow.Report{Usable: "Nothing was published, and nothing was sent to the server.", Final: err == nil}
	if dropped > 0 {
		report.Done = []string{text.Sentence(text.Count(dropped, "staged change") + " of " + string(j.staged.GUN) + " dropped")}
		report.Next = []string{
			"The files are in " + folder + ".",
			"To stage them again, move them back to " + path.Dir(j.chosen[0].File) + ".",
		}
	}
	if err != nil {
		report.Next = append(report.Next, hints(err)...)
		return report, err
	}
	if dropped < len(marks) {
		report.NotDone = []string{text.Sentence(text.Count(len(marks)-dropped, "staged change") + " had changed or disappeared in the meantime")}
		return report, errMoved
	}
	return report, nil
}

// errMoved says that a changelist is not the one that was reviewed.
var errMoved = &model.Fault{
	Kind: model.FaultStale, Text: "the changelist was changed in the meantime", Err: errors.New("changed"),
	Hint: "Check it with trustdeck status, and start again.",
}
