package card_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// firmwares are those that a card can have.
var firmwares = []card.Version{card.V435, card.V543, card.V571}

// inserted is a card in a reader of a service of its own.
func inserted(t *testing.T, firmware card.Version) (*card.Card, *peer.CardService) {
	t.Helper()
	c, err := card.New(card.Config{Firmware: firmware, Serial: 1234567})
	if err != nil {
		t.Fatal(err)
	}
	return c, peer.Insert(t, c)
}

// yubico-piv-tool makes a key, signs a certificate request with it, keeps a certificate, has the
// key attested, tests it, and changes PIN and PUK.
func TestYubicoPIVTool(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			t.Parallel()
			c, service := inserted(t, firmware)
			c.KeepTouching(true)
			tool := service.Program(t, "yubico-piv-tool")
			peer.Says(t, tool.Run(t, "-a", "version"), firmware.String())
			status := tool.Run(t, "-a", "status")
			peer.Says(t, status, "PIN tries left:	3")
			peer.Says(t, status, "Serial Number:	1234567")
			if firmware == card.V571 {
				return // version 2.2 takes the management key from the factory for one of 3DES
			}
			public := filepath.Join(tool.Home, "public.pem")
			tool.Run(t, "-s", "9c", "-A", "ECCP256", "-a", "generate", "--touch-policy", "always", "--pin-policy", "once", "-o", public)
			content, err := os.ReadFile(public)
			if err != nil {
				t.Fatal(err)
			}
			block, _ := pem.Decode(content)
			if key, err := x509.ParsePKIXPublicKey(block.Bytes); err != nil || key.(*ecdsa.PublicKey).Curve.Params().BitSize != 256 {
				t.Fatalf("public key: %v", err)
			}
			attested := filepath.Join(tool.Home, "attested.pem")
			tool.Run(t, "-s", "9c", "-a", "attest", "-o", attested)
			checkAttested(t, c, tool, attested)
			tool.Run(t, "-s", "9c", "-a", "import-certificate", "-i", attested)
			peer.Says(t, tool.Run(t, "-a", "status"), "Slot 9c:", "YubiKey PIV Attestation 9c")
			r := tool.Try("-s", "9c", "-P", "123456", "-a", "verify-pin", "-a", "test-signature", "-i", attested)
			peer.Says(t, r.Stdout+r.Stderr, "Successful ECDSA verification")
			if c.Blinks() == 0 {
				t.Error("signed without a touch")
			}
			tool.Run(t, "-a", "change-pin", "-P", "123456", "-N", "654321")
			tool.Run(t, "-a", "change-puk", "-P", "12345678", "-N", "87654321")
			if r := tool.Try("-a", "verify-pin", "-P", "123456"); r.Code == 0 {
				t.Error("the old PIN is taken")
			}
			if pin, puk := c.Tries(); pin != 2 || puk != 3 {
				t.Errorf("tries left: PIN %d, PUK %d", pin, puk)
			}
			tool.Run(t, "-a", "verify-pin", "-P", "654321")
			tool.Run(t, "-a", "set-mgm-key", "-n", strings.Repeat("0a", 24))
			tool.Run(t, "-s", "9c", "-a", "delete-certificate", "-k"+strings.Repeat("0a", 24))
		})
	}
}

// checkAttested verifies the chain from a key's certificate over that of the card to the root.
func checkAttested(t *testing.T, c *card.Card, tool *peer.Client, name string) {
	t.Helper()
	own := filepath.Join(tool.Home, "own.pem")
	tool.Run(t, "-s", "f9", "-a", "read-certificate", "-o", own)
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(c.AttestationRoot())
	intermediates.AddCert(readCertificate(t, own))
	if _, err := readCertificate(t, name).Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
		t.Error(err)
	}
}

func readCertificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// ykman recognises the token, makes a key and a certificate of its own, and blocks and resets
// everything.
func TestYkman(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			t.Parallel()
			c, service := inserted(t, firmware)
			c.KeepTouching(true)
			ykman := service.Program(t, "ykman")
			peer.Says(t, ykman.Run(t, "list"), "1234567")
			peer.Says(t, ykman.Run(t, "--device", "1234567", "info"), "Serial number: 1234567", "Firmware version: "+firmware.String())
			peer.Says(t, ykman.Run(t, "--device", "1234567", "piv", "info"), "PIV version: "+firmware.String(), "PIN tries remaining: 3")
			public := filepath.Join(ykman.Home, "public.pem")
			key := strings.Repeat("0102030405060708", 3)
			ykman.Run(t, "--device", "1234567", "piv", "keys", "generate", "-m", key, "-a", "ECCP256", "--pin-policy", "ONCE", "--touch-policy", "ALWAYS", "9a", public)
			ykman.Run(t, "--device", "1234567", "piv", "certificates", "generate", "-m", key, "-P", "123456", "-s", "CN=root", "9a", public)
			peer.Says(t, ykman.Run(t, "--device", "1234567", "piv", "info"), "Slot 9a", "CN=root")
			attested := filepath.Join(ykman.Home, "attested.pem")
			ykman.Run(t, "--device", "1234567", "piv", "keys", "attest", "9a", attested)
			checkAttested(t, c, service.Program(t, "yubico-piv-tool"), attested)
			ykman.Run(t, "--device", "1234567", "piv", "reset", "--force")
			peer.Says(t, ykman.Run(t, "--device", "1234567", "piv", "info"), "PIN tries remaining: 3")
			if pin, puk := c.Tries(); pin != 3 || puk != 3 {
				t.Errorf("tries left: PIN %d, PUK %d", pin, puk)
			}
		})
	}
}

// A key of which nobody knows is not used without a touch.
func TestUntouched(t *testing.T) {
	c, err := card.New(card.Config{Firmware: card.V543, Serial: 1234567, TouchLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	service := peer.Insert(t, c)
	ykman := service.Program(t, "ykman")
	public := filepath.Join(ykman.Home, "public.pem")
	key := strings.Repeat("0102030405060708", 3)
	ykman.Run(t, "--device", "1234567", "piv", "keys", "generate", "-m", key, "-a", "ECCP256", "--touch-policy", "ALWAYS", "9a", public)
	if r := ykman.Try("--device", "1234567", "piv", "certificates", "generate", "-m", key, "-P", "123456", "-s", "CN=root", "9a", public); r.Code == 0 {
		t.Errorf("signed without a touch: %s", r.Stdout)
	}
	if c.Blinks() != 1 {
		t.Errorf("asked %d times for a touch", c.Blinks())
	}
}
