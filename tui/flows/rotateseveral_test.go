package flows_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// Several repositories are rotated in one plan: roles that all of them have are offered, each
// gets keys of its own or all of them a key that is given, and one that has it is left out.
func TestRotateSeveral(t *testing.T) {
	both := []string{live, expired}
	alice := func(w *world, name string) []model.KeyID {
		return w.repositories[name].Role("targets/alice").Keys
	}
	for name, row := range map[string]struct {
		given  map[string][]string
		step   string
		offers []string
		hint   string
		change func(change.Request) bool
		asked  []string
		left   string
	}{
		"offers":      {given: map[string][]string{}, step: "role", offers: []string{"root", "targets", "targets/alice", "targets/bob", "snapshot", "timestamp"}},
		"targets":     {given: map[string][]string{"role": {"targets"}, "next-key": {"new"}}, asked: both, change: makes(model.KeyNew)},
		"timestamp":   {given: map[string][]string{"role": {"timestamp"}}, asked: both, change: makes(model.KeyServer)},
		"snapshot":    {given: map[string][]string{"role": {"snapshot"}, "snapshot": {"server"}}, asked: both, change: makes(model.KeyServer)},
		"no new root": {given: map[string][]string{"role": {"root"}, "next-root": {"new"}}, step: "next-root"},
		"lost laptop": {given: map[string][]string{"role": {"targets/alice"}, "next-files": {"alice.pub"}}, asked: both, change: makes(model.KeyGiven)},
		"no file":     {given: map[string][]string{"role": {"targets/alice"}, "next-files": {}}, step: "next-files", hint: "--key FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, files: files(t), world: newWorld()}
			row.given["repositories"] = both
			for id, answer := range map[string][]string{"old-key": {"keep"}, "legacy": {"0"}, "unsigned": {"pending"}, "leave-pending": {"targets/alice", "targets/releases"}} {
				row.given[id] = answer
			}
			w.begin(flows.Rotate(w.backend()), flow.Facts{Keys: w.world.keys}, row.given)
			if w.m.State() == flow.Asking && w.m.Step().ID == "replaced" {
				w.effect(w.m.Answer(strings.Join(model.Retype[string](slices.Concat(alice(w.world, live), alice(w.world, expired))), "\n")))
			}
			if row.step != "" {
				var offers []string
				for _, o := range w.m.Options() {
					offers = append(offers, o.Value)
				}
				if w.m.State() != flow.Asking || w.m.Step().ID != row.step || row.offers != nil && !slices.Equal(offers, row.offers) {
					t.Fatalf("%s at %s, offers %v: %v", w.m.State(), w.m.Step().ID, offers, w.m.Problem())
				}
				if row.hint != "" && !strings.Contains(model.HintOf(w.m.Problem()), row.hint) {
					t.Errorf("%v", w.m.Problem())
				}
				return
			}
			if w.m.State() != flow.Reviewing {
				t.Fatalf("%s at %s: %v", w.m.State(), w.m.Step().ID, w.m.Problem())
			}
			var got []string
			for _, r := range w.asked {
				got = append(got, string(r.GUN))
				if !row.change(r) {
					t.Errorf("%+v", r.Changes)
				}
			}
			if !slices.Equal(got, row.asked) {
				t.Errorf("asked of %v", got)
			}
		})
	}
}

// makes checks the source of the only new key.
func makes(source model.KeySource) func(change.Request) bool {
	return func(r change.Request) bool {
		rotate, ok := r.Changes[0].(model.RotateKey)
		return ok && len(rotate.Keys.Keys) == 1 && rotate.Keys.Keys[0].Source == source
	}
}

// A repository that has the key already is left out, and named; where all have it, that is
// refused. Of keys that are chosen to be replaced, each repository is asked about its own.
func TestRotateSeveralLeavesOut(t *testing.T) {
	w := &walker{t: t, files: files(t), world: newWorld()}
	both := map[string][]string{
		"repositories": {live, expired}, "role": {"targets/alice"}, "next-files": {"alice.pub"}, "old-key": {"keep"},
		"unsigned": {"pending"}, "leave-pending": {"targets/alice", "targets/releases"},
	}
	ids := w.world.repositories[live].Role("targets/alice").Keys
	both["replaced"] = model.Retype[string](ids)
	w.begin(flows.Rotate(w.backend()), flow.Facts{Keys: w.world.keys}, both)
	if reflect.DeepEqual(ids, w.world.repositories[expired].Role("targets/alice").Keys) {
		t.Fatal("alice has the same keys in both")
	}
	if w.m.State() != flow.Reviewing || len(w.asked) != 1 || string(w.asked[0].GUN) != live {
		t.Fatalf("%s at %s: %+v, %v", w.m.State(), w.m.Step().ID, w.asked, w.m.Problem())
	}
	if text := said(w.m); !strings.Contains(text, "not in this plan: "+expired+": targets/alice has none of the keys that you replace.") {
		t.Error(text)
	}
}
