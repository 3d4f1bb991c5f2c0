//go:build yubikey

package token_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/port"
)

// gun is a repository whose root key is on a token.
const gun = "docker.io/acme/token"

// Notary, through ykcs11, lists a root key that the store has put on a token, whether it was made
// there or elsewhere, and signs with it: it makes a repository, publishes, and rotates a key.
func TestNotaryUses(t *testing.T) { each(t, testNotaryUses) }

func testNotaryUses(t *testing.T, k kind) {
	peer.Need(t, "notary", "notary-server", peer.YKCS11)
	for _, c := range []struct {
		name     string
		firmware card.Version
		slot     string
		imported bool
	}{
		{"made in 9c", card.V543, "9c", false},
		{"imported into 9a", card.V543, "9a", true},
		{"made in 9d, old firmware", card.V435, "9d", false},
	} {
		if !k.has(c.firmware) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, k)
			key := b.insert(0, card.Config{Firmware: c.firmware, Serial: first})
			key.KeepTouching(true)
			root := b.rootIn(c.slot, c.imported)
			work := t.TempDir()
			notary := peer.Notary(t, peer.MemoryServer(t), filepath.Join(work, "trust")).WithCards(b.service)
			id := notaryID(root.SPKI)
			listed := notary.Run(t, "key", "list")
			if !lineWith(listed, "root", id, "yubikey") {
				t.Fatalf("root key %s is not listed:\n%s", id, listed)
			}
			certificate := filepath.Join(work, "root.pem")
			b.writeGUNCertificate(root, certificate)
			uses := key.Signatures()
			notary.Run(t, "init", "--rootcert", certificate, gun)
			notary.Run(t, "publish", gun)
			target := filepath.Join(work, "target")
			if err := os.WriteFile(target, []byte("an image"), 0o600); err != nil {
				t.Fatal(err)
			}
			notary.Run(t, "add", "-p", gun, "v1", target)
			notary.Run(t, "key", "rotate", gun, "snapshot", "-r")
			if key.Signatures() < uses+2 || key.Blinks() == 0 {
				t.Errorf("the token signed %d times, touched %d times", key.Signatures()-uses, key.Blinks())
			}
			// A client that has never seen it, nor the token, reads it.
			if list := notary.With("PCSCLITE_CSOCK_NAME=/nonexistent").Run(t, "list", gun); !lineWith(list, "v1") {
				t.Errorf("not published:\n%s", list)
			}
		})
	}
}

// rootIn puts a root key into a slot.
func (b *bench) rootIn(slot string, imported bool) model.TokenSlot {
	b.Helper()
	key := port.TokenKey{Slot: slot, Subject: "root"}
	var held model.TokenSlot
	var err error
	if imported {
		_, private := newPrivate(b.T)
		held, err = b.store().ImportKey(b.Context(), key, private, open(), nil)
	} else {
		held, err = b.store().MakeKey(b.Context(), key, open(), nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	return held
}

// writeGUNCertificate writes the certificate by which a repository knows its root key: one for its
// name, which the key on the token signs.
func (b *bench) writeGUNCertificate(root model.TokenSlot, file string) {
	b.Helper()
	signer, err := b.store().Unlock(b.Context(), b.store().ID(root.SPKI), pin)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: gun}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		b.Fatal(err)
	}
}

// notaryID is the ID by which Notary knows a key.
func notaryID(spki []byte) string {
	sum := sha256.Sum256([]byte(`{"keytype":"ecdsa","keyval":{"private":null,"public":"` + base64.StdEncoding.EncodeToString(spki) + `"}}`))
	return hex.EncodeToString(sum[:])
}

func lineWith(output string, texts ...string) bool {
	for line := range strings.Lines(output) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			return true
		}
	}
	return false
}

// A token as Notary leaves it with ykcs11 1.7: the key was imported, and its certificate has a
// signature that nobody can verify, because Notary hashes twice. It is used all the same.
func TestNotaryLeaves(t *testing.T) { each(t, testNotaryLeaves) }

func testNotaryLeaves(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			c.KeepTouching(true)
			private, der := newPrivate(t)
			held, err := b.store().ImportKey(t.Context(), rootKey(), der, open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			wrong := held.Certificate
			wrong[len(wrong)-1] ^= 1
			tool := b.service.Program(t, "yubico-piv-tool")
			file := filepath.Join(tool.Home, "wrong.pem")
			if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: wrong}), 0o600); err != nil {
				t.Fatal(err)
			}
			b.service.Program(t, "ykman").Run(t, "--device", "8675309", "piv", "certificates", "import", "9c", file, "-m", strings.Repeat("0102030405060708", 3))
			keys, err := b.store().Keys(t.Context())
			if err != nil || len(keys) != 1 || keys[0].Label != "root" || keys[0].Fault != nil || keys[0].ID == "" {
				t.Fatalf("keys %+v, %v", keys, err)
			}
			signer, err := b.store().Unlock(t.Context(), keys[0].ID, pin)
			if err != nil {
				t.Fatal(err)
			}
			public, ok := signer.Public().(*ecdsa.PublicKey)
			if signature, err := sign(signer); err != nil || !ok || !public.Equal(private.Public()) || !verifies(private.Public(), signature) {
				t.Errorf("signed: %v", err)
			}
		})
	}
}
