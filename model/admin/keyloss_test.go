package admin_test

import (
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

func TestLosses(t *testing.T) {
	key := func(id model.KeyID, fault *model.Fault) admin.KeyUse {
		return admin.KeyUse{PrivateKey: model.PrivateKey{ID: id, Fault: fault}}
	}
	role := func(name model.RoleName, threshold int, keys ...model.KeyID) model.Role {
		return model.Role{Name: name, Threshold: threshold, Keys: keys}
	}
	online := role("timestamp", 1, "a")
	online.Online = true
	s := &admin.KeySurvey{
		Keys: []admin.KeyUse{key("a", nil), key("b", nil), key("broken", &model.Fault{Text: "damaged"})},
		Looks: []admin.Look{
			{GUN: "one", Repository: &model.Repository{Roles: []model.Role{
				role("root", 1, "a", "b"), role("targets", 2, "a", "b", "elsewhere"), role("snapshot", 1, "b"), role("x", 1, "a", "broken"), role("y", 2, "a", "elsewhere"), online,
			}}},
			{GUN: "unread", Fault: &model.Fault{Kind: model.FaultUnreachable}},
			{GUN: "none", Fault: &model.Fault{Kind: model.FaultNotFound}},
		},
	}
	got := s.Losses([]model.KeyID{"a"})
	want := []struct {
		role                     model.RoleName
		threshold, before, after int
		lost                     bool
	}{{"root", 1, 2, 1, false}, {"targets", 2, 2, 1, true}, {"x", 1, 1, 0, true}, {"y", 2, 1, 0, false}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		g := got[i]
		if g.Role != w.role || g.Threshold != w.threshold || g.Before != w.before || g.After != w.after || g.Lost() != w.lost || !slices.Equal(g.Keys, []model.KeyID{"a"}) {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	if len(s.Losses([]model.KeyID{"nobody's"})) != 0 {
		t.Error("a key that nothing lists is needed")
	}
	if u := s.Unread(); !slices.Equal(u, []model.GUN{"unread"}) {
		t.Errorf("unread: %v", u)
	}
	if s.Key("a") == nil || s.Key("c") != nil {
		t.Error("keys are not found")
	}
}
