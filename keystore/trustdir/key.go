package trustdir

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/model"
)

// Key is a decrypted private key. It signs until it is closed. Its methods may
// be called from several goroutines.
type Key struct {
	info   model.PrivateKey
	public publicKey

	mu sync.Mutex
	// secret is the PKCS#8 form of the key, the only copy that stays; nil once
	// closed. Each signature parses it anew.
	secret []byte
}

// publicKey is a public key with its names.
type publicKey struct {
	crypto.PublicKey
	id        model.KeyID
	algorithm string
}

// newKey keeps a decrypted key. info describes its file.
func newKey(info model.PrivateKey, signer crypto.Signer, public publicKey) (*Key, error) {
	secret, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, flawf(Unsupported, "contains a key that cannot be kept in memory")
	}
	return &Key{info: info, public: public, secret: secret}, nil
}

// describe names a public key.
func describe(f layout, pub crypto.PublicKey) (publicKey, error) {
	id, err := f.id(pub)
	if err != nil {
		return publicKey{}, err
	}
	p := publicKey{PublicKey: pub, id: id, algorithm: model.AlgorithmOf(pub)}
	if k, ok := pub.(*mldsa.PublicKey); ok {
		p.algorithm = k.Parameters().String()
	}
	return p, nil
}

// ID returns the canonical key ID, computed from the key itself.
func (k *Key) ID() model.KeyID { return k.public.id }

// Public returns the public half.
func (k *Key) Public() crypto.PublicKey { return k.public.PublicKey }

// Info describes the key and its file, now with all that the passphrase hid.
func (k *Key) Info() model.PrivateKey { return k.info }

// errClosed is a mistake of the caller, not of a user.
var errClosed = errors.New("the key was closed")

// Sign signs a digest, as crypto.Signer says. It fails once the key is closed.
func (k *Key) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.with(func(key crypto.Signer) ([]byte, error) { return key.Sign(rand, digest, opts) })
}

// SignMessage signs a message, as crypto.MessageSigner says. It fails once the key is
// closed.
func (k *Key) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.with(func(key crypto.Signer) ([]byte, error) { return crypto.SignMessage(key, rand, message, opts) })
}

// with parses the key for one signature.
func (k *Key) with(sign func(crypto.Signer) ([]byte, error)) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.public.id, errClosed)
	}
	private, err := x509.ParsePKCS8PrivateKey(k.secret)
	signer, ok := private.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("sign with key %s: the key in memory does not parse", k.public.id)
	}
	defer discard(signer)
	return sign(signer)
}

// PKCS8 is the private key as DER of PKCS #8, a copy that the caller wipes. It fails once the key
// is closed.
func (k *Key) PKCS8() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, fmt.Errorf("copy key %s: %w", k.public.id, errClosed)
	}
	return bytes.Clone(k.secret), nil
}

// Close overwrites the secret. It may be called more than once.
func (k *Key) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.secret)
	k.secret = nil
	return nil
}

// String names the key, so that printing one never shows its secret.
func (k *Key) String() string { return "private key " + string(k.public.id) }

// GoString is String.
func (k *Key) GoString() string { return k.String() }
