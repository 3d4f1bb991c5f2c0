package history_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/history"
)

// grant is one by keys that are listed as themselves.
func grant(role model.RoleName, threshold int64, keys ...model.KeyID) history.Grant {
	return history.Grant{From: model.RoleTargets, Role: role, Threshold: threshold, Keys: keys, Listed: keys}
}

// Each way in which who could sign can change has its words.
func TestDifferences(t *testing.T) {
	n := history.Namer{Role: history.FullNames, Key: func(id model.KeyID) string { return string(id) }}
	path := func(g history.Grant, paths ...string) history.Grant {
		g.Paths = paths
		return g
	}
	for name, row := range map[string]struct {
		before, after []history.Grant
		want          string
	}{
		"nothing":         {[]history.Grant{grant("a", 1, "k")}, []history.Grant{grant("a", 1, "k")}, ""},
		"another order":   {[]history.Grant{grant("a", 1, "k", "l")}, []history.Grant{grant("a", 1, "l", "k")}, ""},
		"added":           {nil, []history.Grant{path(grant("a", 1, "k"), "")}, "+ k may sign a"},
		"added, 2 of 3":   {nil, []history.Grant{grant("a", 2, "k", "l", "m")}, "+ k, l, m may sign a, 2 of 3 keys needed"},
		"added for paths": {nil, []history.Grant{path(grant("a", 1, "k"), "x/", "y/")}, `+ k may sign a, for "x/", "y/"`},
		"added, no key":   {nil, []history.Grant{grant("a", 1)}, "+ a added, which no key may sign"},
		"removed":         {[]history.Grant{grant("a", 1, "k")}, nil, "- a removed: k may no longer sign it"},
		"rotated":         {[]history.Grant{grant("a", 1, "k")}, []history.Grant{grant("a", 1, "l")}, "~ key of a is l (was k)"},
		"keys": {
			[]history.Grant{grant("a", 1, "k", "l")},
			[]history.Grant{grant("a", 2, "l", "m", "n")},
			"+ m, n may sign a; - k may no longer sign a; ~ threshold of a is 2 of 3 keys (was 1)",
		},
		"many keys": {nil, []history.Grant{grant("a", 1, "k", "l", "m", "n", "o", "p")}, "+ k, l, m, n, 2 more keys may sign a"},
		"paths": {
			[]history.Grant{path(grant("a", 1, "k"), "x/", "y/")},
			[]history.Grant{path(grant("a", 1, "k"), "y/", "")},
			`+ a may list all paths; - a may no longer list "x/"`,
		},
		"another form": {
			[]history.Grant{grant("a", 1, "k")},
			[]history.Grant{{From: model.RoleTargets, Role: "a", Threshold: 1, Keys: []model.KeyID{"k"}, Listed: []model.KeyID{"cert"}}},
			"~ k is listed in another form for a",
		},
		"terminating": {
			[]history.Grant{grant("a", 1, "k")},
			[]history.Grant{{From: model.RoleTargets, Role: "a", Threshold: 1, Keys: []model.KeyID{"k"}, Listed: []model.KeyID{"k"}, Terminating: true}},
			"~ delegation to a is terminating",
		},
		"another delegator": {
			[]history.Grant{grant("a", 1, "k")},
			[]history.Grant{{From: "b", Role: "a", Threshold: 1, Keys: []model.KeyID{"k"}, Listed: []model.KeyID{"k"}}},
			"+ k may sign a; - a removed: k may no longer sign it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := history.Publish{Differences: history.Compare(row.before, row.after)}
			var got []string
			for _, l := range p.Lines(n) {
				got = append(got, l.String())
			}
			if text := strings.Join(got, "; "); text != row.want {
				t.Errorf("%s\nwant %s", text, row.want)
			}
		})
	}
}

// Targets are counted in full and listed up to a limit.
func TestCompareTargets(t *testing.T) {
	target := func(name, content string) model.Target {
		return model.Target{Name: name, Length: int64(len(content)), Hashes: model.Hashes{SHA256: []byte(content)}}
	}
	got := history.CompareTargets(
		[]model.Target{target("a", "1"), target("b", "1"), target("c", "1")},
		[]model.Target{target("b", "2"), target("c", "1"), target("d", "1")})
	if words := got.Count("tag"); words != "1 tag added, 1 tag changed, 1 tag removed" || got.Total() != 3 {
		t.Error(words)
	}
	var names []string
	for _, c := range got.List {
		names = append(names, c.Name+" "+string(c.Change))
	}
	if want := []string{"a removed", "b changed", "d added"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	var many []model.Target
	for i := range 3 * history.MaxTargets {
		many = append(many, target(fmt.Sprintf("%05d", i), "1"))
	}
	if got := history.CompareTargets(nil, many); got.Added != len(many) || len(got.List) != history.MaxTargets {
		t.Errorf("%d added, %d listed", got.Added, len(got.List))
	}
}

// A key is found by the beginning of any of its IDs, a signer by name; what neither has to do
// with is left out.
func TestFilters(t *testing.T) {
	line := history.Timeline{
		Names:  map[model.KeyID][]string{"abcd1111": {"alice"}},
		Listed: map[model.KeyID]model.KeyID{"abcd1111": "abcd1111", "cert2222": "abcd1111", "abcd3333": "abcd3333"},
		Publishes: []history.Publish{
			{Snapshot: 4, Revisions: []history.Revision{{Signers: []model.KeyID{"abcd1111"}}}},
			{Snapshot: 3, Differences: []history.Difference{{KeysRemoved: []model.KeyID{"abcd1111"}}}},
			{Snapshot: 2, Timestamps: []history.Stamp{{Signers: []model.KeyID{"abcd3333"}}}},
			{Snapshot: 1, Differences: []history.Difference{{Signer: "alice"}}},
		},
	}
	for text, want := range map[string]int{"ABCD 1111": 1, "cert": 1, "abcd": 2, "abc": 0, "ffff": 0} {
		if got := line.Keys(text); len(got) != want {
			t.Errorf("%q names %v", text, got)
		}
	}
	if _, ok := line.Signer("bob"); ok {
		t.Error("there is no bob")
	}
	keys, ok := line.Signer("alice")
	var got []int64
	for _, p := range line.Filtered(history.Filter{Keys: keys, Signer: "alice"}) {
		got = append(got, p.Snapshot)
	}
	if want := []int64{4, 3, 1}; !ok || !slices.Equal(got, want) {
		t.Errorf("alice has to do with %v, want %v", got, want)
	}
	if got := line.Filtered(); len(got) != 4 {
		t.Errorf("without a filter %d are shown", len(got))
	}
}
