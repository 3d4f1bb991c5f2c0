package transporttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"trustdeck/internal/disk"
)

// An Authority issues certificates for one test.
type Authority struct {
	// File is its own certificate, in PEM.
	File string
	// Pool holds it alone.
	Pool *x509.CertPool

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// A Pair is a certificate that an Authority has issued.
type Pair struct {
	// CertFile and KeyFile are PEM files.
	CertFile, KeyFile string
	tls.Certificate
}

// NewAuthority makes an authority.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	key := newKey(tb)
	template := newTemplate("authority of " + tb.Name())
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	a := &Authority{File: filepath.Join(tb.TempDir(), "ca.crt"), Pool: x509.NewCertPool(), certificate: certificate, key: key}
	a.Pool.AddCert(certificate)
	write(tb, a.File, "CERTIFICATE", der)
	return a
}

// Issue makes a certificate for a server of these names and addresses, or for a client
// of the first.
func (a *Authority) Issue(tb testing.TB, names ...string) Pair {
	tb.Helper()
	key := newKey(tb)
	template := newTemplate(names[0])
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		tb.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	pair := Pair{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	write(tb, pair.CertFile, "CERTIFICATE", der)
	write(tb, pair.KeyFile, "PRIVATE KEY", pkcs8)
	if pair.Certificate, err = tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile); err != nil {
		tb.Fatal(err)
	}
	return pair
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func newTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

func write(tb testing.TB, name, kind string, der []byte) {
	tb.Helper()
	if err := (disk.File{Name: name}).Write(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})); err != nil {
		tb.Fatal(err)
	}
}
