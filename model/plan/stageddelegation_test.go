package plan_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// What notary stages of delegations comes to the same changes of a plan as the flows make:
// what is removed and not there is passed over, as notary does.
func TestStagedDelegations(t *testing.T) {
	t.Parallel()
	repo, _, _ := signed()
	r := row{repo: repo, server: true, change: model.Renew{}, keys: []model.RoleName{model.RoleTargets, "targets/alice", docker.Releases}}
	request := r.request()
	qa, alice := notarytest.NewKey().PublicKey, request.Repository.Role("targets/alice").Keys[0]
	change := func(action string, role model.RoleName, with model.StagedChange) model.StagedChange {
		with.Action, with.Type, with.Role = action, model.StagedDelegation, role
		return with
	}
	create, update := model.StagedCreate, model.StagedUpdate
	rows := []struct {
		staged  model.StagedChange
		want    []model.Change
		refused string
	}{
		{
			change(create, "targets/qa", model.StagedChange{AddListed: []model.PublicKey{qa}, Threshold: 1}),
			[]model.Change{model.AddDelegation{Role: "targets/qa", From: model.RoleTargets, Keys: []model.PublicKey{qa}, Threshold: 1}},
			"",
		},
		{
			change(create, "targets/qa", model.StagedChange{AddPaths: []string{"qa-", "v"}, Threshold: 1}),
			[]model.Change{model.EditDelegation{Role: "targets/qa", From: model.RoleTargets, Paths: []string{"qa-", "v"}}},
			"",
		},
		{
			change(update, "targets/qa", model.StagedChange{RemovePaths: []string{"v", "absent"}, RemoveKeys: []model.KeyID{alice}}),
			[]model.Change{model.EditDelegation{Role: "targets/qa", From: model.RoleTargets, RemovePaths: []string{"v"}, RemoveKeys: []model.KeyID{}}},
			"",
		},
		{
			change(update, "targets/qa", model.StagedChange{AddPaths: []string{"qa-2"}, ClearPaths: true}),
			[]model.Change{model.EditDelegation{Role: "targets/qa", From: model.RoleTargets, Paths: []string{"qa-2"}, RemovePaths: []string{"qa-"}}},
			"",
		},
		{change(update, "targets/none", model.StagedChange{AddPaths: []string{"x"}}), nil, `there is no delegation "targets/none"`},
		{change(create, "targets/none", model.StagedChange{AddPaths: []string{"x"}}), nil, "targets/none has no key"},
		{change(create, "targets/none/deep", model.StagedChange{AddListed: []model.PublicKey{qa}}), nil, `there is no role "targets/none"`},
		{
			change(update, "targets/*", model.StagedChange{RemoveKeys: []model.KeyID{alice}}),
			nil, "targets/alice would have no key left",
		},
		{change(update, "targets/*", model.StagedChange{RemoveKeys: []model.KeyID{"absent"}}), nil, "no delegation below targets lists a key that the change removes"},
		{
			change(model.StagedDelete, "targets/alice", model.StagedChange{}),
			[]model.Change{model.RemoveDelegation{Role: "targets/alice", From: model.RoleTargets}},
			"",
		},
		{
			change(update, "targets/*", model.StagedChange{RemoveKeys: []model.KeyID{alice}}),
			[]model.Change{model.EditDelegation{Role: docker.Releases, From: model.RoleTargets, RemoveKeys: []model.KeyID{alice}}},
			"",
		},
		{change(model.StagedDelete, "targets/alice", model.StagedChange{}), nil, `there is no delegation "targets/alice"`},
	}
	var staged []model.StagedChange
	for _, row := range rows {
		staged = append(staged, row.staged)
	}
	var changes []model.Change
	for i, entry := range plan.Staged(request, r.here(), now, staged) {
		row := rows[i]
		if row.refused != "" {
			if entry.Refused == nil || !strings.Contains(entry.Refused.Error(), row.refused) || model.HintOf(entry.Refused) == "" || len(entry.Changes) > 0 {
				t.Errorf("%s: %+v, refused %v; want %q", row.staged.Words(), entry.Changes, entry.Refused, row.refused)
			}
			continue
		}
		if !reflect.DeepEqual(entry.Changes, row.want) {
			t.Errorf("%s: %+v, %v; want %+v", row.staged.Words(), entry.Changes, entry.Refused, row.want)
		}
		changes = append(changes, entry.Changes...)
	}
	request.Changes = changes
	part := compile(t, request, r.here()...).Parts[0]
	if !slices.ContainsFunc(part.Rewrites, func(w plan.Rewrite) bool { return w.Role == model.RoleTargets }) {
		t.Errorf("the plan is %+v", part)
	}
}
