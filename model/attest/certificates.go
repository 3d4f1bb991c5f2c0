package attest

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"
)

// MaxFile is how many bytes a file of certificates may have.
const MaxFile = 1 << 20

// maxInFile is how many certificates a file may have: the maker publishes about a dozen in one.
const maxInFile = 256

// maxRSABits is the longest RSA key of a certificate: tokens have up to 4096 bits.
const maxRSABits = 8192

// Certificates reads those of a file, in PEM or DER form; a file of something else has none. The
// error says why what should be a certificate is none.
func Certificates(name string, content []byte) ([]*x509.Certificate, error) {
	if len(content) > MaxFile {
		return nil, fmt.Errorf("it has more than the limit of %d bytes", MaxFile)
	}
	if out, err := fromPEM(content); err != nil || len(out) > 0 {
		return out, err
	}
	c, err := x509.ParseCertificate(content)
	if err == nil {
		if err = checkKey(c); err != nil {
			return nil, err
		}
		return []*x509.Certificate{c}, nil
	}
	switch ext := strings.ToLower(path.Ext(name)); {
	case ext == ".crt", ext == ".cer", ext == ".pem" && bytes.Contains(content, []byte("-----BEGIN CERTIFICATE-----")):
		return nil, errors.New("it is not a certificate, or a damaged one")
	default:
		return nil, nil
	}
}

// fromPEM reads the certificates among the blocks of a text.
func fromPEM(content []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if len(out) == maxInFile {
			return nil, fmt.Errorf("it has more than the limit of %d certificates", maxInFile)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d can't be read: %w", len(out)+1, err)
		}
		if err := checkKey(c); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// checkKey refuses a key with which a signature would take a long time to check.
func checkKey(c *x509.Certificate) error {
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
		return fmt.Errorf("the RSA key of a certificate has %d bits; the limit is %d", key.N.BitLen(), maxRSABits)
	}
	return nil
}

// spki is the public key of a certificate in the form of model.Key.SPKI.
func spki(c *x509.Certificate) []byte {
	if der, err := x509.MarshalPKIXPublicKey(c.PublicKey); err == nil {
		return der
	}
	return c.RawSubjectPublicKeyInfo
}
