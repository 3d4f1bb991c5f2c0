//go:build amd64 || arm64

package change

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
)

// signings are the commands that sign and revoke tags. alice has released 1.0.
var signings = []killed{
	{
		name: "sign", before: twoSigners, signed: true, telling: true, guns: []model.GUN{first, second},
		args: []string{"sign", "--digest", digest, "--size", "20", first + ":2.0", second + ":2.0"},
		done: func(r killedRepo) bool {
			return r.lists(docker.Releases, "1.0", "2.0") && r.lists("targets/alice", "1.0", "2.0") && r.lists("targets/bob", "2.0")
		},
	},
	{
		name: "revoke", before: slices.Concat(twoSigners, [][]string{{"sign", "--digest", digest, "--size", "20", first + ":2.0"}}), signed: true, sampled: true, telling: true, guns: oneGUN,
		args: []string{"revoke", first + ":2.0"},
		done: func(r killedRepo) bool {
			return r.lists(docker.Releases, "1.0") && r.lists("targets/alice", "1.0") && r.lists("targets/bob")
		},
	},
}

// lists reports whether a role is usable and lists just these targets.
func (r killedRepo) lists(name model.RoleName, want ...string) bool {
	role := r.is.Role(name)
	if role == nil || !role.Usable() {
		return false
	}
	var names []string
	for _, t := range role.Targets {
		names = append(names, t.Name)
	}
	return slices.Equal(names, want)
}
