package trustdir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/notary"
)

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
	bare, err := notary.Bare(pub)
	if err != nil {
		return publicKey{}, flawf(Unsupported, "holds a key that can make no signature of Notary")
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return publicKey{}, flawf(Unsupported, "holds a key whose public half has no known form")
	}
	p := publicKey{id: bare.ID, keyType: bare.Type, value: bare.Public, spki: spki}
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		p.method, p.algorithm = "ecdsa", "ECDSA "+k.Curve.Params().Name
	case *rsa.PublicKey:
		p.method, p.algorithm = "rsapss", fmt.Sprintf("RSA %d", k.N.BitLen())
	default:
		p.method, p.algorithm = "eddsa", "Ed25519"
	}
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

// Sign signs payload in the one form that Notary accepts for this type of key: see
// notary.Sign. It fails once the key is wiped.
func (k *Key) Sign(payload []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.public.id, errWiped)
	}
	private, err := x509.ParsePKCS8PrivateKey(k.secret)
	signer, ok := private.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("sign with key %s: the key in memory does not parse", k.public.id)
	}
	defer discard(signer)
	signature, err := notary.Sign(k.public.id, signer, payload)
	return signature.Sig, err
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
