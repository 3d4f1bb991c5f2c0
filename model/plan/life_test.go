package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// A row is a change of a repository, and what must be in the outline and the impact
// of its plan.
type row struct {
	change model.Change
	// allow goes with it, where it is not nil. changes are made in their place, where
	// there are any.
	allow   *model.AllowUnsigned
	changes []model.Change
	repo    *notarytest.Repo
	// server holds the snapshot key.
	server bool
	// keys are those of this machine, by role; nil are all.
	keys []model.RoleName
	// extra keys are here too.
	extra []notarytest.Key
	want  []string
}

func (r row) plan(t *testing.T) *plan.Plan {
	t.Helper()
	return compile(t, r.request(), r.here()...)
}

func (r row) request() plan.Request {
	out := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: r.repo.Read(), Changes: []model.Change{r.change}, Leftovers: map[model.RoleName][]byte{}}
	if r.allow != nil {
		out.Changes = append(out.Changes, *r.allow)
	}
	if r.changes != nil {
		out.Changes = r.changes
	}
	left := r.repo.Leftovers()
	for _, role := range plan.Named(docker.Dialect{}, out.Repository, out.Changes) {
		if raw, ok := left[role]; ok {
			out.Leftovers[role] = raw
		}
	}
	return out
}

func (r row) here() []model.PrivateKey {
	out := here("delegation", r.extra...)
	for _, role := range slices.Sorted(maps.Keys(r.repo.Keys)) {
		keys := r.repo.Keys[role]
		ours := r.keys == nil
		for _, name := range r.keys {
			ours = ours || name == role
		}
		if ours && role != model.RoleTimestamp && (!r.server || role != model.RoleSnapshot) {
			out = append(out, here(notary.Base(role), keys...)...)
		}
	}
	return out
}

func told(p *plan.Plan) string {
	var b strings.Builder
	b.WriteString(outline(p))
	for _, part := range p.Parts {
		for _, r := range part.Rewrites {
			b.WriteString("why " + string(r.Role) + ": " + strings.Join(r.Why, "; ") + "\n")
		}
		i := part.Impact
		b.WriteString("fresh: " + i.Fresh + "\ncurrent: " + i.Current + "\noutdated: " + i.Outdated + "\npull: " + i.Pull + "\n")
		for _, p := range i.Pulls {
			b.WriteString("pulled " + p.Name + ": now " + pulledFrom(p.Before) + ", then " + pulledFrom(p.After) + "\n")
		}
		for _, s := range slices.Concat(i.Others, part.Local.Others) {
			b.WriteString("others: " + s + "\n")
		}
		for _, s := range slices.Concat(i.Warnings, part.Local.Warnings) {
			b.WriteString("warning: " + s + "\n")
		}
		b.WriteString("gained: " + strings.Join(i.Gained, " ") + "\nlost: " + strings.Join(i.Lost, " ") + "\n")
		if len(i.Replaced) > 0 {
			b.WriteString("replaced: " + strings.Join(i.Replaced, " ") + "\n")
		}
		for _, q := range part.Quorums {
			fmt.Fprintf(&b, "quorum of %s by %s: %d of %d, spare %d; was %d of %d, spare %d\n",
				q.Role, q.From, q.After.Threshold, q.After.Keys, q.After.Spare, q.Before.Threshold, q.Before.Keys, q.Before.Spare)
		}
	}
	return b.String()
}

// check compares the plans with what the rows want of them, and in full with a golden
// file.
func check(t *testing.T, rows map[string]row) {
	t.Helper()
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r := rows[name]
		t.Run(name, func(t *testing.T) {
			got := told(r.plan(t))
			fmt.Fprintf(&all, "%s\n  %s\n", name, strings.ReplaceAll(strings.TrimSpace(shortID.ReplaceAllString(got, "KEY")), "\n", "\n  "))
			for _, want := range r.want {
				if refused, found := strings.CutPrefix(want, "not: "); found {
					if strings.Contains(got, refused) {
						t.Errorf("the plan says %q:\n%s", refused, got)
					}
				} else if !strings.Contains(got, want) {
					t.Errorf("the plan lacks %q:\n%s", want, got)
				}
			}
		})
	}
	golden(t, strings.ToLower(t.Name())+".golden", all.String())
}

// signed is a repository with the signers alice and bob, each with a tag of their
// own in targets/releases, which alice has signed last.
func signed() (repo *notarytest.Repo, alice, bob notarytest.Key) {
	repo, alice, bob = notarytest.New(gun, now), notarytest.NewKey(), notarytest.NewKey()
	everything := []string{""}
	repo.Delegate("targets/alice", 1, everything, alice)
	repo.Delegate("targets/bob", 1, everything, bob)
	repo.Delegate(docker.Releases, 1, everything, alice, bob)
	repo.Keys[docker.Releases] = []notarytest.Key{alice}
	repo.Tag("targets/alice", "1.0", "one")
	repo.Tag("targets/bob", "2.0", "two")
	repo.Tag(docker.Releases, "1.0", "one")
	repo.Tag(docker.Releases, "2.0", "two")
	repo.Seal(model.RoleTargets, "targets/alice", "targets/bob", docker.Releases)
	return repo, alice, bob
}

func pending(roles ...model.RoleName) *model.AllowUnsigned {
	return &model.AllowUnsigned{Pending: roles}
}

// expire has a role end an hour before now, and everything that lists it follow.
func expire(repo *notarytest.Repo, role model.RoleName) *notarytest.Repo {
	f := repo.Files[role]
	f.Expires = now.Add(-time.Hour)
	notarytest.SignFile(f, repo.Keys[role]...)
	repo.SealSnapshot()
	return repo
}

// What is renewed is signed again, and nothing else, before and after it expired.
func TestRenew(t *testing.T) {
	renew := func(roles ...model.RoleName) model.Change { return model.Renew{Roles: roles} }
	fresh := func() *notarytest.Repo { repo, _, _ := signed(); return repo }
	ending := notarytest.New(gun, now)
	ending.Keys[model.RoleRoot] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), string(gun), now.Add(-time.Hour), now.Add(300*24*time.Hour))}
	ending.NameKeys()
	ending.Seal(model.RoleRoot)

	check(t, map[string]row{
		"targets": {change: renew(model.RoleTargets), repo: fresh(), server: true, want: []string{
			"targets 2 to 3 by here: contents unchanged", "why targets: to renew it", "snapshot 2 to 3 by server", "timestamp 2 to 3 by server", "ready:",
			"pull: sees the same tags as before", "not: root 1 to",
		}},
		"targets that expired": {change: renew(model.RoleTargets), repo: expire(fresh(), model.RoleTargets), server: true, want: []string{
			"why targets: because it expired on 2026-11-21", "fresh: accepts the repository again; it refuses it now because targets has expired",
			"gained: 1.0 2.0", "ready:",
		}},
		"targets, and root stays expired": {change: renew(model.RoleTargets), repo: expire(fresh(), model.RoleRoot), server: true, want: []string{
			"fresh: refuses the repository because root stays expired", "warning: root has expired and is not renewed by this", "pull: refuses every tag",
		}},
		"root": {change: renew(model.RoleRoot), repo: fresh(), server: true, want: []string{
			"root 1 to 2 by here: contents unchanged", "1 of root 2: here signs", "not: which is replaced",
		}},
		"root that expired": {change: renew(model.RoleRoot), repo: expire(fresh(), model.RoleRoot), want: []string{
			"snapshot 3 to 4 by here: root changed", "accepts the repository again", "gained: 1.0 2.0",
		}},
		"root whose certificate ends": {change: renew(model.RoleRoot), repo: ending, want: []string{
			"warning: the certificate of root key ", "expires on 2027-09-17, before the new root does; rotate the root key before then",
		}},
		"delegation that expired": {change: renew("targets/alice", docker.Releases), repo: expire(fresh(), docker.Releases), want: []string{
			"targets/alice 1 to 2 by here", "targets/releases 1 to 2 by here", "gained: 1.0 2.0", "not: targets 2 to 3",
		}},
		"delegation of somebody else": {change: renew("targets/bob"), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: targets/bob needs 1 signature more, by key ",
		}},
		"the server's snapshot": {change: renew(model.RoleSnapshot), repo: fresh(), server: true, want: []string{
			"snapshot 2 to 3 by server", "timestamp 2 to 3 by server", "why snapshot: because the server re-signs it on every publish, even an empty one",
			"ready: the server signs; you need no key", "others: the server signs snapshot on every publish, and on the first read after it has expired",
		}},
		"our own snapshot": {change: renew(model.RoleSnapshot), repo: fresh(), want: []string{
			"snapshot 2 to 3 by here: contents unchanged", "why snapshot: to renew it", "timestamp 2 to 3 by server",
		}},
		"timestamp, with the snapshot here": {change: renew(model.RoleTimestamp), repo: fresh(), want: []string{
			"snapshot 2 to 3 by here", "timestamp 2 to 3 by server",
		}},
	})
}

// With an expired root, the server no longer renews the timestamp: what is there to
// be read is enough for a new root.
func TestRenewRootWithoutTimestamp(t *testing.T) {
	repo, _, _ := signed()
	expire(repo, model.RoleRoot)
	files := repo.Wire()
	delete(files, model.RoleTimestamp)
	delete(files, model.RoleSnapshot)
	load := docker.Dialect{}.Load(dialect.Config{GUN: repo.GUN, At: repo.Now, FirstUse: model.AnchorFirstUse})
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		for _, w := range wants {
			if raw, ok := files[w.Role]; ok {
				load.Give(w, raw, time.Time{}, nil)
			} else {
				load.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultServer, Text: "it answers 500"})
			}
		}
	}
	request := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: load.Repository(), Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleRoot}}}}
	p := compile(t, request, row{repo: repo, server: true}.here()...)
	if v := p.Verdict(); v.State != plan.Ready || !strings.Contains(outline(p), "root 1 to 2 by here") {
		t.Errorf("%+v\n%s", v, outline(p))
	}
	request.Changes = []model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}}}
	if _, err := plan.Compile([]plan.Request{request}, nil, now); model.KindOf(err) != model.FaultServer {
		t.Errorf("targets under an expired root: %v", err)
	}
}

// What is witnessed says the same, and has the signatures that it needs.
func TestWitness(t *testing.T) {
	witness := func(roles ...model.RoleName) model.Change { return model.Witness{Roles: roles} }
	fresh := func() *notarytest.Repo { repo, _, _ := signed(); return repo }
	// under has no signature left that counts.
	under := func(role model.RoleName) *notarytest.Repo {
		repo := fresh()
		notarytest.SignFile(repo.Files[role], notarytest.NewKey())
		repo.SealSnapshot()
		return repo
	}
	check(t, map[string]row{
		"a delegation": {change: witness("targets/bob"), repo: fresh(), server: true, want: []string{
			"targets/bob 1 to 2 by here: contents unchanged", "1 of targets 2: here signs", "why targets/bob: to witness it", "ready:", "not: warning",
		}},
		"by another signer": {change: witness(docker.Releases), repo: fresh(), keys: []model.RoleName{"targets/bob"}, want: []string{
			"1 of targets 2: unknown, here signs", "ready:",
		}},
		"an under-signed delegation": {change: witness(docker.Releases), repo: under(docker.Releases), want: []string{
			"targets/releases 1 to 2 by here", "why targets/releases: to witness it: targets/releases has 0 valid signatures of the 1 that it needs",
			"warning: no valid signature confirms the contents of targets/releases: check its 2 tags before you sign", "gained: 1.0 2.0",
		}},
		"under-signed targets": {change: witness(model.RoleTargets), repo: under(model.RoleTargets), want: []string{
			"targets 2 to 3 by here", "ready:",
		}},
		"by nobody who is here": {change: witness("targets/bob"), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: targets/bob needs 1 signature more, by key ",
		}},
	})
}

// A signer who is removed has no say any more; what the keys of that signer held up
// is signed by others, or named.
func TestRemoveSigner(t *testing.T) {
	remove := model.RemoveSigner{Name: "alice"}
	fresh := func() *notarytest.Repo { repo, _, _ := signed(); return repo }
	sharing := fresh()
	sharing.Files[model.RoleTargets].Roles[1].KeyIDs = append(sharing.Files[model.RoleTargets].Roles[1].KeyIDs, sharing.Keys["targets/alice"][0].ID)
	sharing.Seal(model.RoleTargets)
	both := fresh()
	both.Keys[docker.Releases] = append(both.Keys[docker.Releases], both.Keys["targets/bob"]...)
	both.Seal(docker.Releases)
	alone := notarytest.New(gun, now)
	alice := notarytest.NewKey()
	alone.Delegate("targets/alice", 1, []string{""}, alice)
	alone.Delegate(docker.Releases, 1, []string{""}, alice)
	alone.Tag(docker.Releases, "1.0", "one")
	alone.Tag(model.RoleTargets, "0.9", "old")
	alone.Seal(model.RoleTargets, docker.Releases)
	admin := notarytest.New(gun, now)
	key := admin.Keys[model.RoleTargets][0]
	admin.Delegate("targets/alice", 1, []string{""}, key)
	admin.Seal(model.RoleTargets)
	odd := notarytest.New(gun, now)
	odd.Delegate("targets/-x", 1, []string{""}, alice)
	odd.Delegate("targets/bob", 1, []string{""}, notarytest.NewKey())
	odd.Delegate(docker.Releases, 1, []string{""}, alice, odd.Keys["targets/bob"][0])
	odd.Seal(model.RoleTargets)

	check(t, map[string]row{
		"who signed releases last, and bob is here": {change: remove, repo: fresh(), server: true, want: []string{
			"targets 2 to 3 by here: key ", "removed from targets/releases; targets/alice removed", "why targets: to remove alice's keys",
			"targets/releases 1 to 2 by here: contents unchanged", "why targets/releases: because the keys that signed it are no longer authorised", "  1 of targets 3: here signs",
			"ready:", "pull: sees the same tags as before", "others: alice can no longer sign: clients refuse it",
			"others: docker pull still sees what alice signed, 1 tag: 1.0", "can keep serving today's files until today's timestamp expires on 2026-12-05", "not: warning",
		}},
		"who signed releases last, and bob is not here": {change: remove, repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: targets/releases needs 1 signature more, by key ",
		}},
		"and releases is left to bob": {change: remove, allow: pending(docker.Releases), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"ready:", "not: targets/releases 1 to 2", "lost: 1.0 2.0", "warning: targets/releases is pending: clients refuse it until it is signed with key ",
			"until then it lacks 2 tags",
		}},
		"who signed releases together with bob": {change: remove, repo: both, keys: []model.RoleName{model.RoleTargets}, want: []string{
			"ready:", "not: targets/releases 2 to 3", "pull: sees the same tags as before",
		}},
		"whose key bob has too": {change: remove, repo: sharing, keys: []model.RoleName{model.RoleTargets}, want: []string{
			"targets 3 to 4 by here: targets/alice removed", "is also listed in targets/bob, and can still sign there",
			"is also listed in targets/releases, and stays there because another signer also has it", "not: targets/releases 1 to 2",
		}},
		"the last one": {change: remove, repo: alone, want: []string{
			"targets/alice removed; targets/releases removed", "warning: alice is the last signer", "warning: targets/releases is removed too: it has no keys left; docker pull no longer sees 1 tag: 1.0",
			"lost: 1.0", "snapshot 2 to 3 by here: targets changed; targets/releases is no longer listed", "ready:",
		}},
		"whose name no new signer could have": {change: model.RemoveSigner{Name: "-x"}, repo: odd, keys: []model.RoleName{model.RoleTargets}, want: []string{
			"removed from targets/releases; targets/-x removed", "ready:",
		}},
		"who has the targets key": {change: remove, repo: admin, want: []string{
			"of alice is also listed in targets, and can still sign there",
		}},
	})
}

// Where one of several repositories does not have the signer, nothing happens to it.
func TestRemoveSignerOfSeveral(t *testing.T) {
	one, _, _ := signed()
	request := func(name model.GUN, repo *notarytest.Repo, signer string) plan.Request {
		return plan.Request{Dialect: docker.Dialect{}, GUN: name, Repository: repo.Read(), Changes: []model.Change{model.RemoveSigner{Name: signer}}}
	}
	p, err := plan.Compile([]plan.Request{request(gun, one, "alice"), request(gun+"2", notarytest.New(gun+"2", now), "alice")}, row{repo: one}.here(), now)
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Parts[1].Verdict; v.State != plan.Nothing || !strings.Contains(v.Text, "there is no signer alice") || p.Verdict().State != plan.Ready {
		t.Errorf("%+v, in all %+v", v, p.Verdict())
	}
}

// A rotation names other keys, has the old ones agree, and loses nothing.
func TestRotate(t *testing.T) {
	rotate := func(role model.RoleName, sources ...model.KeySource) model.RotateKey {
		c := model.RotateKey{Role: role, Keys: model.RoleKeys{Threshold: 1}}
		for _, s := range sources {
			c.Keys.Keys = append(c.Keys.Keys, model.KeyChoice{Source: s})
		}
		return c
	}
	fresh := func() *notarytest.Repo { repo, _, _ := signed(); return repo }
	repo := fresh()
	given := notarytest.NewKey()
	handed := rotate("targets/alice")
	handed.Keys.Keys = []model.KeyChoice{{Source: model.KeyGiven, Public: given.PublicKey}}
	three := rotate(model.RoleRoot, model.KeyNew, model.KeyNew, model.KeyNew)
	three.Keys.Threshold = 2
	retiring := rotate(model.RoleTargets, model.KeyNew)
	retiring.Retire = true
	same := rotate(model.RoleRoot)
	same.Keys.Keys = []model.KeyChoice{{Source: model.KeyHere, ID: notary.CanonicalID(repo.Keys[model.RoleRoot][0].PublicKey)}}
	same.Retire = true

	check(t, map[string]row{
		"root": {change: rotate(model.RoleRoot, model.KeyNew), repo: fresh(), server: true, want: []string{
			"make new root key (new)", "root 1 to 2 by here: new root key added to root; key ", "  1 of root 1, being replaced: here signs\n  1 of root 2: here signs",
			"snapshot 2 to 3 by server", "not: targets 2 to 3", "ready:", "current: accepts root 2 without asking, because the keys of root 1 have also signed it",
			"others: root key ", "stays on this machine, although it no longer signs this repository",
		}},
		"root, whose key is elsewhere": {change: rotate(model.RoleRoot, model.KeyNew), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: root needs 1 signature more, by key ",
		}},
		"root with 2 of 3 keys": {change: three, repo: fresh(), want: []string{
			"make new root key 3 (new)", "  2 of root 2: here signs, here signs, here", "threshold of root changed from 1 to 2", "snapshot 2 to 3 by here: root changed",
		}},
		"root with a new certificate": {change: same, repo: repo, want: []string{
			"make the root key ", "  1 of root 1, being replaced: here signs\n  1 of root 2: here signs", "not: is removed from this machine", "not: can no longer decide", "others: the root keys stay, with new certificates",
		}},
		"targets": {change: rotate(model.RoleTargets, model.KeyNew), repo: fresh(), server: true, want: []string{
			"root 1 to 2 by here: new targets key added to targets; key ", "targets 2 to 3 by here: contents unchanged", "  1 of root 2: here signs",
			"why targets: because its keys change", "others: delegations and their signatures don't change", "not: targets/alice 1 to 2",
		}},
		"snapshot to the server": {change: rotate(model.RoleSnapshot, model.KeyServer), repo: fresh(), want: []string{
			"make the server's snapshot key (server)", "root 1 to 2 by here", "snapshot 2 to 3 by server", "others: the server now signs the snapshot",
		}},
		"snapshot from the server": {change: rotate(model.RoleSnapshot, model.KeyNew), repo: fresh(), server: true, want: []string{
			"make new snapshot key (new)", "snapshot 2 to 3 by here: root changed", "  1 of root 2: here signs", "warning: everyone who publishes now needs the snapshot key",
		}},
		"timestamp": {change: rotate(model.RoleTimestamp, model.KeyServer), repo: fresh(), server: true, want: []string{
			"make the server's timestamp key (server)", "root 1 to 2 by here: the server's timestamp key added to timestamp", "timestamp 2 to 3 by server",
		}},
		"a signer's key": {change: rotate("targets/alice", model.KeyNew), repo: fresh(), server: true, want: []string{
			"make new targets/alice key (new)", "targets 2 to 3 by here: new targets/alice key added to targets/alice", "new targets/alice key added to targets/releases",
			"targets/alice 1 to 2 by here", "targets/releases 1 to 2 by here", "  1 of targets 3: here signs, here", "ready:", "pull: sees the same tags as before",
		}},
		"a signer's key, for one that was handed over": {change: handed, repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: some keys are not on this machine: targets/alice needs 1 signature more, by key ", "targets/releases needs 1 signature more, by key ",
		}},
		"and what it has signed is left": {change: handed, allow: pending("targets/alice", docker.Releases), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"ready:", "warning: targets/alice is pending: clients refuse it", "warning: targets/releases is pending", "lost: 1.0 2.0",
		}},
	})

	t.Run("and retire", func(t *testing.T) {
		p := row{change: retiring, repo: repo, server: true}.plan(t)
		old := notary.CanonicalID(repo.Keys[model.RoleTargets][0].PublicKey)
		if r := p.Parts[0].Removed(); len(r) != 1 || r[0].ID != old || len(p.Parts[0].Local.Irreversible) == 0 {
			t.Errorf("removes %+v; irreversible: %v", r, p.Parts[0].Local.Irreversible)
		}
		request := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{retiring}, Keep: map[model.KeyID]string{old: "it signs targets of other"}}
		kept := compile(t, request, row{repo: repo, server: true}.here()...)
		if len(kept.Parts[0].Removed()) != 0 || kept.Digest() != p.Digest() || !strings.Contains(told(kept), "is not removed from this machine: it signs targets of other") {
			t.Errorf("a key that is needed elsewhere:\n%s", told(kept))
		}
		elsewhere := row{change: retiring, repo: repo, keys: []model.RoleName{model.RoleRoot}}.plan(t)
		if len(elsewhere.Parts[0].Removed()) != 0 || elsewhere.Digest() != p.Digest() || !strings.Contains(told(elsewhere), "is not on this machine, so there is nothing to remove") {
			t.Errorf("a key that is not here:\n%s", told(elsewhere))
		}
	})
}

// pulledFrom names what clients find: in which role, and with which digest.
func pulledFrom(r *plan.PullResult) string {
	if r == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %.14s %d", r.Role, r.Digest, r.Length)
}
