// Package flowtest has a flow with an invented outcome: a painted fence. No engine and no
// front end knows about it, and each must run it anyway.
//
// Entry point: Fence.
package flowtest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// Passphrase opens the shed.
const Passphrase = "correct horse battery"

// Fence is painted by a flow. Its fields are set before use.
type Fence struct {
	// Fails is why the step with this text fails, and Taken why none of it is done, once:
	// somebody else has painted meanwhile.
	Fails map[string]error
	Taken error
	// Before is called before each step with its text; nil is not.
	Before func(step string)
	// Variables are passphrases by the label of what they open.
	Variables map[string]string

	mu      sync.Mutex
	painted []string
}

// Painted are the sides that were painted, with the colour.
func (f *Fence) Painted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.painted)
}

// Facts are none.
func (f *Fence) Facts(context.Context) (flow.Facts, error) { return flow.Facts{}, nil }

// Variable returns a passphrase of the environment.
func (f *Fence) Variable(ask port.SecretAsk) (value []byte, name string) {
	if v := f.Variables[ask.Key.Label]; v != "" {
		return []byte(v), "SHED_PASSPHRASE"
	}
	return nil, ""
}

// Flow is the flow. It asks for a colour, and finds out whether there is enough of it.
func (f *Fence) Flow() *flow.Flow {
	return &flow.Flow{
		ID: "fence", Title: "Paint the fence", Verb: "Paint", Source: f, Grade: flow.TypeName,
		Steps: []flow.Step{
			{
				ID: "colour", Flag: "colour", Label: "Colour", Question: "Which colour do you want?", Kind: flow.Text, Help: "It dries overnight.",
				Default: func(flow.Facts, flow.Answers) []string { return []string{"green"} },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
						if a.First("colour") == "gold" {
							return nil, errors.New("there is no gold paint")
						}
						return func(f *flow.Facts) { flow.Learn(f, tins(2)) }, nil
					}
				},
			},
			{
				ID: "coats", Flag: "coats", Label: "Coats", Question: "How many coats?", Kind: flow.Choice, Late: true, Help: "This colour is thin.",
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{{Value: "one", Label: "One"}, {Value: "two", Label: "Two"}}
				},
				When: func(f flow.Facts, a flow.Answers) bool { return f.Outcome != nil && a.First("colour") == "white" },
			},
		},
		Outcome: func(facts flow.Facts, a flow.Answers) flow.Outcome {
			return &painting{fence: f, colour: a.First("colour"), coats: a.First("coats"), tins: flow.Known[tins](facts)}
		},
	}
}

// tins is what the flow finds out.
type tins int

// painting is what the flow comes to.
type painting struct {
	fence         *Fence
	colour, coats string
	tins          tins
}

var (
	_ flow.Outcome = (*painting)(nil)
	_ flow.Named   = (*painting)(nil)
	_ flow.Idle    = (*painting)(nil)
)

// Challenge is typed to confirm.
func (p *painting) Challenge() flow.Challenge {
	return flow.Challenge{Word: "fence", What: "what is painted", Why: "Paint stays."}
}

// Idle reports that nothing is to be painted.
func (p *painting) Idle() bool { return p.colour == "none" }

// Ready reports whether there is paint.
func (p *painting) Ready() (ok bool, why string) {
	return !p.Idle() && p.tins > 0, "there is nothing to paint"
}

// Review says what would be painted.
func (p *painting) Review() flow.Review {
	row := flow.Row{Cells: []string{"fence", p.coats}, More: []string{"+ it will be " + p.colour}}
	return flow.Review{
		Verdict: "Ready: there is paint.",
		Table:   flow.Table{Columns: []flow.Column{{Title: "THING"}, {Title: "COATS", Word: "coats"}}, Rows: []flow.Row{row}},
		Facts:   []flow.Fact{{Label: flow.Final, Text: "paint stays."}},
		Details: []flow.Section{inOrder(p.Steps())},
	}
}

func inOrder(steps []admin.Step) flow.Section {
	out := flow.Section{Head: "STEPS"}
	for _, s := range steps {
		out.Lines = append(out.Lines, s.Text)
	}
	return out
}

// Steps lists what will be done.
func (p *painting) Steps() []admin.Step {
	return []admin.Step{
		{Text: "open the shed", State: admin.StepWaiting}, {Text: "paint the front", State: admin.StepWaiting}, {Text: "paint the back", State: admin.StepWaiting},
	}
}

// Do opens the shed, and paints both sides.
func (p *painting) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	if err := p.fence.Taken; err != nil {
		p.fence.Taken = nil
		return nil, &flow.Overtaken{Now: p, Why: "Somebody else has painted meanwhile.", Changed: []string{"the gate is red"}, Err: err}
	}
	var work []func(context.Context) error
	for i, step := range p.Steps() {
		work = append(work, func(ctx context.Context) error {
			if p.fence.Before != nil {
				p.fence.Before(step.Text)
			}
			if i == 0 {
				return p.open(ctx, r.Secrets)
			}
			if err := p.fence.Fails[step.Text]; err != nil {
				return err
			}
			p.fence.mu.Lock()
			defer p.fence.mu.Unlock()
			p.fence.painted = append(p.fence.painted, step.Text+" "+p.colour)
			return nil
		})
	}
	run := admin.Runner{Steps: p.Steps(), Watch: r.Watch, Stop: r.Stop}
	err := run.Run(ctx, work...)
	out := &flow.Report{Done: p.fence.Painted(), Usable: "The fence is painted.", Next: []string{"Let it dry."}}
	if err != nil {
		out.Usable, out.NotDone, out.Next = "The fence is not painted on both sides.", []string{"Some of it has the old colour."}, []string{"Buy more paint."}
	}
	return out, err
}

// open asks for the passphrase of the shed, until it is right.
func (p *painting) open(ctx context.Context, secrets port.Interaction) error {
	ask := port.SecretAsk{Key: model.PrivateKey{Label: "shed"}, Purpose: "open it", Step: 1, Of: 1}
	for {
		value, err := secrets.Ask(ctx, ask)
		if err != nil {
			return err
		}
		right := string(value) == Passphrase
		clear(value)
		if right {
			return nil
		}
		ask.Wrong = &model.Fault{Kind: model.FaultSecret, Text: "the passphrase does not open the shed"}
	}
}
