//go:build amd64 || arm64

package change

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
)

var withQA = [][]string{{"init", first}, {"delegation", "add", "--key", "ALICE", "--all-paths", first, "targets/qa"}}

// edits are the commands that change delegations, thresholds and what is staged.
var edits = []killed{
	{
		name: "delegation add", before: onlyMade, telling: true, guns: oneGUN,
		args: []string{"delegation", "add", "--key", "ALICE", "--key", "BOB", "--path", "qa-", first, "targets/qa"},
		done: func(r killedRepo) bool { return r.qa(2, "qa-") },
	},
	{
		name: "delegation edit", before: withQA, sampled: true, telling: true, guns: oneGUN,
		args: []string{"delegation", "edit", "--key", "BOB", "--remove-key", "ALICE-ID", "--not-all-paths", "--path", "v", first, "targets/qa"},
		done: func(r killedRepo) bool {
			return r.qa(1, "v") && !slices.Equal(r.is.Role("targets/qa").Keys, r.was.Role("targets/qa").Keys)
		},
	},
	{
		name: "delegation remove", before: withQA, telling: true, guns: oneGUN,
		args: []string{"delegation", "remove", first, "targets/qa"},
		done: func(r killedRepo) bool { return r.is.Role("targets/qa") == nil && r.newer(model.RoleTargets) },
	},
	{
		name: "delegation purge in two repositories", before: twoSigners, signed: true, sampled: true, telling: true, guns: []model.GUN{first, second},
		args: []string{"delegation", "purge", "ALICE-ID", first, second},
		done: func(r killedRepo) bool { return r.without("targets/alice") },
	},
	{
		name: "threshold", before: twoSigners, signed: true, telling: true, guns: oneGUN,
		args: []string{"threshold", first, "targets/releases", "2"},
		done: func(r killedRepo) bool { return r.is.Role(docker.Releases).Threshold == 2 && r.newer(docker.Releases) },
	},
	{
		name: "publish", before: onlyMade, staged: staging, telling: true, guns: oneGUN,
		args: []string{"publish", first},
		done: func(r killedRepo) bool { return len(r.is.Role(model.RoleTargets).Targets) == 2 && r.staged == 0 },
	},
	{
		name: "publish of one of two entries", before: onlyMade, staged: staging, sampled: true, telling: true, guns: oneGUN,
		args: []string{"publish", "--drop", "0", first},
		done: func(r killedRepo) bool { return len(r.is.Role(model.RoleTargets).Targets) == 1 && r.staged == 1 },
	},
}

var staging = [][]string{
	{"addhash", first, "1.0", "10", "--sha256", digest},
	{"addhash", first, "2.0", "10", "--sha256", digest},
}

// qa reports whether targets/qa has so many keys, and a path.
func (r killedRepo) qa(keys int, path string) bool {
	role := r.is.Role("targets/qa")
	return role != nil && len(role.Keys) == keys && slices.Equal(role.Parents[0].Paths, []string{path})
}
