package sequences

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// ordinary is how many sequences an ordinary run makes, unless the environment variable
// SEQUENCES says how many, and length how many steps each has. In so many as enough, every
// kind of step has changed something.
const (
	ordinary = 5
	length   = 9
	enough   = 100
)

// fixed are sequences that have found something, step by step: they always run.
var fixed = map[string][]step{
	"the same signer returns":         {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"add", "alice"}, {"sign", "alice"}},
	"another signer comes":            {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"sign", "bob"}},
	"the signer returns with a key":   {{"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "alice"}, {"new key", "alice"}, {"add", "alice"}, {"fresh", "alice"}, {"sign", "alice"}},
	"with our own snapshot":           {{"own snapshot", ""}, {"add", "alice"}, {"sign", "alice"}, {"remove", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"fresh", "releases"}, {"call", "bob"}, {"sign", "bob"}},
	"releases without keys":           {{"add", "alice"}, {"sign", "alice"}, {"notary unkey", "alice"}, {"send away", "bob"}, {"add", "bob"}, {"fresh", "releases"}, {"sign", "bob"}},
	"notary names a removed releases": {{"add", "alice"}, {"sign", "alice"}, {"notary drop", "releases"}, {"docker add", "bob"}, {"fresh", "releases"}, {"sign", "bob"}},
	"a lost key is replaced":          {{"add", "bob"}, {"sign", "bob"}, {"send away", "bob"}, {"new key", "bob"}, {"rotate", "bob"}, {"sign", "bob"}},
	"a leaked key is taken away":      {{"add", "alice"}, {"add", "bob"}, {"sign", "bob"}, {"send away", "alice"}, {"off-board", "bob"}, {"sign", "alice"}},
	// With the others, these have every kind of step change something.
	"tags":        {{"add", "alice"}, {"deck sign", ""}, {"deck sign", ""}, {"docker revoke", ""}, {"copy", ""}, {"unsign", "alice"}, {"target add", "alice"}, {"notary tag", ""}, {"revoke", ""}, {"target remove", ""}},
	"keys":        {{"add", "alice"}, {"rename", "alice"}, {"passphrase", ""}, {"sign", "alice"}, {"rotate targets", ""}, {"passphrase", ""}, {"docker add", "bob"}, {"deck sign", ""}, {"notary rotate targets", ""}, {"renew", ""}},
	"delegations": {{"delegate", "alice"}, {"publish", "alice"}, {"notary witness", "alice"}, {"witness", "alice"}, {"narrow", "alice"}, {"two", "releases"}, {"one", "releases"}, {"unkey", "releases"}, {"purge", "bob"}, {"undelegate", "alice"}, {"notary add", "alice"}},
}

// A step is something that one of the clients does, about a signer or a role.
type step struct{ what, whom string }

func (s step) String() string { return strings.TrimSpace(s.what + " " + s.whom) }

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
func TestFixedSequences(t *testing.T) {
	server := peer.MemoryServer(t)
	applied, played := map[string]int{}, 0
	for i, name := range slices.Sorted(maps.Keys(fixed)) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, server, fmt.Sprintf("docker.io/acme/fixed%d", i), rand.New(rand.NewPCG(uint64(i), 7)))
			play(w, fixed[name])
			add(applied, w.applied)
			played++
		})
	}
	t.Logf("steps that changed something: %v", applied)
	if played == len(fixed) { // else -run has chosen some of them
		everyKind(t, applied)
	}
}

// add adds what one sequence has applied.
func add(applied, more map[string]int) {
	for what, n := range more {
		applied[what] += n
	}
}

// everyKind checks that each kind of step was not only tried: one that is always refused
// tests nothing.
func everyKind(t *testing.T, applied map[string]int) {
	t.Helper()
	for _, what := range steps {
		if applied[what] == 0 {
			t.Errorf("%q has never changed anything", what)
		}
	}
}

// TestRandomSequences makes them by chance: SEQUENCES=200 makes so many.
func TestRandomSequences(t *testing.T) {
	n := ordinary
	if text := os.Getenv("SEQUENCES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("SEQUENCES is no number: %v", err)
		}
	}
	server := peer.MemoryServer(t)
	applied := map[string]int{}
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			made := []step{{"add", "alice"}, {"sign", "alice"}}
			if random.IntN(2) == 0 {
				made = append([]step{{"own snapshot", ""}}, made...)
			}
			for range length {
				made = append(made, step{steps[random.IntN(len(steps))], []string{"alice", "bob", "releases"}[random.IntN(3)]})
			}
			w := newWorld(t, server, fmt.Sprintf("docker.io/acme/random%d", seed), random)
			play(w, made)
			add(applied, w.applied)
		})
	}
	t.Logf("steps that changed something: %v", applied)
	if n >= enough {
		everyKind(t, applied)
	}
}

// play does the steps one after the other, and compares after each.
func play(w *world, made []step) {
	w.t.Helper()
	if len(made) > 0 && made[0].what == "own snapshot" {
		w.begin("here")
		made = made[1:]
	} else {
		w.begin("server")
	}
	for i, s := range made {
		w.done = append(w.done, s)
		w.do(s)
		w.compare()
		if w.t.Failed() {
			w.t.Fatalf("after step %d of %v", i+1, w.done)
		}
	}
}
