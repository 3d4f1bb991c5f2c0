package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
)

// The files of a world that lasts, beside its journal: clients go on trusting it
// after a restart.
const (
	certificateName = "server.crt"
	keyName         = "server.key"
)

// identity is the certificate of the server, which is its own authority.
func identity(dir string) (pair tls.Certificate, authority []byte, err error) {
	if dir != "" {
		pair, authority, err = loadIdentity(dir)
		if authority != nil || err != nil {
			return pair, authority, err
		}
	}
	key, authority, err := newIdentity(time.Now())
	if err == nil {
		pair, err = tls.X509KeyPair(authority, key)
	}
	if err == nil && dir != "" {
		err = saveIdentity(dir, key, authority)
	}
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make the certificate of the practice server: %w", err)
	}
	return pair, authority, nil
}

// saveIdentity writes the key first: a certificate that is there has its key.
func saveIdentity(dir string, key, authority []byte) error {
	if err := (disk.File{Name: filepath.Join(dir, keyName)}).Write(key); err != nil {
		return err
	}
	return disk.File{Name: filepath.Join(dir, certificateName)}.Write(authority)
}

// loadIdentity returns no authority where the folder has none yet.
func loadIdentity(dir string) (tls.Certificate, []byte, error) {
	authority, err := os.ReadFile(filepath.Join(dir, certificateName))
	if errors.Is(err, fs.ErrNotExist) {
		return tls.Certificate{}, nil, nil
	}
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("read the certificate of the practice server: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, keyName))
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("read the key of the practice server: %w", err)
	}
	pair, err := tls.X509KeyPair(authority, key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("the certificate of the practice server in %s is damaged; delete %s and %s and give the new one to the clients: %w",
			dir, certificateName, keyName, err)
	}
	return pair, authority, nil
}

func newIdentity(now time.Time) (key, certificate []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "trustdeck practice server"},
		// Clients whose clocks differ a little, and a world that is kept long.
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(2, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
