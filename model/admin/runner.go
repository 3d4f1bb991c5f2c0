package admin

import (
	"context"
	"errors"
	"slices"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Runner runs the steps of a piece of work one after the other, and tells of them.
type Runner struct {
	Steps []Step
	// Watch and Stop as in Execution.
	Watch Watch
	Stop  func() bool
	// Clock measures how long a step takes; nil does not.
	Clock port.Clock

	// begun counts the steps that were begun.
	begun int
}

// NewSteps makes steps that have not begun.
func NewSteps(texts ...string) []Step {
	out := make([]Step, len(texts))
	for i, text := range texts {
		out[i] = Step{Text: text, State: StepWaiting}
	}
	return out
}

// errStopped ends work that the user stopped.
var errStopped = &model.Fault{Kind: model.FaultCanceled, Text: "stopped before the next action, as you asked"}

// errKept ends a step that has found nothing to do: the key stays.
var errKept = errors.New("kept")

// Run does each step, up to the first that fails or before which it is to stop.
func (r *Runner) Run(ctx context.Context, all ...func(context.Context) error) error {
	r.tell()
	for _, do := range all {
		if err := r.Step(ctx, func() error { return do(ctx) }); err != nil {
			r.end(err)
			return err
		}
	}
	return nil
}

// Step does the next step, unless the user has asked to stop before it.
func (r *Runner) Step(ctx context.Context, do func() error) error {
	i := r.begun
	r.begun++
	if r.Stop != nil && r.Stop() {
		return errStopped
	}
	if err := ctx.Err(); err != nil {
		return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: err}
	}
	r.set(i, StepRunning)
	err := r.timed(&r.Steps[i], do)
	switch {
	case errors.Is(err, errKept):
		r.set(i, StepSkipped)
		return nil
	case err != nil:
		r.set(i, StepFailed)
	default:
		r.set(i, StepDone)
	}
	return err
}

func (r *Runner) timed(s *Step, do func() error) error {
	if r.Clock == nil {
		return do()
	}
	start := r.Clock()
	err := do()
	s.Elapsed += r.Clock().Sub(start)
	return err
}

// Asks says that the present step needs a secret.
func (r *Runner) Asks() { r.set(r.begun-1, StepSecret) }

// end marks what an error has kept from being begun.
func (r *Runner) end(err error) {
	for i := range r.Steps {
		if err != nil && r.Steps[i].State == StepWaiting {
			r.Steps[i].State = StepSkipped
		}
	}
	r.tell()
}

func (r *Runner) set(i int, state StepState) {
	r.Steps[i].State = state
	r.tell()
}

func (r *Runner) tell() {
	if r.Watch != nil {
		r.Watch(slices.Clone(r.Steps))
	}
}
