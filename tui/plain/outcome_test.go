package plain_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flow/flowtest"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/secrets"
	"trustdeck/tui/tuitest"
)

// An outcome of an invented kind goes through lines like any other: asked for, reviewed,
// confirmed, executed and reported, or refused.
func TestInventedOutcome(t *testing.T) {
	const secret = flowtest.Passphrase
	dry := errors.New("the tin is empty")
	for name, row := range map[string]struct {
		fence   *flowtest.Fence
		typed   []string
		painted int
		says    []string
		never   []string
	}{
		"done": {
			&flowtest.Fence{},
			[]string{"", "fence", "wrong", secret},
			2,
			[]string{"Which colour do you want?", "+ it will be green", "Type fence, what is painted, to continue:", "The passphrase does not open the shed", "2 of 3 done: paint the front", "DONE", "The fence is painted.", "Let it dry."},
			[]string{"save FILE", "Type yes"},
		},
		"declined":     {&flowtest.Fence{}, []string{"", "yes"}, 0, []string{"Nothing was changed"}, []string{"DONE"}},
		"back":         {&flowtest.Fence{}, []string{"b"}, 0, []string{"you went back from the first question"}, nil},
		"wrong answer": {&flowtest.Fence{}, []string{"gold", "white", "2", "fence", secret}, 2, []string{"There is no gold paint", "How many coats?", "coats two"}, nil},
		"nothing":      {&flowtest.Fence{}, []string{"none"}, 0, []string{"it will be none"}, []string{"Type fence"}},
		"failed": {
			&flowtest.Fence{Fails: map[string]error{"paint the back": dry}},
			[]string{"", "fence", secret},
			1,
			[]string{"NOT DONE", "Some of it has the old colour.", "not painted on both sides", "The tin is empty."},
			nil,
		},
		"somebody was quicker": {
			&flowtest.Fence{Taken: errors.New("taken")},
			[]string{"", "fence", "fence", secret},
			2,
			[]string{"the gate is red, published by someone else in the meantime.", "The fence is painted."},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(tuitest.NewSource(), nav.Flow("fence", nil))
			o.Flows = flow.Set{row.fence.Flow()}
			said, _ := play(t, o, append(row.typed, "q")...)
			if got := row.fence.Painted(); len(got) != row.painted {
				t.Errorf("painted %q, want %d", got, row.painted)
			}
			for _, want := range row.says {
				if !strings.Contains(said, want) {
					t.Errorf("it never says %q in\n%s", want, said)
				}
			}
			for _, not := range append(row.never, secret) {
				if strings.Contains(said, not) {
					t.Errorf("it says %q in\n%s", not, said)
				}
			}
		})
	}
}

// The end of the context stops before the next action, and the report says how far it is.
func TestInventedOutcomeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fence := &flowtest.Fence{Variables: map[string]string{"shed": flowtest.Passphrase}, Before: func(step string) {
		if step == "paint the front" {
			cancel()
		}
	}}
	var out strings.Builder
	p := plain.NewPrompter(strings.NewReader(""), &out, false)
	m, effect := flow.New(fence.Flow(), flow.Facts{}, flow.Answers{Values: map[string][]string{"colour": {"blue"}}})
	plain.Settle(ctx, nil, m, effect)
	err := p.Execute(ctx, &secrets.Opened{Variable: fence.Variable}, m)
	if model.KindOf(err) != model.FaultCanceled || m.State() != flow.Stopped || !slices.Equal(fence.Painted(), []string{"paint the front blue"}) {
		t.Errorf("it ended %s with %v, painted %q", m.State(), err, fence.Painted())
	}
	if err := p.Flush(); err != nil || !strings.Contains(out.String(), "Some of it has the old colour.") {
		t.Errorf("it says %q, %v", out.String(), err)
	}
}
