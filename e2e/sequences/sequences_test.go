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
// SEQUENCES says how many, and length how many steps each has.
const (
	ordinary = 5
	length   = 9
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
	"notary add", "notary drop", "notary unkey", "notary witness", "notary tag", "notary rotate targets", "docker add", "docker revoke",
}

// Whatever the clients do in turns, trustdeck finds what notary and docker find, does what
// its plans have promised, and leaves nothing unusable that it has not named.
func TestFixedSequences(t *testing.T) {
	server := peer.MemoryServer(t)
	for i, name := range slices.Sorted(maps.Keys(fixed)) {
		t.Run(name, func(t *testing.T) {
			play(newWorld(t, server, fmt.Sprintf("docker.io/acme/fixed%d", i), rand.New(rand.NewPCG(uint64(i), 7))), fixed[name])
		})
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
			for what, n := range w.applied {
				applied[what] += n
			}
		})
	}
	t.Logf("plans that were applied, by step: %v", applied)
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
		w.done = append(w.done, s.String())
		w.do(s)
		w.compare()
		if w.t.Failed() {
			w.t.Fatalf("after step %d of %s", i+1, strings.Join(w.done, "; "))
		}
	}
}
