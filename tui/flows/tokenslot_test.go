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

// answered walks through a flow about tokens with some answers, and usual ones for the rest, to its
// review, or to the question that has no usual answer.
func answered(t *testing.T, f func(flows.Tokens) *flow.Flow, known func(*flow.Facts), given map[string][]string) *flow.Machine {
	t.Helper()
	backend := tuitest.NewTokenBackend()
	if known != nil {
		known(&backend.Known)
	}
	m, effect := flow.New(f(backend), backend.Known, flow.Answers{Values: given})
	for range 20 {
		for effect != flow.None {
			effect = m.Take(m.Work().Do(t.Context(), flow.Run{Secrets: knower{}}))
		}
		if m.State() != flow.Asking {
			return m
		}
		step := m.Step()
		if len(m.Suggested()) == 0 && !step.Optional {
			return m
		}
		effect = m.Answer(strings.Join(m.Suggested(), "\n"))
	}
	return m
}

// The review of a change of a slot says what is lost, what opens the token, and what is weak.
func TestTokenReviews(t *testing.T) {
	old := map[string][]string{flows.Token: {"7654321"}}
	with := func(more map[string][]string) map[string][]string {
		out := map[string][]string{flows.Token: {"1234567"}}
		for id, values := range more {
			out[id] = values
		}
		return out
	}
	for name, row := range map[string]struct {
		flow  func(flows.Tokens) *flow.Flow
		known func(*flow.Facts)
		given map[string][]string
		ready bool
		says  []string
		not   []string
		line  string
	}{
		"a key in an empty slot": {
			flow: flows.TokenGenerate, given: with(nil), ready: true,
			says: []string{"slot 9c, new root key, ECDSA P-256, PIN once, touch always", "the one from the factory", "trustdeck token pin 1234567", "there is no copy"},
			not:  []string{"destroyed", "YSA"}, line: "trustdeck token generate 1234567",
		},
		"in place of another": {
			flow: flows.TokenGenerate, given: with(map[string][]string{"slot": {"9a"}, "destroy": {"9a"}}), ready: true,
			says: []string{"What slot 9a holds, a key, is destroyed for good."}, line: "trustdeck token generate --slot 9a --destroy 9a 1234567",
		},
		"on old firmware": {
			flow: flows.TokenGenerate, given: map[string][]string{flows.Token: {"7654321"}, "slot": {"9d"}}, ready: true,
			says: []string{"the token keeps it, and the PIN opens it", "YSA-2024-03", "one try is left", "If slot 9d has one, it is destroyed for good."},
		},
		"without a touch and a PIN": {
			flow: flows.TokenGenerate, given: with(map[string][]string{"pin-policy": {"never"}, "touch-policy": {"never"}}), ready: true,
			says: []string{"PIN never, touch never"}, not: []string{"Touch: "}, line: "trustdeck token generate --pin-policy never --touch-policy never 1234567",
		},
		"a blocked PIN": {
			flow: flows.TokenGenerate, known: func(f *flow.Facts) { f.Tokens[0].PIN.TriesLeft = 0 }, given: with(nil),
			says: []string{"The PIN of YubiKey 1234567 is blocked; the PUK unblocks it"},
		},
		"a blocked PIN that isn't needed": {
			flow: flows.TokenGenerate, known: func(f *flow.Facts) { f.Tokens[0].PIN.TriesLeft = 0 },
			given: with(map[string][]string{"pin-policy": {"never"}}), ready: true,
		},
		"the key whose certificate is there": {
			flow: flows.TokenImport, given: old, ready: true,
			says: []string{"slot 9c", "stays in"}, not: []string{"destroyed"}, line: "trustdeck token import 7654321",
		},
		"another key over that certificate": {
			flow: flows.TokenImport, given: map[string][]string{flows.Token: {"7654321"}, "token-key": {string(tuitest.Key("second"))}, "slot": {"9c"}, "destroy": {"9c"}}, ready: true,
			says: []string{"What slot 9c holds, a key (root), is destroyed for good."},
		},
		"a key of a file that others can read": {
			flow: flows.TokenImport, given: with(map[string][]string{flows.SourceFile: {tuitest.OneKeyFile}, "token-key": {"file"}}), ready: true,
			says: []string{"other users can read root.pem"}, line: "trustdeck token import --file root.pem 1234567",
		},
		"a certificate that is missing": {
			flow: flows.TokenCertificate, given: with(nil), ready: true,
			says: []string{"Certificate now: there is none.", "Certificate then: of root, valid for ten years."}, line: "trustdeck token certificate 1234567",
		},
		"a certificate that is there": {
			flow: flows.TokenCertificate, given: old, ready: true, says: []string{"Certificate now: of root, until "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := answered(t, row.flow, row.known, row.given)
			if m.State() != flow.Reviewing {
				t.Fatalf("%s at %q: %v", m.State(), m.Step().ID, m.Problem())
			}
			text := said(m)
			for _, want := range row.says {
				if !strings.Contains(text, want) {
					t.Errorf("the review doesn't say %q:\n%s", want, text)
				}
			}
			for _, no := range row.not {
				if strings.Contains(text, no) {
					t.Errorf("the review says %q:\n%s", no, text)
				}
			}
			if ok, why := m.Ready(); ok != row.ready {
				t.Errorf("ready %t, %s", ok, why)
			}
			if line := m.CommandLine(); row.line != "" && line != row.line {
				t.Errorf("the command is %q, want %q", line, row.line)
			}
		})
	}
}

// What a slot holds is destroyed only after its number was typed.
func TestTokenDestroys(t *testing.T) {
	m := answered(t, flows.TokenGenerate, nil, map[string][]string{flows.Token: {"1234567"}, "slot": {"9a"}})
	if m.State() != flow.Asking || m.Step().ID != "destroy" {
		t.Fatalf("%s", m.State())
	}
	for typed, right := range map[string]bool{"": false, "yes": false, "9c": false, "9a": true} {
		m := answered(t, flows.TokenGenerate, nil, map[string][]string{flows.Token: {"1234567"}, "slot": {"9a"}})
		m.Answer(typed)
		if (m.Problem() == nil) != right {
			t.Errorf("%q: %v", typed, m.Problem())
		}
	}
}

// Only newer firmware is offered newer kinds of keys, and every slot that holds something is a
// choice beside the usual ones and one that is empty.
func TestTokenChoices(t *testing.T) {
	values := func(serial, step string) []string {
		backend := tuitest.NewTokenBackend()
		backend.Known.Tokens[0].Slots = append(backend.Known.Tokens[0].Slots, model.TokenSlot{ID: "85", SPKI: []byte("retired")})
		given := map[string][]string{flows.Token: {serial}}
		if step == "algorithm" {
			given["slot"], given["for"] = []string{"9d"}, []string{"root"}
		}
		m, _ := flow.New(flows.TokenGenerate(backend), backend.Known, flow.Answers{Values: given})
		if m.State() != flow.Asking || m.Step().ID != step {
			t.Fatalf("%s, %v", m.State(), m.Problem())
		}
		var out []string
		for _, o := range m.Options() {
			out = append(out, o.Value)
		}
		return out
	}
	for serial, want := range map[string][]string{
		"1234567": {"ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-3072"}, "7654321": {"ecdsa-p256", "ecdsa-p384"},
	} {
		if got := values(serial, "algorithm"); !slices.Equal(got, want) {
			t.Errorf("%s: %q", serial, got)
		}
	}
	if got, want := values("1234567", "slot"), []string{"9c", "9a", "9d", "9e", "82", "85"}; !slices.Equal(got, want) {
		t.Errorf("slots %q, want %q", got, want)
	}
}
