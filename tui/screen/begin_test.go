package screen_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// come begins a flow before a source that has one repository, and goes on to where it waits
// for its user, or for a plan.
func come(t *testing.T, build func(flows.Backend) *flow.Flow, repo *model.Repository, given map[string][]string) *flow.Machine {
	t.Helper()
	source := &tuitest.GuideBackend{Repositories: map[string]*model.Repository{string(repo.GUN): repo}}
	m, effect := flow.New(build(source), flow.Facts{Dialect: docker.Dialect{}}, flow.Answers{Values: given})
	if effect != flow.Read {
		t.Fatalf("it wants to %q", effect)
	}
	m.Take(m.Work().Do(t.Context(), flow.Run{}))
	return m
}

// env is one in which every repository can be changed.
var env = &screen.Env{DialectOf: dialect.Only(docker.Dialect{})}

// A rotation that begins at a list asks which role, also where one is selected: the first
// one is root, and nobody has chosen it.
func TestRotatingAsksWhichRole(t *testing.T) {
	repo := tuitest.NewSource().Open(t.Context(), tuitest.Healthy).Repository
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets, docker.Releases, ""} {
		msg, ok := env.Begin(keymap.BeginRotate, env.About(tuitest.Healthy, role))().(nav.PushMsg)
		if !ok || msg.Route.Flow != "rotate" {
			t.Fatalf("%s: %+v", role, msg)
		}
		m := come(t, flows.Rotate, repo, msg.Route.Answers())
		if m.State() != flow.Asking || m.Step().ID != "role" {
			t.Fatalf("%s: %s at %s", role, m.State(), m.Step().ID)
		}
		want := []string{string(role)}
		if role == docker.Releases || role == "" {
			want = nil
		}
		if got := m.Suggested(); len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Errorf("%s: it suggests %v", role, got)
		}
	}
}

// A role that has no file is offered without a version and an expiry.
func TestRotatingARoleWithoutAFile(t *testing.T) {
	for state, want := range map[model.RoleState]string{
		model.RoleUnpublished: "It has no published file yet.", model.RoleMissing: "Its file could not be read.",
	} {
		repo := tuitest.NewSource().Open(t.Context(), tuitest.Healthy).Repository
		bob := repo.Role("targets/bob")
		bob.State, bob.Version, bob.Valid, bob.Expires = state, 0, 0, time.Time{}
		m := come(t, flows.Rotate, repo, map[string][]string{"repositories": {string(tuitest.Healthy)}})
		options := m.Options()
		i := slices.IndexFunc(options, func(o flow.Option) bool { return o.Value == "targets/bob" })
		if i < 0 || !strings.Contains(options[i].Help, want) || strings.Contains(options[i].Help, "0001") {
			t.Errorf("%v: %+v", state, options)
		}
	}
}

// Renewing takes the role that was chosen, and asks where none was: root is selected in a
// list before anybody has chosen, and what has expired is suggested instead.
func TestRenewingAsksWhichRoles(t *testing.T) {
	repo := tuitest.NewSource().Open(t.Context(), tuitest.Broken).Repository
	for role, want := range map[model.RoleName]flow.State{
		model.RoleRoot: flow.Asking, model.RoleTimestamp: flow.Asking, "": flow.Asking,
		model.RoleTargets: flow.Preparing, docker.Releases: flow.Preparing,
	} {
		msg, ok := env.Begin(keymap.BeginRenew, env.About(tuitest.Broken, role))().(nav.PushMsg)
		if !ok || msg.Route.Flow != "renew" {
			t.Fatalf("%s: %+v", role, msg)
		}
		m := come(t, flows.Renew, repo, msg.Route.Answers())
		if m.State() != want {
			t.Errorf("%s: %s, want %s", role, m.State(), want)
		}
		if got := m.Suggested(); want == flow.Asking && (len(got) != 1 || got[0] != string(model.RoleTargets)) {
			t.Errorf("%s: it suggests %v", role, got)
		}
	}
}

// looked is a dialect in which nothing can be changed.
type looked struct{ dialect.Dialect }

// What can only be looked at is not offered to be changed, and is left out where others
// are changed.
func TestWhatCannotBeChangedIsNotOffered(t *testing.T) {
	e := tuitest.NewEnv(t, tuitest.NewSource())
	writable := e.DialectOf
	e.DialectOf = func(gun model.GUN) dialect.Dialect {
		if gun == "acme" {
			return looked{docker.Dialect{}}
		}
		return writable(gun)
	}
	e.Flows, e.Fixed = flow.Set{flows.Renew(tuitest.NewGuideBackend()), flows.OffBoard(tuitest.NewGuideBackend())}, "this is an archive"
	for name, row := range map[string]struct {
		id   keymap.ID
		guns []model.GUN
		why  string
		left []string
	}{
		"one that can":    {keymap.BeginRenew, []model.GUN{tuitest.Healthy}, "", []string{string(tuitest.Healthy)}},
		"one that cannot": {keymap.BeginRenew, []model.GUN{"acme"}, "repositories of this kind are read-only", nil},
		"both":            {keymap.BeginOffBoard, []model.GUN{"acme", tuitest.Healthy}, "", []string{string(tuitest.Healthy)}},
		"all":             {keymap.BeginRenewAll, []model.GUN{"acme"}, "", nil},
		"none":            {keymap.BeginOffBoard, nil, "", nil},
		"no flow":         {keymap.BeginWitness, []model.GUN{"acme"}, "this is an archive", nil},
	} {
		t.Run(name, func(t *testing.T) {
			about := screen.Subject{GUNs: row.guns}
			action := e.Changes(func(keymap.ID) screen.Subject { return about }, row.id)[0]
			ok, why := action.Available()
			if ok != (row.why == "") || !ok && why != row.why {
				t.Errorf("offered: %t, because %q", ok, why)
			}
			msg, _ := e.Begin(row.id, about)().(nav.PushMsg)
			if got := msg.Route.Answers()["repositories"]; !slices.Equal(got, row.left) {
				t.Errorf("it is about %q", got)
			}
		})
	}
}
