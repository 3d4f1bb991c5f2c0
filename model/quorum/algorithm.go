package quorum

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"

	"trustdeck/model"
)

// Algorithm is how much work a forged signature takes.
type Algorithm struct {
	// Name as the dialect describes the key.
	Name string
	// Bits is the security strength as NIST SP 800-57 part 1 (table 2) grades it: about
	// 2^Bits operations. 0 where the algorithm is not known.
	Bits int
	// Hash is the strength against collisions of the weakest hash that signatures of the
	// key name; 0 where none is named. Bits is never above it.
	Hash int
	// family orders algorithms of one strength, size those of one family.
	family, size int
}

// The families, weakest first among equals in strength.
const (
	familyUnknown = iota
	// RSA: its sizes are estimates of how well factoring goes, which improves.
	familyRSA
	// ECDSA: one repeated or biased nonce gives the key away.
	familyECDSA
	// Ed25519: its nonces are computed, so there is none to get wrong.
	familyEd25519
	// ML-DSA: a quantum computer breaks the others, and is not known to break this.
	familyMLDSA
)

// Compare orders algorithms: negative where a is weaker. One that is not known is the
// weakest, because nothing can be said for it.
func (a Algorithm) Compare(b Algorithm) int {
	return cmp.Or(cmp.Compare(a.Bits, b.Bits), cmp.Compare(a.family, b.family), cmp.Compare(a.size, b.size), strings.Compare(a.Name, b.Name))
}

// algorithmOf grades a key; hash is the strength of the hash that it signs, 0 where that
// is not known.
func algorithmOf(k *model.Key, hash int) Algorithm {
	a := Algorithm{Name: k.Algorithm, Hash: hash}
	public, err := x509.ParsePKIXPublicKey(k.SPKI)
	switch public := public.(type) {
	case *rsa.PublicKey:
		a.family, a.size = familyRSA, public.N.BitLen()
		a.Bits = rsaStrength(a.size)
	case *ecdsa.PublicKey:
		// A curve of n bits takes 2^(n/2) operations; those of P-521 are counted as 2^256.
		a.family, a.size = familyECDSA, public.Params().BitSize
		a.Bits = min(a.size/2, 256)
	case ed25519.PublicKey:
		a.family, a.Bits = familyEd25519, 128
	default:
		if err != nil {
			a.family, a.Bits = mldsa(k.SPKI)
		}
	}
	if hash > 0 {
		a.Bits = min(a.Bits, hash)
	}
	return a
}

// rsaStrength is the row of NIST's table whose modulus is not larger.
func rsaStrength(bits int) int {
	switch {
	case bits >= 15360:
		return 256
	case bits >= 7680:
		return 192
	case bits >= 3072:
		return 128
	case bits >= 2048:
		return 112
	case bits >= 1024:
		return 80
	default:
		return 0
	}
}

// mldsa reads the parameter set of an ML-DSA key (RFC 9881), which crypto/x509 does not
// parse. FIPS 204 compares the three with a collision of SHA-256 and with a search for
// the key of AES-192 and AES-256.
func mldsa(spki []byte) (family, bits int) {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Public    asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &key); err != nil {
		return familyUnknown, 0
	}
	bits = map[string]int{
		"2.16.840.1.101.3.4.3.17": 128,
		"2.16.840.1.101.3.4.3.18": 192,
		"2.16.840.1.101.3.4.3.19": 256,
	}[key.Algorithm.Algorithm.String()]
	if bits == 0 {
		return familyUnknown, 0
	}
	return familyMLDSA, bits
}

// hashOf is the strength against collisions of the hash that the name of a signature
// method holds; 0 where it holds none. A curve in the name means the hash of its size, as
// the methods of TUF are defined. Collisions of SHA-1 are found with 2^63 operations.
func hashOf(method string) int {
	method = strings.NewReplacer("-", "", "_", "").Replace(method)
	for _, h := range []struct {
		name string
		bits int
	}{
		{"sha1", 63},
		{"sha224", 112},
		{"sha256", 128},
		{"sha384", 192},
		{"sha512", 256},
		{"sha2nistp256", 128},
		{"sha2nistp384", 192},
		{"sha2nistp521", 256},
	} {
		if strings.Contains(method, h.name) {
			return h.bits
		}
	}
	return 0
}
