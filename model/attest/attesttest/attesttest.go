// Package attesttest makes chains of certificates as YubiKeys and their maker do, and broken ones,
// for tests. It shares no code with package attest.
package attesttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"
)

// The validity of all certificates.
var (
	Begin = time.Date(2016, 3, 14, 0, 0, 0, 0, time.UTC)
	End   = time.Date(2052, 4, 17, 0, 0, 0, 0, time.UTC)
)

// Authority is a certificate with its private key.
type Authority struct {
	*x509.Certificate
	Private *ecdsa.PrivateKey
}

// NewRoot makes a root of a maker of tokens.
func NewRoot(name string) *Authority {
	private := NewKey()
	return sign(nil, private.Public(), private, &x509.Certificate{Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: true, MaxPathLen: -1})
}

// Intermediate makes an authority below this one.
func (a *Authority) Intermediate(name string) *Authority {
	private := NewKey()
	return sign(a, private.Public(), private, &x509.Certificate{Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: true, MaxPathLen: -1})
}

// Token makes the certificate that a token has in slot F9. All of them have the same name.
func (a *Authority) Token(edit ...func(*x509.Certificate)) *Authority {
	private := NewKey()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Yubico PIV Attestation"},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		ExtraExtensions: []pkix.Extension{{Id: ID(3), Value: []byte{5, 7, 1}}},
	}
	for _, e := range edit {
		e(template)
	}
	return sign(a, private.Public(), private, template)
}

// Statement is what a token states in the certificate of a key; a nil field is left out.
type Statement struct {
	Slot                           string
	Firmware, Serial, Policy, Form []byte
}

// Usual is the statement of a token about a key in slot 9c: PIN once, touch always.
func Usual(serial int64) Statement {
	return Statement{Slot: "9c", Firmware: []byte{5, 7, 1}, Serial: Integer(serial), Policy: []byte{2, 2}, Form: []byte{3}}
}

// Attest makes the certificate of a key as the token does.
func (a *Authority) Attest(public crypto.PublicKey, s Statement) *x509.Certificate {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "YubiKey PIV Attestation " + s.Slot}}
	for n, value := range map[int][]byte{3: s.Firmware, 7: s.Serial, 8: s.Policy, 9: s.Form} {
		if value != nil {
			template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: ID(n), Value: value})
		}
	}
	return sign(a, public, nil, template).Certificate
}

// ID is that of the maker's extension n.
func ID(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, n} }

// Integer is the DER of a number.
func Integer(n int64) []byte { return must(asn1.Marshal(n)) }

// NewKey makes a private key.
func NewKey() *ecdsa.PrivateKey {
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

// PEM is a certificate in PEM form.
func PEM(certificates ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certificates {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// sign makes a certificate; without an issuer it signs itself.
func sign(issuer *Authority, public crypto.PublicKey, private *ecdsa.PrivateKey, template *x509.Certificate) *Authority {
	template.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = Begin, End
	}
	parent, key := template, private
	if issuer != nil {
		parent, key = issuer.Certificate, issuer.Private
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, public, key))
	return &Authority{Certificate: must(x509.ParseCertificate(der)), Private: private}
}

// must is for what fails only by a mistake of a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
