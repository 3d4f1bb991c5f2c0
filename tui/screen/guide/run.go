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
	// finished tells that a job is over, and report what became of it.
	finished bool
	report   *flow.Report
	// inquired tells that an inquiry is over, and learn what came of it.
	inquired bool
	learn    func(*flow.Facts)
}

// ask finds out in the background what the machine wants to know.
func (s *Screen) ask() tea.Cmd {
	desk, b, inquiry := s.env.Flows, s.env.Backups, s.machine.Inquiry()
	variable := s.variable()
	return task.Stream(s.inquire, func(ctx context.Context, report func(event)) error {
		secrets := newAsker(variable, report)
		defer secrets.wipe()
		learn, err := inquiry(ctx, flow.Work{Desk: desk, Backups: b, Secrets: secrets})
		report(event{inquired: true, learn: learn, err: err})
		return err
	})
}

// found takes news of an inquiry.
func (s *Screen) found(news []event) tea.Cmd {
	effect := flow.None
	for _, e := range news {
		switch {
		case e.secret != nil:
			s.drop()
			s.secret = e.secret
		case e.inquired:
			s.drop()
			effect = s.machine.Inquired(e.learn, e.err)
		}
	}
	return s.work(effect)
}

// run executes the plan in the background.
func (s *Screen) run() tea.Cmd {
	desk, p, stop := s.env.Flows, s.machine.Plan(), s.stop
	stop.Store(false)
	if s.machine.Job() != nil {
		return s.runJob()
	}
	return task.Stream(s.execute, func(ctx context.Context, report func(event)) error {
		secrets := newAsker(func(ask admin.SecretAsk) ([]byte, string) { return desk.Variable(ask.Key.Label) }, report)
		defer secrets.wipe()
		out, err := desk.Execute(ctx, admin.Execution{
			Plan: p, Secrets: secrets, Stop: stop.Load,
			Watch: func(steps []admin.Step) { report(event{steps: slices.Clone(steps)}) },
		})
		report(event{outcome: out, err: err})
		return err
	})
}

// runJob does the job in the background.
func (s *Screen) runJob() tea.Cmd {
	desk, b, job, stop := s.env.Flows, s.env.Backups, s.machine.Job(), s.stop
	variable := s.variable()
	return task.Stream(s.execute, func(ctx context.Context, report func(event)) error {
		secrets := newAsker(variable, report)
		defer secrets.wipe()
		out, err := job.Do(ctx, flow.Work{
			Desk: desk, Backups: b, Secrets: secrets, Stop: stop.Load,
			Watch: func(steps []admin.Step) { report(event{steps: slices.Clone(steps)}) },
		})
		report(event{finished: true, report: out, err: err})
		return err
	})
}

// variable looks a passphrase up for a flow that is no plan.
func (s *Screen) variable() func(admin.SecretAsk) (value []byte, name string) {
	if s.flow.UsesBackups() {
		return s.env.Backups.Variable
	}
	return func(admin.SecretAsk) ([]byte, string) { return nil, "" } // it asks for none
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
		case e.finished:
			s.machine.Finished(e.report, e.err)
		default:
			s.machine.Progress(e.steps)
		}
	}
	s.settle()
}

// ended takes note that the execution is over, and reads anew what it has changed.
func (s *Screen) ended(err error) tea.Cmd {
	s.drop()
	cmds := []tea.Cmd{s.env.Board.Keys()}
	if s.machine.Job() != nil {
		s.machine.Finished(nil, err) // where it had not said so itself: a mistake of the program
		if job, ok := s.machine.Job().(flow.About); ok {
			cmds = append(cmds, s.env.Board.Open(job.GUN()))
		}
		s.settle()
		return tea.Batch(cmds...)
	}
	if s.state() == flow.Executing {
		s.machine.Executed(&admin.Outcome{}, err) // a mistake of the program
	}
	for _, part := range s.machine.Plan().Parts {
		cmds = append(cmds, s.env.Board.Open(part.GUN))
	}
	s.settle()
	return tea.Batch(cmds...)
}
