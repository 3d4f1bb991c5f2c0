package quorum

import (
	"math/rand/v2"
	"testing"
)

// A search that is given up still has bounds that hold and a coalition that is enough, and
// leaves out nobody who takes part.
func TestLimit(t *testing.T) {
	unfinished := 0
	for seed := range 2000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		exact := search{need: make([]int, 2+rng.IntN(2)), limit: searchLimit}
		for range 3 + rng.IntN(5) {
			have := make([]int, len(exact.need))
			for g := range have {
				have[g] = rng.IntN(4)
			}
			exact.have = append(exact.have, have)
		}
		for g := range exact.need {
			for _, have := range exact.have {
				exact.need[g] += have[g]
			}
			exact.need[g] = 1 + rng.IntN(exact.need[g]+1)
		}
		if !exact.possible() {
			continue
		}
		limited := search{have: exact.have, need: exact.need}
		want, got := exact.smallest(), limited.smallest()
		if want.unfinished || want.least != want.most || got.least > want.most || got.most < want.most || got.unfinished != (got.least < got.most) {
			t.Fatalf("seed %d: %+v, want %+v", seed, got, want)
		}
		rest := search{need: exact.need}
		for _, m := range got.members {
			rest.have = append(rest.have, exact.have[m])
		}
		if !rest.possible() {
			t.Fatalf("seed %d: %v is not enough", seed, got.members)
		}
		parts, rough := exact.takingPart(want), limited.takingPart(got)
		for m := range parts {
			if parts[m] && !rough[m] {
				t.Fatalf("seed %d: %d takes part and was left out", seed, m)
			}
		}
		if got.unfinished {
			unfinished++
		}
	}
	if unfinished < 100 {
		t.Errorf("only %d searches were given up", unfinished)
	}
}
