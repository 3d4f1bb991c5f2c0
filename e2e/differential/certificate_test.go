package differential

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"sync"
	"time"
)

// A kind of certificate text, of a key that the text is about.
type certificate struct {
	name string
	text func(k crypto.Signer) []byte
}

// still signs without randomness, so that a certificate is the same in every run.
type still struct{ crypto.Signer }

func (s still) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.Signer.Sign(nil, digest, opts)
}

var authority = sync.OnceValue(func() crypto.Signer { return ecdsaKey("authority", elliptic.P256()) })

// issue makes a certificate after alter has changed the usual template; a CA issues
// itself, anything else is issued by itself too, as Notary's are.
func issue(k crypto.Signer, alter func(*x509.Certificate)) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: string(gun)},
		NotBefore: begin, NotAfter: far(), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	if alter != nil {
		alter(template)
	}
	signer := k
	if _, ok := k.Public().(*ecdsa.PublicKey); ok {
		signer = still{k}
	}
	return must(x509.CreateCertificate(nil, template, template, k.Public(), signer))
}

func block(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func leaf(k crypto.Signer) []byte { return block(issue(k, nil)) }

func intermediate(name string, alter func(*x509.Certificate)) []byte {
	return block(issue(authority(), func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA = name, true
		if alter != nil {
			alter(c)
		}
	}))
}

func expired(c *x509.Certificate) { c.NotBefore, c.NotAfter = begin, begin.AddDate(0, 0, 1) }

func publicBlock(k crypto.Signer) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(k.Public()))})
}

// withSHA1 marks a certificate of an RSA key as signed with SHA-1; nobody checks
// the signature itself.
func withSHA1(der []byte) []byte {
	const sha256WithRSA, sha1WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"
	return bytes.ReplaceAll(der, []byte(sha256WithRSA), []byte(sha1WithRSA))
}

func altered(alter func(*x509.Certificate)) func(crypto.Signer) []byte {
	return func(k crypto.Signer) []byte { return block(issue(k, alter)) }
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// now is fixed, so that certificates that hang on it are the same in a whole run.
var now = time.Now().UTC().Truncate(time.Second)

var certificates = []certificate{
	{"plain", leaf},
	{"with an intermediate", func(k crypto.Signer) []byte { return join(leaf(k), intermediate("ca", nil)) }},
	{"with two intermediates", func(k crypto.Signer) []byte { return join(leaf(k), intermediate("ca", nil), intermediate("cb", nil)) }},
	{"with an expired intermediate", func(k crypto.Signer) []byte { return join(leaf(k), intermediate("ca", expired)) }},
	{"behind an expired intermediate", func(k crypto.Signer) []byte { return join(intermediate("ca", expired), leaf(k)) }},
	{"behind an intermediate", func(k crypto.Signer) []byte { return join(intermediate("ca", nil), leaf(k)) }},
	{"with an intermediate in two days", func(k crypto.Signer) []byte {
		return join(leaf(k), intermediate("ca", func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 2) }))
	}},
	{"twice", func(k crypto.Signer) []byte { return join(leaf(k), leaf(k)) }},
	{"PEM headers", func(k crypto.Signer) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"role": "root"}, Bytes: issue(k, nil)})
	}},
	{"text before", func(k crypto.Signer) []byte { return join([]byte("Certificate:\n    Data:\n"), leaf(k)) }},
	{"text behind", func(k crypto.Signer) []byte { return join(leaf(k), []byte("end\n")) }},
	{"an empty line behind", func(k crypto.Signer) []byte { return join(leaf(k), []byte("\n")) }},
	{"CRLF", func(k crypto.Signer) []byte { return bytes.ReplaceAll(leaf(k), []byte("\n"), []byte("\r\n")) }},
	{"no final newline", func(k crypto.Signer) []byte { return bytes.TrimSuffix(leaf(k), []byte("\n")) }},
	{"one long line", func(k crypto.Signer) []byte {
		lines := bytes.Split(leaf(k), []byte("\n"))
		return join(lines[0], []byte("\n"), bytes.Join(lines[1:len(lines)-2], nil), []byte("\n"), lines[len(lines)-2], []byte("\n"))
	}},
	{"a public key behind", func(k crypto.Signer) []byte { return join(leaf(k), publicBlock(k)) }},
	{"a public key before", func(k crypto.Signer) []byte { return join(publicBlock(k), leaf(k)) }},
	{"a broken certificate behind", func(k crypto.Signer) []byte { return join(leaf(k), block([]byte("no certificate"))) }},
	{"broken", func(crypto.Signer) []byte { return block([]byte("no certificate")) }},
	{"a public key alone", publicBlock},
	{"expired", altered(expired)},
	{"not yet valid", altered(func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 3) })},
	{"valid in a few hours", altered(func(c *x509.Certificate) { c.NotBefore = now.Add(12 * time.Hour) })},
	{"ends before it begins", altered(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = far().AddDate(0, 0, -1), far().AddDate(0, 0, -2) })},
	{"of an authority", altered(func(c *x509.Certificate) { c.IsCA = true })},
	{"for another repository", altered(func(c *x509.Certificate) { c.Subject.CommonName = "elsewhere" })},
	{"for a prefix", altered(func(c *x509.Certificate) { c.Subject.CommonName = "registry.example.org/*" })},
	{"for everything", altered(func(c *x509.Certificate) { c.Subject.CommonName = "*" })},
	{"for a prefix with two stars", altered(func(c *x509.Certificate) { c.Subject.CommonName = "registry.example.org/**" })},
	{"for nobody", altered(func(c *x509.Certificate) { c.Subject.CommonName = "" })},
	{"of an RSA key", func(crypto.Signer) []byte { return leaf(rsaKey()) }},
	{"of an RSA key with SHA-1", func(crypto.Signer) []byte { return block(withSHA1(issue(rsaKey(), nil))) }},
	{"of an RSA key that is short", func(crypto.Signer) []byte { return leaf(shortKey()) }},
	{"of an Ed25519 key", func(crypto.Signer) []byte { return leaf(edKey("certified")) }},
	{"of a P-521 key", func(crypto.Signer) []byte { return leaf(ecdsaKey("p521", elliptic.P521())) }},
}

// shortKey is too short for Notary.
var shortKey = sync.OnceValue(func() crypto.Signer { return remember(must(rsa.GenerateKey(rand.Reader, 1024))) })
