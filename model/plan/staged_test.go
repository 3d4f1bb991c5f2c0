package plan_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// Staged changes become changes of a plan in their order; one that cannot be applied says
// why, and those after it are judged as if it were not there.
func TestStaged(t *testing.T) {
	t.Parallel()
	repo, _, _ := signed()
	r := row{repo: repo, server: true, change: model.Renew{}, keys: []model.RoleName{model.RoleTargets, "targets/alice", docker.Releases}}
	request := r.request()
	tag := func(role model.RoleName, name string) model.StagedChange {
		target := notarytest.Target(name, name)
		return model.StagedChange{Action: model.StagedCreate, Type: model.StagedTarget, Role: role, Path: name, Target: &target}
	}
	broken := tag(model.RoleTargets, "x")
	broken.Refused = "no client can"
	rows := []struct {
		staged           model.StagedChange
		refused, lacking string
	}{
		{tag(docker.Releases, "3.0"), "", ""},
		{tag("targets/none", "3.0"), `there is no role "targets/none"`, ""},
		{tag("targets/bob", "3.0"), "", "targets/bob needs 1 signature more, by "},
		{model.StagedChange{Action: model.StagedDelete, Type: model.StagedTarget, Role: model.RoleTargets, Path: "absent"}, "", ""},
		{model.StagedChange{Action: model.StagedUpdate, Type: model.StagedWitness, Role: "targets/alice"}, "", ""},
		{model.StagedChange{Action: model.StagedUpdate, Type: model.StagedWitness, Role: "targets/none"}, `there is no role "targets/none"`, ""},
		{model.StagedChange{Action: model.StagedCreate, Type: model.StagedRole, Role: model.RoleRoot, Path: "targets"}, "not replaced from a changelist", ""},
		{broken, "no client can", ""},
		{tag("targets/alice", "3.0"), "", ""},
	}
	var staged []model.StagedChange
	for _, row := range rows {
		staged = append(staged, row.staged)
	}
	var changes []model.Change
	for i, entry := range plan.Staged(request, r.here(), now, staged) {
		refused := ""
		if entry.Refused != nil {
			refused = entry.Refused.Error()
			if model.HintOf(entry.Refused) == "" {
				t.Errorf("%s: no way out of %s", rows[i].staged.Words(), refused)
			}
		}
		if (refused == "") != (rows[i].refused == "") || !strings.Contains(refused, rows[i].refused) || (refused == "") != (len(entry.Changes) > 0) {
			t.Errorf("%s: %+v, refused %q; want %q", rows[i].staged.Words(), entry.Changes, refused, rows[i].refused)
		}
		if (entry.Lacking == "") != (rows[i].lacking == "") || !strings.HasPrefix(entry.Lacking, rows[i].lacking) {
			t.Errorf("%s: lacks %q; want %q", rows[i].staged.Words(), entry.Lacking, rows[i].lacking)
		}
		changes = append(changes, entry.Changes...)
	}
	request.Changes = changes
	if p := compile(t, request, r.here()...); len(p.Parts[0].Rewrites) != 5 || p.Verdict().State != plan.Waiting {
		t.Errorf("the plan is %+v", p.Parts[0])
	}
}

// Where nothing can be built on a repository, nothing staged can be published.
func TestStagedOnABrokenRepository(t *testing.T) {
	t.Parallel()
	repo, _, _ := signed()
	repo.Files[model.RoleTargets].Targets = []model.Target{notarytest.Target("sneaked", "in")}
	request := row{repo: repo, change: model.Renew{}}.request()
	target := notarytest.Target("3.0", "three")
	tag := model.StagedChange{Action: model.StagedCreate, Type: model.StagedTarget, Role: model.RoleTargets, Path: "3.0", Target: &target}
	if got := plan.Staged(request, nil, now, []model.StagedChange{tag}); got[0].Refused == nil || !strings.Contains(got[0].Refused.Error(), "no change can be based on it") {
		t.Errorf("it comes to %+v", got)
	}
}
