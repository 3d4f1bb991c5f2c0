package plan_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// asked is a repository whose root is of three people, and whose next root waits for two of
// them: those who are named have signed it.
func asked(t *testing.T, signed ...int) (*model.Repository, []*tuftest.Key) {
	t.Helper()
	r := tuftest.New()
	people := []*tuftest.Key{tuftest.P256(), tuftest.P256(), tuftest.P256()}
	r.SetRole("root", tuftest.Quorum{Threshold: 2, Keys: people})
	r.Publish("root")
	root := r.Signed["root"]
	root["version"] = tuftest.Version(root) + 1
	whole := r.Sign(root, people...)
	signatures := []any{}
	f, err := tuf.Parse("root", whole)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range people {
		sig := ""
		if slices.Contains(signed, i) {
			sig = hex.EncodeToString(f.Signatures[i].Sig)
		}
		signatures = append(signatures, tuftest.Object{"keyid": string(k.ID), "sig": sig})
	}
	r.Wire["3.root.json"] = r.File(root, signatures...)
	r.Wire["root.json"] = r.Wire["3.root.json"]
	return r.Drive(tuf.NewLoad(dialect.Config{GUN: gun, At: tuftest.At, FirstUse: model.AnchorFirstUse, Working: true})).Repository(), people
}

// What is countersigned stays as it is; the verdict says who has yet to sign, and a key that has
// signed does not sign again.
func TestCountersign(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signed []int
		here   []int
		want   plan.State
		text   string
		// signs are the keys that sign by the plan, and pending tells that the file waits then.
		signs   int
		pending bool
	}{
		"the first":           {nil, []int{0}, plan.Ready, "root then needs 1 signature more", 1, true},
		"the last":            {[]int{0}, []int{1}, plan.Ready, "with your signatures it has all that it needs", 1, false},
		"two at once":         {nil, []int{0, 2}, plan.Ready, "with your signatures it has all that it needs", 2, false},
		"one more than needs": {[]int{0, 1}, []int{2}, plan.Ready, "with your signatures it has all that it needs", 1, false},
		"who has signed":      {[]int{0}, []int{0}, plan.Waiting, "no key that has yet to sign is on this machine", 0, true},
		"nobody who may":      {[]int{0}, nil, plan.Waiting, "no key that has yet to sign is on this machine", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, people := asked(t, c.signed...)
			var keys []model.PrivateKey
			for _, i := range c.here {
				public, err := tuf.Dialect{}.Bare(people[i].Public)
				if err != nil {
					t.Fatal(err)
				}
				keys = append(keys, model.PrivateKey{ID: tuf.Dialect{}.CanonicalID(public)})
			}
			p, err := plan.Compile([]plan.Request{{
				Dialect: tuf.Dialect{}, GUN: gun, Repository: r, Changes: []model.Change{model.Countersign{Roles: []model.RoleName{model.RoleRoot}}},
			}}, keys, tuftest.At)
			if err != nil {
				t.Fatal(err)
			}
			part := &p.Parts[0]
			if part.Verdict.State != c.want || !strings.Contains(part.Verdict.Text, c.text) {
				t.Errorf("%+v", part.Verdict)
			}
			if len(part.Rewrites) != 1 || part.Rewrites[0].From != 2 || part.Rewrites[0].To != 3 {
				t.Errorf("it rewrites %+v", part.Rewrites)
			}
			for _, q := range part.Rewrites[0].Needs {
				if n := signing(q); n != c.signs {
					t.Errorf("%d keys sign for %s, want %d", n, q.GrantedBy, c.signs)
				}
			}
			if (len(part.Pending) > 0) != c.pending {
				t.Errorf("pending: %+v", part.Pending)
			}
		})
	}
}

func signing(q plan.Quorum) int {
	n := 0
	for _, k := range q.Keys {
		if k.Sign {
			n++
		}
	}
	return n
}

// Only what waits is countersigned, and nothing else is done with it.
func TestCountersignRefuses(t *testing.T) {
	t.Parallel()
	r, _ := asked(t)
	root := model.Countersign{Roles: []model.RoleName{model.RoleRoot}}
	for name, c := range map[string]struct {
		changes []model.Change
		want    string
	}{
		"nothing":                {[]model.Change{model.Countersign{}}, "no role named to countersign"},
		"what is not there":      {[]model.Change{model.Countersign{Roles: []model.RoleName{"vault"}}}, `there is no file of a role "vault"`},
		"what waits for nobody":  {[]model.Change{model.Countersign{Roles: []model.RoleName{model.RoleTargets}}}, "targets doesn't wait for signatures"},
		"beside another change":  {[]model.Change{root, model.SetThreshold{Role: model.RoleRoot, Threshold: 1}}, "other changes are requested too"},
		"another change instead": {[]model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}}}, "no change can be based on it: root has 0 valid signatures"},
	} {
		_, err := plan.Compile([]plan.Request{{Dialect: tuf.Dialect{}, GUN: gun, Repository: r, Changes: c.changes}}, nil, tuftest.At)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
