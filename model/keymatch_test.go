package model_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
)

func TestMatchKeys(t *testing.T) {
	pad := func(s string) model.KeyID { return model.KeyID(s + strings.Repeat("0", 64-len(s))) }
	a, b, c := pad("8dd36646ac"), pad("8dd36646bf"), pad("d73554eb")
	known := []model.KeyID{a, b, c, c} // one key may be in two files
	many := []model.KeyID{pad("8dd366461"), pad("8dd366462"), pad("8dd366463"), pad("8dd366464"), pad("8dd366465")}
	tests := []struct {
		typed []string
		want  []model.KeyID
		err   string
	}{
		{nil, nil, ""},
		{[]string{string(a)}, []model.KeyID{a}, ""},
		{[]string{"d73554e", "8dd36646a"}, []model.KeyID{c, a}, ""},
		{[]string{"d735 54eb"}, []model.KeyID{c}, ""},
		{[]string{"D73554EB"}, []model.KeyID{c}, ""},
		{[]string{"ffff"}, nil, `no key here has an ID that starts with "ffff"`},
		{[]string{""}, nil, `no key here has an ID that starts with ""`},
		{[]string{" "}, nil, `no key here has an ID that starts with " "`},
		{[]string{"d73554eb\x1b[2J"}, nil, `no key here has an ID that starts with "d73554eb\x1b[2J"`},
		{[]string{string(c) + "0"}, nil, "no key here has an ID that starts with"},
		{[]string{"8dd36646"}, nil, `several keys here have an ID that starts with "8dd36646": 8dd36646ac000000, 8dd36646bf000000`},
		{[]string{"d7"}, nil, `"d7" is too short for a key ID: 7 digits are needed`},
		{[]string{string(c), "d73554eb"}, nil, "key d735 54eb is given twice"},
	}
	for _, test := range tests {
		got, err := model.MatchKeys(known, test.typed, "here")
		switch {
		case test.err == "" && (err != nil || !slices.Equal(got, test.want)):
			t.Errorf("%q: %v, %v; want %v", test.typed, got, err, test.want)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || model.KindOf(err) != model.FaultUsage || model.HintOf(err) == ""):
			t.Errorf("%q: error %v; want %s", test.typed, err, test.err)
		}
	}
	if _, err := model.MatchKeys(many, []string{"8dd36646"}, "here"); err == nil || !strings.HasSuffix(err.Error(), "and 1 more") {
		t.Errorf("many keys: %v", err)
	}
}
