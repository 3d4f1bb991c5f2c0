package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// browsing is a file that is being looked for.
type browsing struct {
	slot *task.Slot
	// under is the question that it is for, nil where that is the screen's, and depth how far
	// from the first place the user is: an answer for another one is late.
	under *askOverlay
	depth int
}

// browse reads the folder of what is typed, for a question or for the screen.
func (m *Model) browse(typed string, under *askOverlay) tea.Cmd {
	read := m.env.Browse
	if read == nil {
		return nil
	}
	m.browsing.under, m.browsing.depth = under, len(m.frames)
	return task.Run(m.browsing.slot, func(ctx context.Context) (screen.Folder, error) { return read(ctx, typed) })
}

// browsed shows a folder that was read, instead of the one before, unless the user has gone on
// meanwhile.
func (m *Model) browsed(folder screen.Folder, err error) tea.Cmd {
	var before *browseOverlay
	if n := len(m.overlays); n > 0 {
		before, _ = m.overlays[n-1].(*browseOverlay)
	}
	if before == nil {
		if under, _ := m.asked(); under != m.browsing.under || len(m.overlays) > 0 && under == nil || len(m.frames) != m.browsing.depth {
			return nil
		}
	}
	if err != nil {
		what, hint := text.Error(err)
		return m.toast(model.Failure, text.Sentence(text.Clean(what))+" "+hint)
	}
	if before != nil {
		m.close()
	}
	m.open(newBrowse(folder))
	return nil
}
