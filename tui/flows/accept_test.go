package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// accepting walks a flow that settles something up to its review, or to the question
// whose answer is wrong.
func accepting(t *testing.T, backend *tuitest.GuideBackend, id string, given map[string][]string) *flow.Machine {
	t.Helper()
	given["repositories"] = []string{string(tuitest.Healthy)}
	m, e := flow.New(flows.All(flows.Ports{Backend: backend}).Find(id), backend.Known, flow.Answers{Values: given})
	for e != flow.None {
		e = m.Take(m.Work().Do(t.Context(), flow.Run{}))
	}
	if len(backend.Accepted()) > 0 {
		t.Fatalf("accepted before the review: %q", backend.Accepted())
	}
	return m
}

// settled accepts what is reviewed.
func settled(t *testing.T, m *flow.Machine) {
	t.Helper()
	if m.State() != flow.Reviewing {
		t.Fatalf("at %s: %v", m.State(), m.Problem())
	}
	if m.Accept() != flow.Execute {
		t.Fatal("it cannot be accepted")
	}
	m.Take(m.Work().Do(t.Context(), flow.Run{Watch: m.Progress, Stop: func() bool { return false }}))
	if m.State() != flow.Done {
		t.Fatalf("ended %s: %v", m.State(), m.Problem())
	}
}

// A root is accepted by the full ID of a key that has signed it, whichever of its two
// IDs that is, and by nothing else.
func TestAcceptRoot(t *testing.T) {
	bare, listed := string(tuitest.Key("anew")), string(tuitest.Key("anew certificate"))
	for name, fingerprint := range map[string]string{"key ID": bare, "certificate ID": listed, "in capitals": strings.ToUpper(listed)} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewGuideBackend()
			backend.Root = tuitest.RootDispute()
			settled(t, accepting(t, backend, "accept-root", map[string][]string{"fingerprint": {fingerprint}}))
			if got := backend.Accepted(); !slices.Equal(got, []string{"root of " + string(tuitest.Healthy) + " by " + fingerprint}) {
				t.Errorf("accepted %q", got)
			}
		})
	}
	for name, row := range map[string]struct {
		fingerprint string
		spoil       func(*model.Role)
		want        string
	}{
		"a prefix":              {fingerprint: bare[:40], want: "64 hexadecimal digits"},
		"too long":              {fingerprint: bare + "0", want: "64 hexadecimal digits"},
		"another key":           {fingerprint: string(tuitest.Key("lost")), want: "key ID " + bare + ", certificate ID " + listed},
		"listed and not signed": {fingerprint: bare, spoil: func(r *model.Role) { r.Signatures[0].State = model.SignatureInvalid }, want: "has not re-signed it"},
	} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewGuideBackend()
			backend.Root = tuitest.RootDispute()
			if row.spoil != nil {
				row.spoil(backend.Root.Repository.Role(model.RoleRoot))
			}
			m := accepting(t, backend, "accept-root", map[string][]string{"fingerprint": {row.fingerprint}})
			if m.State() != flow.Asking || m.Problem() == nil || !strings.Contains(m.Problem().Error(), row.want) {
				t.Errorf("at %s: %v", m.State(), m.Problem())
			}
		})
	}
	t.Run("nothing to accept", func(t *testing.T) {
		backend := tuitest.NewGuideBackend()
		backend.Root = tuitest.RootDispute()
		backend.Root.Disputed = false
		m := accepting(t, backend, "accept-root", map[string][]string{"fingerprint": {"whatever"}})
		if ok, why := m.Ready(); !m.Idle() || ok || !strings.Contains(why, "nothing to accept") || m.Accept() != flow.None {
			t.Errorf("idle %t, ready %t: %s", m.Idle(), ok, why)
		}
	})
}

func TestAcceptRollback(t *testing.T) {
	for name, row := range map[string]struct {
		roles, want []string
		problem     string
		idle        bool
	}{
		"one":                   {roles: []string{"targets/releases"}, want: []string{"targets/releases"}},
		"several":               {roles: []string{"targets/releases", "targets/bob"}, want: []string{"targets/releases", "targets/bob"}},
		"with one in no doubt":  {roles: []string{"targets", "targets/bob"}, want: []string{"targets/bob"}},
		"only one in no doubt":  {roles: []string{"targets"}, idle: true},
		"what does not verify":  {roles: []string{"targets/ci"}, problem: "doesn't verify even on its own"},
		"the root":              {roles: []string{"root"}, problem: "trustdeck accept-root"},
		"what nobody has heard": {roles: []string{"targets/nobody"}, problem: "not one of the choices"},
	} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewGuideBackend()
			backend.Rollback = tuitest.RollbackDispute()
			m := accepting(t, backend, "accept-rollback", map[string][]string{"roles": row.roles})
			switch {
			case row.problem != "":
				if m.State() != flow.Asking || m.Problem() == nil || !strings.Contains(m.Problem().Error(), row.problem) {
					t.Errorf("at %s: %v", m.State(), m.Problem())
				}
			case row.idle:
				if ok, _ := m.Ready(); !m.Idle() || ok {
					t.Error("there is something to settle")
				}
			default:
				settled(t, m)
				var want []string
				for _, role := range row.want {
					want = append(want, role+" of "+string(tuitest.Healthy))
				}
				if got := backend.Accepted(); !slices.Equal(got, want) {
					t.Errorf("accepted %q", got)
				}
			}
		})
	}
}

// Doctor's repairs lead to the flows, and leave the fingerprint to the user.
func TestPrefilledAcceptance(t *testing.T) {
	id, given, ok := flows.Prefilled("a/b", model.AcceptRoot{})
	if !ok || id != "accept-root" || len(given) != 1 || !slices.Equal(given["repositories"], []string{"a/b"}) {
		t.Errorf("%s %v", id, given)
	}
	id, given, ok = flows.Prefilled("a/b", model.AcceptRollback{Roles: []model.RoleName{"targets"}})
	if !ok || id != "accept-rollback" || len(given) != 1 {
		t.Errorf("%s %v: what is accepted is chosen by hand", id, given)
	}
}
