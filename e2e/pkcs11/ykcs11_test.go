//go:build hsm

package pkcs11_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
	"trustdeck/model"
	"trustdeck/model/port"
)

// A second module: ykcs11, with a card in software.
func TestYKCS11(t *testing.T) {
	peer.Need(t, peer.PCSC, peer.YKCS11, "yubico-piv-tool", "opensc-tool")
	const (
		cardPIN = "123456"
		manager = "010203040506070801020304050607080102030405060708"
	)
	card, err := pivcard.New(pivcard.Config{Firmware: pivcard.V543, Serial: 7654321})
	if err != nil {
		t.Fatal(err)
	}
	service := peer.Insert(t, card)
	peer.LendCards(t, service)
	tool := service.Program(t, "yubico-piv-tool")
	public, certificate := filepath.Join(tool.Home, "public"), filepath.Join(tool.Home, "certificate")
	generate := func(slot, policy string) {
		tool.Run(t, "-k"+manager, "-a", "generate", "-s", slot, "-A", "ECCP256", "--pin-policy="+policy, "--touch-policy=never", "-o", public)
	}
	generate("9a", "once")
	root9a := certified(t, publicIn(t, public), &x509.Certificate{Subject: pkix.Name{CommonName: "root"}})
	tool.Run(t, "-k"+manager, "-a", "import-certificate", "-s", "9a", "-K", "DER", "-i", root9a)
	generate("9c", "always") // PKCS #11: CKA_ALWAYS_AUTHENTICATE
	tool.Run(t, "-a", "attest", "-s", "9c", "-o", certificate)
	tool.Run(t, "-k"+manager, "-a", "import-certificate", "-s", "9c", "-i", certificate)

	b := &bench{T: t}
	s := open(ykcs11(t))
	sent := card.PINsSent()
	keys := b.keys(s)
	if len(keys) != 3 || card.PINsSent() != sent {
		t.Fatalf("%d PINs were sent to look, which found %+v", card.PINsSent()-sent, keys)
	}
	root, other, attestation := keys[0], keys[1], keys[2]
	if root.Label != "root" || root.Path != "PKCS #11 token YubiKey PIV #7654321 7654321, object Public key for PIV Authentication" || other.Label != "Public key for Digital Signature" {
		t.Errorf("%+v, %+v", root, other)
	}
	unlocked := func(id model.KeyID) port.Signer {
		signer, err := s.Unlock(t.Context(), id, []byte(cardPIN))
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	for _, id := range []model.KeyID{root.ID, other.ID, root.ID} {
		signer := unlocked(id)
		for range 2 {
			if _, err := signer.SignMessage(rand.Reader, []byte("a message"), usual); err != nil {
				t.Errorf("%s: %v", id.Short(), err)
			}
		}
	}
	// The key of slot F9 signs attestations only. The module lists it like the others.
	_, err = unlocked(attestation.ID).SignMessage(rand.Reader, nil, usual)
	b.fails(err, model.FaultBadData, "refused: CKR_DEVICE_ERROR")

	// Of three tries, the module tells the last one.
	unlock := func(ctx context.Context, pin string) error {
		_, err := s.Unlock(ctx, root.ID, []byte(pin))
		return err
	}
	b.fails(unlock(t.Context(), "111111"), model.FaultSecret, "wrong PIN; the token doesn't say how many tries are left")
	b.fails(unlock(t.Context(), "111111"), model.FaultSecret, "it wasn't tried again")
	b.wrong(unlock(t.Context(), "222222"), 1, false, "wrong PIN")
	b.wrong(unlock(t.Context(), "333333"), 1, true, "one try is left, and it wasn't spent")
	if left, _ := card.Tries(); left != 1 {
		t.Errorf("%d tries are left", left)
	}
	b.wrong(unlock(port.SpendLastTry(t.Context()), "333333"), 0, false, "PIN")
	b.wrong(unlock(port.SpendLastTry(t.Context()), cardPIN), 0, true, "the PIN is locked")
}

// publicIn is the public key in a PEM file.
func publicIn(t *testing.T, file string) crypto.PublicKey {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		t.Fatalf("no public key: %s", content)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// ykcs11 is the library.
func ykcs11(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/libykcs11.so", "/usr/lib/*/libykcs11.so", "/usr/local/lib/libykcs11.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("ykcs11 is not where others have it")
	return ""
}
