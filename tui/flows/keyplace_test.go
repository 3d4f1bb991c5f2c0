package flows_test

import (
	"strings"
	"testing"

	"trustdeck/model/notary/docker"
	"trustdeck/model/tuf"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// In which folder a key is kept is asked where both are in use; the kinds of keys, the names of
// roles and what is said follow from the answer.
func TestPlaceOfNewKey(t *testing.T) {
	for name, row := range map[string]struct {
		trust, own bool
		given      map[string][]string
		// asks is the first question, or the problem with what was given.
		asks, problem string
	}{
		"one in use":                  {trust: true, asks: "Which file do you want to write the public key to?"},
		"both in use":                 {trust: true, own: true, asks: "In which folder do you want to keep it?"},
		"the own one is given":        {trust: true, given: map[string][]string{"folder": {"own"}}, asks: "Which kind of key do you want to make?"},
		"another kind, in the wrong":  {trust: true, given: map[string][]string{"algorithm": {"ed25519"}}, asks: "Which kind of key do you want to make?", problem: "keys of this kind of repository are made as ECDSA P-256 only, not as Ed25519"},
		"a role, in the wrong folder": {trust: true, given: map[string][]string{"name": {"a b"}}, asks: "Whose key do you want to generate?", problem: `"a b"`},
		"a role, in the own folder":   {given: map[string][]string{"folder": {"own"}, "name": {"timestamp"}, "algorithm": {"rsa"}}, asks: "Which file do you want to write the public key to?"},
	} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewKeyBackend()
			facts := backend.Known
			facts.Places = []flow.KeyPlace{
				{Value: flows.TrustFolder, Label: "The trust folder", Folder: "/trust/private", Dialect: docker.Dialect{}, InUse: row.trust},
				{Value: flows.OwnFolder, Label: "trustdeck's key folder", Folder: "/own/private", Dialect: tuf.Dialect{}, InUse: row.own},
			}
			given := map[string][]string{flows.KeyName: {"zoe"}}
			for id, lines := range row.given {
				given[id] = lines
			}
			m, _ := flow.New(flows.KeyGenerate(backend), facts, flow.Answers{Values: given})
			if m.Step().Question != row.asks {
				t.Errorf("asks %q: %v", m.Step().Question, m.Problem())
			}
			if problem := m.Problem(); (problem == nil) != (row.problem == "") || problem != nil && !strings.Contains(problem.Error(), row.problem) {
				t.Errorf("the problem is %v", problem)
			}
		})
	}
}
