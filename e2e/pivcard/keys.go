package pivcard

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
)

// The algorithms of keys (SP 800-78-4, table 6-2), and Yubico's of firmware 5.7.
const (
	algRSA1024 = 0x06
	algRSA2048 = 0x07
	algP256    = 0x11
	algP384    = 0x14
	algRSA3072 = 0x05
	algRSA4096 = 0x16
	algEd25519 = 0xe0
	algX25519  = 0xe1
)

// algorithm makes and takes keys of one kind.
type algorithm struct {
	// modern is that only firmware 5.7 has it.
	modern   bool
	generate func() (privateKey, error)
	// parse takes a key as IMPORT has it; nil where it is none.
	parse func(parts []element) privateKey
}

var algorithms = map[byte]algorithm{
	algRSA1024: rsaOf(1024, false),
	algRSA2048: rsaOf(2048, false),
	algRSA3072: rsaOf(3072, true),
	algRSA4096: rsaOf(4096, true),
	algP256:    ecOf(elliptic.P256(), ecdh.P256()),
	algP384:    ecOf(elliptic.P384(), ecdh.P384()),
	algEd25519: {modern: true, generate: generateEd25519, parse: parseEd25519},
	algX25519:  {modern: true, generate: generateX25519, parse: parseX25519},
}

// The elements of keys: of public ones (SP 800-73-4, part 2, table 11), and of those that are
// imported.
const (
	tagModulus, tagExponent, tagPoint             = 0x81, 0x82, 0x86
	tagPrimeP, tagScalar, tagSeed, tagCurveSecret = 0x01, 0x06, 0x07, 0x08
)

// privateKey is what GENERAL AUTHENTICATE needs of a key.
type privateKey interface {
	// standard is the public key in the form of Go's libraries, and encoded the same as a card
	// gives it.
	standard() crypto.PublicKey
	encoded() []byte
	// sign answers a challenge, and agree makes a shared secret of another's public key.
	sign(challenge []byte) ([]byte, status)
	agree(point []byte) ([]byte, status)
}

// rsaKey computes with numbers: padding is the client's matter.
type rsaKey struct{ key *rsa.PrivateKey }

func rsaOf(bits int, modern bool) algorithm {
	return algorithm{
		modern: modern,
		generate: func() (privateKey, error) {
			key, err := rsa.GenerateKey(rand.Reader, bits)
			return rsaKey{key}, err
		},
		parse: func(parts []element) privateKey { return parseRSA(bits, parts) },
	}
}

// parseRSA takes the primes. What else there is follows from them.
func parseRSA(bits int, parts []element) privateKey {
	const exponent, half = 65537, 16
	p, _ := find(parts, tagPrimeP)
	q, _ := find(parts, tagPrimeP+1)
	if len(p) != bits/half || len(q) != bits/half {
		return nil
	}
	key := &rsa.PrivateKey{Primes: []*big.Int{new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)}}
	one := big.NewInt(1)
	key.N = new(big.Int).Mul(key.Primes[0], key.Primes[1])
	key.E = exponent
	order := new(big.Int).Mul(new(big.Int).Sub(key.Primes[0], one), new(big.Int).Sub(key.Primes[1], one))
	if key.D = new(big.Int).ModInverse(big.NewInt(exponent), order); key.D == nil || key.Validate() != nil {
		return nil
	}
	key.Precompute()
	return rsaKey{key}
}

func (k rsaKey) standard() crypto.PublicKey { return &k.key.PublicKey }

func (k rsaKey) encoded() []byte {
	return append(tlv(tagModulus, k.key.N.Bytes()), tlv(tagExponent, big.NewInt(int64(k.key.E)).Bytes())...)
}

func (k rsaKey) sign(challenge []byte) ([]byte, status) {
	m := new(big.Int).SetBytes(challenge)
	if len(challenge) != k.key.Size() || m.Cmp(k.key.N) >= 0 {
		return nil, wrongData
	}
	return m.Exp(m, k.key.D, k.key.N).FillBytes(make([]byte, k.key.Size())), ok
}

func (rsaKey) agree([]byte) ([]byte, status) { return nil, wrongData }

type ecKey struct{ key *ecdsa.PrivateKey }

func ecOf(curve elliptic.Curve, same ecdh.Curve) algorithm {
	return algorithm{
		generate: func() (privateKey, error) {
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			return ecKey{key}, err
		},
		parse: func(parts []element) privateKey {
			scalar, _ := find(parts, tagScalar)
			if _, err := same.NewPrivateKey(scalar); err != nil {
				return nil
			}
			key, err := ecdsa.ParseRawPrivateKey(curve, scalar)
			if err != nil {
				return nil
			}
			return ecKey{key}
		},
	}
}

func (k ecKey) standard() crypto.PublicKey { return &k.key.PublicKey }

func (k ecKey) encoded() []byte {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		return nil
	}
	return tlv(tagPoint, point)
}

// sign takes a digest of up to the length of the curve (SP 800-73-4, part 2, A.4).
func (k ecKey) sign(challenge []byte) ([]byte, status) {
	if len(challenge) == 0 || len(challenge) > (k.key.Params().BitSize+7)/8 {
		return nil, wrongData
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, challenge)
	if err != nil {
		return nil, wrongData
	}
	return signature, ok
}

func (k ecKey) agree(point []byte) ([]byte, status) {
	own, err := k.key.ECDH()
	if err != nil {
		return nil, wrongData
	}
	return agree(own, point)
}

// agree multiplies another's point by the own secret.
func agree(own *ecdh.PrivateKey, point []byte) ([]byte, status) {
	other, err := own.Curve().NewPublicKey(point)
	if err != nil {
		return nil, wrongData
	}
	shared, err := own.ECDH(other)
	if err != nil {
		return nil, wrongData
	}
	return shared, ok
}

type edKey struct{ key ed25519.PrivateKey }

func generateEd25519() (privateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return edKey{key}, err
}

func parseEd25519(parts []element) privateKey {
	seed, _ := find(parts, tagSeed)
	if len(seed) != ed25519.SeedSize {
		return nil
	}
	return edKey{ed25519.NewKeyFromSeed(seed)}
}

func (k edKey) standard() crypto.PublicKey { return k.key.Public() }

func (k edKey) encoded() []byte { return tlv(tagPoint, k.key[ed25519.SeedSize:]) }

// sign takes the whole message.
func (k edKey) sign(challenge []byte) ([]byte, status) { return ed25519.Sign(k.key, challenge), ok }

func (edKey) agree([]byte) ([]byte, status) { return nil, wrongData }

type xKey struct{ key *ecdh.PrivateKey }

func generateX25519() (privateKey, error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	return xKey{key}, err
}

func parseX25519(parts []element) privateKey {
	secret, _ := find(parts, tagCurveSecret)
	key, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return nil
	}
	return xKey{key}
}

func (k xKey) standard() crypto.PublicKey { return k.key.PublicKey() }

func (k xKey) encoded() []byte { return tlv(tagPoint, k.key.PublicKey().Bytes()) }

func (xKey) sign([]byte) ([]byte, status) { return nil, wrongData }

func (k xKey) agree(point []byte) ([]byte, status) { return agree(k.key, point) }
