package flows_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// Who is ticked is removed wherever the key may sign: the signer as a whole, or one of
// several keys, or what an earlier removal has left behind.
func TestOffBoard(t *testing.T) {
	alice, old, young, stray := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	one, two := notarytest.New("registry.example.org/one", now), notarytest.New("registry.example.org/two", now)
	one.Delegate(docker.Releases, 1, []string{""}, alice, old, young)
	one.Delegate("targets/alice", 1, []string{""}, alice)
	one.Delegate("targets/bob", 1, []string{""}, old, young)
	two.Delegate(docker.Releases, 1, []string{""}, alice, stray, old)
	two.Delegate("targets/alice", 1, []string{""}, alice)
	two.Delegate("targets/alice/nightly", 1, []string{""}, young)
	for _, r := range []*notarytest.Repo{one, two} {
		r.Tag(docker.Releases, "v1", "x")
		r.Seal(model.RoleTargets, docker.Releases, "targets/alice")
	}
	w := &world{dialect: docker.Dialect{}, repositories: map[string]*model.Repository{string(one.GUN): one.Read(), string(two.GUN): two.Read()}}
	id := func(k notarytest.Key) model.KeyID { return notary.CanonicalID(k.PublicKey) }
	named := func(name string, k notarytest.Key) string { return name + "@" + string(id(k)) }
	both := []string{named("bob", old), named("bob", young)}
	slices.Sort(both)
	for name, row := range map[string]struct {
		who  []string
		want []change.Request
		says string
	}{
		"everywhere": {who: []string{named("alice", alice)}, want: []change.Request{
			{GUN: one.GUN, Changes: []model.Change{model.RemoveSigner{Name: "alice"}}},
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Name: "alice"}}},
		}},
		"one key of two, and what was left behind": {who: []string{named("bob", old)}, want: []change.Request{
			{GUN: one.GUN, Changes: []model.Change{model.RemoveSigner{Name: "bob", Keys: []model.KeyID{id(old)}}}},
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Keys: []model.KeyID{id(old)}}}},
		}},
		"a key without a name": {who: []string{string(id(stray))}, want: []change.Request{
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Keys: []model.KeyID{id(stray)}}}},
		}},
		"a name is all keys": {who: []string{"bob"}, want: []change.Request{
			{GUN: one.GUN, Changes: []model.Change{model.RemoveSigner{Name: "bob"}}},
			{GUN: two.GUN, Changes: []model.Change{model.RemoveSigner{Keys: []model.KeyID{id(old)}}}},
		}},
		"below another signer": {who: []string{named("alice/nightly", young)}, says: "is below another signer's role"},
		"nobody":               {who: nil, says: "choose at least one"},
		"somebody else":        {who: []string{"carol@" + string(id(alice))}, says: "is neither a signer nor a key that may sign there"},
	} {
		t.Run(name, func(t *testing.T) {
			walk := &walker{t: t, world: w}
			walk.begin(flows.OffBoard(walk.backend()), flow.Facts{}, map[string][]string{"repositories": {string(one.GUN), string(two.GUN)}})
			for _, o := range walk.m.Options() {
				if len(o.Marks) > 0 {
					if slices.Sort(o.Marks); o.Value != "bob" || !reflect.DeepEqual(o.Marks, both) {
						t.Errorf("option %+v", o)
					}
					continue
				}
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
			if !reflect.DeepEqual(walk.asked, row.want) {
				t.Errorf("asks for %+v\nwant %+v; %v", walk.asked, row.want, walk.m.Problem())
			}
		})
	}
}

// A key that leaves is found by its ID, by the first digits of it, by the name of its
// signer, or by both. What could mean two things is refused, and the candidates are
// listed in full.
func TestResolveLeavers(t *testing.T) {
	repo := notarytest.New("registry.example.org/one", now)
	// Of so many, two begin with the same digit.
	var keys []notarytest.Key
	var ids []string
	for range 17 {
		k := notarytest.NewKey()
		keys, ids = append(keys, k), append(ids, string(notary.CanonicalID(k.PublicKey)))
	}
	order := slices.Clone(ids)
	slices.Sort(order)
	shared := order[slices.IndexFunc(order[1:], func(id string) bool { return id[:1] == order[slices.Index(order, id)-1][:1] })][:1]
	var begin []string
	for _, id := range order {
		if id[:1] == shared {
			begin = append(begin, id)
		}
	}
	clash := ids[2][:16]
	repo.Delegate(docker.Releases, 1, []string{""}, keys...)
	for name, of := range map[string][]notarytest.Key{"alice": keys[:1], "bob": keys[1:2], "-": keys[3:4], clash: keys[4:5]} {
		repo.Delegate(model.RoleName("targets/"+name), 1, []string{""}, of...)
	}
	repo.Seal(model.RoleTargets)
	w := &world{dialect: docker.Dialect{}, repositories: map[string]*model.Repository{string(repo.GUN): repo.Read()}}
	for name, row := range map[string]struct {
		who  string
		want model.Change
		says []string
	}{
		"full ID":                  {who: ids[5], want: model.RemoveSigner{Keys: []model.KeyID{model.KeyID(ids[5])}}},
		"full ID of a signer":      {who: ids[0], want: model.RemoveSigner{Name: "alice"}},
		"prefix":                   {who: ids[5][:16], want: model.RemoveSigner{Keys: []model.KeyID{model.KeyID(ids[5])}}},
		"capitals":                 {who: strings.ToUpper(ids[5]), want: model.RemoveSigner{Keys: []model.KeyID{model.KeyID(ids[5])}}},
		"name":                     {who: "bob", want: model.RemoveSigner{Name: "bob"}},
		"name and prefix":          {who: "bob@" + ids[1][:8], want: model.RemoveSigner{Name: "bob"}},
		"a name no signer can get": {who: "-", want: model.RemoveSigner{Name: "-"}},
		"ambiguous":                {who: shared, says: begin[:2]},
		"a name and a key":         {who: clash, says: []string{clash + "@" + ids[4], ids[2]}},
		"another's key":            {who: "bob@" + ids[0][:8], says: []string{"neither a signer nor a key"}},
		"nobody":                   {who: "zoe", says: []string{"neither a signer nor a key"}},
		"no key":                   {who: "bob@", says: []string{"neither a signer nor a key"}},
	} {
		t.Run(name, func(t *testing.T) {
			walk := &walker{t: t, world: w}
			walk.begin(flows.OffBoard(walk.backend()), flow.Facts{}, map[string][]string{"repositories": {string(repo.GUN)}, "who": {row.who}})
			if row.says != nil {
				for _, words := range row.says {
					if err := walk.m.Problem(); err == nil || !strings.Contains(err.Error(), words) {
						t.Errorf("problem %v, want %q", err, words)
					}
				}
				return
			}
			if want := []change.Request{{GUN: repo.GUN, Changes: []model.Change{row.want}}}; !reflect.DeepEqual(walk.asked, want) {
				t.Errorf("asks for %+v\nwant %+v; %v", walk.asked, want, walk.m.Problem())
			}
			if walk.m.State() != flow.Reviewing {
				t.Errorf("state %s: %v", walk.m.State(), walk.m.Problem())
			}
		})
	}
}

// Several signers are removed in one plan, each from all of the repositories.
func TestRemoveSeveralSigners(t *testing.T) {
	w := &walker{t: t, world: newWorld()}
	w.begin(flows.SignerRemove(w.backend()), flow.Facts{Keys: w.world.keys}, map[string][]string{"repositories": {live, expired}, "name": {"alice", "bob"}})
	want := []model.Change{model.RemoveSigner{Name: "alice"}, model.RemoveSigner{Name: "bob"}}
	if len(w.asked) != 2 || !reflect.DeepEqual(w.asked[0].Changes, want) || !reflect.DeepEqual(w.asked[1].Changes, want) {
		t.Errorf("asked %+v: %v", w.asked, w.m.Problem())
	}
}
