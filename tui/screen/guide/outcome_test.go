package guide_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/flow/flowtest"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

// fenced walks to the review of what this screen has never heard of.
func fenced(t *testing.T, fence *flowtest.Fence) *walker {
	t.Helper()
	w := invent(t, tuitest.NewGuideBackend(), fence.Flow()).sees("Which colour", "Question 1: Colour")
	return w.do(keymap.FlowNext).sees("it will be green", "To apply, type what is painted: fence", "Paint ]")
}

// painting accepts it, by its name.
func painting(t *testing.T, fence *flowtest.Fence) *walker {
	t.Helper()
	return fenced(t, fence).write("fence").do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext)
}

// An outcome of an invented kind is asked for, reviewed, confirmed, executed and reported
// like any other, and offers what it can: it is no document, and about no repository.
func TestInventedOutcome(t *testing.T) {
	fence := &flowtest.Fence{}
	w := painting(t, fence).sees("0 of 3 done", "open the shed", "Passphrase 1 of 1")
	if w.Hold() == "" || len(fence.Painted()) > 0 {
		t.Errorf("it can be left: %q; painted %q", w.Hold(), fence.Painted())
	}
	w.answer("wrong").sees("does not open the shed").answer(flowtest.Passphrase).sees("The fence is painted.", "Let it dry.", "paint the front green", "Close ]")
	if got := fence.Painted(); !slices.Equal(got, []string{"paint the front green", "paint the back green"}) {
		t.Errorf("painted %q", got)
	}
	if view := w.view(); strings.Contains(view, "Look at the repository") || strings.Contains(view, "plan") {
		t.Errorf("it is taken for a plan:\n%s", view)
	}
	var labels []string
	for _, item := range w.CopyItems() {
		labels = append(labels, item.Label)
	}
	if !slices.Equal(labels, []string{"report"}) {
		t.Errorf("can be copied: %q", labels)
	}
}

func TestInventedOutcomeIsNoDocument(t *testing.T) {
	w := fenced(t, &flowtest.Fence{})
	if slices.ContainsFunc(w.Actions(), func(a keymap.Action) bool { return a.ID == keymap.FlowSave }) {
		t.Error("it can be saved")
	}
	w.do(keymap.FlowBack).sees("Which colour", "green")
}

// What can go wrong with it goes as with any other.
func TestInventedOutcomeEnds(t *testing.T) {
	dry := errors.New("the tin is empty")
	for name, row := range map[string]struct {
		fence *flowtest.Fence
		walk  func(*walker) *walker
		state flow.State
		sees  []string
		not   string
	}{
		"failed half way": {
			fence: &flowtest.Fence{Fails: map[string]error{"paint the back": dry}},
			walk:  func(w *walker) *walker { return w.answer(flowtest.Passphrase) },
			state: flow.Failed, sees: []string{"Done, with failures", "The tin is empty", "not painted on both sides", "Buy more paint.", "Some of it has the old"}, not: "Try again",
		},
		"failed at once": {
			fence: &flowtest.Fence{Fails: map[string]error{"paint the front": dry}},
			walk:  func(w *walker) *walker { return w.answer(flowtest.Passphrase) },
			state: flow.Failed, sees: []string{"Not done", "The tin is empty", "Try again ]"},
		},
		"stopped": {
			fence: &flowtest.Fence{},
			walk:  func(w *walker) *walker { w.StepBack(); return w },
			state: flow.Stopped, sees: []string{"Stopped", "not painted on both sides", "Try again ]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := row.walk(painting(t, row.fence).sees("Passphrase 1 of 1")).sees(row.sees...)
			if w.State() != row.state || row.not != "" && strings.Contains(w.view(), row.not) {
				t.Errorf("state %s:\n%s", w.State(), w.view())
			}
		})
	}
}

// It is tried again where nothing of it was done, reviewed again where somebody else was
// quicker, and asks what only it can raise.
func TestInventedOutcomeAgain(t *testing.T) {
	fence := &flowtest.Fence{Fails: map[string]error{"paint the front": errors.New("rain")}}
	w := painting(t, fence).sees("Passphrase 1 of 1").answer(flowtest.Passphrase).sees("Try again ]")
	w.do(keymap.FlowNext).sees("it will be green", "To apply, type what is painted: fence")

	w = painting(t, &flowtest.Fence{Taken: errors.New("taken")}).sees("Somebody else has painted meanwhile.", "The gate is red.", "it will be green")
	if w.State() != flow.Reviewing {
		t.Errorf("at %s", w.State())
	}
	w.write("fence").do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext).sees("Passphrase 1 of 1").answer(flowtest.Passphrase).sees("The fence is painted.")

	w = invent(t, tuitest.NewGuideBackend(), (&flowtest.Fence{}).Flow()).sees("Which colour")
	for range len("green") {
		w.key(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	w.answer("gold").sees("There is no gold paint")
	for range len("gold") {
		w.key(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	w.answer("white").sees("How many coats?").do(keymap.Down, keymap.FlowNext).sees("it will be white", "two")
}
