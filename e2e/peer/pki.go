package peer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// PKI is a certificate authority on P-256 and the certificates that it issued,
// as files, because the servers want files.
type PKI struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	issued map[string]Certificate
}

// Certificate is a certificate with its private key.
type Certificate struct {
	// CertFile and KeyFile are PEM files.
	CertFile, KeyFile string
	tls.Certificate
}

// validity is the lifetime of every certificate here.
const validity = 48 * time.Hour

func newPKI(dir string) (*PKI, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := newTemplate("trustdeck test CA")
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	p := &PKI{dir: dir, cert: cert, key: key, issued: make(map[string]Certificate)}
	return p, writePEM(p.CAFile(), "CERTIFICATE", der)
}

// CAFile is the authority's own certificate, in PEM.
func (p *PKI) CAFile() string { return filepath.Join(p.dir, "ca.crt") }

// Pool holds the authority alone.
func (p *PKI) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.cert)
	return pool
}

// Issue returns the certificate called name, made at the first call. It is good
// for localhost, 127.0.0.1 and name, and for a client as well as for a server:
// notary-server shows the same certificate to its users and to its signer.
func (p *PKI) Issue(name string) (Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.issued[name]; ok {
		return c, nil
	}
	c, err := p.issue(name)
	if err != nil {
		return Certificate{}, fmt.Errorf("certificate for %s: %w", name, err)
	}
	p.issued[name] = c
	return c, nil
}

func (p *PKI) issue(name string) (Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Certificate{}, err
	}
	template, err := newTemplate(name)
	if err != nil {
		return Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.DNSNames = []string{"localhost", name}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	der, err := x509.CreateCertificate(rand.Reader, template, p.cert, key.Public(), p.key)
	if err != nil {
		return Certificate{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{
		CertFile: filepath.Join(p.dir, name+".crt"),
		KeyFile:  filepath.Join(p.dir, name+".key"),
	}
	if err := writePEM(c.CertFile, "CERTIFICATE", der); err != nil {
		return Certificate{}, err
	}
	if err := writePEM(c.KeyFile, "PRIVATE KEY", pkcs8); err != nil {
		return Certificate{}, err
	}
	c.Certificate, err = tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	return c, err
}

// newTemplate is the part that all certificates here have in common.
func newTemplate(commonName string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(validity),
	}, nil
}

func writePEM(name, blockType string, der []byte) error {
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}), 0o600)
}
