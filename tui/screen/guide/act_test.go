package guide_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// What cannot be undone is applied once exactly the name has been typed, by hand, and
// after the page was to be seen.
func TestTypeName(t *testing.T) {
	for name, row := range map[string]struct {
		typed, pasted string
		want          int
	}{
		"nothing":      {},
		"a part":       {typed: app[:len(app)-1]},
		"more":         {typed: app + "x"},
		"other case":   {typed: strings.ToUpper(app)},
		"space":        {typed: app + " "},
		"short name":   {typed: "new/app"},
		"yes":          {typed: "yes"},
		"pasted":       {pasted: app},
		"pasted lines": {pasted: app + "\n\t\n"},
		"half pasted":  {typed: app[:5], pasted: app[5:]},
		"the name":     {typed: app, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			source := tuitest.NewGuideBackend()
			source.Compile = func([]change.Request) (*plan.Plan, error) { return grave(plan.Ready), nil }
			w := invent(t, source, graveFlow(source))
			w.pump.Until("the review", func() bool { return w.State() == flow.Reviewing }, w.View)
			w.write("typed before it could be seen").sees("To apply, type").write(row.typed)
			if cmd, used := w.Type(tea.PasteMsg{Content: row.pasted}); !used || cmd != nil {
				t.Error("a paste is handed on")
			}
			// Enter in the field does nothing; the button is two fields further.
			w.pump.Send(screen.ActionMsg{ID: keymap.FlowNext})
			w.do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext)
			if row.want == 1 {
				w.sees("Passphrase 1 of 1")
			} else if w.State() != flow.Reviewing || !slices.Contains(w.toastsOf(), "Type "+app+" into the field first.") {
				t.Errorf("state %s, toasts %q", w.State(), w.toasts)
			}
			if n, _ := source.Executed(); n != row.want {
				t.Errorf("executed %d times, want %d", n, row.want)
			}
		})
	}
}

// toastsOf waits for a toast.
func (w *walker) toastsOf() []string {
	w.t.Helper()
	w.pump.Until("a toast", func() bool { return len(w.toasts) > 0 }, w.View)
	return w.toasts
}

// A passphrase of the environment is used without asking; one that is wrong is named,
// and asked for.
func TestVariables(t *testing.T) {
	source := tuitest.NewGuideBackend()
	source.Variables = map[string]string{"root": tuitest.Passphrase}
	unlocking(t, source).sees("trustdeck read it back")
	source = tuitest.NewGuideBackend()
	source.Variables = map[string]string{"root": "another"}
	unlocking(t, source).sees("The passphrase in NOTARY_ROOT_PASSPHRASE is wrong").answer(tuitest.Passphrase).sees("trustdeck read it back")
}

// The plan is saved to a file that is not there yet, and nothing is executed.
func TestSavePlan(t *testing.T) {
	source := tuitest.NewGuideBackend()
	w := reviewing(t, source).do(keymap.FlowSave)
	w.pump.Until("the question", func() bool { return w.prompt != nil }, w.View)
	if w.prompt.Check("") == "" || w.prompt.Check("plan.json") != "" {
		t.Error("the path is not checked")
	}
	save := func() string {
		w.toasts = nil
		w.pump.Send(screen.AnswerMsg{ID: w.prompt.ID, Text: "plan.json"})
		return strings.Join(w.toastsOf(), " ")
	}
	if said := save(); source.Saved("plan.json") == nil || !strings.Contains(said, "Nothing was changed.") {
		t.Errorf("saved %v, said %q", source.Saved("plan.json"), said)
	}
	if said := save(); !strings.Contains(said, "file exists") {
		t.Errorf("saved over a file: %q", said)
	}
}

// After a failure the same answers are planned again.
func TestPlanAgain(t *testing.T) {
	source := tuitest.NewGuideBackend()
	source.Fails = map[string]error{"ask the server": unreachable}
	w := executing(t, source).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("Not done")
	w.do(keymap.FlowNext).sees("Ready:", "Initialise ]")
	if n, _ := source.Executed(); n != 1 {
		t.Errorf("executed %d times", n)
	}
}

// Where the change has perhaps happened, the repository is one key away.
func TestLookAfterwards(t *testing.T) {
	w := pictures["cut-off"](t, tuitest.NewGuideBackend()).do(keymap.FlowNext)
	w.pump.Until("the way to the repository", func() bool { return w.swapped != nil }, w.View)
	if w.swapped.GUN != app {
		t.Errorf("leads to %s", w.swapped)
	}
}

// What can be copied is the plan and how it ended, and nothing secret.
func TestCopy(t *testing.T) {
	const secret = "a longer passphrase"
	w := executing(t, tuitest.NewGuideBackend()).secret("1 of 2", secret, true).secret("2 of 2", secret, true).sees("trustdeck read it back")
	var labels []string
	for _, item := range w.CopyItems() {
		labels = append(labels, item.Label)
		if strings.Contains(item.Text, secret) || item.Text == "" {
			t.Errorf("%s: %q", item.Label, item.Text)
		}
	}
	if !slices.Equal(labels, []string{"report", "command", "plan digest", "plan", "repository"}) {
		t.Errorf("can be copied: %q", labels)
	}
}

// A file is read, a wrong one can be corrected, and the answer is what was typed.
func TestFileIsCorrected(t *testing.T) {
	w := pictures["file-refused"](t, tuitest.NewGuideBackend())
	for range "alice.pub" {
		w.key(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	w.write("bob.pub").do(keymap.FlowNext).sees("The file ~/keys/bob.pub cannot be read")
}

// Answers that come to something are not lost without a question; those that come to nothing
// are.
func TestLost(t *testing.T) {
	for state, asks := range map[plan.State]bool{plan.Ready: true, plan.Nothing: false} {
		source := tuitest.NewGuideBackend()
		source.Compile = func([]change.Request) (*plan.Plan, error) {
			p := grave(plan.Ready)
			if p.Parts[0].Verdict.State = state; state == plan.Nothing {
				p.Parts[0].Rewrites = nil
			}
			return p, nil
		}
		w := begin(t, source, "init", map[string][]string{"root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"}}).sees("Which repositories").write(app)
		if w.Lost() == "" {
			t.Errorf("%s: while it is asked, answers are lost", state)
		}
		w.do(keymap.FlowNext, keymap.FlowNext).sees("Review the plan", map[bool]string{true: "Ready:", false: "Nothing to do"}[asks])
		if got := w.Lost() != ""; got != asks {
			t.Errorf("%s: asks %v", state, got)
		}
	}
}
