package trustdir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// pssSaltLength is the length in bytes of the salt that Notary demands in
// RSA-PSS signatures.
const pssSaltLength = 32

// Key is a decrypted private key. It signs until it is wiped. Its methods may
// be called from several goroutines.
type Key struct {
	info   model.PrivateKey
	public publicKey

	mu sync.Mutex
	// secret is the PKCS#8 form of the key, the only copy that stays; nil once
	// wiped. Each signature parses it anew.
	secret []byte
}

// publicKey is a public key with the names that Notary gives it.
type publicKey struct {
	id        model.KeyID
	keyType   model.KeyType
	algorithm string
	// spki is the SubjectPublicKeyInfo; value is what keyval.public holds.
	spki, value []byte
	// method is the name of the signatures that the key makes.
	method string
}

// newKey keeps a decrypted key. info describes its file.
func newKey(info model.PrivateKey, signer crypto.Signer, public publicKey) (*Key, error) {
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, flawf(Unsupported, "holds a key that cannot be kept in memory")
	}
	return &Key{info: info, public: public, secret: secret}, nil
}

// describe names a public key.
func describe(pub crypto.PublicKey) (publicKey, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return publicKey{}, flawf(Unsupported, "holds a key whose public half has no known form")
	}
	p := publicKey{spki: spki, value: spki}
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		p.keyType, p.method = model.KeyECDSA, "ecdsa"
		p.algorithm = "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		p.keyType, p.method = model.KeyRSA, "rsapss"
		p.algorithm = fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey:
		p.keyType, p.method = model.KeyED25519, "eddsa"
		p.algorithm = "Ed25519"
		p.value = k
	default:
		return publicKey{}, flawf(Unsupported, "holds a key that can make no signature of Notary")
	}
	p.id = notary.KeyID(p.keyType, p.value)
	return p, nil
}

// ID returns the canonical key ID, computed from the key itself.
func (k *Key) ID() model.KeyID { return k.public.id }

// Type returns the keytype of the bare public key: ecdsa, rsa or ed25519.
func (k *Key) Type() model.KeyType { return k.public.keyType }

// SPKI returns the public key as DER of its SubjectPublicKeyInfo.
func (k *Key) SPKI() []byte { return slices.Clone(k.public.spki) }

// Public returns the bytes of which metadata holds the base64 in keyval.public:
// the SPKI, or the 32 bytes of an Ed25519 key.
func (k *Key) Public() []byte { return slices.Clone(k.public.value) }

// Method names the signatures that Sign makes: ecdsa, rsapss or eddsa.
func (k *Key) Method() string { return k.public.method }

// Info describes the key and its file, now with all that the passphrase hid.
func (k *Key) Info() model.PrivateKey { return k.info }

// errWiped is a mistake of the caller, not of a user.
var errWiped = errors.New("the key was wiped")

// Sign signs payload in the one form that Notary accepts for this type of key:
// r||s of ECDSA over SHA-256 whatever the curve, RSA-PSS with SHA-256 and a salt
// of 32 bytes, or Ed25519 over payload itself. It fails once the key is wiped.
func (k *Key) Sign(payload []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.public.id, errWiped)
	}
	private, err := x509.ParsePKCS8PrivateKey(k.secret)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: the key in memory does not parse", k.public.id)
	}
	signature, err := sign(private, payload)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.public.id, err)
	}
	return signature, nil
}

func sign(private any, payload []byte) ([]byte, error) {
	digest := sha256.Sum256(payload)
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
		return out, nil
	case *rsa.PrivateKey:
		options := &rsa.PSSOptions{SaltLength: pssSaltLength, Hash: crypto.SHA256}
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], options)
	case ed25519.PrivateKey:
		defer clear(key)
		return ed25519.Sign(key, payload), nil
	default:
		return nil, fmt.Errorf("no signature method for %T", private)
	}
}

// Wipe overwrites the secret. It may be called more than once.
func (k *Key) Wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.secret)
	k.secret = nil
}

// String names the key, so that printing one never shows its secret.
func (k *Key) String() string { return "private key " + string(k.public.id) }

// GoString is String.
func (k *Key) GoString() string { return k.String() }
