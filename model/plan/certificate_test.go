package plan_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// certificate issues a certificate for the repository, good but for the change, in
// PEM form.
func certificate(t *testing.T, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: string(gun)}, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// certified is a key under such a certificate.
func certified(t *testing.T, change func(*x509.Certificate)) model.PublicKey {
	t.Helper()
	k, err := notary.Certified(certificate(t, change))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What makes a certificate unfit.
func early(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = now.Add(48*time.Hour), now.Add(72*time.Hour)
}

func late(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = now.Add(-72*time.Hour), now.Add(-48*time.Hour)
}
func authority(c *x509.Certificate) { c.IsCA = true }
func sha1(c *x509.Certificate)      { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }
func stranger(c *x509.Certificate)  { c.Subject.CommonName = "registry.example.org/other" }

// rootCertificate asks for a root whose key is listed under such a certificate.
func rootCertificate(t *testing.T, change func(*x509.Certificate)) []model.Change {
	t.Helper()
	c := initialise()
	c.Root.Keys = []model.KeyChoice{{Source: model.KeyHere, ID: notary.CanonicalID(certified(t, change)), Certificate: certificate(t, change)}}
	return []model.Change{c}
}
