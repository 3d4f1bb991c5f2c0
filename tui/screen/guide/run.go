package guide

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/task"
)

// event is news of an execution: its steps, a passphrase that is wanted, or how it
// ended.
type event struct {
	steps   []admin.Step
	secret  *secret
	outcome *admin.Outcome
	err     error
}

// run executes the plan in the background.
func (s *Screen) run() tea.Cmd {
	desk, p, stop := s.env.Flows, s.machine.Plan(), s.stop
	stop.Store(false)
	return task.Stream(s.execute, func(ctx context.Context, report func(event)) error {
		out, err := desk.Execute(ctx, admin.Execution{
			Plan: p, Secrets: &asker{desk: desk, report: report, tried: map[int]string{}}, Stop: stop.Load,
			Watch: func(steps []admin.Step) { report(event{steps: slices.Clone(steps)}) },
		})
		report(event{outcome: out, err: err})
		return err
	})
}

// follow takes news of the execution.
func (s *Screen) follow(news []event) {
	for _, e := range news {
		switch {
		case e.secret != nil:
			s.drop()
			s.secret, e.secret.about = e.secret, s.machine.About(e.secret.ask)
			if s.stop.Load() {
				s.drop()
			}
		case e.outcome != nil:
			s.machine.Executed(e.outcome, e.err)
		default:
			s.machine.Progress(e.steps)
		}
	}
	s.settle()
}

// ended takes note that the execution is over, and reads anew what it has changed.
func (s *Screen) ended(err error) tea.Cmd {
	s.drop()
	if s.state() == flow.Executing {
		s.machine.Executed(&admin.Outcome{}, err) // a mistake of the program
	}
	cmds := []tea.Cmd{s.env.Board.Keys()}
	for _, part := range s.machine.Plan().Parts {
		cmds = append(cmds, s.env.Board.Open(part.GUN))
	}
	s.settle()
	return tea.Batch(cmds...)
}
