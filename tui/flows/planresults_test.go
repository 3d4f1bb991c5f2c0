package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// Each of several repositories has a line of its own in the end, whatever became of it: where
// somebody can still sign, that is said loudly, and another attempt is about what is left.
func TestResultOfEachRepository(t *testing.T) {
	refused := &model.Fault{Kind: model.FaultRefused, Subject: expired, Text: "the server refuses what was sent", Hint: "Look at the repository first"}
	moved := &change.StalePlan{Moved: []change.Moved{{GUN: model.GUN(expired), Role: model.RoleTargets, From: 2, To: 3}}}
	verified := change.PartOutcome{GUN: model.GUN(live), Published: true, Proof: &change.Proof{}}
	const loud = "Not done everywhere: alice can still sign in " + expired + "."
	for name, row := range map[string]struct {
		second change.PartOutcome
		line   string
		ending flow.Ending
		usable string
		next   string
		again  []string
	}{
		"refused": {
			change.PartOutcome{Err: refused},
			"not changed: the server refuses what was sent. Look at the repository first. There, alice can still sign.", flow.Badly, loud, "Start again when you are ready, with the repositories that are left.",
			[]string{expired},
		},
		"changed meanwhile": {
			change.PartOutcome{Err: moved},
			"not changed: someone else published first: targets of " + expired + " went from version 2 to 3. Plan it again.", flow.Badly, loud, "Start again",
			[]string{expired},
		},
		"not started": {change.PartOutcome{}, "not started. There, alice can still sign.", flow.Unfinished, loud, "Start again", []string{expired}},
		"interrupted": {change.PartOutcome{Err: &model.Fault{Kind: model.FaultCanceled, Text: "stopped"}}, "interrupted: nothing was published.", flow.Unfinished, loud, "Start again", []string{expired}},
		"unknown": {
			change.PartOutcome{Doubtful: true, Err: &model.Fault{Kind: model.FaultUnreachable, Text: "no answer"}},
			"it is not known whether this was published: no answer.", flow.Badly, "It is unknown whether the server stored the change", "Check the repository",
			[]string{expired},
		},
		"unverified": {
			change.PartOutcome{Published: true, Err: &model.Fault{Kind: model.FaultUnusable, Text: "a new client cannot use targets"}},
			"published, not verified: a new client cannot use targets.", flow.Badly, "The server accepted the change", "Check the repository", nil,
		},
		"nothing to do": {change.PartOutcome{Idle: true}, "nothing to change.", flow.Well, "1 of 2 repositories are changed", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, world: newWorld(), accepted: true}
			row.second.GUN = model.GUN(expired)
			w.out = change.Outcome{Parts: []change.PartOutcome{verified, row.second}}
			if row.second.Err != nil {
				w.err = &change.Failures{Parts: []change.PartOutcome{row.second}, Of: 2}
			} else if row.ending != flow.Well {
				w.err = &model.Fault{Kind: model.FaultCanceled, Text: "stopped"}
			}
			w.begin(flows.SignerRemove(w.backend()), flow.Facts{Keys: w.world.keys}, map[string][]string{"repositories": {live, expired}, "name": {"alice"}, "unsigned": {"pending"}, "leave-pending": {"targets/releases"}})
			if w.m.State() != flow.Reviewing {
				t.Fatalf("%s %s: %v", w.m.State(), w.m.Step().ID, w.m.Problem())
			}
			w.m.Accept()
			w.effect(w.m.Confirm("2"))
			r := w.m.Report()
			if len(r.Results) != 2 || r.Results[0].Name != live || r.Results[0].Ending != flow.Well || !strings.HasPrefix(r.Results[0].Text, "published and verified: targets ") {
				t.Fatalf("%+v", r.Results)
			}
			if second := r.Results[1]; second.Name != expired || second.Ending != row.ending || !strings.HasPrefix(second.Text, strings.TrimSuffix(row.line, ".")) {
				t.Errorf("%s, ending %d, want %s", second, second.Ending, row.line)
			}
			if !strings.Contains(r.Usable, row.usable) || !slices.ContainsFunc(append(r.Next, ""), func(s string) bool { return strings.HasPrefix(s, row.next) }) {
				t.Errorf("%s\nnext %v", r.Usable, r.Next)
			}
			if row.ending == flow.Well {
				return
			}
			if w.m.Repeatable() != (row.again != nil) {
				t.Fatalf("can be repeated: %t", w.m.Repeatable())
			}
			if row.again == nil {
				return
			}
			w.effect(w.m.Again())
			var again []string
			for _, gun := range w.m.Outcome().(flow.About).GUNs() {
				again = append(again, string(gun))
			}
			if !slices.Equal(again, row.again) {
				t.Errorf("begun anew with %v", again)
			}
		})
	}
}
