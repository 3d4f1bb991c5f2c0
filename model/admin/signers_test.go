package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

// role makes a verified delegation that the first of its keys has signed.
func role(name model.RoleName, version int64, keys ...model.KeyID) model.Role {
	r := notary.NewRole(name)
	r.Version, r.Threshold, r.Keys, r.Modified = version, 1, keys, now.Add(-time.Duration(version)*time.Hour)
	r.Parents = []model.Delegation{{From: notary.Parent(name), Name: name}}
	if len(keys) > 0 {
		r.Signatures = []model.Signature{{KeyID: keys[0], Key: keys[0], State: model.SignatureValid}}
	}
	return r
}

// viewOf is a look at a repository with these roles.
func viewOf(gun model.GUN, roles ...model.Role) admin.Look {
	repo := &model.Repository{GUN: gun, Roles: roles}
	byID := map[model.KeyID]int{}
	for _, r := range roles {
		for _, id := range r.Keys {
			i, ok := byID[id]
			if !ok {
				i = len(repo.Keys)
				byID[id] = i
				repo.Keys = append(repo.Keys, model.Key{ID: id, Algorithm: "ECDSA P-256"})
			}
			repo.Keys[i].Roles = append(repo.Keys[i].Roles, r.Name)
		}
	}
	docker.Dialect{}.AddSigners(repo)
	return admin.Look{GUN: gun, Repository: repo}
}

// told says everything about the signers, one a line.
func told(signers []admin.KnownSigner) []string {
	var out []string
	for _, s := range signers {
		words := []string{s.Name + "/" + string(s.Key) + ":", s.Status().String()}
		for _, p := range s.Places {
			signed := ""
			for _, f := range p.Signed {
				signed += fmt.Sprintf(" %s@%d", notary.Base(f.Role), f.Version)
			}
			words = append(words, fmt.Sprintf("[%s %s%s]", p.GUN, p.Standing, signed))
		}
		if len(s.OtherNames) > 0 {
			words = append(words, "also "+strings.Join(s.OtherNames, ","))
		}
		if len(s.OtherKeys) > 0 {
			words = append(words, fmt.Sprint("keys ", s.OtherKeys))
		}
		if s.Local != nil {
			words = append(words, "here")
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func TestSigners(t *testing.T) {
	targets := role("targets", 1, "t")
	broken := role("targets/alice", 3, "a")
	broken.State = model.RoleBroken
	expired := role("targets/alice", 3, "a")
	expired.Expired = true
	unpublished := role("targets/alice", 0, "a")
	unpublished.State, unpublished.Signatures = model.RoleUnpublished, nil
	invalid := role("targets/alice", 4, "a")
	invalid.Signatures[0].State = model.SignatureInvalid
	tests := []struct {
		name  string
		views []admin.Look
		want  []string
	}{
		{"nobody", []admin.Look{viewOf("r", targets)}, nil},
		{"not read", []admin.Look{{GUN: "r"}}, nil},
		{
			"a signer as docker makes it, in two repositories",
			[]admin.Look{viewOf("s", targets, role("targets/alice", 3, "a"), role("targets/releases", 2, "a")), viewOf("r", targets, role("targets/alice", 1, "a"), role("targets/releases", 5, "a"))},
			[]string{"alice/a: signer [r signer alice@1 releases@5] [s signer alice@3 releases@2]"},
		},
		{
			"one key under two names",
			[]admin.Look{viewOf("r", role("targets/al", 1, "a"), role("targets/alice", 2, "a"), role("targets/releases", 3, "a"))},
			[]string{"al/a: signer [r signer al@1 releases@3] also alice", "alice/a: signer [r signer alice@2 releases@3] also al"},
		},
		{
			"one name with two keys, one of them of no use",
			[]admin.Look{viewOf("r", role("targets/alice", 1, "a", "b"), role("targets/releases", 2, "a"))},
			[]string{"alice/b: not in releases [r not in releases] keys [a]", "alice/a: signer [r signer alice@1 releases@2] keys [b]"},
		},
		{
			"one name with another key elsewhere",
			[]admin.Look{viewOf("r", role("targets/alice", 1, "a"), role("targets/releases", 2, "a")), viewOf("s", role("targets/alice", 1, "b"), role("targets/releases", 2, "b"))},
			[]string{"alice/a: signer [r signer alice@1 releases@2] keys [b]", "alice/b: signer [s signer alice@1 releases@2] keys [a]"},
		},
		{
			"an off-boarding that stopped half way keeps the name that it has elsewhere",
			[]admin.Look{viewOf("r", role("targets/alice", 1, "a"), role("targets/releases", 2, "a")), viewOf("q", role("targets/bob", 1, "b"), role("targets/releases", 2, "b", "a"))},
			[]string{"alice/a: only in releases [q only in releases] [r signer alice@1 releases@2]", "bob/b: signer [q signer bob@1 releases@2]"},
		},
		{
			"a key in releases of a repository without signers",
			[]admin.Look{viewOf("r", role("targets/releases", 2, "x"))},
			[]string{"/x: no own role [r no own role releases@2]"},
		},
		{
			"a key in releases that has no name anywhere",
			[]admin.Look{viewOf("r", role("targets/bob", 1, "b"), role("targets/releases", 2, "x", "b"))},
			[]string{"/x: only in releases [r only in releases releases@2]", "bob/b: signer [r signer bob@1]"},
		},
		{
			"two names share the off-boarding",
			[]admin.Look{viewOf("r", role("targets/al", 1, "a"), role("targets/alice", 1, "a"), role("targets/releases", 1, "a")), viewOf("q", role("targets/bob", 1, "b"), role("targets/releases", 1, "a"))},
			[]string{
				"al/a: only in releases [q only in releases releases@1] [r signer al@1 releases@1] also alice",
				"alice/a: only in releases [q only in releases releases@1] [r signer alice@1 releases@1] also al",
				"bob/b: not in releases [q not in releases bob@1]",
			},
		},
		{
			"no releases at all",
			[]admin.Look{viewOf("r", targets, role("targets/alice", 1, "a"))},
			[]string{"alice/a: no releases role [r no releases role alice@1]"},
		},
		{"broken", []admin.Look{viewOf("r", broken, role("targets/releases", 1, "a"))}, []string{"alice/a: role unusable [r role unusable alice@3 releases@1]"}},
		{"expired", []admin.Look{viewOf("r", expired, role("targets/releases", 1, "a"))}, []string{"alice/a: role unusable [r role unusable alice@3 releases@1]"}},
		{"new, and has not signed yet", []admin.Look{viewOf("r", unpublished, role("targets/releases", 1, "b", "a"))}, []string{
			"/b: only in releases [r only in releases releases@1]", "alice/a: signer [r signer]",
		}},
		{"an invalid signature is none", []admin.Look{viewOf("r", invalid, role("targets/releases", 1, "b", "a"), role("targets/bob", 1, "b"))}, []string{
			"alice/a: signer [r signer]", "bob/b: signer [r signer bob@1 releases@1]",
		}},
		{
			"below a signer, as it should be",
			[]admin.Look{viewOf("r", role("targets/team", 1, "a"), role("targets/team/ci", 2, "c"), role("targets/releases", 1, "a"))},
			[]string{"team/ci/c: below a signer [r below a signer ci@2]", "team/a: signer [r signer team@1 releases@1]"},
		},
		{
			"below a signer and in releases",
			[]admin.Look{viewOf("r", role("targets/team", 1, "a"), role("targets/team/ci", 2, "c"), role("targets/releases", 1, "a", "c"))},
			[]string{"team/ci/c: only in releases [r only in releases] [r below a signer ci@2]", "team/a: signer [r signer team@1 releases@1]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(admin.Signers(tt.views, nil)); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// What else is known of a signer: the private key here, its algorithm, further
// roles, and the newest file in force that it signed.
func TestAboutASigner(t *testing.T) {
	views := []admin.Look{
		viewOf("r", role("targets", 1, "t", "a"), role("targets/alice", 9, "a"), role("targets/releases", 2, "a"), role("targets/team/ci", 1, "a")),
		viewOf("s", role("targets/alice", 8, "a"), role("targets/releases", 7, "b", "a")),
	}
	views[1].Stale = true
	local := []admin.KeyUse{{PrivateKey: model.PrivateKey{ID: "zz"}}, {PrivateKey: model.PrivateKey{ID: "a", Path: "/trust/a.key"}}}
	for _, s := range admin.Signers(views, local) {
		if s.Name != "alice" {
			continue
		}
		if s.Local == nil || s.Local.Path != "/trust/a.key" || s.Algorithm != "ECDSA P-256" || s.Repositories() != 2 || !s.Places[1].Stale {
			t.Errorf("%+v", s)
		}
		if want := []model.RoleName{"targets", "targets/team/ci"}; !slices.Equal(s.Places[0].Others, want) {
			t.Errorf("other roles %v; want %v", s.Places[0].Others, want)
		}
		last, where, ok := s.LastSigned()
		if !ok || where != "r" || last.Role != docker.Releases || last.Version != 2 || !last.At.Equal(now.Add(-2*time.Hour)) {
			t.Errorf("last signed %+v in %s, %v", last, where, ok)
		}
		return
	}
	t.Error("alice is missing")
}

func TestWhoHasNotSigned(t *testing.T) {
	s := admin.Signers([]admin.Look{viewOf("r", role("targets/releases", 1, "b", "a"))}, nil)
	for i := range s {
		if last, _, ok := s[i].LastSigned(); ok != (s[i].Key == "b") {
			t.Errorf("%s last signed %+v, %v", s[i].Key, last, ok)
		}
	}
}

// Meanings speak of the roles and clients of the dialect.
func TestMeanings(t *testing.T) {
	for s, want := range map[admin.SignerStatus]string{
		admin.OnlyOwnRole:     "signs in its own role, but nothing of it is pulled: targets/releases doesn't list the key",
		admin.WithoutReleases: "signs in its own role; the repository has no targets/releases for docker to pull from",
		admin.WithoutOwnRole:  "signs targets/releases itself, in a repository that has no signers",
		admin.BelowSigner:     "signs in a role below that of a signer, which docker never reads",
	} {
		if got := s.Meaning(docker.Dialect{}); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
	if got := admin.FullSigner.Meaning(ledger.Dialect{}); got != "signs in its own role, and lines that clients read" {
		t.Errorf("a signer in another dialect %s", got)
	}
	if got := admin.BelowSigner.Meaning(ledger.Dialect{}); got != "signs in a role below that of a signer" {
		t.Errorf("where clients look everywhere: %q", got)
	}
}

// Every standing has words of its own, and those that a finding warns of are
// graded as the finding.
func TestStandings(t *testing.T) {
	seen := map[string]bool{}
	for s := admin.OnlyReleases; s <= admin.FullSigner; s++ {
		if seen[s.String()] || s.Meaning(docker.Dialect{}) == "" {
			t.Errorf("%d: %q, %q", s, s, s.Meaning(docker.Dialect{}))
		}
		seen[s.String()] = true
	}
	for s, want := range map[admin.SignerStatus]model.Severity{
		admin.OnlyReleases: model.Warning, admin.RoleUnusable: model.Failure, admin.OnlyOwnRole: model.Warning,
		admin.WithoutReleases: model.Notice, admin.WithoutOwnRole: model.Notice, admin.BelowSigner: model.Notice, admin.FullSigner: model.Notice,
	} {
		if s.Severity() != want {
			t.Errorf("%s is a %s", s, s.Severity())
		}
	}
}
