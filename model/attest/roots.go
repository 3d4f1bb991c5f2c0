package attest

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Roots are the certificates that chains must lead to.
type Roots struct {
	// BuiltIn verifies a chain with the roots that a driver of tokens brings along; nil where
	// there are none.
	BuiltIn func(key, maker *x509.Certificate) error

	anchors, intermediates []*x509.Certificate
}

// Add trusts the certificates of a file that a user has named: those that sign themselves are
// roots, and the others lead to one. It returns how many roots it found.
func (r *Roots) Add(certificates ...*x509.Certificate) int {
	found := 0
	for _, c := range certificates {
		if !selfSigned(c) {
			r.intermediates = append(r.intermediates, c)
			continue
		}
		// RFC 5280, 6.1.1 (d): of an anchor the name and the key count. One old root of Yubico
		// limits the path to less than what it signs.
		anchor := *c
		anchor.MaxPathLen, anchor.MaxPathLenZero = -1, false
		r.anchors = append(r.anchors, &anchor)
		found++
	}
	return found
}

// None reports whether no chain can be verified.
func (r *Roots) None() bool { return len(r.anchors) == 0 && r.BuiltIn == nil }

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// signs reports whether the certificate of a token has signed that of a key.
func signs(maker, key *x509.Certificate) bool {
	return bytes.Equal(maker.RawSubject, key.RawIssuer) && key.CheckSignatureFrom(asAuthority(maker)) == nil
}

// asAuthority is the certificate of a token with the constraints that it should state: those of
// some tokens of version 4 lack them.
func asAuthority(maker *x509.Certificate) *x509.Certificate {
	if maker.BasicConstraintsValid {
		return maker
	}
	out := *maker
	out.BasicConstraintsValid, out.IsCA, out.MaxPathLen, out.MaxPathLenZero = true, true, 0, true
	return &out
}

// verify follows a chain from a key to a root, with other certificates on the way, and returns
// those above the token's, the root last. Built-in roots return none: they don't tell.
func (r *Roots) verify(key, maker *x509.Certificate, others []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	if r.None() {
		return nil, errors.New("no root certificate is known: name a file with --roots")
	}
	if selfSigned(maker) {
		return nil, errors.New("a root has signed it, not a token")
	}
	anchors, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range r.anchors {
		anchors.AddCert(c)
	}
	for _, c := range append(r.intermediates, others...) {
		between.AddCert(c)
	}
	between.AddCert(asAuthority(maker))
	chains, err := key.Verify(x509.VerifyOptions{
		Roots: anchors, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	for _, chain := range chains {
		if len(chain) > 2 && chain[1].Equal(maker) {
			return chain[2:], nil
		}
	}
	if r.BuiltIn != nil {
		k, m := *key, *maker // which it may change
		if r.BuiltIn(&k, &m) == nil {
			return nil, nil
		}
	}
	return nil, r.explain(err, maker)
}

// explain puts the reason of crypto/x509 in the words of a chain.
func (r *Roots) explain(err error, maker *x509.Certificate) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case len(r.anchors) == 0:
		return errors.New("it leads to no built-in root: name others with --roots")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("a certificate of the chain has expired, or isn't valid yet")
	case err == nil || errors.As(err, &unknown):
		return fmt.Errorf("the certificate of the token, issued by %q, leads to none of the roots", maker.Issuer.CommonName)
	default:
		return fmt.Errorf("its chain doesn't verify: %w", err)
	}
}
