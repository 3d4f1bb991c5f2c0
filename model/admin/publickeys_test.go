package admin_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

func TestPublicKeysAreJoined(t *testing.T) {
	spki := []byte("spki")
	repo := func(keys ...model.Key) *model.Repository { return &model.Repository{Keys: keys} }
	views := []admin.Look{
		{GUN: "a", Repository: repo(
			model.Key{ID: "1", SPKI: spki, ListedAs: []model.KeyID{"c1"}, Certificates: []model.Certificate{{Subject: "CN=a"}}, Roles: []model.RoleName{"root"}},
			model.Key{ID: "unreadable", Roles: []model.RoleName{"targets"}})},
		{GUN: "none"},
		{GUN: "b", Repository: repo(
			model.Key{ID: "1", SPKI: spki, ListedAs: []model.KeyID{"c1"}, Certificates: []model.Certificate{{Subject: "CN=a"}}, Roles: []model.RoleName{"root"}},
			model.Key{ID: "unreadable", Roles: []model.RoleName{"targets"}})},
		{GUN: "c", Repository: repo(model.Key{ID: "other dialect", SPKI: spki, ListedAs: []model.KeyID{"other dialect"}, Roles: []model.RoleName{"x", "y"}})},
	}
	got := admin.PublicKeys(views)
	if len(got) != 2 {
		t.Fatalf("%d keys: %+v", len(got), got)
	}
	k := got[0]
	if len(k.IDs) != 2 || len(k.Uses) != 4 || len(k.Certified) != 1 || len(k.Certified[0].GUNs) != 2 || !k.Called("c1") || !k.Called("other dialect") || k.Called("unreadable") {
		t.Errorf("%+v", k)
	}
	if len(got[1].Uses) != 2 || !got[1].Called("unreadable") {
		t.Errorf("%+v", got[1])
	}
}
