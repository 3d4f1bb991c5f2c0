package public

import (
	"maps"
	"os"
	"slices"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/tui/flows"
)

func TestMain(m *testing.M) { peer.Main(m) }

// usual are the copies that are changed unless EVERY_COPY is set: one that people and a robot sign
// together, and one with hash bins.
var usual = []string{"tuf-on-ci", "Repository Service for TUF"}

// Every flow changes a copy of every repository, and after each publish everybody reads it: go-tuf
// from each root, and go-tuf of before, and tuf-js, each new and as one that was there all the
// time. They find just the targets that trustdeck says are found.
func TestCopiesChangedByEveryFlow(t *testing.T) {
	sources := folders(t)
	names := usual
	if os.Getenv("EVERY_COPY") != "" {
		names = slices.Sorted(maps.Keys(sources))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sources[name], newReaders(t))
			w.begin()
			for _, s := range steps {
				s.do(w)
				if t.Failed() {
					t.Fatalf("in the flow %s", s.flow)
				}
			}
		})
	}
}

// elsewhere are the flows that change no repository in a folder, or make one.
var elsewhere = []string{"init", "publish", "sign"}

// No flow is left out.
func TestStepsAreAllFlows(t *testing.T) {
	done := slices.Clone(elsewhere)
	for _, s := range steps {
		done = append(done, s.flow)
	}
	for _, f := range flows.Changes(nil) {
		if !slices.Contains(done, f.ID) {
			t.Errorf("nothing is done with the flow %s", f.ID)
		}
	}
}
