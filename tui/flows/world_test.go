package flows_test

import (
	"regexp"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// Two repositories that have trust data: one that is in order, and one whose targets
// have expired.
const (
	live    = "registry.example.org/live"
	expired = "registry.example.org/expired"
)

// A world is what the machine and the servers of a walker hold.
type world struct {
	dialect dialect.Writable
	// foreign are words that the dialect does not have; nil where they are not looked for.
	foreign *regexp.Regexp
	// leads tells that there is something for every late question to come up about.
	leads        bool
	repositories map[string]*model.Repository
	// leftovers are what the servers have of delegations that were removed.
	leftovers map[string]map[model.RoleName][]byte
	keys      []model.PrivateKey
	// served is what the registry serves, by repository:tag.
	served map[string]model.Manifest
	// listing are the repositories that may need a key.
	listing change.Known
}

// newWorld makes both repositories, with the signers alice and bob, and keeps the keys
// of both here but bob's.
func newWorld() *world {
	out := &world{dialect: docker.Dialect{}, leads: true, served: images(), repositories: map[string]*model.Repository{}, listing: unlisted(), leftovers: map[string]map[model.RoleName][]byte{}}
	for name, at := range map[string]time.Time{live: now, expired: now.AddDate(-4, 0, 0)} {
		repo := notarytest.New(model.GUN(name), at)
		alice, bob := notarytest.NewKey(), notarytest.NewKey()
		repo.Delegate(docker.Releases, 1, []string{""}, alice, bob)
		repo.Keys[docker.Releases] = []notarytest.Key{alice} // who has signed last
		repo.Delegate("targets/alice", 1, []string{""}, alice)
		repo.Delegate("targets/bob", 1, []string{""}, bob)
		repo.Tag(docker.Releases, "v1", name)
		for _, role := range []model.RoleName{"targets/1", "targets/2"} { // somebody was removed
			repo.Delegate(role, 1, []string{""}, bob)
			repo.Tag(role, "v2", name)
			repo.Seal(role)
			repo.Drop(role, false)
		}
		repo.Seal(model.RoleTargets, docker.Releases, "targets/alice", "targets/bob")
		repo.Now = now
		out.repositories[name], out.leftovers[name] = repo.Read(), repo.Leftovers()
		for role, keys := range repo.Keys {
			for _, k := range keys {
				if k.ID != bob.ID && role != model.RoleTimestamp && role != docker.Releases {
					out.keys = append(out.keys, model.PrivateKey{ID: notary.CanonicalID(k.PublicKey), Label: notary.Base(role), GUN: model.GUN(name), Place: "file", Encrypted: true})
				}
			}
		}
	}
	return out
}

// images are served under a tag that is signed and one that is not.
func images() map[string]model.Manifest {
	out := map[string]model.Manifest{}
	for _, name := range []string{live, expired} {
		out[name+":v1"] = model.Manifest{Digest: "sha256:" + strings.Repeat("ab", 32), Size: 999, MediaType: "application/vnd.oci.image.index.v1+json"}
		out[name+":v9"] = model.Manifest{Digest: "sha256:" + strings.Repeat("cd", 32), Size: 1000, MediaType: "application/vnd.oci.image.manifest.v1+json"}
	}
	return out
}

// unlisted is what is found out where the server does not list its repositories.
func unlisted() change.Known {
	return change.Known{
		Repositories: []model.GUN{expired, live},
		Unlisted:     &model.Fault{Kind: model.FaultUnauthorized, Text: "the catalogue is for administrators"},
	}
}
