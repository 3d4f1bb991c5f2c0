package flow_test

import (
	"context"
	"testing"

	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// secret is something found out that is wiped.
type secret struct{ wiped int }

func (s *secret) Wipe() { s.wiped++ }

// What a flow finds out is kept by its type and by one machine alone, and what could be
// secret is wiped once it is replaced, or in the end.
func TestKnown(t *testing.T) {
	type colour string
	first, second := &secret{}, &secret{}
	found := []*secret{first, second}
	inquire := func(flow.Facts, flow.Answers) flow.Inquiry {
		return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
			next := found[0]
			found = found[1:]
			return func(f *flow.Facts) { flow.Learn(f, next) }, nil
		}
	}
	var seen []*secret
	look := func(f flow.Facts, _ flow.Answers) []flow.Option {
		seen = append(seen, flow.Known[*secret](f))
		return []flow.Option{{Value: string(flow.Known[colour](f))}}
	}
	f := &flow.Flow{Steps: []flow.Step{
		{ID: "one", Inquire: inquire}, {ID: "two", Inquire: inquire}, {ID: "three", Kind: flow.Choice, Options: look},
	}}
	facts := flow.Facts{}
	flow.Learn(&facts, colour("green"))
	m, effect := flow.New(f, facts, flow.Answers{Values: map[string][]string{"one": {"x"}, "two": {"x"}}})
	for effect != flow.None {
		effect = m.Take(m.Work().Do(t.Context(), flow.Run{}))
	}
	if options := m.Options(); len(options) != 1 || options[0].Value != "green" || len(seen) != 1 || seen[0] != second {
		t.Errorf("known: %v, %v", options, seen)
	}
	if first.wiped != 1 || second.wiped != 0 {
		t.Errorf("after the second was found, they were wiped %d and %d times", first.wiped, second.wiped)
	}
	if flow.Known[*secret](facts) != nil {
		t.Error("what one machine has found out is known to others")
	}
	m.Release()
	m.Release()
	if m.Options(); second.wiped != 1 || seen[1] != nil {
		t.Errorf("in the end it is wiped %d times, and %v is known", second.wiped, seen[1])
	}
}

// Work that nobody waits for any more is not taken.
func TestLateWork(t *testing.T) {
	f := &flow.Flow{Steps: []flow.Step{
		{ID: "one"},
		{ID: "two", Inquire: func(flow.Facts, flow.Answers) flow.Inquiry {
			return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
				return func(*flow.Facts) { t.Error("the late answer is learnt") }, nil
			}
		}},
	}}
	m, _ := flow.New(f, flow.Facts{}, flow.Answers{Values: map[string][]string{"one": {"x"}}})
	if m.Answer("y") != flow.Inquire {
		t.Fatalf("at %s, %v", m.State(), m.Problem())
	}
	late := m.Work()
	if !m.Back() || m.Step().ID != "one" {
		t.Fatalf("going back leads to %q", m.Step().ID)
	}
	if err := late.Do(t.Context(), flow.Run{}); err != nil || m.Take(nil) != flow.None || m.Step().ID != "one" {
		t.Errorf("at %q, %v", m.Step().ID, err)
	}
}
