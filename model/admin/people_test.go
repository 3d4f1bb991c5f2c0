package admin_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// people shows persons in words: their names, then their keys.
func people(pairs ...string) string {
	keys, names := map[string][]model.KeyID{}, map[model.KeyID][]string{}
	var signers []admin.KnownSigner
	for _, pair := range pairs {
		name, key, _ := strings.Cut(pair, "@")
		keys[name], names[model.KeyID(key)] = append(keys[name], model.KeyID(key)), append(names[model.KeyID(key)], name)
		signers = append(signers, admin.KnownSigner{Name: name, Key: model.KeyID(key)})
	}
	for i := range signers {
		s := &signers[i]
		s.OtherNames = slices.DeleteFunc(slices.Clone(names[s.Key]), func(name string) bool { return name == s.Name || s.Name == "" })
		slices.Sort(s.OtherNames)
	}
	var out []string
	for _, p := range admin.People(signers) {
		out = append(out, strings.Join(append([]string{p.Name}, p.OtherNames...), "+")+":"+strings.Join(model.Retype[string](p.Keys()), ","))
	}
	return strings.Join(out, " ")
}

// A person is a name with all of its keys, and other names with the same keys. A key that
// two people share joins neither, nor does a role that they share.
func TestPeople(t *testing.T) {
	for name, row := range map[string]struct {
		pairs []string
		want  string
	}{
		"one name, several keys":    {[]string{"alice@1", "bob@2", "alice@3"}, "alice:1,3 bob:2"},
		"two names, one key":        {[]string{"al@1", "alice@1"}, "al+alice:1"},
		"some of the keys":          {[]string{"al@1", "alice@1", "alice@2"}, "al:1 alice:1,2"},
		"a shared key":              {[]string{"alice@1", "alice@2", "bob@2", "bob@3"}, "alice:1,2 bob:2,3"},
		"a role that people share":  {[]string{"bob@1", "erin@2", "team@1", "team@2", "team@3"}, "bob:1 erin:2 team:1,2,3"},
		"the same two keys":         {[]string{"b@1", "b@2", "a@2", "a@1"}, "a+b:1,2"},
		"the same keys three times": {[]string{"c@1", "b@1", "a@1"}, "a+b+c:1"},
		"without a name":            {[]string{"@1", "@2"}, ":1 :2"},
		"nobody":                    {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := people(row.pairs...); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}
