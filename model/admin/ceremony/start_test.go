package ceremony_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect/dialecttest"
)

// asked has a person make a request, and the author read it.
func asked(t *testing.T, s *ceremonytest.Scene, name string, role model.RoleName) *bundle.Asked {
	t.Helper()
	m := s.Machine(s.Replace(), name)
	keys := must(m.Keys.Keys(t.Context()))
	made, err := m.Request(t.Context(), ceremony.Requesting{
		Repository: dialecttest.GUN, Dialect: s.Dialect.Name(), Role: role, Name: name, Key: keys[0], To: "request",
	}, ceremony.Run{Secrets: m})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := m.ReadRequest("request", dialecttest.GUN, false)
	if err != nil || asked.Key.ID != made.Key.ID || m.Store.Closed != 1 {
		t.Fatalf("%+v, %v", asked, err)
	}
	for _, row := range []struct {
		gun       model.GUN
		rehearsal bool
		says      string
	}{{"another/one", false, "the request is for"}, {dialecttest.GUN, true, "this is a rehearsal"}} {
		if _, err := m.ReadRequest("request", row.gun, row.rehearsal); !says(err, row.says) {
			t.Errorf("%v", err)
		}
	}
	return asked
}

// Everyone takes part once, with all of their keys; who has a key is what was said first.
func TestTogether(t *testing.T) {
	t.Parallel()
	person := func(name string, keys ...model.KeyID) bundle.Participant {
		out := bundle.Participant{Name: name, Does: "custodian"}
		for _, id := range keys {
			out.Keys = append(out.Keys, bundle.Held{ID: id})
		}
		return out
	}
	got := ceremony.Together(
		[]bundle.Participant{person("Ada", "1"), person("Olga")},
		[]bundle.Participant{person("ada", "2", "1"), person("Eve", "1"), person("Ben", "3")},
	)
	want := []bundle.Participant{person("Ada", "1", "2"), person("Olga"), person("Ben", "3")}
	if !slices.EqualFunc(got, want, func(a, b bundle.Participant) bool { return a.Name == b.Name && slices.Equal(a.Keys, b.Keys) }) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A custodian is replaced: the others stay as the root lists them, and the people are known by name.
func TestStart(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	asking := ceremony.Asking{Join: []*bundle.Asked{asked(t, s, "Dan", model.RoleRoot)}, Leave: []model.KeyID{s.People["Cleo"].Listed.ID}}
	changes, err := asking.Changes(s.Dialect, dialecttest.GUN, s.Repository)
	if err != nil {
		t.Fatal(err)
	}
	m := s.Machine(s.Replace(), "Ada")
	w := ceremony.Starting{
		Repository: dialecttest.GUN, Changes: changes, Title: "Replace Cleo", Dates: s.Replace().Dates, To: "new",
		People: append(ceremony.People(asking.Join), bundle.Participant{Name: "Ada", Does: "custodian", Keys: []bundle.Held{{ID: s.People["Ada"].Listed.ID}}}),
	}
	f, err := m.Start(t.Context(), s, w, ceremony.Run{})
	if err != nil {
		t.Fatal(err)
	}
	if people := f.Bundle().Participants; len(people) != 2 || people[0].Name != "Dan" || !slices.Equal(f.Roles(), []model.RoleName{model.RoleRoot}) {
		t.Errorf("%+v", people)
	}
	if q := f.Quorums(model.RoleRoot); len(q) != 2 || !q[0].Members[2].Leaves || !q[1].Members[2].Joins {
		t.Errorf("%+v", q)
	}
	again, err := m.Open("new")
	if err != nil || again.Digest() != f.Digest() {
		t.Errorf("%v", err)
	}
	if _, err := m.Start(t.Context(), s, w, ceremony.Run{}); err == nil {
		t.Error("a file was replaced")
	}
}

// What is asked of the keys of a repository, and what makes no sense.
func TestAsking(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	dan := asked(t, s, "Dan", model.RoleRoot)
	for name, row := range map[string]struct {
		asking ceremony.Asking
		r      *model.Repository
		kind   string
		says   string
	}{
		"nothing":     {asking: ceremony.Asking{}, r: s.Repository, kind: model.Renew{}.Kind()},
		"threshold":   {asking: ceremony.Asking{Threshold: 3}, r: s.Repository, kind: model.SetThreshold{}.Kind()},
		"joins":       {asking: ceremony.Asking{Join: []*bundle.Asked{dan}}, r: s.Repository, kind: model.RotateKey{}.Kind()},
		"stranger":    {asking: ceremony.Asking{Leave: []model.KeyID{dan.Key.ID}}, r: s.Repository, says: "the root lists no key"},
		"other role":  {asking: ceremony.Asking{Join: []*bundle.Asked{asked(t, s, "Dan", model.RoleTargets)}}, r: s.Repository, says: "only root keys are added"},
		"new":         {asking: ceremony.Asking{Join: []*bundle.Asked{dan}}, says: "no key for its targets"},
		"new, leaves": {asking: ceremony.Asking{Leave: []model.KeyID{dan.Key.ID}}, says: "no key can leave"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes, err := row.asking.Changes(s.Dialect, dialecttest.GUN, row.r)
			switch {
			case row.says != "":
				if !says(err, row.says) || model.HintOf(err) == "" {
					t.Errorf("%v", err)
				}
			case err != nil || len(changes) != 1 || changes[0].Kind() != row.kind:
				t.Errorf("%+v, %v", changes, err)
			}
		})
	}
}

// A plan that needs keys which are not there yet is not begun.
func TestNotStarted(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	for name, change := range map[string]model.Change{
		"new key": model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyNew}}}},
		"nothing": model.SetThreshold{Role: model.RoleRoot, Threshold: 2},
	} {
		w := ceremony.Starting{Repository: dialecttest.GUN, Changes: []model.Change{change}, Title: "T", Dates: s.Replace().Dates, To: "new"}
		if _, err := m.Start(t.Context(), s, w, ceremony.Run{}); model.KindOf(err) != model.FaultUsage || m.Shelf["new"] != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A key of the machine on which a ceremony is prepared is listed by its public half: the machine that
// publishes doesn't have it.
func TestKeyOfThisMachine(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	dan := s.People["Dan"].Listed
	s.Here = []model.PrivateKey{{ID: dan.ID}}
	here := model.KeyChoice{Source: model.KeyHere, ID: s.Dialect.CanonicalID(dan)}
	for name, change := range map[string]model.Change{
		"rotated": model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: s.People["Ada"].Listed}, here}}},
		"added":   model.SetThreshold{Role: model.RoleRoot, Threshold: 2, Add: []model.KeyChoice{here}},
	} {
		w := ceremony.Starting{Repository: dialecttest.GUN, Changes: []model.Change{change}, Title: "T", Dates: s.Replace().Dates, To: "new"}
		m := s.Machine(s.Replace(), "Dan")
		f, err := m.Start(t.Context(), s, w, ceremony.Run{Secrets: m})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if text := must(json.Marshal(f.Bundle().Changes)); bytes.Contains(text, []byte(`"here"`)) || !bytes.Contains(text, []byte(dan.ID)) || m.Store.Closed != 1 {
			t.Errorf("%s: asked for %s; the key was closed %d times", name, text, m.Store.Closed)
		}
		other := s.Machine(s.Replace(), "Ada")
		if _, err := other.Start(t.Context(), s, w, ceremony.Run{Secrets: other}); !says(err, "is not on this machine") || model.HintOf(err) == "" || other.Shelf["new"] != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A rehearsal can make its keys, each under a passphrase; a real ceremony can't.
func TestKeyOfRehearsal(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Dan")
	m.Answers = []string{"", "long enough for all"}
	w := ceremony.Requesting{Repository: dialecttest.GUN, Dialect: s.Dialect.Name(), Role: model.RoleRoot, Name: "Dan", Fresh: true, To: "request"}
	if _, err := m.Request(t.Context(), w, ceremony.Run{Secrets: m}); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" || m.Asked > 0 {
		t.Errorf("%v", err)
	}
	w.Rehearsal = true
	if _, err := m.Request(t.Context(), w, ceremony.Run{Secrets: m}); err != nil || m.Asked != 2 || m.Store.Closed != 1 {
		t.Errorf("asked %d times: %v", m.Asked, err)
	}
	for _, given := range m.Given {
		if len(bytes.Trim(given, "\x00")) > 0 {
			t.Errorf("%q is left in memory", given)
		}
	}
	if asked, err := m.ReadRequest("request", dialecttest.GUN, true); err != nil || asked.Key.ID != s.People["Dan"].Listed.ID {
		t.Errorf("%+v, %v", asked, err)
	}
}
