//go:build amd64 || arm64

package change

import (
	"regexp"
	"slices"

	"trustdeck/e2e/trace"
	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// A killed flow is a command that is killed at every point: whenever it changes a
// file below the home folder, in the trust folder, the journal or the cache, and
// whenever it makes a request.
type killed struct {
	name string
	// before are commands that bring the world into its state at the start; cut,
	// where it is set, is where the last of them is killed.
	before [][]string
	cut    *kill
	// staged are commands of notary that stage changes after those.
	staged [][]string
	args   []string
	// guns are the repositories that it changes, and signer is whom it adds; ""
	// where it only initialises them.
	guns   []model.GUN
	signer string
	// signed has alice and bob with their keys here as signers of all repositories,
	// and alice release a tag.
	signed  bool
	signers []notarytest.Key
	// done tells of one of the repositories whether it is as the flow wants it; nil
	// where that is said by signer.
	done func(killedRepo) bool
	// retires is the role whose keys are removed from this machine in the end.
	retires model.RoleName
	// sampled has one point of each kind taken, unless everyKill is set.
	sampled bool
	// telling has those points alone taken that change what outlasts the run, unless
	// everyKill is set.
	telling bool
	// tells matches the telling points; nil is for those that are named telling.
	tells *regexp.Regexp
	// production has it run on a real server, and only those points taken that
	// only matches: each run takes a repository of its own.
	production bool
	only       *regexp.Regexp
	// folder has the repository in a folder, where the name stands for its path; plain is for
	// one without consistent snapshots.
	folder, plain bool
	// token has a token plugged in with the key TOKEN-ID. Commands then run at a terminal.
	token    bool
	tokenKey notarytest.Key
	// next is a command that is given after a kill and before resume; nil is for none.
	next []string
}

// telling are the points at which a key, the journal, what is staged or the server is
// another one afterwards.
var telling = regexp.MustCompile(`^write .*/journal/|^(renameat2|unlinkat) .*/(journal|private|changelist)/|^POST|^DELETE|^GET .*\.key$|` + naming)

// naming are those at which a file of a repository in a folder gets its name, or all of them are
// on the disk.
const naming = `^(renameat|linkat) .* -> repository/([^.]|\.trustdeck-publish/manifest)`

// A killedRepo is a repository before a flow and after it, the keys of the machine, and
// how many changes are staged for it.
type killedRepo struct {
	was, is *model.Repository
	here    map[model.KeyID]bool
	staged  int
}

// newer reports whether a role has a later version, with all the signatures that it
// needs.
func (r killedRepo) newer(name model.RoleName) bool {
	was, is := r.was.Role(name), r.is.Role(name)
	return is != nil && is.Version > was.Version && is.Usable()
}

// rotated reports whether a role is signed with other keys, none of which it had, and
// how many of them are here.
func (r killedRepo) rotated(name model.RoleName, keys, threshold, here int) bool {
	was, is := r.was.Role(name), r.is.Role(name)
	if is == nil || !is.Usable() || len(is.Keys) != keys || is.Threshold != threshold {
		return false
	}
	for _, id := range is.Keys {
		if slices.Contains(was.Keys, id) {
			return false
		}
		if r.here[id] {
			here--
		}
	}
	return here == 0
}

// without reports whether a signer is gone, and what was released is there.
func (r killedRepo) without(signer model.RoleName) bool {
	releases := r.is.Role(docker.Releases)
	return r.is.Role(signer) == nil && releases != nil && releases.Usable() && len(releases.Keys) == 1 && len(releases.Targets) == 1
}

const first, second = "docker.io/acme/one", "docker.io/acme/two"

// flows are the commands that are killed. ALICE is the file of a public key.
var flows = []killed{
	{name: "init", args: []string{"init", first}, guns: []model.GUN{first}},
	{
		name: "signer add", before: [][]string{{"init", first}},
		args: []string{"signer", "add", "--key", "ALICE", "alice", first}, guns: []model.GUN{first}, signer: "alice",
	},
	{
		name: "signer add that initialises two repositories", sampled: true, telling: true,
		args: []string{"signer", "add", "--key", "ALICE", "alice", first, second}, guns: []model.GUN{first, second}, signer: "alice",
	},
	{
		name: "resume", before: [][]string{{"init", first}}, sampled: true, telling: true,
		cut:  &kill{point: "GET /v2/" + first + "/_trust/tuf/timestamp.key", nth: 1, act: trace.KillWithin},
		args: []string{"resume"}, guns: []model.GUN{first},
	},
	{
		name: "init on a real server", args: []string{"init", first}, guns: []model.GUN{first},
		production: true, only: regexp.MustCompile(`^POST|timestamp\.key$`),
	},
}

var (
	onlyMade = [][]string{{"init", first}}
	// A key is removed only where there is a checked backup of it.
	backedUpMade = [][]string{{"init", first}, {"backup", "create", "BACKUP"}}
	twoSigners   = [][]string{
		{"init", first},
		{"init", second},
		{"signer", "add", "--key", "ALICE", "alice", first, second},
		{"signer", "add", "--key", "BOB", "bob", first, second},
	}
	oneGUN = []model.GUN{first}
)

// upkeep are the commands that keep a repository alive.
var upkeep = []killed{
	{
		name: "renew", before: onlyMade, telling: true, guns: oneGUN,
		args: []string{"renew", first, "root", "targets"},
		done: func(r killedRepo) bool { return r.newer(model.RoleRoot) && r.newer(model.RoleTargets) },
	},
	{
		name: "witness", before: twoSigners, signed: true, sampled: true, telling: true, guns: oneGUN,
		args: []string{"witness", first, "targets/releases"},
		done: func(r killedRepo) bool { return r.newer(docker.Releases) },
	},
	{
		name: "signer remove in two repositories", before: twoSigners, signed: true, telling: true, guns: []model.GUN{first, second},
		args: []string{"signer", "remove", "alice", first, second},
		done: func(r killedRepo) bool { return r.without("targets/alice") },
	},
	{
		name: "off-board", before: twoSigners, signed: true, sampled: true, telling: true, guns: []model.GUN{first, second},
		args: []string{"off-board", "--who", "ALICE-KEY", first, second},
		done: func(r killedRepo) bool { return r.without("targets/alice") },
	},
	{
		name: "rotate root to two of three", before: onlyMade, telling: true, guns: oneGUN,
		args: []string{"rotate", "--root-keys", "3", "--root-threshold", "2", first, "root"},
		done: func(r killedRepo) bool { return r.rotated(model.RoleRoot, 3, 2, 3) },
	},
	{
		name: "rotate root and remove the old key", before: backedUpMade, sampled: true, telling: true, guns: oneGUN,
		args: []string{"rotate", "--old-key", "remove", first, "root"}, retires: model.RoleRoot,
		done: func(r killedRepo) bool { return r.rotated(model.RoleRoot, 1, 1, 1) },
	},
	{
		name: "rotate targets and remove the old key", before: backedUpMade, sampled: true, telling: true, guns: oneGUN,
		args: []string{"rotate", "--old-key", "remove", first, "targets"}, retires: model.RoleTargets,
		done: func(r killedRepo) bool { return r.rotated(model.RoleTargets, 1, 1, 1) },
	},
	{
		name: "rotate snapshot to the server", before: [][]string{{"init", "--snapshot-key", "here", first}}, telling: true, guns: oneGUN,
		args: []string{"rotate", "--server-managed", first, "snapshot"},
		done: func(r killedRepo) bool { return r.rotated(model.RoleSnapshot, 1, 1, 0) },
	},
	{
		name: "rotate snapshot to this machine", before: onlyMade, sampled: true, telling: true, guns: oneGUN,
		args: []string{"rotate", "--snapshot-key", "here", first, "snapshot"},
		done: func(r killedRepo) bool { return r.rotated(model.RoleSnapshot, 1, 1, 1) },
	},
	{
		name: "rotate timestamp", before: onlyMade, sampled: true, telling: true, guns: oneGUN,
		args: []string{"rotate", first, "timestamp"},
		done: func(r killedRepo) bool { return r.rotated(model.RoleTimestamp, 1, 1, 0) },
	},
	{
		name: "rotate the key of a signer", before: twoSigners, signed: true, sampled: true, telling: true, guns: oneGUN,
		args: []string{"rotate", first, "targets/alice"},
		done: func(r killedRepo) bool {
			old := r.was.Role("targets/alice").Keys[0]
			return r.rotated("targets/alice", 1, 1, 1) && r.newer(docker.Releases) && !slices.Contains(r.is.Role(docker.Releases).Keys, old)
		},
	},
}
