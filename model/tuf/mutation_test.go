package tuf_test

import (
	"bytes"
	"os"
	"testing"

	"trustdeck/model/tuf/tuftest"
)

// Every mutation of one byte, every byte left out and every byte said twice must be seen.
// Files are without white space, which nobody signs. With EVERY_BYTE=1 all bytes are mutated in
// all ways, else some of them.
func TestEveryMutationIsSeen(t *testing.T) {
	t.Parallel()
	r := delegated()
	r.Compact = true
	r.Publish("root", "targets", "alice")
	sound(t, open(r))
	for _, name := range []string{"root.json", "2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json", "2.alice.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mutateAll(t, r, name)
		})
	}
}

func mutateAll(t *testing.T, r *tuftest.Repository, name string) {
	t.Helper()
	raw := r.Wire[name]
	if raw == nil {
		t.Fatal("there is no such file")
	}
	step, ways := mutated()
	here := r.Clone()
	for n, i := 0, 0; i < len(raw); n, i = n+1, i+step {
		all := [][]byte{splice(raw, i, 1, raw[i]^1), splice(raw, i, 1, raw[i]^0x20), splice(raw, i, 1), splice(raw, i, 0, raw[i]), splice(raw, i, 1, ' ')}
		for way := range ways {
			spoilt := all[(n*ways+way)%len(all)]
			if bytes.Equal(spoilt, raw) {
				continue
			}
			here.Wire[name] = spoilt
			if got := open(here); len(got.AllProblems()) == 0 {
				t.Fatalf("byte %d, %q for %q: nothing was seen", i, spoilt[max(0, i-8):min(len(spoilt), i+8)], raw[max(0, i-8):min(len(raw), i+8)])
			}
		}
	}
}

// mutated says that each byte whose place is a multiple of step is mutated, in so many of the
// five ways, one after the other.
func mutated() (step, ways int) {
	switch {
	case testing.Short():
		return 199, 2
	case os.Getenv("EVERY_BYTE") != "":
		return 1, 5
	default:
		return 13, 2
	}
}

func splice(raw []byte, at, cut int, put ...byte) []byte {
	out := append([]byte(nil), raw[:at]...)
	return append(append(out, put...), raw[at+cut:]...)
}
