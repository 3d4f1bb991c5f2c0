package flows_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// The review says how the PIN of a token stands, and a blocked one can't be changed.
func TestTokenPINReview(t *testing.T) {
	for name, row := range map[string]struct {
		pin   model.TokenSecret
		ready bool
		says  string
	}{
		"new token":  {model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, true, "PIN new (was the one from the factory), tries left 3"},
		"last try":   {model.TokenSecret{TriesLeft: 1, Tries: 3}, true, "Warning: one try is left."},
		"not told":   {model.TokenSecret{TriesLeft: -1, Tries: -1}, true, "YubiKey 7: PIN new"},
		"it blocked": {model.TokenSecret{TriesLeft: 0, Tries: 3}, false, "The PIN of YubiKey 7 is blocked; the PUK unblocks it"},
	} {
		t.Run(name, func(t *testing.T) {
			backend := tuitest.NewTokenBackend()
			backend.Known.Tokens = []model.Token{{Serial: "7", Product: "YubiKey 5", PIN: row.pin}}
			m, effect := flow.New(flows.TokenPIN(backend), backend.Known, flow.Answers{Values: map[string][]string{flows.Token: {"7"}}})
			for effect != flow.None {
				effect = m.Take(m.Work().Do(t.Context(), flow.Run{}))
			}
			if m.State() != flow.Reviewing {
				t.Fatalf("%v, %v", m.State(), m.Problem())
			}
			review := m.Review()
			var said strings.Builder
			for _, section := range review.Whole() {
				said.WriteString(strings.Join(section.Lines, "\n") + "\n")
			}
			if ok, _ := m.Ready(); ok != row.ready || !strings.Contains(said.String(), row.says) {
				t.Errorf("ready %v:\n%s", ok, said.String())
			}
			if line := m.CommandLine(); line != "trustdeck token pin 7" {
				t.Errorf("the command is %q", line)
			}
		})
	}
}

// Of several tokens none is chosen by itself, but for the one that is selected.
func TestTokenChosen(t *testing.T) {
	backend := tuitest.NewTokenBackend()
	suggested := func(given map[string][]string) string {
		m, _ := flow.New(flows.TokenPIN(backend), backend.Known, flow.Answers{Values: given})
		if m.State() != flow.Asking {
			t.Fatalf("%v", m.State())
		}
		return strings.Join(m.Suggested(), " ")
	}
	if got := suggested(nil); got != "" {
		t.Errorf("suggests %q", got)
	}
	if got := suggested(map[string][]string{flows.SelectedToken: {"7654321"}}); got != "7654321" {
		t.Errorf("suggests %q", got)
	}
	if got := suggested(map[string][]string{flows.SelectedToken: {"1"}}); got != "" {
		t.Errorf("suggests %q", got)
	}
}
