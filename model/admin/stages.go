package admin

import (
	"context"
	"slices"

	"trustdeck/model"
)

// stages runs the steps of a piece of work one after the other, and tells of them.
type stages struct {
	steps []Step
	// watch and stop may be nil.
	watch Watch
	stop  func() bool
}

// waiting makes steps that have not begun.
func waiting(texts ...string) []Step {
	out := make([]Step, len(texts))
	for i, text := range texts {
		out[i] = Step{Text: text, State: StepWaiting}
	}
	return out
}

// run does each step, up to the first that fails or before which it is to stop.
func (s *stages) run(ctx context.Context, all ...func(context.Context) error) error {
	s.tell()
	for i, do := range all {
		if err := s.one(ctx, i, do); err != nil {
			for j := i + 1; j < len(s.steps); j++ {
				s.steps[j].State = StepSkipped
			}
			s.tell()
			return err
		}
	}
	return nil
}

func (s *stages) one(ctx context.Context, i int, do func(context.Context) error) error {
	step := &s.steps[i]
	if s.stop != nil && s.stop() {
		step.State = StepSkipped
		return errStopped
	}
	if err := ctx.Err(); err != nil {
		step.State = StepSkipped
		return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: err}
	}
	step.State = StepRunning
	s.tell()
	err := do(ctx)
	step.State = StepDone
	if err != nil {
		step.State = StepFailed
	}
	s.tell()
	return err
}

func (s *stages) tell() {
	if s.watch != nil {
		s.watch(slices.Clone(s.steps))
	}
}
