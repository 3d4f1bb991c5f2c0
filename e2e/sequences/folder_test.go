package sequences

import "testing"

// fixedFolders are sequences that have every kind of step change something.
var fixedFolders = map[string][]step{
	"signers":     {{"add", "alice"}, {"target add", "alice"}, {"add", "bob"}, {"target add", "bob"}, {"rotate", "bob"}, {"fresh", "alice"}, {"off-board", "bob"}, {"remove", "alice"}, {"add", "alice"}, {"target add", "alice"}, {"purge", "alice"}},
	"delegations": {{"add", "alice"}, {"delegate", "sub"}, {"target add", "sub"}, {"terminate", "alice"}, {"below", "bob"}, {"target add", "bob"}, {"go on", "alice"}, {"narrow", "sub"}, {"widen", "sub"}, {"two", "sub"}, {"witness", "sub"}, {"one", "sub"}, {"unkey", "sub"}, {"undelegate", "sub"}, {"delegate", "sub"}, {"target add", "sub"}},
	"many roles":  {{"add", "alice"}, {"bins", "alice"}, {"target add", "bins"}, {"hashed", ""}, {"target add", "hashed"}, {"target add", "targets"}, {"target remove", ""}, {"target remove", ""}},
	"keys":        {{"add", "alice"}, {"rename", "alice"}, {"passphrase", ""}, {"target add", "alice"}, {"send away", "alice"}, {"rotate targets", ""}, {"call", "alice"}, {"new key", "alice"}, {"rotate", "alice"}, {"target add", "alice"}, {"rotate snapshot", ""}, {"rotate timestamp", ""}, {"rotate root", ""}, {"renew", ""}},
	"thresholds":  {{other, ""}, {"two roots", ""}, {"one root", ""}, {"rotate targets", ""}, {"both roots", ""}, {"rotate root", ""}, {"add", "alice"}, {"target add", "alice"}, {"rotate timestamp", ""}, {"rotate snapshot", ""}, {"renew", ""}, {"remove", "alice"}},
}

// folderSteps are those that sequences are made of by chance. Some need others before them, and
// are refused.
var folderSteps = []string{
	"add", "add", "remove", "off-board", "rotate", "fresh", "witness", "renew",
	"delegate", "delegate", "below", "hashed", "bins", "narrow", "widen", "terminate", "go on", "two", "one", "unkey", "undelegate", "purge",
	"target add", "target add", "target add", "target add", "target remove",
	"rotate root", "rotate targets", "rotate snapshot", "rotate timestamp", "two roots", "one root", "both roots",
	"rename", "passphrase", "new key", "send away", "call",
}

// folders are repositories in folders. Those of the other kind have no consistent snapshots.
var folders = game{
	fixed: fixedFolders, steps: folderSteps, whom: []string{"alice", "bob", "sub", "targets", "bins"},
	opening: []step{{"add", "alice"}, {"target add", "alice"}}, atOnce: true,
	first: map[string]string{
		"rotate": "new key", "go on": "terminate", "one": "two", "unkey": "one", "both roots": "one root", "one root": "two roots",
	},
	set: func(*testing.T) func(*record, string) player {
		return func(r *record, name string) player { return newFolderWorld(r, name) }
	},
}

// Whatever trustdeck does to a repository in a folder, go-tuf reads it after each publish: as a
// client that knows only the first root, as one at each root since, and as one that was there
// all the time. It finds what trustdeck says that clients find, and nothing else. What
// trustdeck refuses changes no byte. Every kind of step changes something here.
func TestFixedFolderSequences(t *testing.T) { folders.playFixed(t) }

// TestRandomFolderSequences makes them by chance: SEQUENCES=200 makes so many.
func TestRandomFolderSequences(t *testing.T) { folders.playRandom(t) }
