package plan_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
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
	text := certificate(t, change)
	key, err := notary.Certified(text)
	if err != nil {
		t.Fatal(err)
	}
	c := initialise()
	c.Root.Keys = []model.KeyChoice{{Source: model.KeyHere, ID: notary.CanonicalID(key), Certificate: text}}
	return []model.Change{c}
}

// strayCertificate gives a certificate that was issued for another key.
func strayCertificate(t *testing.T) []model.Change {
	t.Helper()
	c := initialise()
	other := notary.CanonicalID(certified(t, func(*x509.Certificate) {}))
	c.Root.Keys = []model.KeyChoice{{Source: model.KeyHere, ID: other, Certificate: certificate(t, func(*x509.Certificate) {})}}
	return []model.Change{c}
}

// forms are a key as it is, and under a certificate.
func forms(t *testing.T) (bare, listed model.PublicKey) {
	t.Helper()
	listed = certified(t, func(*x509.Certificate) {})
	block, _ := pem.Decode(listed.Public)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if bare, err = notary.Bare(leaf.PublicKey); err != nil {
		t.Fatal(err)
	}
	return bare, listed
}

// A key that is given twice is one key. One that is listed already, for somebody
// else or in another form, is added with a warning.
func TestSameKey(t *testing.T) {
	bare, listed := forms(t)
	repo := notarytest.New(gun, now)
	repo.Delegate("targets/bob", 1, []string{""}, notarytest.Key{PublicKey: bare})
	repo.Seal(model.RoleTargets)
	for name, row := range map[string]struct {
		signer string
		keys   []model.PublicKey
		want   []string
	}{
		"twice":                  {"alice", []model.PublicKey{listed, listed}, []string{"key " + listed.ID.Short() + " is also bob's key, so their signatures could not be told apart"}},
		"of somebody else":       {"alice", []model.PublicKey{bare}, []string{"key " + bare.ID.Short() + " is also bob's key, so their signatures could not be told apart"}},
		"of the same in another": {"bob", []model.PublicKey{listed}, []string{"bob already has key " + listed.ID.Short() + " in another form: " + bare.ID.Short()}},
		"of the same":            {"bob", []model.PublicKey{bare}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{model.AddSigner{Name: row.signer, Keys: row.keys}}})
			if got := p.Parts[0].Impact.Warnings; !slices.Equal(got, row.want) {
				t.Errorf("warnings %q, want %q", got, row.want)
			}
			if diff := strings.Join(p.Parts[0].Rewrites[0].Diff, "; "); strings.Contains(diff, "2 keys") {
				t.Errorf("the key is listed twice: %s", diff)
			}
		})
	}
}
