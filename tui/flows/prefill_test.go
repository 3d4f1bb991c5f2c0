package flows_test

import (
	"reflect"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// A change that somebody was advised leads to the flow that makes it, and the answers
// that follow from it make that very change.
func TestPrefilled(t *testing.T) {
	lived := newWorld()
	for name, row := range map[string]struct {
		change model.Change
		// open are the answers to what the change leaves open.
		open []string
	}{
		"renew":         {change: model.Renew{Roles: []model.RoleName{"targets", "targets/alice"}}},
		"witness":       {change: model.Witness{Roles: []model.RoleName{"targets/releases"}}},
		"remove signer": {change: model.RemoveSigner{Name: "bob"}},
		"rotate":        {change: model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyNew)}, open: []string{"", ""}},
		"rotate the root": {
			change: model.RotateKey{Role: model.RoleRoot, Keys: one(model.KeyNew)}, open: []string{"", "", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			id, given, ok := flows.Prefilled(live, row.change)
			w := &walker{t: t, files: files(t), world: lived}
			f := flows.All(flows.Ports{Backend: w.backend()}).Find(id)
			if !ok || f == nil {
				t.Fatalf("leads to %q, %v", id, ok)
			}
			w.begin(f, flow.Facts{Keys: lived.keys}, given)
			for _, answer := range row.open {
				w.effect(w.m.Answer(answer))
			}
			want := []change.Request{{GUN: live, Changes: []model.Change{row.change}}}
			if !reflect.DeepEqual(w.asked, want) {
				t.Errorf("asks for %+v, want %+v; %v", w.asked, want, w.m.Problem())
			}
		})
	}
	if _, _, ok := flows.Prefilled(live, nil); ok {
		t.Error("no change leads to a flow")
	}
}

func one(source model.KeySource) model.RoleKeys {
	return model.RoleKeys{Keys: []model.KeyChoice{{Source: source}}, Threshold: 1}
}
