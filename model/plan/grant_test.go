package plan_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// Each key that gets power stands in the plan in full, with where it was read from, and
// no other key does.
func TestGrants(t *testing.T) {
	until := now.Add(300 * 24 * time.Hour).UTC().Truncate(time.Second)
	bare, leaf := notarytest.NewKey(), notarytest.Certified(notarytest.NewRSAKey(2048), "carol@example.org", now.Add(-time.Hour), until)
	root := notarytest.NewKey()
	certificate := notarytest.Certified(root, string(gun), now.Add(-time.Hour), until)
	id := func(k notarytest.Key) model.KeyID { return notary.CanonicalID(k.PublicKey) }
	repo, alice, _ := signed()
	carol := []model.RoleName{"targets/carol", docker.Releases}
	one := func(k model.KeyChoice) model.RoleKeys {
		return model.RoleKeys{Keys: []model.KeyChoice{k}, Threshold: 1}
	}
	for name, row := range map[string]struct {
		change model.Change
		repo   *model.Repository
		want   []plan.Grant
	}{
		"a bare key and a certificate": {
			model.AddSigner{Name: "carol", Keys: []model.PublicKey{bare.PublicKey, leaf.PublicKey}, Files: []string{"carol.pub", "carol.crt"}},
			repo.Read(),
			[]plan.Grant{
				{ID: id(bare), Roles: carol, Algorithm: "ECDSA P-256", File: "carol.pub"},
				{ID: id(leaf), Roles: carol, Algorithm: "RSA 2048", File: "carol.crt", Certificate: &plan.GrantCertificate{ID: leaf.ID, Subject: "CN=carol@example.org", NotAfter: until}},
			},
		},
		"a key that signs already, in another role": {
			model.AddSigner{Name: "carol", Keys: []model.PublicKey{alice.PublicKey}},
			repo.Read(),
			[]plan.Grant{{ID: id(alice), Roles: carol[:1], Algorithm: "ECDSA P-256"}},
		},
		"a signer's next key": {
			model.RotateKey{Role: "targets/alice", Keys: one(model.KeyChoice{Source: model.KeyGiven, Public: bare.PublicKey, File: "next.pub"})},
			repo.Read(),
			[]plan.Grant{{ID: id(bare), Roles: []model.RoleName{"targets/alice", docker.Releases}, Algorithm: "ECDSA P-256", File: "next.pub"}},
		},
		"a root key under a certificate": {
			model.InitRepository{
				Root:    one(model.KeyChoice{Source: model.KeyHere, ID: id(root), Certificate: certificate.Public, File: "root.crt"}),
				Targets: one(model.KeyChoice{Source: model.KeyNew}), Snapshot: one(model.KeyChoice{Source: model.KeyServer}),
			},
			nil,
			[]plan.Grant{{ID: id(root), Roles: []model.RoleName{"root"}, Algorithm: "ECDSA P-256", File: "root.crt", Certificate: &plan.GrantCertificate{ID: certificate.ID, Subject: "CN=" + string(gun), NotAfter: until}}},
		},
		"a root key that is here": {
			model.InitRepository{
				Root:    one(model.KeyChoice{Source: model.KeyHere, ID: id(root)}),
				Targets: one(model.KeyChoice{Source: model.KeyNew}), Snapshot: one(model.KeyChoice{Source: model.KeyServer}),
			},
			nil,
			[]plan.Grant{{ID: id(root), Roles: []model.RoleName{"root"}}},
		},
		"nobody":   {model.Renew{Roles: []model.RoleName{model.RoleTargets}}, repo.Read(), nil},
		"a leaver": {model.RemoveSigner{Name: "bob"}, repo.Read(), nil},
		"new keys": {model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyChoice{Source: model.KeyNew})}, repo.Read(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			keys := append(here("root", root), here("delegation", repo.Keys[model.RoleRoot][0], repo.Keys[model.RoleTargets][0], alice)...)
			keys[0].Path = "/trust/private/root.key"
			p := compile(t, plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: row.repo, Changes: []model.Change{row.change}}, keys...)
			part := p.Parts[0]
			for _, g := range part.Grants {
				slices.Sort(g.Roles)
			}
			if !reflect.DeepEqual(part.Grants, row.want) {
				t.Errorf("grants %+v\nwant   %+v", part.Grants, row.want)
			}
			text := string(plan.Encode(p))
			for _, g := range row.want {
				if !strings.Contains(text, string(g.ID)) || g.File != "" && !strings.Contains(text, `"file": "`+g.File) {
					t.Errorf("the plan file lacks %+v", g)
				}
			}
			if strings.Contains(text, "/trust/private") {
				t.Error("the plan file holds a path of this machine")
			}
			if _, local := part.Local.Paths[id(root)]; local != strings.HasPrefix(name, "a root key") {
				t.Errorf("private keys of this machine: %v", part.Local.Paths)
			}
		})
	}
}
