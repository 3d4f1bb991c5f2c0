package change

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The moments of certificates: long past, and far to come.
var (
	past   = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	future = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
)

// badFiles makes a folder of what people hand over as the public key of a signer.
func badFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	bare := func(key crypto.Signer) []byte {
		return block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
	}

	p256 := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(p256))
	write("alice.pub", bare(p256))
	write("p384.pub", bare(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))))
	write("rsa1024.pub", bare(weak))
	write("ed25519.pub", bare(edwards))
	write("alice.key", block("PRIVATE KEY", pkcs8))
	write("sec1.key", block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p256))))
	write("encrypted.key", block("ENCRYPTED PRIVATE KEY", pkcs8))
	write("both.pem", append(bare(p256), block("PRIVATE KEY", pkcs8)...))
	write("two.pub", append(bare(p256), bare(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))...))
	write("request.csr", block("CERTIFICATE REQUEST", must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, p256))))
	write("broken.pub", block("PUBLIC KEY", []byte("not a key")))
	write("broken.crt", block("CERTIFICATE", []byte("not a certificate")))
	write("alice.der", must(x509.MarshalPKIXPublicKey(p256.Public())))
	write("id_ed25519.pub", []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA2NPbXoTJpfPXtpjkPBqE1VrSWTZ4SiXMWVJjSqF8kG alice@example.org\n"))
	write("empty.pub", nil)
	write("large.pub", bytes.Repeat([]byte("0123456789abcdef"), 10<<20/16))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}

	certificate := func(name string, key crypto.Signer, change func(*x509.Certificate)) {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, NotBefore: past, NotAfter: future, BasicConstraintsValid: true,
		}
		change(template)
		write(name, block("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))))
	}
	certificate("alice.crt", p256, func(*x509.Certificate) {})
	certificate("expired.crt", p256, func(c *x509.Certificate) { c.NotAfter = past.AddDate(1, 0, 0) })
	certificate("early.crt", p256, func(c *x509.Certificate) { c.NotBefore = future.AddDate(-1, 0, 0) })
	certificate("sha1.crt", p256, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })
	certificate("rsa1024.crt", weak, func(*x509.Certificate) {})
	certificate("ed25519.crt", edwards, func(*x509.Certificate) {})
	certificate("new.crt", p256, func(c *x509.Certificate) { c.Subject.CommonName = fresh })
	certificate("new-expired.crt", p256, func(c *x509.Certificate) { c.Subject.CommonName, c.NotAfter = fresh, past.AddDate(1, 0, 0) })
	certificate("new-ca.crt", p256, func(c *x509.Certificate) { c.Subject.CommonName, c.IsCA = fresh, true })
	return dir
}

// must returns what was made of a key that was made just now, which cannot fail.
func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}
