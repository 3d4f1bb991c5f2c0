package admin_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Steps are run in order and told of, up to the first that fails or before which it is to
// stop; those after it are skipped.
func TestRunner(t *testing.T) {
	const waits, runs, done, failed, skipped = admin.StepWaiting, admin.StepRunning, admin.StepDone, admin.StepFailed, admin.StepSkipped
	broken := errors.New("broken")
	for name, row := range map[string]struct {
		fails, stops, cancels int
		want                  []admin.StepState
		err                   error
		kind                  model.FaultKind
	}{
		"all":       {want: []admin.StepState{done, done, done}},
		"failed":    {fails: 2, want: []admin.StepState{done, failed, skipped}, err: broken},
		"stopped":   {stops: 2, want: []admin.StepState{done, skipped, skipped}, kind: model.FaultCanceled},
		"cancelled": {cancels: 1, want: []admin.StepState{done, skipped, skipped}, kind: model.FaultCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			at := 0
			var told [][]admin.StepState
			r := admin.Runner{
				Steps: []admin.Step{{State: waits}, {State: waits}, {State: waits}}, Stop: func() bool { return row.stops == at+1 },
				Watch: func(steps []admin.Step) {
					var states []admin.StepState
					for _, s := range steps {
						states = append(states, s.State)
					}
					told = append(told, states)
				},
			}
			do := func(context.Context) error {
				at++
				if at == row.cancels {
					cancel()
				}
				if at == row.fails {
					return broken
				}
				return nil
			}
			err := r.Run(ctx, do, do, do)
			if row.kind == "" && !errors.Is(err, row.err) || model.KindOf(err) != row.kind {
				t.Errorf("ended with %v", err)
			}
			if last := told[len(told)-1]; !slices.Equal(last, row.want) || !slices.Equal(told[0], []admin.StepState{waits, waits, waits}) || !slices.Equal(told[1], []admin.StepState{runs, waits, waits}) {
				t.Errorf("told %v, want %v in the end", told, row.want)
			}
		})
	}
}

// Steps that are passed over are skipped, and what comes after them is done.
func TestRunnerSkips(t *testing.T) {
	r := admin.Runner{Steps: admin.NewSteps("one", "two", "three", "four")}
	fails := errors.New("broken")
	if err := r.Step(t.Context(), func() error { return fails }); !errors.Is(err, fails) {
		t.Error(err)
	}
	r.Skip(3)
	if err := r.Step(t.Context(), func() error { return nil }); err != nil {
		t.Error(err)
	}
	var got []admin.StepState
	for _, s := range r.Steps {
		got = append(got, s.State)
	}
	if want := []admin.StepState{admin.StepFailed, admin.StepSkipped, admin.StepSkipped, admin.StepDone}; !slices.Equal(got, want) || r.Steps[0].Why != "broken" {
		t.Errorf("%v, %q", got, r.Steps[0].Why)
	}
}
