package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/display"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The IDs of the answers about staged changes.
const (
	stagedDrop  = "drop"
	stagedOrder = "order"
)

// Publish publishes what another client has staged in the trust folder.
func Publish(d Backend) *flow.Flow {
	f := Planned(d, &flow.Flow{
		ID: "publish", Title: "Publish staged changes", Verb: "Publish", Grade: flow.TypeName,
		Command: command("publish", repositories),
		Steps:   []flow.Step{stagedStep(d, "Of which repository do you want to publish the staged changes?"), dropStep(), orderStep()},
	}, nil)
	f.Survey = func(facts flow.Facts, a flow.Answers) (flow.Inquiry, error) {
		if staged := flow.Known[*admin.Staged](facts); staged == nil || len(staged.Changes) == 0 {
			return nil, nil
		}
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			p, err := d.PreparePublish(ctx, model.GUN(a.First(repositories)), orderedMarks(facts, a))
			return func(f *flow.Facts) { flow.Learn(f, p) }, err
		}, nil
	}
	outcome := f.Outcome
	f.Outcome = func(facts flow.Facts, a flow.Answers) flow.Outcome {
		staged := flow.Known[*admin.Staged](facts)
		if staged == nil || len(staged.Changes) == 0 {
			return idle{why: "nothing is staged for " + a.First(repositories)}
		}
		out := outcome(facts, a)
		if p, ok := out.(*planned); ok {
			p.mild, p.left, p.first = true, staying(staged, a), inStagedOrder(facts, a)
		}
		return out
	}
	return f
}

// stagedStep asks for one repository, and reads what is staged for it.
func stagedStep(d Backend, question string) flow.Step {
	step := existingStep(question)
	existing := step.Check
	step.Single = true
	step.Help = "Give the full name, with the registry and without a tag: registry.example.org/team/app. trustdeck reads its changelist in the trust folder."
	step.Check = func(f flow.Facts, a flow.Answers) error {
		if len(a.Values[repositories]) > 1 {
			return errors.New("staged changes are handled one repository at a time; give one name")
		}
		return existing(f, a)
	}
	step.Inquire = func(_ flow.Facts, a flow.Answers) flow.Inquiry {
		gun := model.GUN(a.First(repositories))
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			staged, err := d.StagedNow(ctx, gun)
			return func(f *flow.Facts) { flow.Learn(f, staged) }, err
		}
	}
	return step
}

// stagedChanges are those that are known, by the numbers that people give.
func stagedChanges(f flow.Facts) []admin.StagedChange {
	if staged := flow.Known[*admin.Staged](f); staged != nil {
		return staged.Changes
	}
	return nil
}

func stagedOptions(f flow.Facts, _ flow.Answers) []flow.Option {
	var out []flow.Option
	all := stagedChanges(f)
	for i := range all {
		o := flow.Option{Value: stagedValue(&all[i]), Label: stagedLabel(&all[i])}
		if fault := all[i].Fault; fault != nil {
			o.Help = text.Sentence(fault.Text)
		} else if here := all[i].RefusedHere; here != nil {
			o.Help = here.Text + "." // it begins with a command
		}
		out = append(out, o)
	}
	return out
}

// stagedValue is a staged change as an answer. It is no mere number: where screens are read
// line by line, numbers are those of the choices.
func stagedValue(c *admin.StagedChange) string { return entrySign + strconv.Itoa(c.Index) }

const entrySign = "#"

// stagedValues are answers that name staged changes with the sign or without.
func stagedValues(lines []string) []string {
	out := numbers(lines)
	for i, n := range out {
		out[i] = entrySign + strings.TrimPrefix(n, entrySign)
	}
	return out
}

// stagedLabel is a staged change with its number.
func stagedLabel(c *admin.StagedChange) string { return stagedValue(c) + " " + c.Words() }

func dropStep() flow.Step {
	blocked := func(f flow.Facts, a flow.Answers) error {
		all := stagedChanges(f)
		for i := range all {
			c := &all[i]
			if c.Fault == nil || slices.Contains(a.Values[stagedDrop], stagedValue(c)) {
				continue
			}
			n := strconv.Itoa(c.Index)
			return &model.Fault{
				Kind: model.FaultUsage, Subject: c.File, Text: "staged change " + n + ": " + c.Fault.Text,
				Hint: "Leave it out with --drop " + n + ", or drop it with: trustdeck reset --entry " + n + " " + display.ShellWord(a.First(repositories)),
			}
		}
		if len(all) > 0 && len(a.Values[stagedDrop]) >= len(all) {
			return errors.New("nothing would be left to publish")
		}
		return nil
	}
	return flow.Step{
		ID: stagedDrop, Flag: stagedDrop, Label: "Leave out", Question: "Which staged changes do you want to leave out?", Kind: flow.Several, Optional: true,
		Help:    "They stay staged, and trustdeck publishes the others together. A change that cannot be published must be left out.",
		Without: "Press Enter to publish all of them.",
		When:    func(f flow.Facts, _ flow.Answers) bool { return len(stagedChanges(f)) > 0 },
		Options: stagedOptions,
		Resolve: func(_ flow.Facts, a flow.Answers) ([]string, error) {
			return stagedValues(a.Values[stagedDrop]), nil
		},
		Needed: blocked, Check: blocked, Spell: spellNumbers(stagedDrop),
	}
}

// numbers parts lines that hold several numbers.
func numbers(lines []string) []string {
	var out []string
	for _, line := range lines {
		for _, n := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' }) {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func orderStep() flow.Step {
	return flow.Step{
		ID: stagedOrder, Flag: stagedOrder, Label: "Order", Question: "In which order do you want to apply them?", Example: "2,0,1", Kind: flow.Text,
		Help: "The numbers of the staged changes, separated by commas. The order matters only where two of them change the same thing: the last one wins.",
		When: func(f flow.Facts, a flow.Answers) bool {
			return len(stagedChanges(f))-len(a.Values[stagedDrop]) > 1
		},
		Default: func(f flow.Facts, a flow.Answers) []string { return []string{strings.Join(keptNumbers(f, a), ",")} },
		Check: func(f flow.Facts, a flow.Answers) error {
			given, want := numbers(a.Values[stagedOrder]), keptNumbers(f, a)
			if slices.Sort(given); !slices.Equal(given, slices.Sorted(slices.Values(want))) {
				return fmt.Errorf("name each of %s once", strings.Join(want, ", "))
			}
			return nil
		},
	}
}

// keptNumbers are the numbers of the staged changes that are not left out.
func keptNumbers(f flow.Facts, a flow.Answers) []string {
	var out []string
	all := stagedChanges(f)
	for i := range all {
		if !slices.Contains(a.Values[stagedDrop], stagedValue(&all[i])) {
			out = append(out, strconv.Itoa(all[i].Index))
		}
	}
	return out
}

// ordered are the staged changes that are published, in the order of the answer.
func ordered(f flow.Facts, a flow.Answers) []*admin.StagedChange {
	order := numbers(a.Values[stagedOrder])
	if len(order) == 0 {
		order = keptNumbers(f, a)
	}
	all := stagedChanges(f)
	var out []*admin.StagedChange
	for _, n := range order {
		for i := range all {
			if strconv.Itoa(all[i].Index) == n {
				out = append(out, &all[i])
			}
		}
	}
	return out
}

func orderedMarks(f flow.Facts, a flow.Answers) []model.StagedMark {
	var out []model.StagedMark
	for _, c := range ordered(f, a) {
		out = append(out, c.Mark)
	}
	return out
}

// staying are the staged changes that are left out.
func staying(staged *admin.Staged, a flow.Answers) flow.Section {
	out := flow.Section{Head: notInPlan}
	for i := range staged.Changes {
		if c := &staged.Changes[i]; slices.Contains(a.Values[stagedDrop], stagedValue(c)) {
			out.Lines = append(out.Lines, "staged change "+stopped(stagedLabel(c))+" It stays staged.")
		}
	}
	return out
}

// inStagedOrder lists what is published, in the order in which it applies.
func inStagedOrder(f flow.Facts, a flow.Answers) flow.Section {
	out := flow.Section{Head: "STAGED CHANGES, IN ORDER"}
	for _, c := range ordered(f, a) {
		out.Lines = append(out.Lines, stagedLabel(c))
	}
	return out
}

// changesSigners reports whether a plan changes who can sign anything.
func changesSigners(p *plan.Plan) bool {
	for i := range p.Parts {
		for _, row := range p.Parts[i].Summary {
			if slices.ContainsFunc(row.Edges, func(e plan.EdgeSummary) bool { return e.Difference != plan.Kept }) {
				return true
			}
		}
	}
	return false
}
