package nav_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/nav"
)

func TestRoutesPrintAsPathsAndParseBack(t *testing.T) {
	const gun = model.GUN("docker.io/acme/app")
	tests := []struct {
		route nav.Route
		path  string
	}{
		{nav.Place(nav.KindWelcome), "welcome"},
		{nav.Place(nav.KindRepos), "repos"},
		{nav.Place(nav.KindKeys), "keys"},
		{nav.Place(nav.KindSigners), "signers"},
		{nav.Place(nav.KindStaged), "staged"},
		{nav.Place(nav.KindLessons), "lessons"},
		{nav.Place(nav.KindTasks), "tasks"},
		{nav.Place(nav.KindSettings), "settings"},
		{nav.Place(nav.KindDoctor), "doctor"},
		{nav.Place(nav.KindLog), "log"},
		{nav.Repo(gun, nav.TabRoles), "repo/docker.io/acme/app/roles"},
		{nav.Repo(gun, nav.TabHistory), "repo/docker.io/acme/app/history"},
		{nav.Repo("acme/keys", nav.TabTags), "repo/acme/keys/tags"},
		{nav.Repo("acme/keys", nav.TabRoles), "repo/acme/keys/roles"},
		{nav.Repo("role/tag", nav.TabRaw), "repo/%72ole/%74ag/raw"},
		{nav.Repo("a/role/targets", nav.TabRoles), "repo/a/%72ole/targets/roles"},
		{nav.Quorum(gun), "repo/docker.io/acme/app/quorum"},
		{nav.Forecast(gun), "repo/docker.io/acme/app/forecast"},
		{nav.Roots(gun), "repo/docker.io/acme/app/roots"},
		{nav.Explain(gun, "v1.0"), "repo/docker.io/acme/app/explain/v1.0"},
		{nav.Explain("a/explain", "docs/explain/tag 1%"), "repo/a/%65xplain/explain/docs/explain/tag%201%25"},
		{nav.Quorum("acme/quorum"), "repo/acme/quorum/quorum"},
		{nav.Quorum("role/keys"), "repo/%72ole/keys/quorum"},
		{nav.Role(gun, "targets/releases"), "repo/docker.io/acme/app/role/targets/releases"},
		{nav.Role("a", "targets/roles"), "repo/a/role/targets/roles"},
		{nav.Role("a", "targets/tag/role"), "repo/a/role/targets/tag/role"},
		{nav.Tag(gun, "v1.2.3"), "repo/docker.io/acme/app/tag/v1.2.3"},
		{nav.Tag(gun, "a/role/b"), "repo/docker.io/acme/app/tag/a/role/b"},
		{nav.Tag(gun, "100% \x1b[31m\n"), "repo/docker.io/acme/app/tag/100%25%20%1B[31m%0A"},
		{nav.Tag(gun, "\xff/../é"), "repo/docker.io/acme/app/tag/%FF/../é"},
		{nav.Flow("init", nil), "flow/init"},
		{nav.Flow("signer-add", map[string][]string{"repositories": {"a/b", "c?d"}}), "flow/signer-add?repositories=a%2Fb&repositories=c%3Fd"},
	}
	for _, test := range tests {
		if got := test.route.String(); got != test.path {
			t.Errorf("path of %+v is %q, want %q", test.route, got, test.path)
		}
		got, err := nav.Parse(test.path, dialect.Only(docker.Dialect{}))
		if err != nil || got != test.route {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", test.path, got, err, test.route)
		}
	}
}

func TestParseAcceptsWhatPeopleType(t *testing.T) {
	tests := map[string]nav.Route{
		"/repos":                  nav.Place(nav.KindRepos),
		"repo/docker.io/acme/app": nav.Repo("docker.io/acme/app", nav.TabRoles),
		"/repo/a/tag/%31":         nav.Tag("a", "1"),
		"repo/role":               nav.Repo("role", nav.TabRoles),
		"repo/quorum":             nav.Repo("quorum", nav.TabRoles),
		"repo/keys":               nav.Repo("keys", nav.TabRoles),
	}
	for path, want := range tests {
		if got, err := nav.Parse(path, dialect.Only(docker.Dialect{})); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", path, got, err, want)
		}
	}
}

func TestParseRefusals(t *testing.T) {
	tests := map[string]string{
		"":                 "there is no place",
		"nowhere":          "there is no place",
		"repo":             "there is no place",
		"role":             "there is no place",
		"repo/":            "repository name is empty",
		"repo/../etc":      "not a clean relative path",
		"repo/a//b":        "not a clean relative path",
		"repo/a/role/":     "neither a top-level role",
		"repo/a/role/boss": "%72ole",
		"repo/a/tag/":      "is empty",
		"repo/a/tag/50%":   "%25",
		"repo/a/explain/":  "the target of a is empty",
		"repo/a%00b":       "contains",
	}
	for path, want := range tests {
		if got, err := nav.Parse(path, dialect.Only(docker.Dialect{})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %+v, %v, want an error with %q", path, got, err, want)
		}
	}
}

func TestTrailLeadsFromTheTop(t *testing.T) {
	for _, path := range []string{"repos", "keys", "signers", "staged", "tasks", "settings", "repo/a/tags", "repo/a/quorum", "repo/a/forecast", "repo/a/roots", "repo/a/role/root", "repo/a/tag/x", "repo/a/explain/x"} {
		route, err := nav.Parse(path, dialect.Only(docker.Dialect{}))
		if err != nil {
			t.Fatal(err)
		}
		trail := route.Trail()
		if trail[0] != nav.Place(nav.KindRepos) || trail[len(trail)-1] != route {
			t.Errorf("trail of %s is %v", path, trail)
		}
	}
	if trail := nav.Place(nav.KindWelcome).Trail(); len(trail) != 1 {
		t.Errorf("welcome stands alone, got %v", trail)
	}
}

// FuzzParse: whatever can be parsed prints as a path that leads to the same
// place.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"repos", "repo/a/b/keys", "repo/a/role/targets/x", "repo/a/tag/%2F%FF", "repo/%72ole/tag/tag/tag", "repo/a/explain/explain/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		route, err := nav.Parse(path, dialect.Only(docker.Dialect{}))
		if err != nil {
			return
		}
		again, err := nav.Parse(route.String(), dialect.Only(docker.Dialect{}))
		if err != nil || again != route {
			t.Errorf("%q is %+v, prints as %q, which is %+v, %v", path, route, route, again, err)
		}
	})
}

// FuzzString: every place that can exist has a path of its own.
func FuzzString(f *testing.F) {
	f.Add("docker.io/a", "targets/releases", "latest")
	f.Add("tag/role/roles", "targets/tag/x", "a/tag/b\x00\xff%2F")
	f.Fuzz(func(t *testing.T, name, roleName, tag string) {
		gun, err := model.ParseGUN(name)
		if err != nil {
			return
		}
		var routes []nav.Route
		for _, tab := range nav.Tabs() {
			routes = append(routes, nav.Repo(gun, tab))
		}
		routes = append(routes, nav.Quorum(gun), nav.Forecast(gun), nav.Roots(gun))
		if role, err := (docker.Dialect{}).ParseRole(roleName); err == nil {
			routes = append(routes, nav.Role(gun, role))
		}
		if tag != "" {
			routes = append(routes, nav.Tag(gun, tag), nav.Explain(gun, tag))
		}
		for _, route := range routes {
			if got, err := nav.Parse(route.String(), dialect.Only(docker.Dialect{})); err != nil || got != route {
				t.Errorf("%+v prints as %q, which is %+v, %v", route, route, got, err)
			}
		}
	})
}
