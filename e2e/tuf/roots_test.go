package tuf

import (
	"fmt"
	"testing"

	"trustdeck/model/tuf/tuftest"
)

// A client whose root is older than the last that is not kept cannot follow, and one that has the
// last can. None can whose root is older than one that does not follow.
func TestBrokenChain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// missing is the last version that is not kept, and unsigned one that lacks the
		// signatures of the one before.
		missing, unsigned int
		// follow are the outcomes for clients that have root 1, 2, 3 and 4.
		follow [4]outcome
	}{
		"sound":               {0, 0, [4]outcome{found, found, found, found}},
		"1 is missing":        {1, 0, [4]outcome{found, found, found, found}},
		"1 and 2 are missing": {2, 0, [4]outcome{refused, found, found, found}},
		"3 does not follow 2": {0, 3, [4]outcome{refused, refused, found, found}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tuftest.New()
			r.AddTarget("targets", "app", "content")
			r.Publish("targets")
			for version := 2; version <= len(c.follow); version++ {
				own := tuftest.P256()
				r.SetRole("root", tuftest.By(own))
				r.SetRole("timestamp", tuftest.By(tuftest.P256()))
				if version == c.unsigned {
					r.Signers["root"] = []*tuftest.Key{own}
				}
				r.Publish("root")
			}
			roots := map[int][]byte{}
			for i := range c.follow {
				name := fmt.Sprintf("%d.root.json", i+1)
				roots[i] = r.Wire[name]
				if i+1 <= c.missing {
					delete(r.Wire, name)
				}
			}
			s := serve(t, r.Wire)
			for i, want := range c.follow {
				if result, err := goTUFFinds(goTUFFrom(t, s, roots[i]), "app"); result != want {
					t.Errorf("from root %d: go-tuf: %s (%v), want %s", i+1, result, err, want)
				}
			}
		})
	}
}
