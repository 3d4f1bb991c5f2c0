package screen

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// staging is what the board knows of the changes that wait in the trust folder.
type staging struct {
	lane *task.Slot
	// again tells that they were asked for while they were being read.
	again bool
	all   []admin.Staged
	err   error
	read  bool
}

// ReadStaged reads what waits in the trust folder. It is compared with the
// repositories known when it began.
func (b *Board) ReadStaged() tea.Cmd {
	if b.staging.lane.Active() {
		b.staging.again = true
		return nil
	}
	source, views := b.source, b.Views()
	return task.Run(b.staging.lane, func(ctx context.Context) ([]admin.Staged, error) {
		return source.Staged(ctx, views)
	})
}

// Staged returns what waits in the trust folder, by repository; ok is false
// until it has been read.
func (b *Board) Staged() (all []admin.Staged, ok bool) { return b.staging.all, b.staging.read }

// StagedErr is why what waits could not be read to the end.
func (b *Board) StagedErr() error { return b.staging.err }

// StagedIn finds what waits for one repository.
func (b *Board) StagedIn(gun model.GUN) (s admin.Staged, ok bool) {
	i, ok := slices.BinarySearchFunc(b.staging.all, gun, func(s admin.Staged, gun model.GUN) int {
		return strings.Compare(string(s.GUN), string(gun))
	})
	if !ok {
		return admin.Staged{}, false
	}
	return b.staging.all[i], true
}

// Waiting counts what waits in the trust folder, in words: staged changes, and what else
// was made here and is on no server. It is empty where nothing does. Every screen that
// counts says it so.
func (b *Board) Waiting() string {
	var changes, repositories, newer, unpublished int
	for i := range b.staging.all {
		s := &b.staging.all[i]
		if len(s.Changes) > 0 {
			changes, repositories = changes+len(s.Changes), repositories+1
		}
		newer += len(s.Ahead)
		if s.Unpublished {
			unpublished++
		}
	}
	var out []string
	if changes > 0 {
		out = append(out, text.Count(changes, "change")+" in "+text.Count(repositories, "repository"))
	}
	if newer > 0 {
		out = append(out, text.Count(newer, "file")+" newer here")
	}
	if unpublished > 0 {
		out = append(out, text.Number(unpublished)+" never published")
	}
	return strings.Join(out, ", ")
}

// takeStaged takes what was read.
func (b *Board) takeStaged(msg task.DoneMsg[[]admin.Staged]) (*BoardMsg, tea.Cmd) {
	s := &b.staging
	if !s.lane.Finish(msg.ID) {
		return nil, nil
	}
	s.all, s.err, s.read = msg.Value, msg.Err, true
	var again tea.Cmd
	if s.again {
		s.again = false
		again = b.ReadStaged()
	}
	return &BoardMsg{Staged: true}, again
}
