package tui

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/screen"
)

// programName is what terminals know the program by.
const programName = "trustdeck"

// quit ends the program. What the terminal was told of its work is taken back.
func (m *Model) quit() tea.Cmd {
	m.silent = true
	return tea.Quit
}

// suspend puts the program to sleep until the shell wakes it.
func (m *Model) suspend() tea.Cmd {
	m.silent = true
	return tea.Suspend
}

// activity is the most urgent of all that is done or waited for.
func (m *Model) activity() screen.Activity {
	var most screen.Activity
	for i, f := range m.frames {
		active, ok := f.screen.(screen.Active)
		if !ok {
			continue
		}
		a := active.Activity()
		if i < len(m.frames)-1 && (a.State == screen.Asking || a.State == screen.Reviewing) {
			continue // the user has gone elsewhere, and answers on coming back
		}
		if a.State >= most.State {
			most = a
		}
	}
	if n := len(m.overlays); n > 0 {
		switch m.overlays[n-1].(type) {
		case *confirmOverlay:
			most.State = max(most.State, screen.Reviewing)
		case *askOverlay:
			most.State = max(most.State, screen.Asking)
		}
	}
	if most.State < screen.Working && m.env.Board.Surveying() {
		most = screen.Activity{State: screen.Working, Title: "Reading repositories"}
		most.Done, most.Total = m.env.Board.SurveyProgress()
	}
	return most
}

// percent is how much is finished.
func percent(a screen.Activity) (value int, known bool) {
	if a.Total <= 0 {
		return 0, false
	}
	return 100 * min(max(a.Done, 0), a.Total) / a.Total, true
}

// progressBar is what a terminal shows of an activity in its taskbar or tab; nil shows nothing.
func progressBar(a screen.Activity) *tea.ProgressBar {
	value, known := percent(a)
	switch {
	case a.State == screen.Broken:
		return tea.NewProgressBar(tea.ProgressBarError, 100)
	case a.State == screen.Working && !known:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
	case a.State == screen.Working:
		return tea.NewProgressBar(tea.ProgressBarDefault, value)
	case a.State.Blocked() && known:
		return tea.NewProgressBar(tea.ProgressBarWarning, value)
	default:
		return nil
	}
}

// programStatus is an activity as terminals know it; nil where there is nothing to tell.
func programStatus(a screen.Activity) *tea.ProgramStatus {
	status := &tea.ProgramStatus{App: programName, Title: a.Title, Message: activityWords[a.State]}
	switch a.State {
	case screen.Finished:
		status.State = tea.ProgramStateDone
	case screen.Broken:
		status.State = tea.ProgramStateError
	case screen.Working:
		status.State = tea.ProgramStateWorking
	case screen.Asking:
		status.State, status.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion
	case screen.Reviewing:
		status.State, status.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindPermission
	case screen.Unlocking, screen.Touching:
		status.State, status.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindAuth
	default:
		return nil
	}
	if status.State == tea.ProgramStateWorking || status.State == tea.ProgramStateBlocked {
		status.Progress, status.HasProgress = percent(a)
	}
	return status
}

// activityWords say in a sentence what an activity is at, where somebody needs to know.
var activityWords = map[screen.ActivityState]string{
	screen.Finished:  "Done.",
	screen.Broken:    "Failed. The screen says what to do next.",
	screen.Asking:    "An answer is needed.",
	screen.Reviewing: "Ready for your review.",
	screen.Unlocking: "A passphrase is needed.",
	screen.Touching:  "Touch the token.",
}
