package notary

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

const day = 24 * time.Hour

// Lifetime is how long a file is valid from its signing, as Notary sets it:
// whole days of 24 hours (notary-v1, 1.4).
func Lifetime(role model.RoleName) time.Duration {
	switch role {
	case model.RoleRoot:
		return 10 * 365 * day
	case model.RoleTimestamp:
		return 14 * day
	default:
		return 3 * 365 * day
	}
}

// Bare lists a public key as itself, under its canonical ID. The key is
// *ecdsa.PublicKey, *rsa.PublicKey or ed25519.PublicKey.
func Bare(pub crypto.PublicKey) (PublicKey, error) {
	var k PublicKey
	switch pub := pub.(type) {
	case ed25519.PublicKey:
		k.Type, k.Public = model.KeyED25519, pub
	case *ecdsa.PublicKey, *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			return PublicKey{}, fmt.Errorf("encode public key: %w", err)
		}
		k.Type, k.Public = model.KeyECDSA, der
		if _, ok := pub.(*rsa.PublicKey); ok {
			k.Type = model.KeyRSA
		}
	default:
		return PublicKey{}, fmt.Errorf("keys of type %T cannot be in Notary metadata", pub)
	}
	k.ID = KeyID(k.Type, k.Public)
	return k, nil
}

// Certified lists a public key as a certificate, as root keys are listed. pemText is
// what somebody has handed over: the certificate and, if need be, those that issued it.
// It is spelled as Notary would write it, with the certificate of the key first and
// nothing but certificates, because clients compute the ID of a root key from that
// spelling.
func Certified(pemText []byte) (PublicKey, error) {
	certs, err := handedOver(pemText)
	if err != nil {
		return PublicKey{}, err
	}
	leaf := certs[0]
	k := PublicKey{Type: model.KeyECDSAX509, Public: armor(certs...)}
	switch leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
	case *rsa.PublicKey:
		k.Type = model.KeyRSAX509
	default:
		return PublicKey{}, fmt.Errorf("a certificate for a key of type %T cannot be in Notary metadata", leaf.PublicKey)
	}
	k.ID = KeyID(k.Type, k.Public)
	return k, nil
}

// handedOver reads the certificates of a file, the one of the key first. Text and
// public keys beside them are passed over, and a private key is not.
func handedOver(pemText []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	leaves, first := 0, 0
	for block, rest := pem.Decode(pemText); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			clear(block.Bytes)
			return nil, errPrivateKey
		}
		if block.Type != certificateBlock {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("parse certificate: %w", err)
		}
		if !cert.IsCA {
			leaves, first = leaves+1, len(certs)
		}
		certs = append(certs, cert)
	}
	switch {
	case len(certs) == 0:
		return nil, errors.New("there is no certificate in PEM form")
	case leaves > 1:
		return nil, fmt.Errorf("there are %d certificates that are not a CA's; exactly one is needed", leaves)
	}
	leaf := certs[first]
	return slices.Insert(slices.Delete(certs, first, first+1), 0, leaf), nil
}

// NewCertificate makes the self-signed certificate, in PEM form, under which a
// root key is listed for a repository: the one that Notary would make
// (notary-v1, 2.3). serial holds 16 bytes that nobody else has used.
func NewCertificate(gun model.GUN, key crypto.Signer, serial [16]byte, from time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:]),
		Subject:               pkix.Name{CommonName: string(gun)},
		NotBefore:             from,
		NotAfter:              from.Add(Lifetime(model.RoleRoot)),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		BasicConstraintsValid: true,
	}
	switch key.Public().(type) {
	case *ecdsa.PublicKey:
		template.SignatureAlgorithm = x509.ECDSAWithSHA256
	case *rsa.PublicKey:
		template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), deterministic{key})
	if err != nil {
		return nil, fmt.Errorf("make the root certificate of %s: %w", gun, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// deterministic signs with the randomness that the key's algorithm needs and no
// more: ECDSA by RFC 6979.
type deterministic struct{ crypto.Signer }

func (d deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.Signer.Sign(d.random(), digest, opts)
}

// SignMessage serves keys that sign whole messages only, such as those of a
// token.
func (d deterministic) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(d.Signer, d.random(), message, opts)
}

func (d deterministic) random() io.Reader {
	if _, ok := d.Public().(*rsa.PublicKey); ok {
		return rand.Reader
	}
	return nil
}

// Sign signs a payload in the one form that every Notary client accepts for the
// type of the key: r||s of ECDSA over SHA-256 whatever the curve, RSA-PSS with
// SHA-256 and a salt of 32 bytes, or Ed25519 over the payload itself
// (notary-v1, 1.8). ECDSA signatures are those of RFC 6979: the same key and
// payload give the same bytes. id is the one under which the role lists the key.
func Sign(id model.KeyID, key crypto.Signer, payload []byte) (dialect.Signature, error) {
	sig := dialect.Signature{KeyID: id, Method: methodOf(key.Public())}
	var err error
	switch pub := key.Public().(type) {
	case ed25519.PublicKey:
		sig.Sig, err = crypto.SignMessage(key, nil, payload, crypto.Hash(0))
	case *rsa.PublicKey:
		sig.Sig, err = crypto.SignMessage(key, rand.Reader, payload, &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256})
	case *ecdsa.PublicKey:
		var der []byte
		if der, err = crypto.SignMessage(key, nil, payload, crypto.SHA256); err == nil {
			sig.Sig, err = fixedSize(pub.Curve, der)
		}
	default:
		err = fmt.Errorf("keys of type %T cannot sign Notary metadata", pub)
	}
	if err != nil {
		return dialect.Signature{}, fmt.Errorf("sign with key %s: %w", id.Short(), err)
	}
	return sig, nil
}

// methodOf is how a key signs; empty where it cannot.
func methodOf(public crypto.PublicKey) string {
	switch public.(type) {
	case ed25519.PublicKey:
		return "eddsa"
	case *rsa.PublicKey:
		return "rsapss"
	case *ecdsa.PublicKey:
		return "ecdsa"
	default:
		return ""
	}
}

// fixedSize turns the ASN.1 form of an ECDSA signature into r||s.
func fixedSize(curve elliptic.Curve, der []byte) ([]byte, error) {
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 {
		return nil, errors.New("the key made no ECDSA signature")
	}
	size := (curve.Params().BitSize + 7) / 8
	if parts.R.Sign() < 0 || parts.S.Sign() < 0 || parts.R.BitLen() > 8*size || parts.S.BitLen() > 8*size {
		return nil, errors.New("the key made an ECDSA signature of the wrong size")
	}
	out := make([]byte, 2*size)
	parts.R.FillBytes(out[:size])
	parts.S.FillBytes(out[size:])
	return out, nil
}

// Entry is what a snapshot or timestamp says of a file: its length and both
// hashes of its wire form.
func Entry(role model.RoleName, wire []byte) model.MetaEntry {
	short, long := sha256.Sum256(wire), sha512.Sum512(wire)
	return model.MetaEntry{Role: role, Length: int64(len(wire)), Hashes: model.Hashes{SHA256: short[:], SHA512: long[:]}}
}
