package tuitest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
)

const registry = "registry.example.org/"

// Names of the repositories of the test world that tests ask for.
const (
	Healthy  model.GUN = registry + "base/alpine"
	Expiring model.GUN = registry + "web/frontend"
	Broken   model.GUN = registry + "pay/api"
	Unread   model.GUN = registry + "tools/sbom"
	Stale    model.GUN = registry + "ops/vault"
	NoTrust  model.GUN = registry + "data/scratch"
	Nested   model.GUN = registry + "platform/team/very/deep/service-with-a-rather-long-name"
	Huge     model.GUN = registry + "data/kafka"
	Hostile  model.GUN = registry + "evil/zażółć-日本語"
)

// World is the test world: one repository of each kind.
func World() []admin.Look {
	return []admin.Look{
		broken(), expiring(),
		ViewOf(plain(Healthy, 2, 57), health.OK, model.RoleTargets, ""),
		ViewOf(plain(registry+"base/debian", 2, 12), health.OK, model.RoleTargets, ""),
		ViewOf(huge(), health.OK, model.RoleTargets, ""),
		{
			GUN: NoTrust, Assessment: health.Assessment{Level: health.None, Reason: "there is no trust data"},
			Fault: &model.Fault{Kind: model.FaultNotFound, Subject: string(NoTrust), Text: "the server has no such repository", Hint: "Initialise it, or check the name."},
		},
		stale(), nested(), hostile(),
		{GUN: Unread, Assessment: health.Assessment{Level: health.Loading}},
	}
}

// plain is a healthy repository as Docker makes it.
func plain(gun model.GUN, signers int, version int64) *model.Repository {
	name := gun.String()
	targets := RoleOf(model.RoleTargets, version, Years(2), 1, name+" targets")
	roles := []model.Role{RoleOf(model.RoleRoot, 3, Years(9), 1, name+" root"), targets}
	var all []string
	var people []model.Role
	for i := range signers {
		person := []string{"alice", "bob", "ci-bot", "release-bot", "erin"}[i%5]
		all = append(all, person)
		role := RoleOf(model.RoleName("targets/"+person), max(version-3, 1), Years(2), 1, person)
		role.Targets = TargetsOf(7)
		people = append(people, role)
	}
	releases := RoleOf(docker.Releases, version, Years(2), 1, all...)
	releases.Targets, releases.Valid, releases.Signatures = TargetsOf(9), 1, releases.Signatures[:1]
	roles = append(roles, releases)
	roles = append(roles, people...)
	roles = append(roles,
		RoleOf(model.RoleSnapshot, version, Years(2), 1, name+" snapshot"),
		RoleOf(model.RoleTimestamp, 803, Days(13), 1, name+" timestamp"))
	return RepositoryOf(gun, roles...)
}

func expiring() admin.Look {
	r := plain(Expiring, 4, 57)
	bot := r.Role("targets/ci-bot")
	bot.Version, bot.Expires = 54, Days(12)
	v := ViewOf(r, health.Soon, bot.Name, "targets/ci-bot expires 2026-12-03, in 12 days")
	v.Assessment.Findings = []health.Finding{{
		Code: "expires-soon", Severity: model.Warning, GUN: r.GUN, Role: bot.Name,
		Text:   "targets/ci-bot expires 2026-12-03; tags signed only by it then fail",
		Remedy: "Witness targets/ci-bot: sign it again with its key.",
	}}
	return v
}

func broken() admin.Look {
	r := plain(Broken, 3, 9)
	targets := r.Role(model.RoleTargets)
	targets.Expires, targets.Expired = Days(-2), true
	targets.Problems = []model.Problem{{Code: model.ProblemExpired, Severity: model.Failure, Role: targets.Name, Text: "targets expired 2026-11-19"}}
	bob := r.Role("targets/bob")
	bob.State, bob.Valid, bob.Threshold, bob.Parents[0].Threshold = model.RoleBroken, 0, 2, 2
	bob.Signatures[0].State, bob.Signatures[0].Detail = model.SignatureInvalid, "the signature does not fit the content"
	bob.Signatures = append(bob.Signatures, model.Signature{KeyID: Key("stranger"), Method: "ecdsa", State: model.SignatureUnknownKey})
	bob.Problems = []model.Problem{
		{Code: model.ProblemThreshold, Severity: model.Failure, Role: bob.Name, Text: "0 of 2 needed signatures are valid"},
		{Code: model.ProblemForeignSignature, Severity: model.Warning, Role: bob.Name, Text: "a key that the role does not list has signed"},
	}
	v := ViewOf(r, health.Broken, model.RoleTargets, "targets expired 2026-11-19, 2 days ago")
	v.Changed = Now.AddDate(0, -4, 0)
	return v
}

func stale() admin.Look {
	r := plain(Stale, 2, 31)
	r.Source = model.Source{Kind: model.SourceCache, Name: "cache", Read: Now.Add(-26 * time.Hour)}
	v := ViewOf(r, health.Stale, model.RoleTargets, "read from the cache, 26 hours old")
	v.Stale = true
	v.Fault = &model.Fault{Kind: model.FaultUnreachable, Subject: "https://notary.example.org", Text: "no answer within 10 s", Hint: "Check the network, then press r."}
	return v
}

// manyTargets are made once: a world is made for most tests.
var manyTargets = sync.OnceValue(func() []model.Target { return TargetsOf(5000) })

// huge has 5,000 tags in targets/releases.
func huge() *model.Repository {
	r := plain(Huge, 3, 70)
	r.Role(docker.Releases).Targets = slices.Clone(manyTargets())
	return r
}

// nested has delegations of delegations, one of them unpublished, and a
// threshold of two.
func nested() admin.Look {
	r := plain(Nested, 1, 8)
	end := r.Roles[len(r.Roles)-2:]
	team := RoleOf("targets/team", 4, Years(1), 2, "alice", "bob", "erin")
	team.Paths, team.Effective = []string{"release-", "stable/"}, []string{"release-", "stable/"}
	ci := RoleOf("targets/team/ci", 2, Years(1), 1, "ci-bot")
	ci.Paths, ci.Effective = []string{"release-nightly-", "other"}, []string{"release-nightly-"}
	deep := RoleOf("targets/team/ci/nightly-builds-of-the-platform-team-in-the-southern-office", 1, Years(1), 1, "night")
	empty := RoleOf("targets/team/new", 0, time.Time{}, 1, "erin")
	empty = model.Role{
		Name: empty.Name, Short: empty.Short, Parents: empty.Parents, State: model.RoleUnpublished, Threshold: 1, Keys: empty.Keys, Listed: empty.Listed,
	}
	roles := append(append([]model.Role{}, r.Roles[:len(r.Roles)-2]...), team, ci, deep, empty)
	return ViewOf(RepositoryOf(Nested, append(roles, end...)...), health.OK, model.RoleTargets, "")
}

// hostile holds strings that want to take over the terminal or to mislead.
func hostile() admin.Look {
	r := plain(Hostile, 1, 2)
	rel := r.Role(docker.Releases)
	rel.Targets = []model.Target{
		TargetOf("\x1b[2J\x1b[31mowned\x07"), TargetOf("gpj.\u202eexe"), TargetOf("new\nline\ttab"),
		TargetOf(strings.Repeat("long", 80)), TargetOf("日本語-タグ"), TargetOf("bad\xff"), TargetOf("a/b/../c%2F"),
	}
	rel.Paths = []string{"\x1b]0;title\x07", ""}
	rel.Raw = []byte("{\"signed\":{\"x\":\"\x1b[2J\u202e\",\"y\":[1,2,{\"a\":null}]},\"signatures\":[]}")
	rel.Problems = []model.Problem{{Code: model.ProblemCustom, Severity: model.Warning, Role: rel.Name, Text: "custom of \x1b[5mx\u202e is unsafe"}}
	rel.Signatures[0].Method = "ecdsa\x1b[1m"
	r.Problems = []model.Problem{{Code: model.ProblemAnchors, Severity: model.Warning, Text: "anchors \x1b[7m disagree"}}
	r.Keys[0].Algorithm = "weird\x1b[4m"
	return ViewOf(r, health.Soon, rel.Name, "custom of \x1b[5mx\u202e is unsafe\nreally")
}

// Many is a world of n healthy repositories.
func Many(n int) []admin.Look {
	shared := plain(Healthy, 1, 2)
	out := make([]admin.Look, n)
	for i := range out {
		r := *shared
		r.GUN = model.GUN(fmt.Sprintf("%steam-%03d/app-%06d", registry, i%100, i))
		out[i] = ViewOf(&r, health.OK, model.RoleTargets, "")
	}
	return out
}

// LocalKeys are the private keys of the test world.
func LocalKeys() []admin.KeyUse {
	file := func(name, label string, gun model.GUN, uses ...admin.Use) admin.KeyUse {
		id := Key(name)
		return admin.KeyUse{PrivateKey: model.PrivateKey{
			ID: id, Label: label, GUN: gun, Encrypted: true, Encoding: "PKCS#8, PBES2", Place: "file",
			Path: "/home/ada/.docker/trust/private/" + string(id) + ".key", Modified: Days(-400),
		}, Uses: uses}
	}
	loose := file("stray", "laptop", "")
	loose.Fault = &model.Fault{Kind: model.FaultLocal, Subject: loose.Path, Text: "is open to other users (mode 0644)", Hint: "Run chmod 600 on it."}
	return []admin.KeyUse{
		file(string(Expiring)+" root", "root", "", admin.Use{GUN: Expiring, Role: model.RoleRoot}),
		file(string(Expiring)+" targets", "targets", Expiring, admin.Use{GUN: Expiring, Role: model.RoleTargets}),
		file("ci-bot", "ci-bot", "", admin.Use{GUN: Expiring, Role: "targets/ci-bot"}, admin.Use{GUN: Expiring, Role: docker.Releases}),
		loose,
	}
}
