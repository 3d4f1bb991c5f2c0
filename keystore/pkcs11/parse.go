//go:build hsm

package pkcs11

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"trustdeck/model/display"
)

// ckkEdwards and ckmEdDSA are CKK_EC_EDWARDS and CKM_EDDSA (PKCS #11 3.0), which miekg/pkcs11
// doesn't name.
const (
	ckkEdwards = 0x40
	ckmEdDSA   = 0x1057
)

// minRSA is the smallest RSA key that is used, in bits, and maxRSA the largest.
const minRSA, maxRSA = 2048, 16384

// The curves by their CKA_EC_PARAMS: a DER object identifier, or for Edwards curves also a DER
// PrintableString.
var (
	oidP256    = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	oidP384    = asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
)

const nameEd25519 = "edwards25519"

// ulong reads a CK_ULONG, which is of the machine's own order and length.
func ulong(value []byte) (uint, bool) {
	switch len(value) {
	case strconv.IntSize / 8:
		if strconv.IntSize == 32 {
			return uint(binary.NativeEndian.Uint32(value)), true
		}
		return uint(binary.NativeEndian.Uint64(value)), true
	case 4: // Windows
		return uint(binary.NativeEndian.Uint32(value)), true
	default:
		return 0, false
	}
}

// ecKey is a public key from CKA_EC_PARAMS and CKA_EC_POINT.
func ecKey(params, point []byte) (crypto.PublicKey, error) {
	var curve elliptic.Curve
	var oid asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(params, &oid); err != nil || len(rest) > 0 {
		return nil, errors.New("its curve can't be read")
	}
	switch {
	case oid.Equal(oidP256):
		curve = elliptic.P256()
	case oid.Equal(oidP384):
		curve = elliptic.P384()
	default:
		return nil, fmt.Errorf("its curve is neither P-256 nor P-384, but %s", display.Inline(oid.String()))
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, unwrapped(point, 1+2*byteLen(curve)))
	if err != nil {
		return nil, errors.New("its point is not on its curve")
	}
	return key, nil
}

// edwardsKey is the same of an Edwards curve.
func edwardsKey(params, point []byte) (crypto.PublicKey, error) {
	var oid asn1.ObjectIdentifier
	var name string
	if _, err := asn1.Unmarshal(params, &oid); err != nil || !oid.Equal(oidEd25519) {
		if _, err := asn1.Unmarshal(params, &name); err != nil || name != nameEd25519 {
			return nil, errors.New("its curve is not Ed25519")
		}
	}
	key := unwrapped(point, ed25519.PublicKeySize)
	if len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("an Ed25519 key of %d bytes", len(key))
	}
	return ed25519.PublicKey(key), nil
}

// unwrapped is a point of a length without the OCTET STRING around it, which the specification
// wants and some modules leave out.
func unwrapped(point []byte, length int) []byte {
	if len(point) == length {
		return point
	}
	var inner []byte
	if rest, err := asn1.Unmarshal(point, &inner); err != nil || len(rest) > 0 {
		return point
	}
	return inner
}

func byteLen(curve elliptic.Curve) int { return (curve.Params().BitSize + 7) / 8 }

// rsaKey is a public key from CKA_MODULUS and CKA_PUBLIC_EXPONENT.
func rsaKey(modulus, exponent []byte) (crypto.PublicKey, error) {
	e := new(big.Int).SetBytes(exponent)
	if !e.IsInt64() || e.Int64() > math.MaxInt32 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil, errors.New("its exponent is not one of RSA")
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(e.Int64())}
	return key, check(key)
}

// check says why a public key can't be used; nil where it can.
func check(public crypto.PublicKey) error {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() && public.Curve != elliptic.P384() {
			return fmt.Errorf("its curve is neither P-256 nor P-384, but %s", public.Params().Name)
		}
	case ed25519.PublicKey:
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSA || bits > maxRSA {
			return fmt.Errorf("RSA of %d bits, instead of %d to %d", bits, minRSA, maxRSA)
		}
	default:
		return errors.New("its algorithm is none of ECDSA, Ed25519 and RSA")
	}
	return nil
}

// signatureDER is the ASN.1 form of r and s, which a module returns one after the other, each as
// long as the order of the curve.
func signatureDER(raw []byte, curve elliptic.Curve) ([]byte, error) {
	length := byteLen(curve)
	if len(raw) != 2*length {
		return nil, fmt.Errorf("a signature of %d bytes", len(raw))
	}
	r, s := new(big.Int).SetBytes(raw[:length]), new(big.Int).SetBytes(raw[length:])
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// hashOIDs are the hashes that RSA signatures name, by NIST's numbers below 2.16.840.1.101.3.4.2.
var hashOIDs = map[crypto.Hash]int{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}

// digestInfo is what PKCS #1 v1.5 signs (RFC 8017, 9.2).
func digestInfo(hash crypto.Hash, digest []byte) ([]byte, error) {
	number, ok := hashOIDs[hash]
	if !ok || len(digest) != hash.Size() {
		return nil, errors.New("RSA signs hashes of SHA-256, SHA-384 and SHA-512 only")
	}
	type algorithm struct {
		OID  asn1.ObjectIdentifier
		Null asn1.RawValue
	}
	return asn1.Marshal(struct {
		Algorithm algorithm
		Digest    []byte
	}{algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, number}, asn1.NullRawValue}, bytes.Clone(digest)})
}

// saltLength is that of RSA-PSS in bytes, with the meanings that crypto/rsa gives to 0 and -1.
func saltLength(key *rsa.PublicKey, opts *rsa.PSSOptions) int {
	switch opts.SaltLength {
	case rsa.PSSSaltLengthAuto:
		return (key.N.BitLen()-1+7)/8 - 2 - opts.Hash.Size()
	case rsa.PSSSaltLengthEqualsHash:
		return opts.Hash.Size()
	default:
		return opts.SaltLength
	}
}

// hexID is a CKA_ID for people, cut to what tells them apart.
func hexID(id []byte) string {
	const most = 20 // bytes: that of a SHA-1
	return display.Cut(hex.EncodeToString(id), 2*most)
}
