package tuitest

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
	"trustdeck/model/notary/docker"
)

// RootDispute is a repository that was made anew: its root 1 contradicts root 3, which
// was seen before, and root 2 of the trust folder.
func RootDispute() *admin.RootProposal {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	bare, listed := Key("anew"), Key("anew certificate")
	role := func(name model.RoleName, version int64) model.Role {
		return model.Role{Name: name, Version: version, State: model.RoleVerified, Threshold: 1, Valid: 1, Expires: at.AddDate(3, 0, 0)}
	}
	root := role(model.RoleRoot, 1)
	root.Keys, root.Listed = []model.KeyID{bare}, []model.KeyID{listed}
	root.Signatures = []model.Signature{{KeyID: listed, Key: bare, State: model.SignatureValid}}
	was := []model.Key{{ID: Key("lost"), ListedAs: []model.KeyID{Key("lost certificate")}, Certificates: []model.Certificate{{Subject: "CN=" + string(Healthy)}}}}
	return &admin.RootProposal{
		GUN: Healthy, Disputed: true, Forgets: true,
		Repository: &model.Repository{
			GUN:   Healthy,
			Roles: []model.Role{root, role(model.RoleTargets, 1), role(model.RoleSnapshot, 1), role(model.RoleTimestamp, 1)},
			Keys: []model.Key{{
				ID: bare, ListedAs: []model.KeyID{listed}, Algorithm: "ECDSA P-256",
				Certificates: []model.Certificate{{Subject: "CN=" + string(Healthy), NotAfter: at.AddDate(10, 0, 0)}},
			}},
		},
		Known: []dialect.KnownRoot{
			{Kind: model.AnchorTrustDir, Source: "/home/ada/.docker/trust", Version: 2, Keys: was, Problem: &model.Problem{Text: "root is version 1, but version 2 was trusted before"}},
			{Kind: model.AnchorOwn, Source: "trustdeck's own state", Version: 3, Keys: was, Problem: &model.Problem{Text: "root is version 1, but version 3 was trusted before"}},
		},
	}
}

// RollbackDispute is a repository whose releases went back, whose bob is no longer
// listed, and whose ci cannot be accepted.
func RollbackDispute() *admin.RollbackProposal {
	seen := func(version int64, content string) memory.Seen {
		return memory.Seen{Version: version, Digests: []memory.Digest{memory.DigestOf([]byte(content))}}
	}
	problem := func(role model.RoleName, code model.ProblemCode, text string) model.Problem {
		return model.Problem{Code: code, Severity: model.Failure, Role: role, Text: text}
	}
	return &admin.RollbackProposal{
		GUN:   Healthy,
		Known: []model.RoleName{model.RoleTargets, docker.Releases, "targets/bob", "targets/ci"},
		Roles: []admin.RoleDispute{
			{
				Role: docker.Releases, Problem: problem(docker.Releases, model.ProblemRollback, "targets/releases is version 4, but version 7 was seen before"),
				Was: seen(7, "seven"), Version: 4, Now: seen(4, "four"), Signers: []model.KeyID{Key("alice")},
			},
			{
				Role: "targets/bob", Problem: problem("targets/bob", model.ProblemDropped, "version 2 of targets/bob was seen before, but the snapshot no longer lists it"),
				Was: seen(2, "two"),
			},
			{
				Role: "targets/ci", Problem: problem("targets/ci", model.ProblemRollback, "targets/ci is version 1, but version 2 was seen before"),
				Was: seen(2, "ci"), Version: 1, Refused: "it doesn't verify even on its own: targets/ci has 0 valid signatures of the 1 that it needs",
			},
		},
	}
}
