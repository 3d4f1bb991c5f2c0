package sequences

import (
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// fixed are sequences that have found something, step by step: they always run.
var fixed = map[string][]step{
	"the same signer returns":         {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"add", "alice"}, {"sign", "alice"}},
	"another signer comes":            {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"sign", "bob"}},
	"the signer returns with a key":   {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "alice"}, {"new key", "alice"}, {"add", "alice"}, {"fresh", "alice"}, {"sign", "alice"}},
	"with our own snapshot":           {{other, ""}, {"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"fresh", "releases"}, {"call", "bob"}, {"sign", "bob"}},
	"releases without keys":           {{"add", "alice"}, {"sign", "alice"}, {"notary unkey", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"fresh", "releases"}, {"sign", "bob"}},
	"notary names a removed releases": {{"add", "alice"}, {"sign", "alice"}, {"notary drop", "releases"}, {"docker add", "bob"}, {"fresh", "releases"}, {"sign", "bob"}},
	"a lost key is replaced":          {{"add", "bob"}, {"sign", "bob"}, {"send away", "bob"}, {"new key", "bob"}, {"rotate", "bob"}, {"sign", "bob"}},
	"a leaked key is taken away":      {{"add", "alice"}, {"add", "bob"}, {"sign", "bob"}, {"send away", "alice"}, {"off-board", "bob"}, {"sign", "alice"}},
	// With the others, these have every kind of step change something.
	"tags":        {{"add", "alice"}, {"deck sign", ""}, {"deck sign", ""}, {"docker revoke", ""}, {"copy", ""}, {"unsign", "alice"}, {"target add", "alice"}, {"notary tag", ""}, {"revoke", ""}, {"target remove", ""}},
	"keys":        {{"add", "alice"}, {"rename", "alice"}, {"passphrase", ""}, {"sign", "alice"}, {"rotate targets", ""}, {"passphrase", ""}, {"docker add", "bob"}, {"deck sign", ""}, {"notary rotate targets", ""}, {"renew", ""}},
	"delegations": {{"delegate", "alice"}, {"publish", "alice"}, {"notary witness", "alice"}, {"witness", "alice"}, {"narrow", "alice"}, {"two", "releases"}, {"one", "releases"}, {"unkey", "releases"}, {"purge", "bob"}, {"undelegate", "alice"}, {"notary add", "alice"}},
}

// steps are those that sequences are made of by chance. Some need others before them, and
// fail without harm.
var steps = []string{
	"add", "add", "remove", "off-board", "rotate", "fresh", "witness", "renew", "rotate targets",
	"sign", "sign", "sign", "unsign", "new key", "send away", "call",
	"delegate", "narrow", "undelegate", "unkey", "purge", "two", "one", "publish",
	"deck sign", "revoke", "copy", "target add", "target remove", "rename", "passphrase",
	"notary add", "notary drop", "notary unkey", "notary witness", "notary tag", "notary rotate targets", "docker add", "docker revoke",
}

// Whatever the clients do in turns, trustdeck finds what notary and docker find, does what
// its plans have promised, and leaves nothing unusable that it has not named. Every kind of
// step that sequences are made of changes something here.
func TestFixedSequences(t *testing.T) { servers.playFixed(t) }

// TestRandomSequences makes them by chance: SEQUENCES=200 makes so many.
func TestRandomSequences(t *testing.T) { servers.playRandom(t) }

// servers are repositories on a Notary server.
var servers = game{fixed: fixed, steps: steps, whom: []string{"alice", "bob", "releases"}, opening: []step{{"add", "alice"}, {"sign", "alice"}}, set: func(t *testing.T) func(*record, string) player {
	server := peer.MemoryServer(t)
	return func(r *record, name string) player { return newWorld(r, server, "docker.io/acme/"+name) }
}}
