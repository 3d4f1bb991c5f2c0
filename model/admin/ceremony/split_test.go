package ceremony_test

import (
	"fmt"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
)

// When keys of a root are replaced, either those who stay can sign at once, or two ceremonies are found in each
// of which they can.
func TestSplit(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 7; n++ {
		for threshold := 1; threshold <= n; threshold++ {
			for leave := 0; leave <= n; leave++ {
				for join := 0; join <= n; join++ {
					if n-leave+join < threshold {
						continue // such a root could not be signed
					}
					name := fmt.Sprintf("%d of %d, %d leave and %d join", threshold, n, leave, join)
					root := &model.Role{Threshold: threshold, Keys: make([]model.KeyID, n)}
					asking := ceremony.Asking{Leave: make([]model.KeyID, leave), Join: make([]*bundle.Asked, join)}
					s := asking.Split(root)
					if n-leave >= threshold {
						if s != nil {
							t.Errorf("%s: %+v", name, s)
						}
						continue
					}
					if s == nil {
						t.Errorf("%s: no way", name)
						continue
					}
					first, second := n-s.Leave, n-s.Leave+s.Join-(leave-s.Leave)
					if first < threshold || second < threshold || s.Leave < 0 || s.Join > join || s.Stay != n-leave {
						t.Errorf("%s: %d stay, then %d: %+v", name, first, second, s)
					}
				}
			}
		}
	}
	few := ceremony.Asking{Leave: make([]model.KeyID, 2)}
	if s := few.Split(&model.Role{Threshold: 2, Keys: make([]model.KeyID, 3)}); s != nil || few.Split(nil) != nil {
		t.Errorf("no one joins, or there is no root: %+v", s)
	}
}
