package tui_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// What a terminal is told depends on the activity alone.
func TestSignals(t *testing.T) {
	const (
		auth     = tea.ProgramStatusKindAuth
		question = tea.ProgramStatusKindQuestion
		consent  = tea.ProgramStatusKindPermission
	)
	bar := tea.NewProgressBar
	for name, row := range map[string]struct {
		activity screen.Activity
		bar      *tea.ProgressBar
		status   *tea.ProgramStatus
	}{
		"nothing":                  {screen.Activity{}, nil, nil},
		"nothing that has a title": {screen.Activity{State: screen.Resting, Title: "T"}, nil, nil},
		"work of unknown length": {
			screen.Activity{State: screen.Working, Title: "T"},
			bar(tea.ProgressBarIndeterminate, 0),
			&tea.ProgramStatus{State: tea.ProgramStateWorking, Title: "T"},
		},
		"work that begins": {
			screen.Activity{State: screen.Working, Total: 3},
			bar(tea.ProgressBarDefault, 0),
			&tea.ProgramStatus{State: tea.ProgramStateWorking, HasProgress: true},
		},
		"work": {
			screen.Activity{State: screen.Working, Done: 2, Total: 3},
			bar(tea.ProgressBarDefault, 66),
			&tea.ProgramStatus{State: tea.ProgramStateWorking, Progress: 66, HasProgress: true},
		},
		"more done than there is": {
			screen.Activity{State: screen.Working, Done: 4, Total: 3},
			bar(tea.ProgressBarDefault, 100),
			&tea.ProgramStatus{State: tea.ProgramStateWorking, Progress: 100, HasProgress: true},
		},
		"a passphrase before anything is done": {
			screen.Activity{State: screen.Unlocking},
			nil,
			&tea.ProgramStatus{State: tea.ProgramStateBlocked, Kind: auth, Message: "A passphrase is needed."},
		},
		"a passphrase in the middle": {
			screen.Activity{State: screen.Unlocking, Done: 1, Total: 4},
			bar(tea.ProgressBarWarning, 25),
			&tea.ProgramStatus{State: tea.ProgramStateBlocked, Kind: auth, Progress: 25, HasProgress: true, Message: "A passphrase is needed."},
		},
		"a question": {
			screen.Activity{State: screen.Asking},
			nil,
			&tea.ProgramStatus{State: tea.ProgramStateBlocked, Kind: question, Message: "An answer is needed."},
		},
		"a review": {
			screen.Activity{State: screen.Reviewing},
			nil,
			&tea.ProgramStatus{State: tea.ProgramStateBlocked, Kind: consent, Message: "Ready for your review."},
		},
		"the end": {
			screen.Activity{State: screen.Finished},
			nil,
			&tea.ProgramStatus{State: tea.ProgramStateDone, Message: "Done."},
		},
		"a failure": {
			screen.Activity{State: screen.Broken},
			bar(tea.ProgressBarError, 100),
			&tea.ProgramStatus{State: tea.ProgramStateError, Message: "Failed. The screen says what to do next."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			gotBar, gotStatus := tui.Signals(row.activity)
			if (gotBar == nil) != (row.bar == nil) || gotBar != nil && *gotBar != *row.bar {
				t.Errorf("bar %+v, want %+v", gotBar, row.bar)
			}
			if row.status != nil {
				row.status.App = "trustdeck"
			}
			if (gotStatus == nil) != (row.status == nil) || gotStatus != nil && *gotStatus != *row.status {
				t.Errorf("status %+v, want %+v", gotStatus, row.status)
			}
		})
	}
}

// tells fails unless the terminal is told of this state, and of this kind where it is blocked.
func (a *app) tells(state tea.ProgramState, kind tea.ProgramStatusKind) {
	a.t.Helper()
	status := a.m.View().ProgramStatus
	if status == nil {
		status = &tea.ProgramStatus{}
	}
	if status.State != state || status.Kind != kind {
		a.t.Errorf("the terminal is told %+v, want %q %q", status, state, kind)
	}
}

// A change tells the terminal at every stage whose turn it is, and the cursor is on the step
// that is being done.
func TestSignalsOfAChange(t *testing.T) {
	const blocked, auth = tea.ProgramStateBlocked, tea.ProgramStatusKindAuth
	source := tuitest.NewGuideBackend()
	prepare, work := make(chan struct{}), make(chan struct{})
	source.Gates = map[string]chan struct{}{"prepare": prepare, "make new root": work}
	c := beginChange(t, source, "init", answered).see("computing the plan")
	c.tells(tea.ProgramStateWorking, "")
	close(prepare)
	c.wait("Ready:", "[ Initialise ]").tells(blocked, tea.ProgramStatusKindPermission)
	c.keys("?").see("Help, trustdeck").tells(blocked, tea.ProgramStatusKindPermission)
	c.keys("esc", "tab", "enter").wait("Passphrase 1 of 2").tells(blocked, auth)
	if v := c.m.View(); v.ProgressBar == nil || v.ProgressBar.State != tea.ProgressBarWarning || v.ProgressBar.Value == 100 {
		t.Errorf("the bar is %+v", v.ProgressBar)
	}
	c.keys("ctrl+c").see("Quit now").tells(blocked, auth)
	c.keys("enter").see("Passphrase 1 of 2")
	for i := range 2 {
		c.see(fmt.Sprintf("Passphrase %d of 2", i+1)).types("Xyzzy7 plugh").keys("enter").see("Type the passphrase again").types("Xyzzy7 plugh").keys("enter")
	}
	c.see("here: running").tells(tea.ProgramStateWorking, "")
	if v := c.m.View(); v.ProgressBar == nil || v.ProgressBar.State != tea.ProgressBarDefault || v.ProgressBar.Value == 0 || v.ProgressBar.Value == 100 {
		t.Errorf("the bar is %+v", v.ProgressBar)
	}
	c.on("> 4. make new root")
	close(work)
	c.wait("trustdeck read it back").tells(tea.ProgramStateDone, "")
}

// A change that fails, and one that cannot be made, says so.
func TestSignalsOfAFailure(t *testing.T) {
	source := tuitest.NewGuideBackend()
	source.PrepareErr = errors.New("the server is away")
	beginChange(t, source, "init", answered).see("The server is away").tells(tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion)

	source = tuitest.NewGuideBackend()
	source.Fails = map[string]error{"choose": errors.New("the disk is full")}
	c := beginChange(t, source, "init", answered).wait("Ready:", "[ Initialise ]").keys("tab", "enter").see("The disk is full")
	c.tells(tea.ProgramStateError, "")
	if v := c.m.View(); v.ProgressBar == nil || v.ProgressBar.State != tea.ProgressBarError {
		t.Errorf("the bar is %+v", v.ProgressBar)
	}
}

// Nothing is told where nothing is done, and all is taken back when the program ends or sleeps.
func TestSignalsEnd(t *testing.T) {
	a := start(t, "welcome")
	a.tells("", "")
	a.press("j", "enter").tells(tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion)
	a.press("ctrl+c")
	if v := a.m.View(); !a.quit || v.ProgramStatus != nil || v.ProgressBar != nil {
		t.Errorf("quit %v, status %+v, bar %+v", a.quit, v.ProgramStatus, v.ProgressBar)
	}
	source := tuitest.NewSource()
	source.Gate = make(chan struct{})
	m := tui.New(context.Background(), options(source))
	defer m.Close()
	m.Init()
	told := func(want bool) {
		t.Helper()
		if v := m.View(); (v.ProgramStatus != nil) != want || (v.ProgressBar != nil) != want {
			t.Errorf("told %+v %+v, want %v", v.ProgramStatus, v.ProgressBar, want)
		}
	}
	for _, msg := range []tea.Msg{tea.WindowSizeMsg{Width: 80, Height: 24}, key(t, "ctrl+z"), tea.ResumeMsg{}} {
		m.Update(msg)
		_, asleep := msg.(tea.KeyPressMsg)
		told(!asleep)
	}
}
