package tuitest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

// Now is the moment at which the test world is looked at.
var Now = time.Date(2026, 11, 21, 9, 41, 0, 0, time.UTC)

// Soon is the limit of judgement of the test world.
const Soon = 30 * 24 * time.Hour

// Key is the ID of the key of that name. Ask for the same name to get the same
// key.
func Key(name string) model.KeyID {
	sum := sha256.Sum256([]byte("key " + name))
	return model.KeyID(hex.EncodeToString(sum[:]))
}

// Digest is the SHA-256 of content of that name.
func Digest(name string) []byte {
	sum := sha256.Sum256([]byte("content " + name))
	return sum[:]
}

// Years and Days are distances from Now.
func Years(n int) time.Time { return Now.AddDate(n, 1, 0) }

// Days are distances from Now.
func Days(n int) time.Time { return Now.AddDate(0, 0, n) }

// RoleOf makes a verified role, signed by every key that it lists.
func RoleOf(name model.RoleName, version int64, expires time.Time, threshold int, keys ...string) model.Role {
	r := notary.NewRole(name)
	r.Threshold, r.Version, r.Expires, r.Expired, r.Modified = threshold, version, expires, !expires.After(Now), Days(-3)
	r.Raw = fmt.Appendf(nil, `{"signatures":[],"signed":{"_type":%q,"version":%d}}`, r.Short, version)
	r.Parents = []model.Delegation{{From: notary.Parent(name), Name: name}}
	r.SHA256 = sha256.Sum256(r.Raw)
	for _, k := range keys {
		id := Key(k)
		r.Keys, r.Listed = append(r.Keys, id), append(r.Listed, id)
		r.Signatures = append(r.Signatures, model.Signature{KeyID: id, Key: id, Method: "ecdsa", State: model.SignatureValid})
	}
	r.Parents[0].KeyIDs, r.Parents[0].Threshold = r.Listed, int64(threshold)
	r.Valid = len(keys)
	if name.Delegation() {
		r.Paths, r.Effective = []string{""}, []string{""}
	}
	if r.Expired {
		r.Problems = append(r.Problems, model.Problem{
			Code: model.ProblemExpired, Severity: model.Failure, Role: name,
			Text: "expired " + expires.Format("2006-01-02"),
		})
	}
	return r
}

// TargetsOf makes n targets named v1.0, v1.1 …
func TargetsOf(n int) []model.Target {
	out := make([]model.Target, n)
	for i := range out {
		out[i] = TargetOf(fmt.Sprintf("v%d.%d", i/10+1, i%10))
	}
	return out
}

// TargetOf makes a target.
func TargetOf(name string) model.Target {
	return model.Target{Name: name, Length: 1000 + int64(len(name))*371, Hashes: model.Hashes{SHA256: Digest(name)}}
}

// RepositoryOf makes a repository and the list of its keys.
func RepositoryOf(gun model.GUN, roles ...model.Role) *model.Repository {
	r := &model.Repository{
		GUN: gun, Dialect: model.NotaryV1, At: Now,
		Source: model.Source{Kind: model.SourceServer, Name: "notary.example.org", Read: Now.Add(-8 * time.Second)},
		Anchor: model.Anchor{Kind: model.AnchorPin, Source: "config.toml", Version: 3, Walked: []int64{3}},
		Roles:  roles,
	}
	for _, role := range roles {
		for _, id := range role.Keys {
			if k := find(r, id); k != nil {
				k.Roles = append(k.Roles, role.Name)
				continue
			}
			r.Keys = append(r.Keys, model.Key{
				ID: id, ListedAs: []model.KeyID{id}, Types: []model.KeyType{model.KeyECDSA},
				Algorithm: "ECDSA P-256", SPKI: []byte(id), Roles: []model.RoleName{role.Name},
			})
		}
	}
	docker.Dialect{}.AddSigners(r)
	return r
}

func find(r *model.Repository, id model.KeyID) *model.Key {
	for i := range r.Keys {
		if r.Keys[i].ID == id {
			return &r.Keys[i]
		}
	}
	return nil
}

// ViewOf is a fresh look at a repository with a judgement by hand.
func ViewOf(r *model.Repository, level health.Level, first model.RoleName, reason string) admin.Look {
	v := admin.Look{GUN: r.GUN, Repository: r, Changed: Days(-3)}
	v.Assessment = health.Assessment{Level: level, Reason: reason, First: first}
	if role := r.Role(first); role != nil {
		v.Assessment.Expires = role.Expires
	}
	for _, p := range r.AllProblems() {
		v.Assessment.Findings = append(v.Assessment.Findings, health.Finding{
			Code: string(p.Code), Severity: p.Severity, GUN: r.GUN, Role: p.Role, Text: p.Text,
			Remedy: "Ask the holder of the key to sign again.",
		})
	}
	return v
}
