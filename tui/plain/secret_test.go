package plain_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/plain"
)

// Before the last answer that a token takes, it must be typed that it may be spent. What is typed
// instead, the PIN perhaps, is not taken for it.
func TestLastTryIsConfirmed(t *testing.T) {
	var out strings.Builder
	p := plain.NewPrompter(strings.NewReader("123456\nlast try\n123456\n"), &out, false)
	ask := port.SecretAsk{Kind: port.PIN, Key: model.PrivateKey{Label: "root", Store: "YubiKey 1234567"}, Step: 1, Of: 1, TriesLeft: 1, LastTry: true}
	pin, err := p.Passphrase(t.Context(), ask)
	if err != nil || string(pin) != "123456" {
		t.Errorf("%q, %v", pin, err)
	}
	if said := out.String(); strings.Count(said, "type last try:") != 2 || !strings.Contains(said, "1 try is left; after that the PIN is blocked.") {
		t.Errorf("it says\n%s", said)
	}
}
