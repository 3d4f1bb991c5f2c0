package flows_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// renewing walks through Renew in the world of both repositories.
func renewing(t *testing.T, w *world, given map[string][]string) *walker {
	t.Helper()
	out := &walker{t: t, world: w}
	values := flow.Answers{Values: given}
	flows.Implied(values)
	return out.begin(flows.Renew(out.backend()), flow.Facts{Keys: w.keys, Names: []string{expired, live, "registry.example.org/none"}}, values.Values)
}

func renew(name string, roles ...model.RoleName) change.Request {
	return change.Request{GUN: model.GUN(name), Changes: []model.Change{model.Renew{Roles: roles}}}
}

// said is what a review says.
func said(m *flow.Machine) string {
	var b strings.Builder
	r := m.Review()
	for _, s := range r.Whole() {
		b.WriteString(s.Head + "\n" + strings.Join(s.Lines, "\n") + "\n")
	}
	return b.String()
}

// Everything that expires within some days is one answer: what your keys can sign is in the
// plan, and the rest is named.
func TestRenewEverything(t *testing.T) {
	w := newWorld()
	all := []model.RoleName{"targets", "targets/releases", "targets/alice", "snapshot"}
	for name, row := range map[string]struct {
		given map[string][]string
		typed []string
		want  []change.Request
		says  string
		idle  bool
	}{
		"asked for":        {nil, []string{"all", "", ""}, []change.Request{renew(expired, all...)}, "Warning: not in this plan: targets/bob of registry.example.org/expired expires as well.", false},
		"given":            {map[string][]string{"expiring": {"30"}}, []string{""}, []change.Request{renew(expired, all...)}, "None of its keys is here.", false},
		"one repository":   {map[string][]string{"expiring": {"30d"}, "repositories": {expired}}, []string{"targets"}, []change.Request{renew(expired, "targets")}, "Warning: not in this plan: targets/alice expires as well.", false},
		"further ahead":    {map[string][]string{"expiring": {"2000d"}}, []string{"targets"}, []change.Request{renew(expired, "targets"), renew(live, "targets")}, "targets/alice of registry.example.org/live", false},
		"nothing":          {map[string][]string{"expiring": {"30d"}, "repositories": {live}}, nil, nil, "nothing that can be renewed here expires within 30 days", true},
		"of several":       {map[string][]string{"repositories": {expired, live}}, []string{live + " targets\n" + expired + " root"}, []change.Request{renew(expired, "root"), renew(live, "targets")}, "Ready:", false},
		"a role of all":    {map[string][]string{"repositories": {expired, live}, "roles": {"targets/alice"}}, nil, []change.Request{renew(expired, "targets/alice"), renew(live, "targets/alice")}, "Ready:", false},
		"the name of both": {map[string][]string{"repositories": {live}, "roles": {live + " root"}}, nil, []change.Request{renew(live, "root")}, "Ready:", false},
	} {
		t.Run(name, func(t *testing.T) {
			walk := renewing(t, w, row.given)
			for _, line := range row.typed {
				if walk.effect(walk.m.Answer(line)); walk.m.Problem() != nil {
					t.Fatalf("%q to %q: %v", line, walk.m.Step().Question, walk.m.Problem())
				}
			}
			if walk.m.State() != flow.Reviewing || walk.m.Idle() != row.idle {
				t.Fatalf("it is %s, idle %v, at %q: %v", walk.m.State(), walk.m.Idle(), walk.m.Step().Question, walk.m.Problem())
			}
			if !reflect.DeepEqual(walk.asked, row.want) {
				t.Errorf("asks for %+v\nwant %+v", walk.asked, row.want)
			}
			if words := said(walk.m); !strings.Contains(words, row.says) {
				t.Errorf("it does not say %q:\n%s", row.says, words)
			}
		})
	}
}

// A number of days that is none is refused, and so is a role that no repository has.
func TestRenewRefuses(t *testing.T) {
	w := newWorld()
	for name, row := range map[string]struct {
		given map[string][]string
		says  string
	}{
		"no days":     {map[string][]string{"expiring": {"soon"}}, `"soon" is not a number from 1 to 3650`},
		"too many":    {map[string][]string{"expiring": {"9999d"}}, "is not a number from 1 to 3650"},
		"no lifetime": {map[string][]string{"repositories": {live}, "roles": {"root"}, "lifetime": {"0d"}}, `"0" is not a number from 1 to 3650`},
		"no role":     {map[string][]string{"repositories": {live, expired}, "roles": {"targets/zoe"}}, `"targets/zoe" is not one of the choices`},
	} {
		t.Run(name, func(t *testing.T) {
			walk := renewing(t, w, row.given)
			if err := walk.m.Problem(); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("problem %v, want %q", err, row.says)
			}
		})
	}
}

// A repository that cannot be read is named where everything is renewed.
func TestRenewNamesWhatCannotBeRead(t *testing.T) {
	w := &walker{t: t, world: newWorld()}
	desk := w.backend().(*planner)
	desk.LookErr = errors.New("registry.example.org/gone: the server does not answer")
	w.begin(flows.Renew(desk), flow.Facts{Keys: w.world.keys, Names: []string{expired}}, map[string][]string{"scope": {"all"}, "expiring": {"30d"}})
	w.effect(w.m.Answer("")) // what is suggested
	if words := said(w.m); !strings.Contains(words, "Warning: not in this plan: registry.example.org/gone: the server does not answer.") {
		t.Errorf("the review is\n%s", words)
	}
}
