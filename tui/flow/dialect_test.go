package flow_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/flow"
)

// A flow goes on in the words of the repositories that are chosen, and changes repositories of
// one kind at a time.
func TestFlowSpeaksOfWhatIsChosen(t *testing.T) {
	t.Parallel()
	facts := flow.Facts{Dialect: docker.Dialect{}, Of: func(gun model.GUN) dialect.Dialect {
		if strings.HasPrefix(string(gun), "ledger") {
			return ledger.Dialect{}
		}
		return docker.Dialect{}
	}}
	begin := func(names ...string) *flow.Machine {
		m, _ := flow.New(&flow.Flow{Steps: []flow.Step{
			{ID: "where", Kind: flow.List, Names: true},
			{ID: "what", Kind: flow.Text, HelpIn: func(d dialect.Conventions) string { return d.Words().Target }},
		}}, facts, flow.Answers{Values: map[string][]string{"where": names}})
		return m
	}
	for name, want := range map[string]string{"ledger-one": ledger.Dialect{}.Words().Target, "registry.example.org/app": docker.Dialect{}.Words().Target} {
		if m := begin(name); m.Step().ID != "what" || m.Step().Help != want {
			t.Errorf("%s: asked for %s with the help %q, want %q", name, m.Step().ID, m.Step().Help, want)
		}
	}
	m := begin("ledger-one", "registry.example.org/app")
	if m.Step().ID != "where" || m.Problem() == nil || !strings.Contains(m.Problem().Error(), "different kinds") {
		t.Errorf("two kinds at once: at %s, %v", m.Step().ID, m.Problem())
	}
}
