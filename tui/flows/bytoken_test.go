package flows_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// A token stands for the only key on it that fits, and nobody is asked which key is meant. Where that
// isn't clear, the keys are named that could be.
func TestKeyByToken(t *testing.T) {
	on := func(serial, slot, label string, id model.KeyID) model.PrivateKey {
		return model.PrivateKey{ID: id, Label: label, Place: model.PlaceToken, Store: "YubiKey " + serial, Path: "slot " + slot, Encrypted: true}
	}
	root, second, targets := tuitest.Key("root"), tuitest.Key("second"), tuitest.Key("targets")
	one := []model.PrivateKey{on("7", "9c", "root", root), on("7", "9a", "targets", targets)}
	two := append(one[:2:2], on("7", "9d", "root", second))
	for name, row := range map[string]struct {
		flow  func(flows.Backend) *flow.Flow
		keys  []model.PrivateKey
		given map[string][]string
		// answer is the question that is answered, with what; empty where the token is refused.
		answer, with string
		problem      string
	}{
		"rotate root":    {flow: flows.Rotate, keys: one, given: map[string][]string{"role": {"root"}}, answer: "next-root", with: string(root)},
		"rotate targets": {flow: flows.Rotate, keys: two, given: map[string][]string{"role": {"targets"}}, answer: "next-key", with: string(targets)},
		"initialise":     {flow: flows.Init, keys: one, given: map[string][]string{"repositories": {"registry.example.org/new"}}, answer: "root", with: string(root)},
		"replace a token": {
			flow: flows.TokenReplace, keys: one[:1], given: map[string][]string{"old-keys": {"ROOT"}}, answer: "new-token-key", with: string(root),
		},
		"two keys fit": {
			flow: flows.Rotate, keys: two, given: map[string][]string{"role": {"root"}},
			problem: "token 7: several of its keys fit: root key " + root.Short() + " (YubiKey 7, slot 9c) and root key " + second.Short() + " (YubiKey 7, slot 9d)",
		},
		"none fits":     {flow: flows.Rotate, keys: one[1:], given: map[string][]string{"role": {"root"}}, problem: "token 7: none of its keys fits here: targets key " + targets.Short()},
		"another token": {flow: flows.Rotate, keys: []model.PrivateKey{on("8", "9c", "root", root)}, given: map[string][]string{"role": {"root"}}, problem: "token 7: none of the keys on tokens is on this one: root key " + root.Short() + " (YubiKey 8, slot 9c)"},
		"no token":      {flow: flows.Rotate, given: map[string][]string{"role": {"root"}}, problem: "token 7: no key on a token is here"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, files: files(t), world: newWorld()}
			given := map[string][]string{"repositories": {live}, "by-token": {"7"}}
			for id, values := range row.given {
				given[id] = values
			}
			if given["old-keys"] != nil {
				given["old-keys"] = model.Retype[string](w.world.repositories[live].Role(model.RoleRoot).Keys)
			}
			w.begin(row.flow(w.backend()), flow.Facts{Keys: append(w.world.keys, row.keys...)}, given)
			if row.problem != "" {
				if w.m.State() != flow.Asking || w.m.Step().ID != "by-token" || w.m.Problem() == nil || !strings.HasPrefix(w.m.Problem().Error(), row.problem) || model.HintOf(w.m.Problem()) == "" {
					t.Errorf("%s at %q: %v", w.m.State(), w.m.Step().ID, w.m.Problem())
				}
				return
			}
			if w.m.State() == flow.Asking && (w.m.Problem() != nil || w.m.Step().ID == row.answer) {
				t.Fatalf("asks %q: %v", w.m.Step().ID, w.m.Problem())
			}
			for back := true; back && (w.m.State() != flow.Asking || w.m.Step().ID != row.answer); {
				back = w.m.Back()
			}
			if got := w.m.Suggested(); w.m.Step().ID != row.answer || len(got) != 1 || got[0] != row.with {
				t.Errorf("%q is answered with %q", w.m.Step().ID, got)
			}
		})
	}
}
