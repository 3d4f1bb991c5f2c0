package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/display"
	"trustdeck/model/plan"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/text"
)

// fullScreen reports whether open questions are asked on the full screen: where
// somebody sits at a terminal that can draw, and has not asked for lines, for a plan
// file, for an answer in JSON or for silence.
func (c *change) fullScreen() bool {
	return !c.silent() && c.file == "" && c.app.output != "json" && !c.app.plain()
}

// walk goes through the flow on the full screen, from the first open question on.
// What came of it is said on the lines below the prompt, as without a screen, and
// decides the exit code. saved is where a plan was written.
func (c *change) walk(ctx context.Context, s *session, ports flows.Ports, saved func() string, given flow.Answers) error {
	options, err := uiOptions(ctx, c.app, s, nav.Flow(c.flow.ID, given.Values))
	if err != nil {
		return err
	}
	if ports.Backups, err = c.app.backupFlows(s); err != nil {
		return err
	}
	options.Flows, options.SinglePage = flows.All(ports), true
	result, err := c.app.show(ctx, options)
	switch {
	case err != nil:
		return err
	case result.Signal != nil:
		err = signalError{result.Signal}
	}
	return c.conclude(result.Walked, saved(), err)
}

// conclude reports how the flow ended. saved is where a plan was written, and signal is
// not nil where the screen ended by one.
func (c *change) conclude(m *flow.Machine, saved string, signal error) error {
	if m == nil {
		return cmp.Or(signal, error(plain.ErrDeclined))
	}
	if m.State() == flow.Executing {
		m.Take(nil) // the screen was gone before the answer came
	}
	switch state := m.State(); {
	case state == flow.Done || state == flow.Failed || state == flow.Stopped:
		c.app.lines().Report(m)
		c.app.lines().Command(m)
		_ = c.app.lines().Flush() // what cannot be written here cannot be said either
		return cmp.Or(signal, m.Problem())
	case signal != nil:
		return signal
	case saved != "":
		fmt.Fprintf(c.app.err, "The plan is in %s. Nothing was changed. To apply it, run: trustdeck apply %s\n", text.Clean(saved), text.Clean(display.ShellFile(saved)))
		return nil
	case state == flow.Executing:
		return &model.Fault{
			Kind: model.FaultCanceled, Text: "the change was cut off; how far it went is unknown",
			Hint: "The next command shows what was done, and how to continue.",
		}
	case m.Idle():
		return nil
	case m.Overtaken() != nil:
		return m.Overtaken()
	default:
		return plain.ErrDeclined
	}
}

// witness remembers where a plan was saved and what was executed, also where the screen is
// gone before it could be told.
type witness struct {
	*flowBackend
	mu    sync.Mutex
	saved string
	// done is the answer about the last execution; nil before one.
	done any
}

var _ flows.Backend = (*witness)(nil)

// SavePlan writes a plan file.
func (w *witness) SavePlan(path string, p *plan.Plan) error {
	err := w.flowBackend.SavePlan(path, p)
	if err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.saved = path
	}
	return err
}

// Execute executes a plan.
func (w *witness) Execute(ctx context.Context, e changing.Execution) (*changing.Outcome, error) {
	out, err := w.flowBackend.Execute(ctx, e)
	answer := report.NewChange(e.Plan, out, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = answer
	return out, err
}

// Delete deletes trust data.
func (w *witness) Delete(ctx context.Context, p *changing.Deletion, run changing.DeletionRun) (*changing.DeletionOutcome, error) {
	out, err := w.flowBackend.Delete(ctx, p, run)
	answer := report.NewDeletion(p, out, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = answer
	return out, err
}

func (w *witness) path() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.saved
}

// answer writes what was executed, where that is wanted as JSON.
func (w *witness) answer() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done == nil {
		return nil
	}
	return w.app.answer(w.done, func() error { return nil })
}

// idle answers that a plan has nothing to do, where that is wanted as JSON; p is nil where
// there is no plan.
func (a *app) idle(p *plan.Plan) error {
	if p == nil {
		p = &plan.Plan{}
	}
	return a.answer(report.NewChange(p, &changing.Outcome{Parts: idleParts(p)}, nil), func() error { return nil })
}

func idleParts(p *plan.Plan) []changing.PartOutcome {
	var out []changing.PartOutcome
	for i := range p.Parts {
		out = append(out, changing.PartOutcome{GUN: p.Parts[i].GUN, Idle: true})
	}
	return out
}
