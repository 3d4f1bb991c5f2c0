package trustdir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"filippo.io/mldsa"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The tags by which innerTag tells plain from encrypted PKCS#8.
const (
	tagInteger  = byte(cbasn1.INTEGER)
	tagSequence = byte(cbasn1.SEQUENCE)
)

// The optional fields of an ECPrivateKey (RFC 5915).
var (
	tagCurve = cbasn1.Tag(0).ContextSpecific().Constructed()
	tagPoint = cbasn1.Tag(1).ContextSpecific().Constructed()
)

// The limits of RSA. Notary accepts no signature by a smaller key; checking a
// key with bigger numbers in it would keep the machine busy for minutes.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// notaryEd25519Size is the length in bytes of Notary's own Ed25519 layout: the
// public key, then the 64 bytes of Go's private key (seed and public key).
const notaryEd25519Size = ed25519.PublicKeySize + ed25519.PrivateKeySize

// The algorithms of PKCS#8 that are read.
var (
	oidRSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidMLDSA   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3} // and 17 to 19 (RFC 9881)
	// oidNotaryEd25519 is what Notary writes for Ed25519; RFC 8410 came later
	// with another one.
	oidNotaryEd25519 = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 15, 1}
)

// curves are the ones of crypto/x509: P-224, P-256, P-384, P-521.
var curves = []asn1.ObjectIdentifier{
	{1, 3, 132, 0, 33},
	{1, 2, 840, 10045, 3, 1, 7},
	{1, 3, 132, 0, 34},
	{1, 3, 132, 0, 35},
}

// opened is a private key that was parsed, with what its encoding says beyond
// the key.
type opened struct {
	signer crypto.Signer
	// foreign says why Notary cannot read the encoding; empty where it can.
	foreign string
	// torn is true where the public key beside the private one is not its own.
	// Notary does not look at it, so that it only tells damage from mix-up.
	torn bool
}

// innerTag returns the tag of the first element of the sequence that der begins
// with, or 0 where it begins with none. An integer counts only where it is the
// version of a private key, 0 or 1: noise that passes for that is one in 2^32
// or less.
func innerTag(der []byte) byte {
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return 0
	}
	switch {
	case seq.PeekASN1Tag(cbasn1.SEQUENCE):
		return tagSequence
	case len(seq) > 3 && seq[0] == tagInteger && seq[1] == 1 && seq[2] <= 1:
		return tagInteger
	default:
		return 0
	}
}

// parsePKCS8 reads a PrivateKeyInfo (RFC 5958) as tolerantly as Notary: any
// version, RSA with and without parameters, bytes after the end.
func parsePKCS8(der []byte) (opened, error) {
	in := cryptobyte.String(der)
	var whole, info, algorithm, octets cryptobyte.String
	var version int
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1Element(&whole, cbasn1.SEQUENCE) {
		return opened{}, flawf(Damaged, "is not complete PKCS#8")
	}
	outer := whole
	if !outer.ReadASN1(&info, cbasn1.SEQUENCE) ||
		!info.ReadASN1Integer(&version) ||
		!info.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!info.ReadASN1(&octets, cbasn1.OCTET_STRING) ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) {
		return opened{}, flawf(Damaged, "is not complete PKCS#8")
	}
	var err error
	var foreign string
	switch {
	case oid.Equal(oidNotaryEd25519):
		return parseNotaryEd25519(octets)
	case oid.Equal(oidEC):
		err = checkCurve(&algorithm)
	case oid.Equal(oidEd25519):
		foreign = "contains an Ed25519 key in RFC 8410 form, which notary and docker don't support"
	case oid.Equal(oidRSA):
		err = checkRSASize(octets)
	case len(oid) == len(oidMLDSA)+1 && oid[:len(oidMLDSA)].Equal(oidMLDSA) && mldsaByOID[oid[len(oidMLDSA)]] != nil:
		return parseMLDSA(mldsaByOID[oid[len(oidMLDSA)]](), octets)
	default:
		err = flawf(Unsupported, "contains a key with the algorithm %s, which Notary doesn't support", oid)
	}
	if err != nil {
		return opened{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(whole)
	if err != nil {
		return opened{}, flawf(Damaged, "contains no complete private key of a known kind")
	}
	return checked(key, octets, foreign)
}

// parseSEC1 reads an ECPrivateKey (RFC 5915).
func parseSEC1(der []byte) (opened, error) {
	in := cryptobyte.String(der)
	var seq, params cryptobyte.String
	var named bool
	if in.ReadASN1(&seq, cbasn1.SEQUENCE) && seq.SkipASN1(cbasn1.INTEGER) && seq.SkipASN1(cbasn1.OCTET_STRING) &&
		seq.ReadOptionalASN1(&params, &named, tagCurve) && named {
		if err := checkCurve(&params); err != nil {
			return opened{}, err
		}
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return opened{}, flawf(Damaged, "contains no complete ECDSA key")
	}
	return checked(key, der, "")
}

// tornSEC1 reports whether an ECPrivateKey holds anything but the key and its
// own public key.
func tornSEC1(der []byte, key *ecdsa.PrivateKey) bool {
	in := cryptobyte.String(der)
	var seq, public cryptobyte.String
	var stated bool
	var point []byte
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.SkipASN1(cbasn1.INTEGER) || !seq.SkipASN1(cbasn1.OCTET_STRING) ||
		!seq.SkipOptionalASN1(tagCurve) || !seq.ReadOptionalASN1(&public, &stated, tagPoint) || !seq.Empty() {
		return true
	}
	if !stated {
		return false
	}
	own, err := key.PublicKey.Bytes()
	return err != nil || !public.ReadASN1BitStringAsBytes(&point) || !slices.Equal(point, own)
}

// parsePKCS1 reads an RSAPrivateKey (RFC 8017, A.1.2).
func parsePKCS1(der []byte) (opened, error) {
	if err := checkRSASize(der); err != nil {
		return opened{}, err
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return opened{}, flawf(Damaged, "contains no complete RSA key")
	}
	return checked(key, der, "")
}

// parseNotaryEd25519 reads Notary's own form. The public key is in it twice
// and follows from the seed; a key that signs under another public key than
// its own gives itself away.
func parseNotaryEd25519(raw []byte) (opened, error) {
	if len(raw) != notaryEd25519Size {
		return opened{}, flawf(Damaged, "contains no complete Ed25519 key")
	}
	stored := raw[ed25519.PublicKeySize:]
	key := ed25519.NewKeyFromSeed(stored[:ed25519.SeedSize])
	if !slices.Equal(key, stored) || !slices.Equal(raw[:ed25519.PublicKeySize], key[ed25519.SeedSize:]) {
		clear(key)
		return opened{}, flawf(Damaged, "contains an Ed25519 key whose halves don't match")
	}
	return opened{signer: key}, nil
}

// mldsaByOID are the parameters of ML-DSA by the last number of their object identifiers.
var mldsaByOID = map[int]func() mldsa.Parameters{17: mldsa.MLDSA44, 18: mldsa.MLDSA65, 19: mldsa.MLDSA87}

// parseMLDSA reads an ML-DSA private key by its seed, which stands alone or before the key that
// follows from it (RFC 9881, section 6). Notary knows no such keys.
func parseMLDSA(parameters mldsa.Parameters, octets cryptobyte.String) (opened, error) {
	tagSeed := cbasn1.Tag(0).ContextSpecific()
	var seed, both cryptobyte.String
	switch in := octets; {
	case in.PeekASN1Tag(tagSeed):
		in.ReadASN1(&seed, tagSeed)
	case in.PeekASN1Tag(cbasn1.SEQUENCE):
		if in.ReadASN1(&both, cbasn1.SEQUENCE) {
			both.ReadASN1(&seed, cbasn1.OCTET_STRING)
		}
	case in.PeekASN1Tag(cbasn1.OCTET_STRING):
		return opened{}, flawf(Unsupported, "contains an ML-DSA key without its seed")
	}
	key, err := mldsa.NewPrivateKey(parameters, seed)
	if err != nil {
		return opened{}, flawf(Damaged, "contains no complete ML-DSA key")
	}
	return opened{signer: key, foreign: "contains an ML-DSA key, which has no place in the trust folder"}, nil
}

// checkCurve reads the name of a curve and refuses those that are not known.
func checkCurve(in *cryptobyte.String) error {
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1ObjectIdentifier(&oid) {
		return flawf(Damaged, "contains an ECDSA key without a named curve")
	}
	if !slices.ContainsFunc(curves, oid.Equal) {
		return flawf(Unsupported, "contains an ECDSA key on the curve %s, which is not known", oid)
	}
	return nil
}

// checkRSASize bounds the work of parsing an RSAPrivateKey (RFC 8017, A.1.2)
// before it begins: the modulus and the private exponent by maxRSABits, the
// numbers that belong to one of its two primes by half of that.
func checkRSASize(der []byte) error {
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return flawf(Damaged, "contains no complete RSA key")
	}
	const whole, half = maxRSABits / 8, maxRSABits / 16
	for _, limit := range []int{1, whole, 8, whole, half, half, half, half, half} {
		var number cryptobyte.String
		if !seq.ReadASN1(&number, cbasn1.INTEGER) {
			return flawf(Damaged, "contains no complete RSA key")
		}
		// One byte more for the sign.
		if len(number) > limit+1 {
			return flawf(BeyondLimit, "contains an RSA key with numbers of more than %d bits", limit*8)
		}
	}
	if !seq.Empty() {
		return flawf(Unsupported, "contains an RSA key with more than two primes")
	}
	return nil
}

// checked refuses the kinds of key that cannot sign for Notary. octets are what
// the key was parsed from.
func checked(key any, octets []byte, foreign string) (opened, error) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return opened{signer: k, foreign: foreign, torn: tornSEC1(octets, k)}, nil
	case *rsa.PrivateKey:
		if bits := k.N.BitLen(); bits < minRSABits {
			return opened{}, flawf(Unsupported, "contains an RSA key of %d bits; clients accept no signature from fewer than %d", bits, minRSABits)
		}
		return opened{signer: k, foreign: foreign}, nil
	case ed25519.PrivateKey:
		return opened{signer: k, foreign: foreign}, nil
	default:
		return opened{}, flawf(Unsupported, "contains a key of type %T, which Notary doesn't support", key)
	}
}

// discard overwrites a parsed key as far as it can be reached.
func discard(key crypto.Signer) {
	if k, ok := key.(ed25519.PrivateKey); ok {
		clear(k)
	}
}
