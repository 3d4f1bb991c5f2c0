package guide_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

const second = "registry.example.org/new/second"

// paste pastes into the field.
func (w *walker) paste(content string) *walker {
	w.t.Helper()
	cmd, used := w.Type(tea.PasteMsg{Content: content})
	if !used {
		w.t.Fatalf("the paste is not taken by:\n%s", w.View())
	}
	w.pump.Start(cmd)
	return w
}

// asks reports what the plan was asked for.
func (w *walker) asks(guns ...string) *walker {
	w.t.Helper()
	var got []string
	for _, gun := range w.Walked().Outcome().(flow.About).GUNs() {
		got = append(got, string(gun))
	}
	if !slices.Equal(got, guns) {
		w.t.Errorf("asked for %v, want %v", got, guns)
	}
	return w
}

// While a line of an answer is looked at, the next one can be typed; enter, pressed
// ahead, takes the answer once all of its lines are right.
func TestTypeWhileALineIsRead(t *testing.T) {
	rest := map[string][]string{"root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"}}
	t.Run("all are right", func(t *testing.T) {
		source, gate := tuitest.NewGuideBackend(), make(chan struct{})
		source.Gates = map[string]chan struct{}{"look": gate}
		w := begin(t, source, "init", rest).sees("Which repositories").answer(app).sees("◌ " + app)
		if !w.Typing() {
			t.Fatal("what is typed now would be taken for commands")
		}
		w.answer(second).do(keymap.FlowNext)
		close(gate)
		w.sees("Ready:").asks(app, second)
	})
	t.Run("one is wrong", func(t *testing.T) {
		w := begin(t, tuitest.NewGuideBackend(), "init", rest).sees("Which repositories").answer("Not A Name").sees("✗", "> Not A Name")
		w.key(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
		if strings.Contains(w.view(), "✗") {
			t.Error("what was wrong stays although a key was pressed")
		}
		w.answer(app).sees("• " + app).do(keymap.FlowNext).sees("Ready:").asks(app)
	})
	t.Run("taken back", func(t *testing.T) {
		source := tuitest.NewGuideBackend()
		source.Gates = map[string]chan struct{}{"look": make(chan struct{})}
		w := begin(t, source, "init", rest).sees("Which repositories").answer(app).sees("◌ " + app)
		w.StepBack()
		w.sees("> " + app)
	})
}

// A paste of several lines is several answers, or it is refused: lines are never joined.
func TestPasteOfLines(t *testing.T) {
	w := begin(t, tuitest.NewGuideBackend(), "init", nil).sees("Which repositories").paste(app+"\r\n"+second+"\n").sees("• "+app, "> "+second)
	w.do(keymap.FlowNext).sees("• " + second)

	w = begin(t, tuitest.NewGuideBackend(), "init", nil).sees("Which repositories").paste("Not A Name\n"+app).sees("contains ' '", "> "+app)
	if strings.Contains(w.view(), "• ") {
		t.Errorf("a line that is wrong was taken:\n%s", w.view())
	}

	w = begin(t, tuitest.NewGuideBackend(), "signer-add", nil).sees("What is the name").write("al").paste("ice\nbob").sees("several lines", "> al ")
	if strings.Contains(w.view(), "alice") {
		t.Errorf("a line of several was taken:\n%s", w.view())
	}

	w = executing(t, tuitest.NewGuideBackend()).sees("1 of 2").paste("a long passphrase\nand another one").sees("several lines")
	if strings.Contains(w.view(), "*") {
		t.Errorf("a part of the paste was taken:\n%s", w.view())
	}
}

// The page says that a key may be left out only where there is one to take instead.
func TestKeyIsNeeded(t *testing.T) {
	w := begin(t, tuitest.NewGuideBackend(), "signer-add", map[string][]string{"name": {"alice"}, "repositories": {app}}).sees("Which public keys")
	if strings.Contains(w.view(), "Enter takes") || strings.Contains(w.view(), "without one") {
		t.Errorf("the page offers to go on without a key:\n%s", w.view())
	}
	w.do(keymap.FlowNext).sees("a public key is needed")
	if w.State() != flow.Asking {
		t.Error("it goes on without a key")
	}
	source := crowdedSource(t)
	w = begin(t, source, "signer-add", map[string][]string{"name": {"signer-01"}, "repositories": {crowded}}).sees("Press Enter to use the keys that the signer's role already lists.")
	w.do(keymap.FlowNext).sees("Nothing to do:")
}

// Each key stands on its page in full before it can be chosen.
func TestKeyIsShown(t *testing.T) {
	source := tuitest.NewGuideBackend()
	certificate, err := os.ReadFile("testdata/alice.crt")
	if err != nil {
		t.Fatal(err)
	}
	source.Files = map[string][]byte{"alice.crt": certificate}
	begin(t, source, "signer-add", map[string][]string{"name": {"alice"}, "repositories": {app}}).sees("Which public keys").
		answer("alice.crt").sees("• alice.crt", "1e6950c155efda7d7395a806a9e084b7db31a3c0acea22096173d55f4a21f934", "ECDSA P-256, key ID",
		"a054d5a8b20dc5f7ac212a1a3b7aecba98e7999e88c1180d91e2a89d63d6237a", "certificate of CN=alice@example.org, valid until 2029-01-01")
}

// Enter adds what is typed, so the hint says how to take a suggestion instead.
func TestHintAtSuggestions(t *testing.T) {
	w := atRepositories(t, tuitest.NewGuideBackend()).write("data").sees("Press Enter to add this line, or choose one with the arrow keys.")
	w.do(keymap.Down)
	w.sees("Press Enter to choose the selected one.")
}
