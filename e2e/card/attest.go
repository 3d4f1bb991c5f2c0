package card

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// attester is what the maker has given the card: a key, and a certificate of it by a root that
// is not on the card.
type attester struct {
	root, certificate *x509.Certificate
	key               *ecdsa.PrivateKey
}

func newAttester() (attester, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return attester{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return attester{}, err
	}
	root, err := issue(authority("Practice PIV Root CA"), nil, rootKey.Public(), rootKey)
	if err != nil {
		return attester{}, err
	}
	certificate, err := issue(authority("Yubico PIV Attestation"), root, key.Public(), rootKey)
	return attester{root, certificate, key}, err
}

func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// issue makes a certificate, which signs itself where there is no issuer.
func issue(template, issuer *x509.Certificate, public crypto.PublicKey, by crypto.Signer) (*x509.Certificate, error) {
	template.SerialNumber = new(big.Int).SetBytes(random(8))
	template.NotBefore, template.NotAfter = time.Date(2016, 3, 14, 0, 0, 0, 0, time.UTC), time.Date(2052, 4, 17, 0, 0, 0, 0, time.UTC)
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// extension is one of Yubico's (developers.yubico.com/PIV/Introduction/PIV_attestation.html).
func extension(last int, value []byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, last}, Value: value}
}

// attest is Yubico's ATTEST: a certificate that says what is known of a key that was made here.
func (c *Card) attest(cmd command) ([]byte, status) {
	key, ok := c.keys[cmd.p1]
	if !ok {
		return nil, swNoSuchReference
	}
	if !key.generated {
		return nil, swWrongData
	}
	serial, err := asn1.Marshal(int64(c.serial))
	if err != nil {
		return nil, swWrongData
	}
	extensions := []pkix.Extension{
		extension(3, c.firmware.bytes()), extension(7, serial), extension(8, []byte{key.pin, key.touch}),
	}
	if c.firmware.hasForm() {
		extensions = append(extensions, extension(9, []byte{formFactor}))
	}
	certificate, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: fmt.Sprintf("YubiKey PIV Attestation %x", cmd.p1)}, ExtraExtensions: extensions,
	}, c.attester.certificate, key.certified(), c.attester.key)
	if err != nil {
		return nil, swWrongData
	}
	return certificate.Raw, swOK
}
