package sequences

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ordinary is how many sequences an ordinary run makes, unless the environment variable
// SEQUENCES says how many, and length how many steps each has. In so many as enough, every
// kind of step has changed something.
const (
	ordinary = 3
	length   = 9
	enough   = 100
)

// A step is something that is done, about a signer or a role.
type step struct{ what, whom string }

func (s step) String() string { return strings.TrimSpace(s.what + " " + s.whom) }

// A player is a repository, and those who do steps.
type player interface {
	// begin makes the repository as the first of the steps says, and returns the others.
	begin([]step) []step
	do(step)
	// compare holds what trustdeck says of the repository against what other clients see.
	compare()
}

// A game is a kind of repositories, and what is done to them.
type game struct {
	// fixed are sequences that always run, by what they are about.
	fixed map[string][]step
	// steps are the kinds of steps, and whom are those whom they are about; one that is there
	// twice comes twice as often.
	steps, whom []string
	// first is the step without which one changes nothing; chance would rarely do both.
	first map[string]string
	// opening are the steps with which sequences begin that chance makes.
	opening []step
	// atOnce has several sequences played at the same time.
	atOnce bool
	// set sets up what several repositories share, and returns what makes one of them.
	set func(*testing.T) func(r *record, name string) player
}

// playFixed plays the sequences that always run. In them, every kind of step changes
// something.
func (g *game) playFixed(t *testing.T) {
	t.Helper()
	var all []sequence
	for _, name := range slices.Sorted(maps.Keys(g.fixed)) {
		all = append(all, sequence{name, rand.NewPCG(uint64(len(all)), 7), func(*rand.Rand) []step { return g.fixed[name] }})
	}
	g.playAll(t, all, true)
}

// playRandom plays sequences that chance has made: as many as SEQUENCES says.
func (g *game) playRandom(t *testing.T) {
	t.Helper()
	n := ordinary
	if text := os.Getenv("SEQUENCES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("SEQUENCES is no number: %v", err)
		}
	}
	var all []sequence
	for seed := range n {
		all = append(all, sequence{strconv.Itoa(seed), rand.NewPCG(uint64(seed), 1), g.make})
	}
	g.playAll(t, all, n >= enough)
}

// make makes a sequence by chance.
func (g *game) make(random *rand.Rand) []step {
	made := slices.Clone(g.opening)
	if random.IntN(2) == 0 {
		made = append([]step{{other, ""}}, made...)
	}
	for range length {
		s := step{g.steps[random.IntN(len(g.steps))], g.whom[random.IntN(len(g.whom))]}
		if g.first[s.what] != "" && random.IntN(2) == 0 {
			made = append(made, g.before(s)...)
		}
		made = append(made, s)
	}
	return made
}

// before are the steps that a step needs before it.
func (g *game) before(s step) []step {
	what := g.first[s.what]
	if what == "" {
		return nil
	}
	s.what = what
	return append(g.before(s), s)
}

// A sequence is steps, and the chance by which they are made and done.
type sequence struct {
	name  string
	seed  rand.Source
	steps func(*rand.Rand) []step
}

// playAll plays sequences. If every is true, every kind of step changes something in them:
// one that is always refused tests nothing.
func (g *game) playAll(t *testing.T, all []sequence, every bool) {
	t.Helper()
	open := g.set(t)
	var mu sync.Mutex
	applied, played := map[string]int{}, 0
	t.Cleanup(func() { // when those have ended too that are played at once
		t.Logf("steps that changed something: %v", applied)
		for _, what := range g.steps {
			if applied[what] == 0 && every && played == len(all) { // else -run has chosen some of them
				t.Errorf("%q has never changed anything", what)
			}
		}
	})
	for i, s := range all {
		t.Run(s.name, func(t *testing.T) {
			if g.atOnce {
				t.Parallel()
			}
			r := &record{t: t, random: rand.New(s.seed), applied: map[string]int{}}
			r.play(open(r, fmt.Sprintf("app%d", i)), s.steps(r.random))
			mu.Lock()
			defer mu.Unlock()
			played++
			for what, n := range r.applied {
				applied[what] += n
			}
		})
	}
}

// other is what a sequence begins with whose repository is of the other of two kinds: with
// a snapshot that the administrator signs, or without consistent snapshots.
const other = "other kind"

// A record is how far a sequence has come.
type record struct {
	t      *testing.T
	random *rand.Rand
	// done are the steps so far, and tags is how many names of targets they have used up.
	done []step
	tags int
	// applied counts the steps that changed something, by what they do.
	applied map[string]int
}

// count notes that the step that is being done has changed something.
func (r *record) count() { r.applied[r.done[len(r.done)-1].what]++ }

// play does the steps one after the other, and compares after each.
func (r *record) play(p player, made []step) {
	r.t.Helper()
	for i, s := range p.begin(made) {
		r.done = append(r.done, s)
		p.do(s)
		p.compare()
		if r.t.Failed() {
			r.t.Fatalf("after step %d of %v", i+1, r.done)
		}
	}
}
