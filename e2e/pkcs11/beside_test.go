//go:build hsm && yubikey

package pkcs11_test

import (
	"encoding/json"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
)

// A YubiKey that is reached by its module as well is one token: its keys are listed once, as those of the
// YubiKey, which says when a touch is due. Its module says what it has.
func TestYKCS11BesideYubiKey(t *testing.T) {
	peer.Need(t, peer.PCSC, peer.YKCS11, "yubico-piv-tool", "opensc-tool")
	card, err := pivcard.New(pivcard.Config{Firmware: pivcard.V543, Serial: 7654321})
	if err != nil {
		t.Fatal(err)
	}
	service := peer.Insert(t, card)
	tool := service.Program(t, "yubico-piv-tool")
	certificate := tool.Home + "/certificate"
	for _, slot := range []string{"9a", "9c"} {
		const manager = "010203040506070801020304050607080102030405060708"
		tool.Run(t, "-k"+manager, "-a", "generate", "-s", slot, "-A", "ECCP256", "--touch-policy=never", "-o", tool.Home+"/public")
		tool.Run(t, "-a", "attest", "-s", slot, "-o", certificate)
		tool.Run(t, "-k"+manager, "-a", "import-certificate", "-s", slot, "-i", certificate)
	}
	program := peer.TrustdeckWithTokens(t).WithCards(service)
	var answer struct {
		Keys []listed `json:"keys"`
	}
	if err := json.Unmarshal([]byte(program.Run(t, "keys", "-o", "json", "--pkcs11", ykcs11(t))), &answer); err != nil {
		t.Fatal(err)
	}
	stores := map[string]int{}
	for _, k := range answer.Keys {
		stores[k.Store]++
	}
	// The module shows one more: that of slot F9, which signs attestations only.
	const yubiKey, module = "YubiKey 7654321", "PKCS #11 token YubiKey PIV #7654321 7654321"
	if stores[yubiKey] != 2 || stores[module] != 1 || len(answer.Keys) != 3 {
		t.Errorf("%+v", answer.Keys)
	}
	out := program.Run(t, "tokens", "--pkcs11", ykcs11(t))
	peer.Says(t, out, yubiKey, module+": YubiKey YK5, 3 keys, also on "+yubiKey)
	if sent := card.PINsSent(); sent > 0 || strings.Contains(out, "error") {
		t.Errorf("%d PINs were sent to look:\n%s", sent, out)
	}
}
