//go:build yubikey

package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ebfe/scard"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/port"
)

// occupy has the token for itself, as gpg may. The result lets go of it.
func (b *bench) occupy() (release func()) {
	b.Helper()
	c, err := scard.EstablishContext()
	if err != nil {
		b.Fatal(err)
	}
	held, err := c.Connect(b.only().Reader, scard.ShareExclusive, scard.ProtocolT1)
	if err != nil {
		b.Fatal(err)
	}
	return func() { _ = errors.Join(held.Disconnect(scard.LeaveCard), c.Release()) }
}

// newPrivate is a key that was made elsewhere, as PKCS #8.
func newPrivate(t *testing.T) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// A key that was made on the token is listed with its policies and a certificate in Notary's
// form, and the token attests it.
func TestMakeKey(t *testing.T) { each(t, testMakeKey) }

func testMakeKey(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			c.KeepTouching(true)
			made, err := b.store().MakeKey(t.Context(), rootKey(), open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			held := b.slot("9c")
			if held.State != model.SlotWhole || held.Origin != model.OriginToken || held.PIN != model.PolicyOnce || held.Touch != model.PolicyAlways ||
				held.Algorithm != "ECDSA P-256" || held.Fault != nil || !bytes.Equal(held.SPKI, made.SPKI) || !bytes.Equal(held.Certificate, made.Certificate) {
				t.Errorf("slot %+v", held)
			}
			certificate, err := x509.ParseCertificate(held.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			if certificate.Subject.CommonName != "root" || certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature) != nil ||
				certificate.NotAfter.Sub(certificate.NotBefore).Hours() < 24*365*9 {
				t.Errorf("certificate %+v", certificate.Subject)
			}
			keys, err := b.store().Keys(t.Context())
			if err != nil || len(keys) != 1 || keys[0].ID != b.store().ID(made.SPKI) || keys[0].Label != "root" || keys[0].Store != "YubiKey 8675309" ||
				keys[0].Path != "slot 9c" || !keys[0].Encrypted || keys[0].Fault != nil {
				t.Errorf("keys %+v, %v", keys, err)
			}
			b.attests(c, made)
			// The slot is taken now.
			_, err = b.store().MakeKey(t.Context(), rootKey(), open(), nil)
			b.fails(err, model.FaultUsage, "slot 9c holds a key")
			_, err = b.store().MakeKey(t.Context(), port.TokenKey{Slot: "f9", Subject: "root"}, open(), nil)
			b.fails(err, model.FaultUsage, "isn't a slot for keys")
			_, err = b.store().MakeKey(t.Context(), port.TokenKey{Slot: "9a"}, open(), nil)
			b.fails(err, model.FaultUsage, "1 to 64 characters")
		})
	}
}

// attests verifies the chain from the key over the token to its maker.
func (b *bench) attests(c peer.Card, made model.TokenSlot) {
	b.Helper()
	key, maker, err := b.tokens.Attest(b.Context(), "8675309", made.ID)
	if err != nil {
		b.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(key)
	if err != nil {
		b.Fatal(err)
	}
	own, err := x509.ParseCertificate(maker)
	if err != nil {
		b.Fatal(err)
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(c.AttestationRoot())
	intermediates.AddCert(own)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil || !bytes.Equal(leaf.RawSubjectPublicKeyInfo, made.SPKI) {
		b.Errorf("attestation: %v", err)
	}
}

// A key that was made elsewhere is put on the token, signs there, and is not attested.
func TestImportKey(t *testing.T) { each(t, testImportKey) }

func testImportKey(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			c.KeepTouching(true)
			private, der := newPrivate(t)
			got, err := b.store().ImportKey(t.Context(), rootKey(), der, open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			held := b.slot("9c")
			if !bytes.Equal(got.SPKI, held.SPKI) || held.Subject != "root" {
				t.Errorf("slot %+v", held)
			}
			if firmware == card.V435 {
				if held.State != model.SlotUnproved || held.Origin != model.OriginUnknown {
					t.Errorf("slot %+v", held)
				}
			} else if held.State != model.SlotWhole || held.Origin != model.OriginImported {
				t.Errorf("slot %+v", held)
			}
			signer, err := b.store().Unlock(t.Context(), b.store().ID(held.SPKI), pin)
			if err != nil {
				t.Fatal(err)
			}
			if signature, err := sign(signer); err != nil || !verifies(private.Public(), signature) {
				t.Errorf("signed: %v", err)
			}
			_, _, err = b.tokens.Attest(t.Context(), "8675309", "9c")
			b.fails(err, model.FaultUsage, "YubiKey 8675309: can't attest slot 9c")
			_, err = b.store().ImportKey(t.Context(), port.TokenKey{Slot: "9a", Subject: "root"}, []byte("not a key"), open(), nil)
			b.fails(err, model.FaultUsage, "isn't a private key that a token takes")
		})
	}
}

// The management key from the factory is used only where the token says that it has it, and the
// user agrees; a wrong one is refused, and one that the token keeps is opened by the PIN.
func TestManagementKey(t *testing.T) { each(t, testManagementKey) }

func testManagementKey(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			b.insert(0, card.Config{Firmware: firmware, Serial: first})
			do := func(open port.TokenSecrets) error {
				key := untouchedKey()
				key.Replace = true
				open.PIN = pin
				_, err := b.store().MakeKey(t.Context(), key, open, nil)
				return err
			}
			b.fails(do(port.TokenSecrets{}), model.FaultSecret, "the management key is needed")
			b.fails(do(port.TokenSecrets{Management: bytes.Repeat([]byte{1}, 24)}), model.FaultSecret, "the management key is wrong")
			if firmware != card.V435 {
				b.fails(do(port.TokenSecrets{Management: []byte("short")}), model.FaultSecret, "wrong length")
			}
			if err := do(port.TokenSecrets{Factory: true}); firmware == card.V435 {
				b.fails(err, model.FaultSecret, "doesn't tell whether the management key is the one from the factory")
			} else if err != nil {
				t.Error(err)
			}
			if err := do(port.TokenSecrets{Management: manager}); err != nil {
				t.Error(err)
			}
			ykman := b.service.Program(t, "ykman")
			ykman.Run(t, "--device", "8675309", "piv", "access", "change-management-key", "--protect", "-g",
				"-P", string(pin), "-m", strings.Repeat("0102030405060708", 3))
			if !b.only().Management.Protected {
				t.Errorf("management key %+v", b.only().Management)
			}
			if err := do(port.TokenSecrets{}); err != nil {
				t.Errorf("protected: %v", err)
			}
			wrong := port.TokenSecrets{Management: manager, Factory: true}
			b.fails(do(wrong), model.FaultSecret, "the management key is wrong")
		})
	}
}

// A management key that wants to be touched for is announced as well.
func TestManagementTouch(t *testing.T) { each(t, testManagementTouch) }

func testManagementTouch(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	hexed := strings.Repeat("0a", 24)
	b.service.Program(t, "ykman").Run(t, "--device", "8675309", "piv", "access", "change-management-key", "--touch", "-a", "AES192",
		"-n", hexed, "-m", strings.Repeat("0102030405060708", 3))
	c.KeepTouching(true)
	var n notices
	secrets := port.TokenSecrets{PIN: pin, Management: bytes.Repeat([]byte{0x0a}, 24)}
	if _, err := b.store().MakeKey(t.Context(), untouchedKey(), secrets, n.tell); err != nil {
		t.Fatal(err)
	}
	// Once to make the key, and once to write its certificate.
	if !n.are(true, false, true, false) || c.Blinks() != 2 {
		t.Errorf("told %v, touched %d times", n.told, c.Blinks())
	}
}

// What Notary leaves when it forgets a key, and what other programs leave, is named and mended.
func TestOrphans(t *testing.T) { each(t, testOrphans) }

func testOrphans(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			c.KeepTouching(true)
			made, err := b.store().MakeKey(t.Context(), rootKey(), open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			// "notary key remove" deletes the certificate alone.
			ykman := b.service.Program(t, "ykman")
			ykman.Run(t, "--device", "8675309", "piv", "certificates", "delete", "9c", "-m", strings.Repeat("0102030405060708", 3))
			if held := b.slot("9c"); held.State != model.SlotKeyOnly || !bytes.Equal(held.SPKI, made.SPKI) {
				t.Errorf("key without certificate: %+v", held)
			}
			if _, err := b.store().WriteCertificate(t.Context(), "9c", "root", open(), nil); err != nil {
				t.Fatal(err)
			}
			if held := b.slot("9c"); held.State != model.SlotWhole || held.Subject != "root" {
				t.Errorf("mended: %+v", held)
			}
			// The certificate of another key.
			_, der := newPrivate(t)
			if _, err := b.store().ImportKey(t.Context(), port.TokenKey{Slot: "9d", Subject: "root"}, der, open(), nil); err != nil {
				t.Fatal(err)
			}
			b.move("9d", "9c")
			held := b.slot("9c")
			if held.State != model.SlotMismatch || held.Fault == nil || !bytes.Equal(held.SPKI, made.SPKI) {
				t.Errorf("mismatch: %+v", held)
			}
			signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
			if err != nil {
				t.Fatal(err)
			}
			if signature, err := sign(signer); err != nil || !verifies(signer.Public(), signature) {
				t.Errorf("the key doesn't sign: %v", err)
			}
			// A certificate whose key never came, as "notary key generate" leaves with ykcs11 2.
			b.move("9d", "9a")
			held = b.slot("9a")
			if firmware == card.V435 {
				if held.State != model.SlotUnproved {
					t.Errorf("slot %+v", held)
				}
				return
			}
			if held.State != model.SlotCertificateOnly || held.Fault == nil {
				t.Errorf("slot %+v", held)
			}
			keys, err := b.store().Keys(t.Context())
			for _, k := range keys {
				if err != nil || k.Path == "slot 9a" && k.ID != "" {
					t.Errorf("a certificate counts as a key: %+v, %v", k, err)
				}
			}
			_, err = b.store().WriteCertificate(t.Context(), "9a", "root", open(), nil)
			b.fails(err, model.FaultUsage, "holds no private key")
			_, other := newPrivate(t)
			_, err = b.store().ImportKey(t.Context(), port.TokenKey{Slot: "9a", Subject: "root"}, other, open(), nil)
			b.fails(err, model.FaultUsage, "slot 9a holds the certificate of another key")
			if _, err := b.store().ImportKey(t.Context(), port.TokenKey{Slot: "9a", Subject: "root"}, der, open(), nil); err != nil {
				t.Fatal(err)
			}
			if held := b.slot("9a"); held.State != model.SlotWhole {
				t.Errorf("mended: %+v", held)
			}
		})
	}
}

// move copies the certificate of a slot to another one.
func (b *bench) move(from, to string) {
	b.Helper()
	ykman := b.service.Program(b, "ykman")
	file := filepath.Join(ykman.Home, "certificate.pem")
	ykman.Run(b, "--device", "8675309", "piv", "certificates", "export", from, file)
	ykman.Run(b, "--device", "8675309", "piv", "certificates", "import", to, file, "-m", strings.Repeat("0102030405060708", 3))
}

// A token that is pulled out between the key and its certificate says what it has left, and that
// is mended.
func TestPulledOutHalfway(t *testing.T) { each(t, testPulledOutHalfway) }

func testPulledOutHalfway(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	done := make(chan error, 1)
	go func() {
		_, err := b.store().MakeKey(t.Context(), rootKey(), open(), nil)
		done <- err
	}()
	b.blinks(c)
	c.Remove()
	b.fails(<-done, model.FaultUnreachable, "slot 9c has the key, but its certificate wasn't written: was removed")
	b.put(c, 0)
	if held := b.slot("9c"); held.State != model.SlotKeyOnly {
		t.Errorf("slot %+v", held)
	}
	c.KeepTouching(true)
	if _, err := b.store().WriteCertificate(t.Context(), "9c", "root", open(), nil); err != nil {
		t.Fatal(err)
	}
	if held := b.slot("9c"); held.State != model.SlotWhole {
		t.Errorf("slot %+v", held)
	}
}
