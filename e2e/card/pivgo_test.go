//go:build yubikey

package card_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
)

// session opens the card of a new service with piv-go.
func session(t *testing.T, firmware card.Version) (*card.Card, *piv.YubiKey) {
	t.Helper()
	c, service := inserted(t, firmware)
	peer.LendCards(t, service)
	readers, err := piv.Cards()
	if err != nil || len(readers) != 2 {
		t.Fatalf("readers %q, %v", readers, err)
	}
	yk, err := piv.Open(readers[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = yk.Close() })
	return c, yk
}

// algorithms are those of a firmware, quick ones first.
func algorithms(firmware card.Version) []piv.Algorithm {
	out := []piv.Algorithm{piv.AlgorithmEC256, piv.AlgorithmEC384, piv.AlgorithmRSA1024, piv.AlgorithmRSA2048}
	if firmware == card.V571 {
		out = append(out, piv.AlgorithmEd25519, piv.AlgorithmX25519, piv.AlgorithmRSA3072)
	}
	return out
}

// piv-go makes keys of every algorithm, uses them, and verifies where they were made.
func TestPIVGo(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			c, yk := session(t, firmware)
			if serial, err := yk.Serial(); err != nil || serial != 1234567 {
				t.Errorf("serial %d, %v", serial, err)
			}
			for _, alg := range algorithms(firmware) {
				public, err := yk.GenerateKey(piv.DefaultManagementKey, piv.SlotSignature, piv.Key{Algorithm: alg, PINPolicy: piv.PINPolicyAlways, TouchPolicy: piv.TouchPolicyNever})
				if err != nil {
					t.Fatalf("algorithm %d: %v", alg, err)
				}
				usePIV(t, yk, piv.SlotSignature, public, piv.KeyAuth{PIN: "123456"})
				if _, agrees := public.(*ecdh.PublicKey); agrees {
					continue // piv-go takes its certificate for that of another algorithm
				}
				verifyAttestation(t, c, yk)
			}
			if firmware != card.V571 {
				_, err := yk.GenerateKey(piv.DefaultManagementKey, piv.SlotSignature, piv.Key{Algorithm: piv.AlgorithmEd25519, PINPolicy: piv.PINPolicyAlways, TouchPolicy: piv.TouchPolicyNever})
				if err == nil {
					t.Error("made a key of Ed25519")
				}
			}
			importPIV(t, yk, firmware)
			secretsPIV(t, c, yk)
		})
	}
}

// usePIV signs or agrees with a key, and verifies the result.
func usePIV(t *testing.T, yk *piv.YubiKey, slot piv.Slot, public crypto.PublicKey, auth piv.KeyAuth) {
	t.Helper()
	private, err := yk.PrivateKey(slot, public, auth)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("a message"))
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		signature, err := private.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(public, digest[:], signature) {
			t.Errorf("ECDSA: %v", err)
		}
		other, err := ecdsa.GenerateKey(public.Curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := private.(*piv.ECDSAPrivateKey).SharedKey(&other.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		otherDH, err := other.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		publicDH, err := public.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		if theirs, err := otherDH.ECDH(publicDH); err != nil || !bytes.Equal(mine, theirs) {
			t.Errorf("ECDH: %v", err)
		}
	case *rsa.PublicKey:
		signature, err := private.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) != nil {
			t.Errorf("RSA %d: %v", public.N.BitLen(), err)
		}
	case ed25519.PublicKey:
		signature, err := private.(crypto.Signer).Sign(rand.Reader, []byte("a message"), crypto.Hash(0))
		if err != nil || !ed25519.Verify(public, []byte("a message"), signature) {
			t.Errorf("Ed25519: %v", err)
		}
	case *ecdh.PublicKey:
		other, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := private.(*piv.X25519PrivateKey).ECDH(other.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		if theirs, err := other.ECDH(public); err != nil || !bytes.Equal(mine, theirs) {
			t.Errorf("X25519: %v", err)
		}
	}
}

func verifyAttestation(t *testing.T, c *card.Card, yk *piv.YubiKey) {
	t.Helper()
	own, err := yk.AttestationCertificate()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := yk.Attest(piv.SlotSignature)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.AttestationRoot())
	a, err := (&piv.Verifier{Roots: roots}).Verify(own, certificate)
	if err != nil {
		t.Fatal(err)
	}
	if a.Serial != 1234567 || a.Slot != piv.SlotSignature || a.PINPolicy != piv.PINPolicyAlways || a.TouchPolicy != piv.TouchPolicyNever {
		t.Errorf("attested %+v", a)
	}
}

// importPIV puts keys on the card that were made elsewhere, with certificates.
func importPIV(t *testing.T, yk *piv.YubiKey, firmware card.Version) {
	t.Helper()
	elliptic256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{elliptic256, rsa2048} {
		policies := piv.Key{PINPolicy: piv.PINPolicyOnce, TouchPolicy: piv.TouchPolicyNever}
		if err := yk.SetPrivateKeyInsecure(piv.DefaultManagementKey, piv.SlotAuthentication, key, policies); err != nil {
			t.Fatal(err)
		}
		usePIV(t, yk, piv.SlotAuthentication, key.Public(), piv.KeyAuth{PIN: "123456", PINPolicy: piv.PINPolicyOnce})
		if _, err := yk.Attest(piv.SlotAuthentication); err == nil {
			t.Error("an imported key is attested")
		}
		info, err := yk.KeyInfo(piv.SlotAuthentication)
		if firmware == card.V435 {
			if err == nil {
				t.Error("an old card tells about its keys")
			}
		} else if err != nil || info.Origin != piv.OriginImported || info.PINPolicy != piv.PINPolicyOnce {
			t.Errorf("metadata %+v, %v", info, err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotAfter: time.Now().AddDate(10, 0, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := yk.SetCertificate(piv.DefaultManagementKey, piv.SlotAuthentication, certificate); err != nil {
			t.Fatal(err)
		}
		if read, err := yk.Certificate(piv.SlotAuthentication); err != nil || !read.Equal(certificate) {
			t.Errorf("certificate: %v", err)
		}
	}
}

// secretsPIV changes, blocks, unblocks and resets the PIN, PUK and management key.
func secretsPIV(t *testing.T, c *card.Card, yk *piv.YubiKey) {
	t.Helper()
	if err := yk.SetPIN("123456", "654321"); err != nil {
		t.Fatal(err)
	}
	for left := 2; left >= 0; left-- {
		var wrong piv.AuthErr
		if err := yk.VerifyPIN("123456"); !errors.As(err, &wrong) || wrong.Retries != left {
			t.Errorf("with %d tries left: %v", left, err)
		}
	}
	if err := yk.VerifyPIN("654321"); err == nil {
		t.Error("a blocked PIN is taken")
	}
	if err := yk.Unblock("12345678", "111111"); err != nil {
		t.Fatal(err)
	}
	if err := yk.VerifyPIN("111111"); err != nil {
		t.Error(err)
	}
	key := bytes.Repeat([]byte{9}, 24)
	if err := yk.SetManagementKey(piv.DefaultManagementKey, key); err != nil {
		t.Fatal(err)
	}
	protected := piv.Metadata{ManagementKey: &key}
	if err := yk.SetMetadata(key, &protected); err != nil {
		t.Fatal(err)
	}
	if m, err := yk.Metadata("111111"); err != nil || m.ManagementKey == nil || !bytes.Equal(*m.ManagementKey, key) {
		t.Errorf("protected management key: %v", err)
	}
	if err := yk.SetRetries(key, "111111", 8, 5); err != nil {
		t.Fatal(err)
	}
	if pin, puk := c.Tries(); pin != 8 || puk != 5 {
		t.Errorf("tries: PIN %d, PUK %d", pin, puk)
	}
	if err := yk.Reset(); err != nil {
		t.Fatal(err)
	}
	if err := yk.VerifyPIN(piv.DefaultPIN); err != nil {
		t.Error(err)
	}
}
