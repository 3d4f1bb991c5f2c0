package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/tuf"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// Of which kind new keys are is asked where a dialect has several, and what is given is taken
// in the words of other programs. Elsewhere nothing is asked, and another kind is refused.
func TestAlgorithmOfNewKeys(t *testing.T) {
	for name, row := range map[string]struct {
		dialect dialect.Writable
		given   []string
		// kind is that of the keys in the plan; refused is the problem where there is none.
		kind    model.Algorithm
		refused string
		asked   bool
	}{
		"one kind, nothing given":     {dialect: docker.Dialect{}},
		"one kind, the usual given":   {dialect: docker.Dialect{}, given: []string{"ecdsa"}},
		"one kind, another given":     {dialect: docker.Dialect{}, given: []string{"ed25519"}, refused: "keys of this kind of repository are made as ECDSA P-256 only, not as Ed25519"},
		"several kinds, none given":   {dialect: tuf.Dialect{}, asked: true},
		"several kinds, one given":    {dialect: tuf.Dialect{}, given: []string{"P-384"}, kind: model.ECDSAP384},
		"several kinds, post-quantum": {dialect: tuf.Dialect{}, given: []string{"ml-dsa"}, kind: model.MLDSA65},
		"several kinds, another word": {dialect: tuf.Dialect{}, given: []string{"dsa"}, refused: `"dsa" is not one of the choices`},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, files: files(t), world: &world{dialect: row.dialect}}
			given := map[string][]string{"repositories": {live}, "root": {"new"}, "root-keys": {"1"}}
			if row.dialect.ServerKeys() {
				given["snapshot"] = []string{"server"}
			}
			if row.given != nil {
				given["algorithm"] = row.given
			}
			w.begin(flows.Init(w.backend()), flow.Facts{}, given)
			switch problem := w.m.Problem(); {
			case row.refused != "":
				if problem == nil || !strings.Contains(problem.Error(), row.refused) {
					t.Errorf("the problem is %v", problem)
				}
				return
			case row.asked:
				if w.m.State() != flow.Asking || w.m.Step().Label != "Algorithm" || len(w.m.Options()) != 7 {
					t.Fatalf("%s asks %q", w.m.State(), w.m.Step().Question)
				}
				w.effect(w.m.Answer(""))
			}
			if w.m.State() != flow.Reviewing {
				t.Fatalf("%s: %v", w.m.State(), w.m.Problem())
			}
			for _, made := range flows.PlanOf(w.m.Outcome()).Parts[0].NewKeys {
				if made.Source == model.KeyNew && made.Algorithm != row.kind {
					t.Errorf("%s is of the kind %q", made.Name, made.Algorithm)
				}
			}
		})
	}
}

// A new delegation of one repository has its keys made where no files are given; several share
// the keys of files.
func TestNewKeysOfDelegation(t *testing.T) {
	for name, row := range map[string]struct {
		repositories []string
		given        map[string][]string
		// question is what is open then; empty where there is a plan, which makes so many keys.
		question string
		makes    int
	}{
		"nothing given":        {repositories: []string{live}, question: "How many new keys do you want to make for it?"},
		"new keys":             {repositories: []string{live}, given: map[string][]string{"new-keys": {"2"}, "threshold": {"2"}}, makes: 2},
		"a new key and a file": {repositories: []string{live}, given: map[string][]string{"new-keys": {"1"}, "keys": {"alice.pub"}, "threshold": {"1"}}, makes: 1},
		"too many":             {repositories: []string{live}, given: map[string][]string{"new-keys": {"21"}}, question: "How many new keys do you want to make for it?"},
		"a file":               {repositories: []string{live}, given: map[string][]string{"keys": {"alice.pub"}}},
		"several repositories": {repositories: []string{live, expired}, given: map[string][]string{"keys": {}}, question: "Which public keys may sign it?"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, files: files(t), world: newWorld()}
			given := map[string][]string{"repositories": row.repositories, "role": {"targets/ci"}, "paths": {"all"}}
			for id, lines := range row.given {
				given[id] = lines
			}
			if given["keys"] == nil {
				given["keys"] = []string{}
			}
			w.begin(flows.DelegationAdd(w.backend()), flow.Facts{Keys: w.world.keys}, given)
			if row.question != "" {
				if w.m.State() != flow.Asking || w.m.Step().Question != row.question {
					t.Errorf("%s asks %q: %v", w.m.State(), w.m.Step().Question, w.m.Problem())
				}
				return
			}
			if w.m.State() != flow.Reviewing {
				t.Fatalf("%s asks %q: %v", w.m.State(), w.m.Step().Question, w.m.Problem())
			}
			if made := flows.PlanOf(w.m.Outcome()).Parts[0].NewKeys; len(made) != row.makes {
				t.Errorf("%d keys are made", len(made))
			}
		})
	}
}

// A threshold is raised together with keys that are added: public keys from files, and new
// ones.
func TestThresholdWithMoreKeys(t *testing.T) {
	w := &walker{t: t, files: files(t), world: newWorld()}
	w.begin(flows.Threshold(w.backend()), flow.Facts{Keys: w.world.keys}, map[string][]string{
		"repositories": {live}, "role": {"targets"}, "keys": {"alice.pub"}, "new-keys": {"1"}, "threshold": {"2"},
	})
	if w.m.State() != flow.Reviewing {
		t.Fatalf("%s asks %q: %v", w.m.State(), w.m.Step().Question, w.m.Problem())
	}
	part := flows.PlanOf(w.m.Outcome()).Parts[0]
	if len(part.NewKeys) != 1 || len(part.Grants) != 1 || part.Grants[0].File != "alice.pub" {
		t.Errorf("%d keys are made, granted are %+v", len(part.NewKeys), part.Grants)
	}
	set, ok := part.Changes[0].(model.SetThreshold)
	if !ok || len(set.Add) != 2 || set.Threshold != 2 {
		t.Errorf("asked for %+v", part.Changes)
	}

	w.begin(flows.Threshold(w.backend()), flow.Facts{Keys: w.world.keys}, map[string][]string{
		"repositories": {live}, "role": {"targets"}, "new-keys": {"1"},
	})
	values := []string{}
	for _, o := range w.m.Options() {
		values = append(values, o.Value)
	}
	if !slices.Equal(values, []string{"1", "2"}) {
		t.Errorf("of two keys %q may have to sign", values)
	}
}

// Other people's public keys come to sign a top-level role: beside those that stay, or in place
// of the one that there is.
func TestRotateToPublicKeys(t *testing.T) {
	w := &walker{t: t, files: files(t), world: newWorld()}
	w.begin(flows.Rotate(w.backend()), flow.Facts{Keys: w.world.keys}, map[string][]string{
		"repositories": {live}, "role": {"targets"}, "next-files": {"alice.pub"},
	})
	if w.m.State() != flow.Asking || !slices.Equal(w.m.Suggested(), []string{"file"}) {
		t.Fatalf("%s asks %q, and suggests %q", w.m.State(), w.m.Step().Question, w.m.Suggested())
	}
	w.effect(w.m.Answer(""))
	w.effect(w.m.Answer("")) // the old key stays
	part := flows.PlanOf(w.m.Outcome()).Parts[0]
	rotate, ok := part.Changes[0].(model.RotateKey)
	if !ok || len(rotate.Keys.Keys) != 1 || rotate.Keys.Keys[0].Source != model.KeyGiven || rotate.Keys.Keys[0].File != "alice.pub" {
		t.Errorf("asked for %+v", part.Changes)
	}
	if w.m.Idle() || part.Verdict.State != "waiting" {
		t.Errorf("the holder must sign, but the plan is %+v", part.Verdict)
	}
}
