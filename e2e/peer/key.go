package peer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Key is a key of a signer, in files that "notary delegation add" and "notary
// key import" take.
type Key struct {
	// ID is the canonical ID, by which Notary names the private key.
	ID string
	// PublicFile holds a bare public key or a certificate.
	PublicFile string
	// PrivateFile holds the private key, without a passphrase.
	PrivateFile string
}

// BareKey makes a P-256 key whose public half is not certified, in the files
// NAME.pub and NAME.key in dir.
func BareKey(tb testing.TB, dir, name string) Key {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return writeKey(tb, dir, name, key, "PUBLIC KEY", spki)
}

// CertifiedKey makes an RSA key with a self-signed certificate, in the files
// NAME.pub and NAME.key in dir.
func CertifiedKey(tb testing.TB, dir, name string) Key {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	template, err := newTemplate(name)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return writeKey(tb, dir, name, key, "CERTIFICATE", cert)
}

func writeKey(tb testing.TB, dir, name string, key crypto.Signer, blockType string, public []byte) Key {
	tb.Helper()
	k := Key{PublicFile: filepath.Join(dir, name+".pub"), PrivateFile: filepath.Join(dir, name+".key")}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err == nil {
		err = writePEM(k.PrivateFile, "PRIVATE KEY", pkcs8)
	}
	if err == nil {
		err = writePEM(k.PublicFile, blockType, public)
	}
	if err == nil {
		k.ID, err = canonicalID(key.Public())
	}
	if err != nil {
		tb.Fatalf("peer: key of %s: %v", name, err)
	}
	return k
}

// PublicKeyID is the canonical ID of the public key in a PEM file, such as
// "docker trust key generate" writes.
func PublicKeyID(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		tb.Fatalf("peer: %s holds no PEM", name)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		tb.Fatalf("peer: %s: %v", name, err)
	}
	id, err := canonicalID(public)
	if err != nil {
		tb.Fatalf("peer: %s: %v", name, err)
	}
	return id
}

// canonicalID is the SHA-256 of the key as Notary writes it in metadata, without
// a certificate around it.
func canonicalID(public crypto.PublicKey) (string, error) {
	var keyType string
	switch public.(type) {
	case *ecdsa.PublicKey:
		keyType = "ecdsa"
	case *rsa.PublicKey:
		keyType = "rsa"
	default:
		return "", fmt.Errorf("no key type for %T", public)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, `{"keytype":%q,"keyval":{"private":null,"public":%q}}`,
		keyType, base64.StdEncoding.EncodeToString(spki)))
	return hex.EncodeToString(sum[:]), nil
}
