package screen_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/tuitest"
)

func TestWhatIsStaged(t *testing.T) {
	source := tuitest.NewSource()
	source.Waiting = []admin.Staged{
		{GUN: tuitest.Healthy, Unpublished: true},
		{GUN: tuitest.Expiring, Changes: make([]admin.StagedChange, 2)},
	}
	b := board(t, source)
	if _, read := b.Staged(); read {
		t.Error("it is known before it was read")
	}
	read := b.ReadStaged()
	if b.ReadStaged() != nil {
		t.Error("it is read twice at once")
	}
	settle(b, read)
	all, ok := b.Staged()
	if !ok || len(all) != 2 || b.StagedErr() != nil {
		t.Errorf("%v, %v, %v", all, ok, b.StagedErr())
	}
	// What was asked for meanwhile is read once more, then all is quiet.
	if calls := source.Calls(); calls != "Staged Staged" {
		t.Errorf("called %s", calls)
	}
	for gun, want := range map[model.GUN]int{tuitest.Healthy: 1, tuitest.Expiring: 2, tuitest.Broken: 0, "zzz": 0} {
		if s, ok := b.StagedIn(gun); s.Count() != want || ok != (want > 0) {
			t.Errorf("%s: %d, %v", gun, s.Count(), ok)
		}
	}
	source.Err = &model.Fault{Kind: model.FaultLocal, Text: "barred"}
	settle(b, b.ReadStaged())
	if model.KindOf(b.StagedErr()) != model.FaultLocal {
		t.Errorf("error %v", b.StagedErr())
	}
}
