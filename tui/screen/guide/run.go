package guide

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/task"
)

// event is news of work: its steps, or a passphrase that is wanted.
type event struct {
	steps  []admin.Step
	secret *secret
}

// follow has done what the machine wants.
func (s *Screen) follow(effect flow.Effect) tea.Cmd {
	var cmd tea.Cmd
	if effect != flow.None {
		cmd = s.run(effect)
	}
	s.settle()
	return cmd
}

// run does the work of the machine in the background.
func (s *Screen) run(effect flow.Effect) tea.Cmd {
	work, variable, stop := s.machine.Work(), s.flow.Source.Variable, s.stop
	stop.Store(false)
	return task.Stream(s.work[effect], func(ctx context.Context, report func(event)) error {
		secrets := asking(variable, report)
		defer secrets.Wipe()
		return work.Do(ctx, flow.Run{
			Secrets: secrets, Stop: stop.Load,
			Watch: func(steps []admin.Step) { report(event{steps: slices.Clone(steps)}) },
		})
	})
}

// hear takes news of the work.
func (s *Screen) hear(news []event) {
	for _, e := range news {
		if e.secret == nil {
			s.machine.Progress(e.steps)
			continue
		}
		s.drop()
		s.secret, e.secret.about = e.secret, s.machine.About(e.secret.ask)
		if s.stop.Load() {
			s.drop()
		}
	}
	s.settle()
}

// ended takes what came of the work, which err tells where it could not say so itself.
// What an execution has changed is read anew.
func (s *Screen) ended(effect flow.Effect, err error) tea.Cmd {
	s.drop()
	cmds := []tea.Cmd{s.follow(s.machine.Take(err))}
	switch effect {
	case flow.Read:
		cmds = append(cmds, s.offer())
	case flow.Execute:
		cmds = append(cmds, s.env.Board.Keys(), s.env.Board.TokensAgain())
		for _, gun := range s.about() {
			cmds = append(cmds, s.env.Board.OpenOwn(gun))
		}
	case flow.None, flow.Inquire, flow.Prepare:
	}
	return tea.Batch(cmds...)
}
