package wiring

import (
	"context"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
)

// reader is a service that reads tokens.
type reader struct {
	Service
	use admin.Use
	id  model.KeyID
}

func (r reader) Tokens(_ context.Context, views []admin.Look) ([]admin.TokenUse, *model.Fault) {
	if len(views) != 1 || views[0].GUN != r.use.GUN {
		return nil, &model.Fault{Text: "it is asked about others"}
	}
	return []admin.TokenUse{{
		Token: model.Token{Serial: "7"},
		Slots: []admin.SlotUse{{TokenSlot: model.TokenSlot{ID: "9c"}, IDs: []model.KeyID{"same", r.id}, Uses: []admin.Use{r.use}, Copies: []string{"folder"}}},
	}}, nil
}

// The contexts have the same tokens, and each adds where it uses their keys.
func TestJoinedTokens(t *testing.T) {
	session := func(gun model.GUN, id model.KeyID) *Session {
		return &Session{Service: reader{use: admin.Use{GUN: gun, Role: model.RoleRoot}, id: id}, DialectOf: dialect.Only(docker.Dialect{})}
	}
	j := joined{{"prod", session("acme/app", "one")}, {"test", session("acme/web", "two")}}
	tokens, fault := j.Tokens(t.Context(), []admin.Look{{GUN: "prod:acme/app"}, {GUN: "test:acme/web"}})
	if fault != nil || len(tokens) != 1 || len(tokens[0].Slots) != 1 {
		t.Fatalf("%+v, %v", tokens, fault)
	}
	slot := tokens[0].Slots[0]
	if want := []admin.Use{{GUN: "prod:acme/app", Role: model.RoleRoot}, {GUN: "test:acme/web", Role: model.RoleRoot}}; !slices.Equal(slot.Uses, want) {
		t.Errorf("used in %v, want %v", slot.Uses, want)
	}
	if !slices.Equal(slot.IDs, []model.KeyID{"same", "one", "two"}) || len(slot.Copies) != 1 {
		t.Errorf("%+v", slot)
	}
}
