package main

import (
	"context"
	"fmt"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/text"
)

// fullScreen reports whether open questions are asked on the full screen: where
// somebody sits at a terminal that can draw, and has not asked for lines, for a plan
// file or for silence.
func (c *change) fullScreen() bool {
	return !c.silent() && c.file == "" && !c.app.plain()
}

// walk goes through the flow on the full screen, from the first open question on.
// What came of it is said on the lines below the prompt, as without a screen, and
// decides the exit code.
func (c *change) walk(ctx context.Context, s *session, desk *flowDesk, given flow.Answers) error {
	start := nav.Flow(c.flow.ID, given.Values)
	options, err := uiOptions(ctx, c.app, s, start)
	if err != nil {
		return err
	}
	seen := &witness{flowDesk: desk}
	options.Flows, options.Alone = seen, true
	result, err := c.app.show(ctx, options)
	switch {
	case err != nil:
		return err
	case result.Signal != nil:
		err = signalError{result.Signal}
	}
	return c.conclude(result.Walked, seen, err)
}

// conclude reports how the flow ended. Signal is not nil where the screen ended by
// one.
func (c *change) conclude(m *flow.Machine, seen *witness, signal error) error {
	out, saved, executing := seen.saw()
	if m != nil && m.State() == flow.Executing && out != nil {
		m.Executed(out, executing) // the screen was gone before the answer came
	}
	switch {
	case m != nil && m.Outcome() != nil && m.State() != flow.Reviewing:
		c.app.lines().Report(m)
		_ = c.app.lines().Flush() // what cannot be written here cannot be said either
		if signal != nil {
			return signal
		}
		return m.Problem()
	case signal != nil:
		return signal
	case saved != "":
		fmt.Fprintf(c.app.err, "The plan is in %s. Nothing was changed. trustdeck apply %s executes it.\n", text.Clean(saved), text.Clean(text.ShellQuote(saved)))
		return nil
	case m != nil && m.Job() != nil && (m.State() == flow.Done || m.State() == flow.Failed):
		c.app.lines().Report(m)
		_ = c.app.lines().Flush() // what cannot be written here cannot be said either
		return m.Problem()
	case m != nil && m.State() == flow.Executing:
		return &model.Fault{
			Kind: model.FaultCanceled, Text: "the change was cut off, and it is not known how far it went",
			Hint: "The next command says what was done, and how to go on.",
		}
	case m != nil && m.Idle():
		return nil
	case m != nil && len(m.Moved()) > 0:
		return &admin.StalePlan{Now: m.Plan(), Moved: m.Moved()}
	default:
		return plain.ErrDeclined
	}
}

// witness remembers what came of a flow, also where the screen is gone before it
// could be told.
type witness struct {
	*flowDesk
	mu    sync.Mutex
	out   *admin.Outcome
	err   error
	saved string
}

var _ flow.Desk = (*witness)(nil)

// Execute does what a plan says.
func (w *witness) Execute(ctx context.Context, e admin.Execution) (*admin.Outcome, error) {
	out, err := w.flowDesk.Execute(ctx, e)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out, w.err = out, err
	return out, err
}

// SavePlan writes a plan file.
func (w *witness) SavePlan(path string, p *plan.Plan) error {
	err := w.flowDesk.SavePlan(path, p)
	if err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.saved = path
	}
	return err
}

func (w *witness) saw() (out *admin.Outcome, saved string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out, w.saved, w.err
}
