//go:build yubikey

package pivcard_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
)

// opened is the card as piv-go has it.
func opened(t *testing.T, config pivcard.Config) (*piv.YubiKey, *pivcard.Card, *peer.CardService) {
	t.Helper()
	service, card := inserted(t, config)
	peer.LendCards(t, service)
	return reopened(t), card, service
}

func reopened(t *testing.T) *piv.YubiKey {
	t.Helper()
	names, err := piv.Cards()
	if err != nil {
		t.Fatal(err)
	}
	yk, err := piv.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = yk.Close() })
	return yk
}

var factory = piv.DefaultManagementKey

// signs signs a message, and verifies it.
func signs(t *testing.T, private crypto.PrivateKey) error {
	t.Helper()
	signer := private.(crypto.Signer)
	message := []byte("a message")
	digest := sha256.Sum256(message)
	switch public := signer.Public().(type) {
	case ed25519.PublicKey:
		signature, err := signer.Sign(rand.Reader, message, crypto.Hash(0))
		if err == nil && !ed25519.Verify(public, message, signature) {
			return errors.New("not its signature")
		}
		return err
	case *rsa.PublicKey:
		signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return err
		}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
	case *ecdsa.PublicKey:
		signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err == nil && !ecdsa.VerifyASN1(public, digest[:], signature) {
			return errors.New("not its signature")
		}
		return err
	default:
		return errors.New("unknown key")
	}
}

// piv-go makes and imports keys of each kind that the firmware has, signs with them, and verifies
// their attestations up to the root.
func TestPIVGoKeys(t *testing.T) {
	for _, version := range versions {
		t.Run(version.String(), func(t *testing.T) {
			yk, card, _ := opened(t, pivcard.Config{Firmware: version})
			number, err := yk.Serial()
			if v := yk.Version(); err != nil || number != serial || v.Major != int(version.Major) || v.Patch != int(version.Patch) {
				t.Errorf("serial %d, version %v, %v", number, v, err)
			}
			if form, err := yk.FormFactor(); err != nil || form != piv.FormfactorUSBCKeychain {
				t.Errorf("form %v, %v", form, err)
			}
			for _, algorithm := range []piv.Algorithm{piv.AlgorithmEC256, piv.AlgorithmEC384, piv.AlgorithmRSA2048, piv.AlgorithmEd25519} {
				policy := piv.Key{Algorithm: algorithm, PINPolicy: piv.PINPolicyAlways, TouchPolicy: piv.TouchPolicyNever}
				public, err := yk.GenerateKey(factory, piv.SlotSignature, policy)
				if algorithm == piv.AlgorithmEd25519 && version == pivcard.V543 {
					if err == nil {
						t.Error("old firmware made a key of Ed25519")
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				private, err := yk.PrivateKey(piv.SlotSignature, public, piv.KeyAuth{PIN: piv.DefaultPIN})
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := signs(t, private); err != nil {
						t.Errorf("algorithm %d: %v", algorithm, err)
					}
				}
				attested(t, yk, card, public)
			}
			imports(t, yk)
		})
	}
}

func attested(t *testing.T, yk *piv.YubiKey, card *pivcard.Card, public crypto.PublicKey) {
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
	roots.AddCert(card.AttestationRoot())
	verifier := piv.Verifier{Roots: roots}
	got, err := verifier.Verify(own, certificate)
	if err != nil || got.Serial != serial || got.PINPolicy != piv.PINPolicyAlways || got.TouchPolicy != piv.TouchPolicyNever || got.Slot != piv.SlotSignature {
		t.Errorf("attestation %+v, %v", got, err)
	}
	if same, ok := public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !same.Equal(certificate.PublicKey) {
		t.Error("another key is attested")
	}
}

func imports(t *testing.T, yk *piv.YubiKey) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	policy := piv.Key{PINPolicy: piv.PINPolicyOnce, TouchPolicy: piv.TouchPolicyNever}
	if err := yk.SetPrivateKeyInsecure(factory, piv.SlotAuthentication, private, policy); err != nil {
		t.Fatal(err)
	}
	info, err := yk.KeyInfo(piv.SlotAuthentication)
	if err != nil || info.Origin != piv.OriginImported || !private.PublicKey.Equal(info.PublicKey) {
		t.Errorf("%+v, %v", info, err)
	}
	key, err := yk.PrivateKey(piv.SlotAuthentication, private.Public(), piv.KeyAuth{PIN: piv.DefaultPIN})
	if err != nil {
		t.Fatal(err)
	}
	if err := signs(t, key); err != nil {
		t.Error(err)
	}
	if _, err := yk.Attest(piv.SlotAuthentication); !errors.Is(err, piv.ErrNotFound) {
		t.Errorf("a key that was imported is attested: %v", err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := key.(*piv.ECDSAPrivateKey).SharedKey(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := must(other.ECDH()), must(private.PublicKey.ECDH())
	if same, err := mine.ECDH(theirs); err != nil || !bytes.Equal(same, shared) {
		t.Errorf("another secret: %v", err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// piv-go changes and blocks the PIN, changes management keys of each length, and keeps one that is
// protected by the PIN.
func TestPIVGoSecrets(t *testing.T) {
	for _, version := range versions {
		t.Run(version.String(), func(t *testing.T) {
			yk, card, _ := opened(t, pivcard.Config{Firmware: version})
			old := factory
			for _, length := range []int{16, 24, 32} {
				fresh := bytes.Repeat([]byte{byte(length)}, length)
				if err := yk.SetManagementKey(old, fresh); err != nil {
					t.Fatal(err)
				}
				old = fresh
			}
			if err := yk.SetManagementKey(bytes.Repeat([]byte{1}, 32), factory); err == nil {
				t.Error("a wrong management key is taken")
			}
			fresh := bytes.Repeat([]byte{7}, 24)
			if err := yk.SetManagementKey(old, fresh); err != nil {
				t.Fatal(err)
			}
			if err := yk.SetMetadata(fresh, &piv.Metadata{ManagementKey: &fresh}); err != nil {
				t.Fatal(err)
			}
			if kept, err := yk.Metadata(piv.DefaultPIN); err != nil || kept.ManagementKey == nil || !bytes.Equal(*kept.ManagementKey, fresh) {
				t.Errorf("kept %+v, %v", kept, err)
			}
			if err := yk.SetPIN(piv.DefaultPIN, "654321"); err != nil {
				t.Fatal(err)
			}
			wrong := func(left int) {
				t.Helper()
				var auth piv.AuthErr
				if err := yk.VerifyPIN("111111"); !errors.As(err, &auth) || auth.Retries != left {
					t.Errorf("wrong PIN: %v", err)
				}
			}
			wrong(2)
			wrong(1)
			wrong(0)
			wrong(0)
			if err := yk.Unblock(piv.DefaultPUK, "222222"); err != nil {
				t.Fatal(err)
			}
			if err := yk.VerifyPIN("222222"); err != nil {
				t.Error(err)
			}
			if pin, puk := card.Tries(); pin != 3 || puk != 3 {
				t.Errorf("%d and %d tries left", pin, puk)
			}
		})
	}
}

// A key that wants to be touched waits for it, holds a touch that may be cached, and fails without
// one, or where the card is pulled out.
func TestPIVGoTouch(t *testing.T) {
	yk, card, service := opened(t, pivcard.Config{Firmware: pivcard.V571, TouchLimit: time.Second})
	key := func(touch piv.TouchPolicy) crypto.PrivateKey {
		t.Helper()
		public, err := yk.GenerateKey(factory, piv.SlotSignature, piv.Key{Algorithm: piv.AlgorithmEC256, PINPolicy: piv.PINPolicyOnce, TouchPolicy: touch})
		if err != nil {
			t.Fatal(err)
		}
		return must(yk.PrivateKey(piv.SlotSignature, public, piv.KeyAuth{PIN: piv.DefaultPIN}))
	}
	private := key(piv.TouchPolicyAlways)
	done := make(chan error, 1)
	begin := func() {
		t.Helper()
		go func() { done <- signs(t, private) }()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := card.AwaitBlink(ctx); err != nil {
			t.Fatal(err)
		}
	}
	begin()
	if !card.Touch() || card.Touch() {
		t.Error("it can't be touched just once")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	begin()
	if err := <-done; err == nil {
		t.Error("signed without a touch")
	}
	private = key(piv.TouchPolicyCached)
	before := card.Blinks()
	for range 2 {
		if err := signs(t, private); err != nil {
			t.Error(err)
		}
	}
	if card.Blinks() != before {
		t.Error("a touch of just now doesn't hold")
	}
	private = key(piv.TouchPolicyAlways)
	begin()
	card.Remove()
	if err := <-done; err == nil {
		t.Error("signed without a card")
	}
	_ = yk.Close()
	service.AwaitCards(t, 0)
	if err := card.Insert(service.Reader(0)); err != nil {
		t.Fatal(err)
	}
	service.AwaitCards(t, 1)
	yk = reopened(t)
	if _, err := yk.KeyInfo(piv.SlotSignature); err != nil {
		t.Errorf("the key was lost: %v", err)
	}
}
