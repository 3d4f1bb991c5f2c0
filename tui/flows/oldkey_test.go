package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// rotating is a flow that has come to the question about the old key, or beyond.
func rotating(t *testing.T, w *world, given map[string][]string) *walker {
	t.Helper()
	values := map[string][]string{"repositories": {live}, "role": {"targets"}, "new-key": {"new"}, "next-key": {"new"}}
	for id, lines := range given {
		values[id] = lines
	}
	out := &walker{t: t, world: w}
	out.begin(flows.Rotate(out.backend()), flow.Facts{Keys: w.keys}, values)
	return out
}

func asked(t *testing.T, w *walker) model.RotateKey {
	t.Helper()
	if w.m.State() != flow.Reviewing {
		t.Fatalf("at %s, %q: %v", w.m.State(), w.m.Step().Question, w.m.Problem())
	}
	return w.asked[0].Changes[0].(model.RotateKey)
}

// Whether the repositories that are known are all is asked where the server does not
// list its own, with those that were looked at; the answer that nobody gives is no.
func TestTheseAreAll(t *testing.T) {
	lived := newWorld()
	w := rotating(t, lived, map[string][]string{"old-key": {"remove"}})
	if w.m.State() != flow.Asking || w.m.Step().ID != flows.TheseAreAll {
		t.Fatalf("at %s, %q", w.m.State(), w.m.Step().ID)
	}
	options := w.m.Options()
	if !slices.Equal(w.m.Suggested(), []string{options[0].Value}) || !strings.Contains(options[1].Help, expired) || strings.Contains(options[1].Help, live) {
		t.Errorf("suggested %v of %+v", w.m.Suggested(), options)
	}
	w.effect(w.m.Answer(""))
	if c := asked(t, w); !c.Retire || c.AllKnown {
		t.Errorf("with nothing typed: %+v", c)
	}
	if !w.m.Back() {
		t.Fatal("there is no way back")
	}
	w.effect(w.m.Answer(flows.AreAll))
	if c := asked(t, w); !c.Retire || !c.AllKnown {
		t.Errorf("with a yes: %+v", c)
	}

	if c := asked(t, rotating(t, lived, map[string][]string{"old-key": {"keep"}})); c.Retire || c.AllKnown {
		t.Errorf("where the key stays: %+v", c)
	}
	lived.listing.Unlisted = nil
	if c := asked(t, rotating(t, lived, map[string][]string{"old-key": {"remove"}})); !c.Retire || c.AllKnown {
		t.Errorf("where the server lists: %+v", c)
	}
	if c := asked(t, rotating(t, lived, map[string][]string{"old-key": {"remove"}, flows.TheseAreAll: {flows.AreAll}})); !c.AllKnown {
		t.Errorf("given beforehand: %+v", c)
	}
}

// A key on a token isn't on this machine, and stays where it is: nothing is asked about it.
func TestOldKeyIsOnToken(t *testing.T) {
	lived := newWorld()
	for i := range lived.keys {
		if lived.keys[i].Label == "targets" {
			lived.keys[i].Place = model.PlaceToken
		}
	}
	w := rotating(t, lived, nil)
	if asked(t, w).Retire || w.m.Applies("old-key") {
		t.Error("what becomes of a key on a token is asked")
	}
}

// That an old key is to be removed that is not here is no mistake: the plan says so.
func TestOldKeyIsElsewhere(t *testing.T) {
	lived := newWorld()
	lived.keys = slices.DeleteFunc(lived.keys, func(k model.PrivateKey) bool { return k.Label == "targets" })
	w := rotating(t, lived, map[string][]string{"old-key": {"remove"}})
	asked(t, w)
	if others := flows.PlanOf(w.m.Outcome()).Parts[0].Local.Others; len(others) != 1 || !strings.Contains(others[0], "is not on this machine, so there is nothing to remove") {
		t.Errorf("the plan says %q", others)
	}
	without := rotating(t, lived, nil)
	if asked(t, without).Retire || without.m.Applies("old-key") {
		t.Error("what becomes of a key that is not here is asked")
	}
}
