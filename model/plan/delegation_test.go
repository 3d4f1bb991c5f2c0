package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// nested is the repository of signed, with targets/qa for tags that begin with qa- or v1,
// below it targets/qa/nightly for qa-night, and a tag in each.
func nested() (repo *notarytest.Repo, qa notarytest.Key) {
	repo, _, _ = signed()
	qa = notarytest.NewKey()
	repo.Delegate("targets/qa", 1, []string{"qa-", "v1"}, qa, notarytest.NewKey())
	repo.Keys["targets/qa"] = []notarytest.Key{qa}
	repo.Tag("targets/qa", "qa-1", "qa")
	repo.Delegate("targets/qa/nightly", 1, []string{"qa-night"}, notarytest.NewKey())
	repo.Tag("targets/qa/nightly", "qa-nightly", "night")
	repo.Tag(model.RoleTargets, "1.0", "older")
	repo.Tag(model.RoleTargets, "plain", "p")
	repo.Seal(model.RoleTargets, "targets/qa", "targets/qa/nightly")
	return repo, qa
}

func public(keys ...notarytest.Key) []model.PublicKey {
	var out []model.PublicKey
	for _, k := range keys {
		out = append(out, k.PublicKey)
	}
	return out
}

// A delegation is made with keys, paths and a threshold, below targets or another one.
func TestAddDelegation(t *testing.T) {
	repo, qa := nested()
	one, two, three := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	gone, alice := dropped(false)
	unpublished, _, _ := signed()
	empty := notarytest.NewKey()
	unpublished.Delegate("targets/empty", 1, []string{""}, empty)
	unpublished.Keys["targets/empty"] = []notarytest.Key{empty}
	delete(unpublished.Files, "targets/empty")
	unpublished.Seal(model.RoleTargets)
	check(t, map[string]row{
		"for all paths": {change: model.AddDelegation{Role: "targets/new", Keys: public(one), Paths: []string{""}}, repo: repo, server: true, want: []string{
			"ready:", "targets 3 to 4 by here", "why targets: to delegate to targets/new", "pull: sees the same tags as before",
			"others: docker pull looks only in targets/releases and targets, so what only targets/new lists is for other clients",
			"warning: a key of targets/new is not in targets/releases", "quorum of targets/new by targets: 1 of 1, spare 0; was 0 of 0, spare 0",
		}},
		"two of three, for some paths": {change: model.AddDelegation{Role: "targets/new", Keys: public(one, two, three), Paths: []string{"v1.", "v2."}, Threshold: 2}, repo: repo, server: true, want: []string{
			"quorum of targets/new by targets: 2 of 3, spare 1", "others: targets/new needs 2 signatures; notary and docker trust can sign it only with 2 of its keys in one trust folder (docker trust sign)",
		}},
		"without paths": {change: model.AddDelegation{Role: "targets/new", Keys: public(one)}, repo: repo, server: true, want: []string{
			"ready:", "warning: targets/new has no paths, so it can list nothing yet",
		}},
		"below another one": {change: model.AddDelegation{Role: "targets/qa/weekly", Keys: public(one), Paths: []string{"qa-week"}}, repo: repo, server: true, want: []string{
			"ready:", "targets/qa 1 to 2 by here", "not: targets 3 to 4", "not: is not in targets/releases",
		}},
		"below one whose key is elsewhere": {change: model.AddDelegation{Role: "targets/qa/weekly", Keys: public(one), Paths: []string{"qa-week"}}, repo: repo, server: true, keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: targets/qa needs 1 signature more",
		}},
		"below one without a file": {change: model.AddDelegation{Role: "targets/empty/below", Keys: public(one), Paths: []string{""}}, repo: unpublished, server: true, want: []string{
			"ready:", "targets/empty 0 to 1 by here",
		}},
		"one that is there gets keys and paths": {change: model.AddDelegation{Role: "targets/qa", Keys: public(one, qa), Paths: []string{"v1", "v2"}}, repo: repo, server: true, want: []string{
			"why targets: to change the keys of targets/qa; to change the paths of targets/qa", "quorum of targets/qa by targets: 1 of 3, spare 2; was 1 of 2, spare 1",
		}},
		"one that is there already": {change: model.AddDelegation{Role: "targets/qa", Keys: public(qa), Paths: []string{"qa-"}}, repo: repo, server: true, want: []string{"nothing: the repository already has this change"}},
		"the role of published tags": {change: model.AddDelegation{Role: docker.Releases, Keys: public(one)}, repo: repo, server: true, want: []string{
			"others: each holder of a key of targets/releases can publish tags that docker pull accepts", "belongs to no signer; to name its holder, add a signer instead",
		}},
		"one that was removed before": {change: model.AddDelegation{Role: docker.Releases, Keys: public(alice), Paths: []string{""}}, repo: gone, server: true, extra: []notarytest.Key{alice}, want: []string{
			"ready:", "targets/releases 1 to 2 by here", "which drops its 2 tags: 1.0, 2.0", "gained: \n",
		}},
	})
}

// Keys, paths and the threshold of a delegation change one by one or together, and the file
// of the role follows where it must.
func TestEditDelegation(t *testing.T) {
	repo, qa := nested()
	other := repo.Files[model.RoleTargets].Delegation("targets/qa").KeyIDs[1]
	one := notarytest.NewKey()
	released, alice, _ := signed()
	check(t, map[string]row{
		"the key that signed last goes": {change: model.EditDelegation{Role: "targets/qa", RemoveKeys: []model.KeyID{qa.ID}}, repo: repo, server: true, want: []string{
			"waiting: some keys are not on this machine: targets/qa needs 1 signature more", "why targets/qa: because the keys that signed it are no longer authorised",
			"others: key ", " can no longer sign targets/qa", "others: an attacker between clients and server",
		}},
		"another key goes": {change: model.EditDelegation{Role: "targets/qa", RemoveKeys: []model.KeyID{other}}, repo: repo, server: true, want: []string{
			"ready:", "not: targets/qa 1 to 2", "quorum of targets/qa by targets: 1 of 1, spare 0; was 1 of 2, spare 1",
		}},
		"a key of a signer goes, and stays elsewhere": {change: model.EditDelegation{Role: docker.Releases, RemoveKeys: []model.KeyID{alice.ID}}, repo: released, server: true, want: []string{
			"ready:", "targets/releases 1 to 2 by here", "warning: key ", " can still sign targets/alice",
		}},
		"a path comes and one goes": {change: model.EditDelegation{Role: "targets/qa", Paths: []string{"x"}, RemovePaths: []string{"v1"}}, repo: repo, server: true, want: []string{
			"ready:", "not: targets/qa 1 to 2", `paths of targets/qa changed from "qa-" "v1" to "qa-" "x"`,
		}},
		"the last path goes": {change: model.EditDelegation{Role: "targets/qa/nightly", RemovePaths: []string{"qa-night"}}, repo: repo, server: true, want: []string{
			"warning: targets/qa/nightly has no paths left, so it can list nothing",
		}},
		"published tags are outside the paths": {change: model.EditDelegation{Role: docker.Releases, Paths: []string{"2"}, RemovePaths: []string{""}}, repo: repo, server: true, want: []string{
			"pull: sees no additional tag; sees 1 tag with different contents: 1.0; none removed", "replaced: 1.0",
		}},
		"a key comes, and both must sign": {change: model.EditDelegation{Role: "targets/qa", Keys: public(one), RemoveKeys: []model.KeyID{other}, Threshold: 2}, repo: repo, server: true, extra: []notarytest.Key{one}, want: []string{
			"ready:", "targets/qa 1 to 2 by here", "why targets/qa: because more of its keys must sign it now", "quorum of targets/qa by targets: 2 of 2, spare 0; was 1 of 2, spare 1",
		}},
	})
}

// A delegation goes with all that hangs below it, and the plan says which tags go with it.
func TestRemoveDelegation(t *testing.T) {
	repo, _ := nested()
	check(t, map[string]row{
		"with one below": {change: model.RemoveDelegation{Role: "targets/qa"}, repo: repo, want: []string{
			"ready:", "targets 3 to 4 by here: targets/qa removed", "targets/qa is no longer listed; targets/qa/nightly is no longer listed",
			"others: targets/qa is no longer delegated: clients refuse it once they have the new targets", "others: targets/qa/nightly is removed with targets/qa",
			"others: no role lists 2 tags any longer: qa-1, qa-nightly", "pull: sees the same tags as before", "stays on this machine, although it no longer signs this repository",
		}},
		"below another one": {change: model.RemoveDelegation{Role: "targets/qa/nightly"}, repo: repo, server: true, want: []string{
			"targets/qa 1 to 2 by here: targets/qa/nightly removed", "not: targets 3 to 4", "others: no role lists 1 tag any longer: qa-nightly",
		}},
		"the published tags": {change: model.RemoveDelegation{Role: docker.Releases}, repo: repo, server: true, want: []string{
			"pull: sees no additional tag; sees 1 tag with different contents: 1.0; no longer sees 1 tag: 2.0", "lost: 2.0", "replaced: 1.0", "can still sign targets/alice", "can still sign targets/bob",
			"not: no role lists",
		}},
		"the role of a signer": {change: model.RemoveDelegation{Role: "targets/alice"}, repo: repo, server: true, want: []string{
			"of alice is also listed in targets/releases, and can still sign there",
		}},
	})
}

// A threshold changes for root, targets and delegations, and the plan says how many keys
// may then be lost.
func TestSetThreshold(t *testing.T) {
	repo, _ := nested()
	both := notarytest.New(gun, now)
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets} {
		k := notarytest.NewKey()
		if role == model.RoleRoot {
			k = notarytest.Certified(k, string(gun), now.AddDate(0, 0, -1), now.Add(notary.Lifetime(model.RoleRoot)))
		}
		both.Keys[role] = append(both.Keys[role], k)
	}
	both.NameKeys()
	both.Seal(model.RoleRoot, model.RoleTargets)
	check(t, map[string]row{
		"root": {change: model.SetThreshold{Role: model.RoleRoot, Threshold: 2}, repo: both, server: true, want: []string{
			"ready:", "root 2 to 3 by here", "quorum of root by root: 2 of 2, spare 0; was 1 of 2, spare 1", "warning: notary key rotate fails",
			"1 of root 2, being replaced", "2 of root 3",
		}},
		"targets": {change: model.SetThreshold{Role: model.RoleTargets, Threshold: 2}, repo: both, server: true, want: []string{
			"ready:", "root 2 to 3 by here", "quorum of targets by root: 2 of 2, spare 0; was 1 of 2, spare 1",
			"(docker trust signer add, notary delegation add, notary delegation remove)",
		}},
		"releases": {change: model.SetThreshold{Role: docker.Releases, Threshold: 2}, repo: repo, server: true, want: []string{
			"ready:", "targets 3 to 4 by here", "targets/releases 1 to 2 by here", "why targets/releases: because more of its keys must sign it now", "(docker trust sign)",
		}},
		"releases, and a key is elsewhere": {change: model.SetThreshold{Role: docker.Releases, Threshold: 2}, repo: repo, server: true, keys: []model.RoleName{model.RoleTargets, "targets/alice"}, want: []string{
			"waiting: some keys are not on this machine: targets/releases needs 1 signature more",
		}},
		"as it is": {change: model.SetThreshold{Role: docker.Releases, Threshold: 1}, repo: repo, server: true, want: []string{"nothing: "}},
	})
}

// delegationRefusals are changes of delegations and thresholds that make no sense.
func delegationRefusals(t *testing.T) []refusal {
	t.Helper()
	repo, qa := nested()
	one := notarytest.NewKey()
	under, _ := nested()
	notarytest.SignFile(under.Files["targets/qa"], notarytest.NewKey())
	under.SealSnapshot()
	var out []refusal
	add := func(name string, repo *notarytest.Repo, changes ...model.Change) {
		out = append(out, refusal{name, plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: changes}})
	}
	for _, role := range []model.RoleName{"targets/QA", "", "targets/a b", "targets//qa", "qa", model.RoleTargets, "targets/nobody/qa"} {
		add(fmt.Sprintf("delegate to %q", role), repo, model.AddDelegation{Role: role, Keys: public(one), Paths: []string{""}})
	}
	add("delegate without a key", repo, model.AddDelegation{Role: "targets/new", Paths: []string{""}})
	add("delegate to a weak key", repo, model.AddDelegation{Role: "targets/new", Keys: []model.PublicKey{weak(t)}, Paths: []string{""}})
	add("delegate with a threshold below 0", repo, model.AddDelegation{Role: "targets/new", Keys: public(one), Threshold: -1})
	add("delegate with a threshold above the keys", repo, model.AddDelegation{Role: "targets/new", Keys: public(one), Threshold: 2})
	add("delegate a path outside the delegator's", repo, model.AddDelegation{Role: "targets/qa/new", Keys: public(one), Paths: []string{"qa-x", "w"}})
	add("delegate all paths below some", repo, model.AddDelegation{Role: "targets/qa/new", Keys: public(one), Paths: []string{""}})
	add("delegate what cannot be shown", repo, model.AddDelegation{Role: "targets/new", Keys: public(one), Paths: []string{"a\x1b"}})
	add("delegate from what is under-signed", under, model.AddDelegation{Role: "targets/qa/new", Keys: public(one), Paths: []string{"qa-"}})
	add("delegate from what is only just made", repo, model.AddDelegation{Role: "targets/new", Keys: public(one), Paths: []string{""}}, model.AddDelegation{Role: "targets/new/er", Keys: public(one), Paths: []string{""}})
	add("delegate from another role than the name says", repo, model.AddDelegation{Role: "targets/new", From: "targets/qa", Keys: public(one)})
	add("delegate from what gets a new file", repo, model.Witness{Roles: []model.RoleName{"targets/qa"}, Fresh: true}, model.AddDelegation{Role: "targets/qa/new", Keys: public(one), Paths: []string{"qa-"}})
	add("edit what is not there", repo, model.EditDelegation{Role: "targets/nobody", Paths: []string{"a"}})
	add("edit targets", repo, model.EditDelegation{Role: model.RoleTargets, Keys: public(one)})
	add("edit away a key that it does not have", repo, model.EditDelegation{Role: "targets/qa", RemoveKeys: []model.KeyID{one.ID}})
	add("edit away a path that it does not have", repo, model.EditDelegation{Role: "targets/qa", RemovePaths: []string{"z"}})
	add("edit away all keys", repo, model.EditDelegation{Role: "targets/qa/nightly", RemoveKeys: repo.Read().Role("targets/qa/nightly").Keys})
	add("edit to a key in two forms", repo, model.EditDelegation{Role: "targets/qa", Keys: public(notarytest.Certified(qa, "qa", now.AddDate(0, 0, -1), now.AddDate(1, 0, 0)))})
	add("remove a delegation that is not there", repo, model.RemoveDelegation{Role: "targets/nobody"})
	add("remove targets", repo, model.RemoveDelegation{Role: model.RoleTargets})
	for _, c := range []model.SetThreshold{
		{Role: model.RoleTimestamp, Threshold: 2},
		{Role: model.RoleSnapshot, Threshold: 2},
		{Role: model.RoleTargets},
		{Role: model.RoleRoot, Threshold: 2},
		{Role: "targets/qa", Threshold: 3},
		{Role: "targets/nobody", Threshold: 2},
	} {
		add(fmt.Sprintf("the threshold %d of %s", c.Threshold, c.Role), repo, c)
	}
	return out
}

// Thousands of delegations are planned for like one, and paths are looked up once each.
func TestManyDelegations(t *testing.T) {
	if testing.Short() {
		t.Skip("it signs as many delegations as are read")
	}
	const many = notary.MaxRoles - 4
	repo := notarytest.New(gun, now)
	k := notarytest.NewKey()
	for i := range many {
		repo.Delegate(model.RoleName(fmt.Sprintf("targets/role%d", i)), 1, []string{fmt.Sprintf("tag%d-", i)}, k)
		delete(repo.Files, model.RoleName(fmt.Sprintf("targets/role%d", i)))
	}
	repo.Seal(model.RoleTargets)
	r := row{change: model.RemoveDelegation{Role: "targets/role4000"}, repo: repo, server: true}
	p := r.plan(t)
	if v := p.Verdict(); v.State != plan.Ready || len(p.Parts[0].Summary) != 4 {
		t.Errorf("%+v, %d rows", v, len(p.Parts[0].Summary))
	}
	r.change = model.AddDelegation{Role: "targets/more", Keys: public(k)}
	_, err := plan.Compile([]plan.Request{r.request()}, r.here(), now)
	if err == nil || !strings.Contains(err.Error(), "targets would delegate to 4093 roles, the limit is 4092") {
		t.Errorf("one more: %v", err)
	}
}
