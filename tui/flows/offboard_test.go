package flows_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// Who is ticked is removed wherever the key may sign: the signer as a whole, or one of
// several keys, or what an earlier removal has left behind.
func TestOffBoard(t *testing.T) {
	alice, old, young, stray := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	one, two := notarytest.New("registry.example.org/one", now), notarytest.New("registry.example.org/two", now)
	one.Delegate(model.RoleReleases, 1, []string{""}, alice, old, young)
	one.Delegate("targets/alice", 1, []string{""}, alice)
	one.Delegate("targets/bob", 1, []string{""}, old, young)
	two.Delegate(model.RoleReleases, 1, []string{""}, alice, stray, old)
	two.Delegate("targets/alice", 1, []string{""}, alice)
	two.Delegate("targets/alice/nightly", 1, []string{""}, young)
	for _, r := range []*notarytest.Repo{one, two} {
		r.Tag(model.RoleReleases, "v1", "x")
		r.Seal(model.RoleTargets, model.RoleReleases, "targets/alice")
	}
	w := &world{repositories: map[string]*model.Repository{string(one.GUN): one.Read(), string(two.GUN): two.Read()}}
	id := func(k notarytest.Key) model.KeyID { return notary.CanonicalID(k.PublicKey) }
	named := func(name string, k notarytest.Key) string { return name + "@" + string(id(k)) }
	for name, row := range map[string]struct {
		who  []string
		want []admin.Asked
		says string
	}{
		"everywhere": {who: []string{named("alice", alice)}, want: []admin.Asked{
			{GUN: one.GUN, Changes: []model.Change{model.RemoveSigner{Name: "alice"}}},
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Name: "alice"}}},
		}},
		"one key of two, and what was left behind": {who: []string{named("bob", old)}, want: []admin.Asked{
			{GUN: one.GUN, Changes: []model.Change{model.RemoveSigner{Name: "bob", Keys: []model.KeyID{id(old)}}}},
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Keys: []model.KeyID{id(old)}}}},
		}},
		"a key without a name": {who: []string{string(id(stray))}, want: []admin.Asked{
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Keys: []model.KeyID{id(stray)}}}},
		}},
		"below another signer": {who: []string{named("alice/nightly", young)}, says: "lies below the role of another signer"},
		"nobody":               {who: nil, says: "an answer is needed here"},
		"somebody else":        {who: []string{"carol@" + string(id(alice))}, says: "is none of the choices"},
	} {
		t.Run(name, func(t *testing.T) {
			walk := &walker{t: t, world: w}
			var e flow.Effect
			walk.m, e = flow.New(flows.OffBoard(), flow.Facts{}, flow.Answers{Values: map[string][]string{"repositories": {string(one.GUN), string(two.GUN)}}})
			walk.effect(e)
			for _, o := range walk.m.Options() {
				if !strings.Contains(o.Help, "registry.example.org/") || !slices.Contains([]string{"alice", "bob", "alice/nightly", ""}, strings.Split(o.Value, "@")[0]) && o.Value != string(id(stray)) {
					t.Errorf("option %+v", o)
				}
			}
			walk.effect(walk.m.Answer(strings.Join(row.who, "\n")))
			if row.says != "" {
				if err := walk.m.Problem(); err == nil || !strings.Contains(err.Error(), row.says) {
					t.Errorf("problem %v, want %q", err, row.says)
				}
				return
			}
			if !reflect.DeepEqual(walk.m.Asked(), row.want) {
				t.Errorf("asks for %+v\nwant %+v; %v", walk.m.Asked(), row.want, walk.m.Problem())
			}
		})
	}
}
