package plan_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// A row is a change of a repository, and what must be in the outline and the impact
// of its plan.
type row struct {
	change model.Change
	repo   *notarytest.Repo
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
	return compile(t, plan.Request{GUN: gun, Repository: read(t, r.repo), Changes: []model.Change{r.change}}, r.here()...)
}

func (r row) here() []model.PrivateKey {
	out := here("delegation", r.extra...)
	for role, keys := range r.repo.Keys {
		ours := r.keys == nil
		for _, name := range r.keys {
			ours = ours || name == role
		}
		if ours && role != model.RoleTimestamp && !(r.server && role == model.RoleSnapshot) {
			out = append(out, here(role.Base(), keys...)...)
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
		for _, s := range i.Others {
			b.WriteString("others: " + s + "\n")
		}
		for _, s := range i.Warnings {
			b.WriteString("warning: " + s + "\n")
		}
		b.WriteString("gained: " + strings.Join(i.Gained, " ") + "\nlost: " + strings.Join(i.Lost, " ") + "\n")
	}
	return b.String()
}

func check(t *testing.T, rows map[string]row) {
	t.Helper()
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			got := told(r.plan(t))
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
}

// signed is a repository with the signers alice and bob, each with a tag of their
// own in targets/releases, which alice has signed last.
func signed() (repo *notarytest.Repo, alice, bob notarytest.Key) {
	repo, alice, bob = notarytest.New(gun, now), notarytest.NewKey(), notarytest.NewKey()
	everything := []string{""}
	repo.Delegate("targets/alice", 1, everything, alice)
	repo.Delegate("targets/bob", 1, everything, bob)
	repo.Delegate(model.RoleReleases, 1, everything, alice, bob)
	repo.Keys[model.RoleReleases] = []notarytest.Key{alice}
	repo.Tag("targets/alice", "1.0", "one")
	repo.Tag("targets/bob", "2.0", "two")
	repo.Tag(model.RoleReleases, "1.0", "one")
	repo.Tag(model.RoleReleases, "2.0", "two")
	repo.Seal(model.RoleTargets, "targets/alice", "targets/bob", model.RoleReleases)
	return repo, alice, bob
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
			"targets 2 to 3 by here: it says what it said before", "why targets: it is renewed", "snapshot 2 to 3 by server", "timestamp 2 to 3 by server", "ready:",
			"pull: finds the same tags as before", "not: root 1 to",
		}},
		"targets that expired": {change: renew(model.RoleTargets), repo: expire(fresh(), model.RoleTargets), server: true, want: []string{
			"why targets: it expired on 2026-11-21, and is renewed", "fresh: accepts the repository again, which it refuses now because targets has expired",
			"gained: 1.0 2.0", "ready:",
		}},
		"targets, and root stays expired": {change: renew(model.RoleTargets), repo: expire(fresh(), model.RoleRoot), server: true, want: []string{
			"fresh: refuses the repository, for root stays expired", "warning: root has expired and is not renewed by this", "pull: refuses every tag",
		}},
		"root": {change: renew(model.RoleRoot), repo: fresh(), server: true, want: []string{
			"root 1 to 2 by here: it says what it said before", "1 of root 2: here signs", "not: which is replaced",
		}},
		"root that expired": {change: renew(model.RoleRoot), repo: expire(fresh(), model.RoleRoot), want: []string{
			"snapshot 3 to 4 by here: root changed", "accepts the repository again", "gained: 1.0 2.0",
		}},
		"root whose certificate ends": {change: renew(model.RoleRoot), repo: ending, want: []string{
			"warning: the certificate of root key ", "ends on 2027-09-17, before the new root does; rotate the root before then",
		}},
		"delegation that expired": {change: renew("targets/alice", model.RoleReleases), repo: expire(fresh(), model.RoleReleases), want: []string{
			"targets/alice 1 to 2 by here", "targets/releases 1 to 2 by here", "gained: 1.0 2.0", "not: targets 2 to 3",
		}},
		"delegation of somebody else": {change: renew("targets/bob"), repo: fresh(), keys: []model.RoleName{model.RoleTargets}, want: []string{
			"waiting: not all keys are here: targets/bob needs 1 signature more, by key ",
		}},
		"the server's snapshot": {change: renew(model.RoleSnapshot), repo: fresh(), server: true, want: []string{
			"snapshot 2 to 3 by server", "timestamp 2 to 3 by server", "why snapshot: the server signs it with every publish, also with one that brings nothing",
			"ready: the server signs; no key of yours is needed", "others: the server signs snapshot by itself whenever something is published, and when it is read after it has expired",
		}},
		"our own snapshot": {change: renew(model.RoleSnapshot), repo: fresh(), want: []string{
			"snapshot 2 to 3 by here: it says what it said before", "why snapshot: it is renewed", "timestamp 2 to 3 by server",
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
	load := notary.NewLoad(notary.Config{GUN: repo.GUN, At: repo.Now, FirstUse: model.AnchorFirstUse})
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		for _, w := range wants {
			if raw, ok := files[w.Role]; ok {
				load.Give(w, raw, time.Time{}, nil)
			} else {
				load.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultServer, Text: "it answers 500"})
			}
		}
	}
	request := plan.Request{GUN: gun, Repository: load.Repository(), Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleRoot}}}}
	p := compile(t, request, row{repo: repo, server: true}.here()...)
	if v := p.Verdict(); v.State != plan.Ready || !strings.Contains(outline(p), "root 1 to 2 by here") {
		t.Errorf("%+v\n%s", v, outline(p))
	}
	request.Changes = []model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}}}
	if _, err := plan.Compile([]plan.Request{request}, nil, now); model.KindOf(err) != model.FaultUsage {
		t.Errorf("targets under an expired root: %v", err)
	}
}
