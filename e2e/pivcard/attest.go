package pivcard

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// maker is who has made a card: it certifies the attestation keys of its cards.
type maker struct {
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

// newMaker makes the maker of all cards of this process.
var newMaker = sync.OnceValues(func() (*maker, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := authority("Software PIV Root")
	root, err := certify(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &maker{key, root}, nil
})

// rsaAttestation is the attestation key of all cards with older firmware, because it takes long to
// make one.
var rsaAttestation = sync.OnceValues(func() (privateKey, error) { return algorithms[algRSA2048].generate() })

// equip gives a card its attestation key and certificate. Its algorithm is newer with newer
// firmware.
func (m *maker) equip(p *piv) error {
	alg, generate := byte(algRSA2048), rsaAttestation
	if p.firmware.atLeast(5, 7) {
		alg, generate = algP384, algorithms[algP384].generate
	}
	key, err := generate()
	if err != nil {
		return err
	}
	certificate, err := certify(authority("Software PIV Attestation"), m.root, key.standard(), m.key)
	if err != nil {
		return err
	}
	p.slots[refAttestation].key = &heldKey{algorithm: alg, private: key, pin: pinOnce, touch: touchNever, origin: originGenerated}
	p.objects[objectAttestation] = certificateObject(certificate.Raw)
	return nil
}

// certificateObject is the content of an object with a certificate (SP 800-73-4, part 1, appendix
// A).
func certificateObject(der []byte) []byte {
	const tagCertificate, tagInfo, tagErrors = 0x70, 0x71, 0xfe
	return append(append(tlv(tagCertificate, der), tlv(tagInfo, []byte{0})...), tlv(tagErrors)...)
}

// authority is a certificate that signs others.
func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: made, NotAfter: made.AddDate(36, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

// made is when cards and their certificates were made.
var made = time.Date(2016, 3, 14, 0, 0, 0, 0, time.UTC)

func certify(template, parent *x509.Certificate, public, signer any) (*x509.Certificate, error) {
	const serialBits = 120
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// attest is Yubico's ATTEST (developers.yubico.com/PIV/Introduction/PIV_attestation.html): a
// certificate of a key that the card has made.
func (p *piv) attest(c Command) ([]byte, status) {
	s := p.slots[c.P1]
	if s == nil || c.P1 == refAttestation || c.P2 != 0 {
		return nil, wrongParameters
	}
	if s.key == nil || s.key.origin != originGenerated {
		return nil, wrongData
	}
	issuer, signer, err := p.attestor()
	if err != nil {
		return nil, conditions
	}
	extensions, err := p.statements(s)
	if err != nil {
		return nil, conditions
	}
	certificate, err := certify(&x509.Certificate{
		Subject: pkix.Name{CommonName: fmt.Sprintf("YubiKey PIV Attestation %x", s.ref)}, NotBefore: made, NotAfter: made.AddDate(36, 0, 0),
		ExtraExtensions: extensions,
	}, issuer, s.key.private.standard(), signer)
	if err != nil {
		return nil, conditions
	}
	return certificate.Raw, ok
}

// attestor is the attestation key, and its certificate as it is now.
func (p *piv) attestor() (*x509.Certificate, any, error) {
	parts, _ := elements(p.objects[objectAttestation])
	const tagCertificate = 0x70
	der, _ := find(parts, tagCertificate)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	switch key := p.slots[refAttestation].key.private.(type) {
	case rsaKey:
		return certificate, key.key, nil
	case ecKey:
		return certificate, key.key, nil
	default:
		return nil, nil, fmt.Errorf("a key of %T certifies nothing", key)
	}
}

// statements are the extensions in which an attestation says more: firmware, serial number,
// policies, and how the token is built.
func (p *piv) statements(s *slot) ([]pkix.Extension, error) {
	serial, err := asn1.Marshal(int64(p.serial))
	if err != nil {
		return nil, err
	}
	const firmware, number, policy, form = 3, 7, 8, 9
	about := func(what int, value ...byte) pkix.Extension {
		return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, what}, Value: value}
	}
	return []pkix.Extension{
		about(firmware, p.firmware.Major, p.firmware.Minor, p.firmware.Patch),
		about(number, serial...),
		about(policy, s.key.pin, s.key.touch),
		about(form, formFactor),
	}, nil
}
