package change

import (
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A publish may bring other clients no trouble that they do not have today and the plan does not
// name. Something odd about another role, or about a root that stays as it is, excuses nothing.
func TestWorse(t *testing.T) {
	refuses := func(role model.RoleName, severity model.Severity) model.Problem {
		return model.Problem{Code: model.ProblemClients, Role: role, Severity: severity, Text: "refuses " + string(role)}
	}
	lib, root, timestamp := refuses("lib", model.Warning), refuses("root", model.Warning), refuses("timestamp", model.Warning)
	for name, c := range map[string]struct {
		found, today []model.Problem
		told         []dialect.Caution
		want         []string
	}{
		"nothing":                       {},
		"of another kind":               {found: []model.Problem{{Code: model.ProblemExpired, Role: "lib", Severity: model.Failure}}},
		"new":                           {found: []model.Problem{lib}, want: []string{"refuses lib"}},
		"as today":                      {found: []model.Problem{lib}, today: []model.Problem{lib}},
		"milder today":                  {found: []model.Problem{lib}, today: []model.Problem{refuses("lib", model.Notice)}, want: []string{"refuses lib"}},
		"named":                         {found: []model.Problem{lib}, told: []dialect.Caution{{Role: "lib"}}},
		"another is named":              {found: []model.Problem{lib}, told: []dialect.Caution{{Role: "root"}}, want: []string{"refuses lib"}},
		"another role today":            {found: []model.Problem{lib, timestamp}, today: []model.Problem{timestamp}, want: []string{"refuses lib"}},
		"below a root that stays odd":   {found: []model.Problem{lib, root}, today: []model.Problem{root}, want: []string{"refuses lib"}},
		"below a root that is mended":   {found: []model.Problem{lib}, today: []model.Problem{root}},
		"mended but for earlier roots":  {found: []model.Problem{lib, refuses("root", model.Notice)}, today: []model.Problem{root}},
		"a root that is refused anew":   {found: []model.Problem{root}, today: []model.Problem{lib}, want: []string{"refuses root"}},
		"a root that was only a notice": {found: []model.Problem{lib}, today: []model.Problem{refuses("root", model.Notice)}, want: []string{"refuses lib"}},
	} {
		if got := worse(c.found, c.today, c.told); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
