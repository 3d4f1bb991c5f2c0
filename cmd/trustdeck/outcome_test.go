package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flow/flowtest"
	"trustdeck/tui/secrets"
)

// unattended runs a command for an invented flow where nobody can be asked. It returns
// what was said, and how it ended.
func unattended(ctx context.Context, fence *flowtest.Fence, given map[string][]string, adjust func(*change)) (said string, err error) {
	var out strings.Builder
	world := settings.World{Getenv: func(name string) string {
		return map[string]string{"NOTARY_DELEGATION_PASSPHRASE": fence.Variables["shed"]}[name]
	}}
	c := &change{app: &app{console: console{in: strings.NewReader(""), err: &out}, world: world}, flow: fence.Flow(), yes: true}
	if adjust != nil {
		adjust(c)
	}
	err = c.through(ctx, flow.Answers{Values: given}, func() error { return errors.New("somebody was asked") })
	return out.String(), err
}

// An outcome of an invented kind is executed by a command with --yes and reported like
// any other, and is refused where it is not accepted or cannot be saved.
func TestInventedOutcome(t *testing.T) {
	open := map[string]string{"shed": flowtest.Passphrase}
	for name, row := range map[string]struct {
		fence   *flowtest.Fence
		given   map[string][]string
		adjust  func(*change)
		painted int
		code    int
		says    []string
	}{
		"done":           {fence: &flowtest.Fence{Variables: open}, painted: 2, says: []string{"+ it will be green", "3 of 3 done: paint the back", "The fence is painted.", "Let it dry."}},
		"given":          {fence: &flowtest.Fence{Variables: open}, given: map[string][]string{"colour": {"white"}, "coats": {"two"}}, painted: 2, says: []string{"it will be white", "coats two"}},
		"no answer":      {fence: &flowtest.Fence{Variables: open}, given: map[string][]string{"colour": {"white"}}, code: codeUsage},
		"a wrong answer": {fence: &flowtest.Fence{Variables: open}, given: map[string][]string{"colour": {"gold"}}, code: codeUsage},
		"nothing to do":  {fence: &flowtest.Fence{}, given: map[string][]string{"colour": {"none"}}, says: []string{"it will be none"}},
		"not accepted":   {fence: &flowtest.Fence{}, adjust: func(c *change) { c.yes = false }, code: codeUsage, says: []string{"it will be green"}},
		"no document":    {fence: &flowtest.Fence{Variables: open}, adjust: func(c *change) { c.file = t.TempDir() + "/plan.json" }, code: codeUsage},
		"no passphrase":  {fence: &flowtest.Fence{}, code: codeError, says: []string{"NOT DONE", "not painted on both sides"}},
		"failed": {
			fence: &flowtest.Fence{Variables: open, Fails: map[string]error{"paint the back": &model.Fault{Kind: model.FaultUnreachable, Text: "no paint"}}}, painted: 1,
			code: codeNetwork, says: []string{"DONE", "paint the front green", "NOT DONE", "Buy more paint."},
		},
		"somebody was quicker": {fence: &flowtest.Fence{Variables: open, Taken: &model.Fault{Kind: model.FaultStale, Text: "taken"}}, code: codeStale},
	} {
		t.Run(name, func(t *testing.T) {
			said, err := unattended(t.Context(), row.fence, row.given, row.adjust)
			if code := exitCode(t.Context(), err); code != row.code {
				t.Errorf("exit code %d, want %d: %v", code, row.code, err)
			}
			if got := row.fence.Painted(); len(got) != row.painted {
				t.Errorf("painted %q, want %d", got, row.painted)
			}
			for _, want := range row.says {
				if !strings.Contains(said, want) {
					t.Errorf("it never says %q in\n%s", want, said)
				}
			}
		})
	}
}

// A signal stops it before its next action, and the report says what is done.
func TestInventedOutcomeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fence := &flowtest.Fence{Variables: map[string]string{"shed": flowtest.Passphrase}, Before: func(step string) {
		if step == "paint the front" {
			cancel()
		}
	}}
	said, err := unattended(ctx, fence, nil, nil)
	if exitCode(t.Context(), err) != codeCanceled || !slices.Equal(fence.Painted(), []string{"paint the front green"}) || !strings.Contains(said, "Some of it has the old colour.") {
		t.Errorf("it ended with %v, painted %q, and says\n%s", err, fence.Painted(), said)
	}
}

// Where the screen is gone before it could take what came of an execution, the command
// reports it all the same.
func TestConcludeInventedOutcome(t *testing.T) {
	fence := &flowtest.Fence{Variables: map[string]string{"shed": flowtest.Passphrase}}
	begun := func() *flow.Machine {
		m, effect := flow.New(fence.Flow(), flow.Facts{}, flow.Answers{Values: map[string][]string{"colour": {"blue"}}})
		m.Take(m.Work().Do(t.Context(), flow.Run{}))
		if m.Accept(); effect != flow.Inquire || m.Confirm("fence") != flow.Execute {
			t.Fatalf("at %s", m.State())
		}
		return m
	}
	conclude := func(m *flow.Machine) (said string, err error) {
		var out strings.Builder
		c := &change{app: &app{console: console{err: &out}}, flow: fence.Flow()}
		err = c.conclude(m, "", nil)
		return out.String(), err
	}
	m := begun()
	if said, err := conclude(m); model.KindOf(err) != model.FaultCanceled || said != "" {
		t.Errorf("cut off, it says %q, %v", said, err)
	}
	if err := m.Work().Do(t.Context(), flow.Run{Secrets: &secrets.Opened{Variable: fence.Variable}, Watch: m.Progress}); err != nil {
		t.Fatal(err)
	}
	if said, err := conclude(m); err != nil || !strings.Contains(said, "The fence is painted.") {
		t.Errorf("it says %q, %v", said, err)
	}
}
