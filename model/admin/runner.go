package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// StepState is how far a step of an execution is.
type StepState string

// The states of a step.
const (
	StepWaiting StepState = "waiting"
	StepSecret  StepState = "needs a passphrase"
	StepPIN     StepState = "needs a PIN"
	// StepManagement: the management key of a token is wanted.
	StepManagement StepState = "needs the management key"
	// StepTouch: a token waits to be touched.
	StepTouch   StepState = "waits for a touch"
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped"
)

// Step is one action of an execution.
type Step struct {
	Text  string
	State StepState
	// Of is which of several repositories it is a step for; empty where it is for all, or
	// there is one.
	Of model.GUN
	// Asked is what somebody has to do now, where the state is StepTouch.
	Asked string
	// Why says why it failed.
	Why string
	// Elapsed is how long it took, without the time of the user.
	Elapsed time.Duration
}

// Watch is told of the steps whenever one changes. It must not block, and not
// keep the slice.
type Watch func(steps []Step)

// Runner runs the steps of a piece of work one after the other, and tells of them.
type Runner struct {
	Steps []Step
	// Watch is told of the steps, and Stop asked before each; both may be nil.
	Watch Watch
	Stop  func() bool
	// Clock measures how long a step takes; nil does not.
	Clock port.Clock

	// begun counts the steps that were begun.
	begun int
}

// NewSteps makes steps that have not started.
func NewSteps(texts ...string) []Step {
	out := make([]Step, len(texts))
	for i, text := range texts {
		out[i] = Step{Text: text, State: StepWaiting}
	}
	return out
}

// ErrStopped ends work that the user stopped.
var ErrStopped = &model.Fault{Kind: model.FaultCanceled, Text: "stopped before the next action, as you asked"}

// ErrKept ends a step that has found nothing to do: the key stays.
var ErrKept = errors.New("kept")

// Run does each step, up to the first that fails or before which it is to stop.
func (r *Runner) Run(ctx context.Context, all ...func(context.Context) error) error {
	r.Begin()
	for _, do := range all {
		if err := r.Step(ctx, func() error { return do(ctx) }); err != nil {
			r.End(err)
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
		return ErrStopped
	}
	if err := ctx.Err(); err != nil {
		return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: err}
	}
	r.set(i, StepRunning)
	err := r.timed(&r.Steps[i], do)
	switch {
	case errors.Is(err, ErrKept):
		r.set(i, StepSkipped)
		return nil
	case err != nil:
		r.Steps[i].Why = err.Error()
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

// Asks says that the present step needs a secret of a kind.
func (r *Runner) Asks(kind port.SecretKind) {
	state := StepSecret
	switch kind {
	case port.PIN:
		state = StepPIN
	case port.ManagementKey:
		state = StepManagement
	case port.Passphrase, port.Touch:
	}
	r.set(r.begun-1, state)
}

// Touch says that a token waits to be touched for the present step, or no longer does. It is a
// port.TouchNotice once the token is given. why is what it is for; where that is empty, the step
// says it.
func (r *Runner) Touch(token, why string) func(waiting bool) {
	var was StepState
	return func(waiting bool) {
		step := &r.Steps[r.begun-1]
		if waiting {
			was, step.State = step.State, StepTouch
			step.Asked = "Touch " + token + " now: " + cmp.Or(why, step.Text)
		} else {
			step.State, step.Asked = was, ""
		}
		r.tell()
	}
}

// Skip goes on with the step at an index, without those before it that were not started.
func (r *Runner) Skip(to int) {
	for i := r.begun; i < to; i++ {
		r.Steps[i].State = StepSkipped
	}
	r.begun = max(r.begun, to)
	r.tell()
}

// Begin tells of the steps before the first is begun. Run does that itself, as End.
func (r *Runner) Begin() { r.tell() }

// End marks what an error has kept from being begun.
func (r *Runner) End(err error) {
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
