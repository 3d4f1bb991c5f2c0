package notary

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"trustdeck/model"
)

// checkCertificate applies Notary's rules for certificates: a sane window, no SHA-1,
// RSA of at least 2048 bits; where expiry is true also that the window has begun, with
// a day of grace, and has not ended.
func checkCertificate(c *x509.Certificate, now time.Time, expiry bool) error {
	switch {
	case c.NotBefore.After(c.NotAfter):
		return errors.New("the certificate ends before it begins")
	case expiry && now.AddDate(0, 0, 1).Before(c.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s", model.Moment(c.NotBefore))
	case c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.DSAWithSHA1 || c.SignatureAlgorithm == x509.ECDSAWithSHA1:
		return errors.New("the certificate is signed with SHA-1")
	case expiry && c.NotAfter.Before(now):
		return fmt.Errorf("the certificate expired at %s", model.Moment(c.NotAfter))
	}
	if pub, ok := c.PublicKey.(*rsa.PublicKey); ok && pub.N.BitLen() < minRSABits {
		return fmt.Errorf("the certificate's RSA key has fewer than %d bits", minRSABits)
	}
	return nil
}

// bundle reads the certificates of a root key as Notary does: nothing else may
// stand beside them.
func bundle(text []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock {
			return nil, fmt.Errorf("it contains %q besides its certificate", clip(block.Type))
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("one of its certificates does not parse")
		}
		out = append(out, cert)
	}
	return out, nil
}

const certificateBlock = "CERTIFICATE"

// armor is the PEM text of certificates as Notary writes it.
func armor(certs ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range certs {
		_ = pem.Encode(&out, &pem.Block{Type: certificateBlock, Bytes: c.Raw}) // a buffer never fails
	}
	return out.Bytes()
}

// authorities are the certificates of a bundle that may issue others.
func authorities(certs []*x509.Certificate) []*x509.Certificate {
	var out []*x509.Certificate
	for _, c := range certs {
		if c.IsCA {
			out = append(out, c)
		}
	}
	return out
}

// identified says why clients know a root key under another ID than the one that is
// listed, so that nothing signed by it counts. They compute the ID anew, from the leaf
// and the authorities that are valid, each as they write it.
func identified(text []byte, leaf *x509.Certificate, between []*x509.Certificate, now time.Time, expiry bool) error {
	for _, c := range between {
		if err := checkCertificate(c, now, expiry); expiry && err != nil {
			return fmt.Errorf("clients drop an intermediate certificate and then compute another key ID: of %q, %w", clip(c.Subject.CommonName), err)
		}
	}
	if !bytes.Equal(text, armor(append([]*x509.Certificate{leaf}, between...)...)) {
		return errors.New("its certificate is not in Notary's form, so clients compute another key ID")
	}
	return nil
}

// firstCertificate is the one that Notary checks where a key, of whatever type, is
// to sign for a delegation; nil where there is none.
func firstCertificate(public []byte) *x509.Certificate {
	for block, rest := pem.Decode(public); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certificateBlock || len(block.Headers) > 0 {
			continue
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			return cert
		}
	}
	return nil
}
