package plan_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// dropped is a repository whose only signer, alice, was removed with targets/releases,
// after she had signed 1.0 and 2.0; hidden where no snapshot lists what she left.
func dropped(hidden bool) (repo *notarytest.Repo, alice notarytest.Key) {
	return droppedOf(gun, hidden)
}

func droppedOf(name model.GUN, hidden bool) (repo *notarytest.Repo, alice notarytest.Key) {
	repo, alice = notarytest.New(name, now), notarytest.NewKey()
	for _, role := range []model.RoleName{"targets/alice", docker.Releases} {
		repo.Delegate(role, 1, []string{""}, alice)
		repo.Tag(role, "1.0", "one")
		repo.Tag(role, "2.0", "two")
	}
	repo.Seal(model.RoleTargets, "targets/alice", docker.Releases)
	repo.Drop("targets/alice", hidden)
	repo.Drop(docker.Releases, hidden)
	repo.Seal(model.RoleTargets)
	return repo, alice
}

// Whoever is added where somebody was removed before: no tag returns that nobody has
// chosen, and no role is left unusable that nobody has named.
func TestAddSignerAfterRemoval(t *testing.T) {
	add := func(name string, k notarytest.Key) model.Change {
		return model.AddSigner{Name: name, Keys: []model.PublicKey{k.PublicKey}}
	}
	listed, alice := dropped(false)
	hidden, again := dropped(true)
	bob := notarytest.NewKey()
	ours := []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot}
	keep := &model.AllowUnsigned{KeepTags: []string{"2.0", "3.0"}}
	join := &model.AllowUnsigned{Join: []model.RoleName{docker.Releases, "targets/bob"}, JoinKey: notary.CanonicalID(hidden.Keys[model.RoleTargets][0].PublicKey), KeepTags: []string{"1.0"}}

	check(t, map[string]row{
		"the same key, which is here": {change: add("alice", alice), repo: listed, server: true, keys: ours, extra: []notarytest.Key{alice}, want: []string{
			`targets/alice 1 to 2 by here: "1.0" removed; "2.0" removed`, "targets/releases 1 to 2 by here", "  1 of targets 4: here signs", "ready:",
			"pull: sees the same tags as before", "warning: targets/releases 1, which the server has, is replaced with a new file, which drops its 2 tags: 1.0, 2.0", "gained: \n",
		}},
		"the same key, and a tag is kept": {change: add("alice", alice), allow: keep, repo: listed, server: true, keys: ours, extra: []notarytest.Key{alice}, want: []string{
			"pull: sees 1 additional tag: 2.0", "which keeps 1 tag: 2.0, and drops 1 tag: 1.0", "gained: 2.0",
		}},
		"the same key, which is elsewhere": {change: add("alice", alice), repo: listed, server: true, keys: ours, want: []string{
			"waiting: some keys are not on this machine: targets/alice needs 1 signature more, by key ", "targets/releases needs 1 signature more, by key ",
		}},
		"the same key, and old tags may return": {change: add("alice", alice), allow: pending("targets/alice", docker.Releases), repo: listed, server: true, keys: ours, want: []string{
			"ready:", "warning: targets/releases 1, which the server still has, is signed with a key being added to targets/releases; clients see its 2 tags again: 1.0, 2.0",
			"not: targets/releases 1 to 2", "not: is pending", "gained: 1.0 2.0", "pull: sees 2 additional tags: 1.0, 2.0",
		}},
		"another key, which is here": {change: add("bob", bob), repo: listed, server: true, keys: ours, extra: []notarytest.Key{bob}, want: []string{
			"targets/releases 1 to 2 by here", "not: targets/bob 1", "ready:", "gained: \n",
		}},
		"another key, which is elsewhere": {change: add("bob", bob), repo: hidden, keys: ours, want: []string{
			"waiting: some keys are not on this machine: targets/releases needs 1 signature more, by key ", "not: targets/bob needs",
		}},
		"another key, and releases is pending": {change: add("bob", bob), allow: pending(docker.Releases), repo: listed, server: true, keys: ours, want: []string{
			"ready:", "not: targets/releases 1 to 2", "warning: targets/releases is pending: clients refuse it until it is signed with key ", "gained: \n",
		}},
		"hidden, and releases is pending": {change: add("bob", bob), allow: pending(docker.Releases), repo: hidden, keys: ours, want: []string{
			"ready:", "not: targets/releases 1 to 2", "snapshot 3 to 4 by here: targets changed; targets/releases is listed again",
		}},
		"the targets key joins": {change: add("bob", bob), allow: join, repo: hidden, keys: ours, want: []string{
			`targets/releases 1 to 2 by here: "2.0" removed`, "  1 of targets 4: unknown, here signs", "why targets: to add bob's keys; to add key ", " to targets/releases",
			"ready:", "gained: 1.0", "may sign targets/releases until you remove it from the role",
		}},
		"hidden, and the same key": {change: add("alice", again), repo: hidden, keys: ours, extra: []notarytest.Key{again}, want: []string{
			"targets/alice 1 to 2 by here", "targets/releases 1 to 2 by here", "snapshot 3 to 4 by here", "ready:", "gained: \n",
		}},
	})
}

// Whose key was lost or leaked is revoked without it: the role waits for its signer, or a
// key of this machine joins it and signs what is chosen.
func TestRevokeWithoutTheRevoked(t *testing.T) {
	repo, _, bob := signed()
	repo.Keys[docker.Releases] = []notarytest.Key{bob}
	repo.Seal(docker.Releases)
	given := notarytest.NewKey()
	handed := model.RotateKey{Role: "targets/bob", Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: given.PublicKey}}, Threshold: 1}}
	ours := []model.RoleName{model.RoleTargets}
	join := &model.AllowUnsigned{Join: []model.RoleName{docker.Releases, "targets/bob"}, JoinKey: notary.CanonicalID(repo.Keys[model.RoleTargets][0].PublicKey), KeepTags: []string{"2.0"}}
	check(t, map[string]row{
		"rotated, and pending": {change: handed, allow: pending("targets/bob", docker.Releases), repo: repo, server: true, keys: ours, want: []string{
			"ready:", "targets 2 to 3 by here", "not: targets/bob 1 to 2", "warning: targets/bob is pending", "lost: 1.0 2.0",
		}},
		"rotated, and a key joins": {change: handed, allow: join, repo: repo, server: true, keys: ours, want: []string{
			"ready:", "targets/bob 1 to 2 by here", `targets/releases 2 to 3 by here: "1.0" removed`, "lost: 1.0\n",
		}},
		"removed, and pending": {change: model.RemoveSigner{Name: "bob"}, allow: pending(docker.Releases), repo: repo, server: true, keys: ours, want: []string{
			"ready:", "lost: 1.0 2.0",
		}},
		"nobody has decided": {change: handed, repo: repo, server: true, keys: ours, want: []string{
			"waiting: some keys are not on this machine: targets/bob needs 1 signature more", "targets/releases needs 1 signature more",
		}},
	})
}

// A repository that is left in one of these states has a way out.
func TestFreshFile(t *testing.T) {
	bob := notarytest.NewKey()
	stuck := func(hidden bool, keys ...notarytest.Key) *notarytest.Repo {
		repo, _ := dropped(hidden)
		left := repo.Leftovers()[docker.Releases]
		repo.Delegate(docker.Releases, 1, []string{""}, keys...)
		repo.Files[model.RoleTargets].Roles[0].KeyIDs = nil
		for _, k := range keys {
			repo.Files[model.RoleTargets].Roles[0].KeyIDs = append(repo.Files[model.RoleTargets].Roles[0].KeyIDs, k.ID)
		}
		delete(repo.Files, docker.Releases)
		if !hidden {
			f, err := notary.Parse(docker.Releases, left)
			if err != nil {
				t.Fatal(err)
			}
			repo.Files[docker.Releases] = f
		}
		repo.Seal(model.RoleTargets)
		return repo
	}
	ours := []model.RoleName{model.RoleTargets, model.RoleSnapshot}
	fresh := model.Witness{Roles: []model.RoleName{docker.Releases}, Fresh: true}
	join := func(r *notarytest.Repo) *model.AllowUnsigned {
		return &model.AllowUnsigned{Join: []model.RoleName{docker.Releases, "targets/bob"}, JoinKey: notary.CanonicalID(r.Keys[model.RoleTargets][0].PublicKey)}
	}
	elsewhere, unlisted, keyless := stuck(false, bob), stuck(true, bob), stuck(false)
	check(t, map[string]row{
		"listed, and bob is here": {change: fresh, repo: stuck(false, bob), server: true, keys: ours, extra: []notarytest.Key{bob}, want: []string{
			`targets/releases 1 to 2 by here: "1.0" removed; "2.0" removed`, "ready:", "gained: \n",
		}},
		"listed, and a key joins": {change: fresh, allow: join(elsewhere), repo: elsewhere, server: true, keys: ours, want: []string{
			"targets 4 to 5 by here", "targets/releases 1 to 2 by here", "ready:",
		}},
		"unlisted, and a key joins": {change: fresh, allow: join(unlisted), repo: unlisted, keys: ours, want: []string{
			"targets/releases 1 to 2 by here", "ready:",
		}},
		"unlisted, witnessed": {change: model.Witness{Roles: []model.RoleName{docker.Releases}}, repo: stuck(true, bob), keys: ours, extra: []notarytest.Key{bob}, want: []string{
			"targets/releases 1 to 2 by here: contents unchanged", "warning: no valid signature confirms the contents of targets/releases: check its 2 tags before you sign",
			"pull: sees 2 additional tags: 1.0, 2.0", "gained: 1.0 2.0",
		}},
		"without keys": {change: fresh, repo: keyless, server: true, keys: ours, want: []string{
			"waiting: some keys are not on this machine: targets/releases has no key that can sign it",
		}},
		"without keys, and one joins": {change: fresh, allow: join(keyless), repo: keyless, server: true, keys: ours, want: []string{
			"targets/releases 1 to 2 by here", "ready:",
		}},
		"what is broken and not touched": {change: model.Renew{Roles: []model.RoleName{model.RoleTargets}}, repo: elsewhere, server: true, keys: ours, want: []string{
			"ready:", "warning: targets/releases is still unusable: targets/releases has 0 valid signatures",
		}},
	})
}

// A key that must not join a role is refused by name.
func TestJoinKeysThatAreRefused(t *testing.T) {
	repo, _ := dropped(false)
	bob := notarytest.NewKey()
	add := model.AddSigner{Name: "bob", Keys: []model.PublicKey{bob.PublicKey}}
	foreign := model.PrivateKey{ID: strings64("b"), Label: "targets", GUN: "registry.example.org/other"}
	for name, row := range map[string]struct {
		id   model.KeyID
		want string
	}{
		"unknown":         {strings64("a"), "its private key is not on this machine"},
		"a root key":      {notary.CanonicalID(repo.Keys[model.RoleRoot][0].PublicKey), "it is a root key"},
		"somebody else's": {foreign.ID, "it is a targets key"},
	} {
		r := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{add, model.AllowUnsigned{Join: []model.RoleName{docker.Releases}, JoinKey: row.id}}, Leftovers: repo.Leftovers()}
		_, err := plan.Compile([]plan.Request{r}, append(here("root", repo.Keys[model.RoleRoot]...), foreign), now)
		if model.KindOf(err) != model.FaultUsage || !strings.Contains(err.Error(), row.want) || model.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", name, err, model.HintOf(err))
		}
	}
}

func strings64(digit string) model.KeyID { return model.KeyID(strings.Repeat(digit, 64)) }

// What the server has of a role is hostile: it is refused where nothing can be written
// above it, and part of what makes a plan stale.
func TestLeftoverBytes(t *testing.T) {
	repo, alice := dropped(false)
	add := []model.Change{model.AddSigner{Name: "alice", Keys: []model.PublicKey{alice.PublicKey}}}
	last, err := notary.Parse(docker.Releases, repo.Leftovers()[docker.Releases])
	if err != nil {
		t.Fatal(err)
	}
	last.Version = 1<<31 - 1
	notarytest.SignFile(last, alice)
	for name, raw := range map[string][]byte{"no metadata": []byte("{}"), "another role": repo.Wire()[model.RoleRoot], "the last version": last.Wire()} {
		r := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: add, Leftovers: map[model.RoleName][]byte{docker.Releases: raw}}
		if _, err := plan.Compile([]plan.Request{r}, nil, now); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	request := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: add, Leftovers: repo.Leftovers()}
	before := compile(t, request, here("alice", alice)...)
	if base := before.Parts[0].Base; !slices.ContainsFunc(base, func(f plan.BaseFile) bool { return f.Role == docker.Releases && f.Version == 1 }) {
		t.Errorf("the base is %+v", base)
	}
	delete(request.Leftovers, docker.Releases)
	if after := compile(t, request, here("alice", alice)...); after.Digest() == before.Digest() {
		t.Error("the same plan without what the server still has")
	}
}
