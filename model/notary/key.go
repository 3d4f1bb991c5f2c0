package notary

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// minRSABits is the smallest RSA key that Notary accepts; maxRSABits bounds
// the work that a hostile key can cause.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// KeyID computes the ID of a key object from its content: the SHA-256 of its
// canonical form (notary-v1, 2.2).
func KeyID(keytype model.KeyType, public []byte) model.KeyID {
	var w emitter
	w.key(PublicKey{Type: keytype, Public: public})
	sum := sha256.Sum256(w.out)
	return model.KeyID(hex.EncodeToString(sum[:]))
}

// A verifier is a key object made ready to check signatures.
type verifier struct {
	listed    model.KeyID
	canonical model.KeyID
	kind      model.KeyType
	public    crypto.PublicKey
	spki      []byte
	// armored is true for an RSA key in PEM form, which only the PyCrypto method
	// reads, and which that method wants.
	armored bool
	// text is what the key object holds.
	text []byte
	// leaf is set for certificates: the one with the key.
	leaf *x509.Certificate
	// err says why nothing signed by this key can count.
	err error
	// budget is what checking signatures is paid from.
	budget *dialect.Budget
}

var errKeyID = errors.New("the key is listed under an ID that doesn't match it")

// newVerifier never fails: a key that cannot be used says so in err, and keeps
// the names under which it is listed. b may be nil.
func newVerifier(k *PublicKey, b *dialect.Budget) *verifier {
	v := &verifier{listed: k.ID, canonical: k.ID, kind: k.Type, text: k.Public, budget: b}
	if !b.Spend(workOfKey(k.Public)) {
		v.err = dialect.ErrBudget
		return v
	}
	if own := KeyID(k.Type, k.Public); own != k.ID {
		v.err = errKeyID
		return v
	}
	switch k.Type {
	case model.KeyECDSA, model.KeyRSA:
		v.bare(k.Public)
	case model.KeyECDSAX509, model.KeyRSAX509:
		v.certificate(k.Public)
	case model.KeyED25519:
		if len(k.Public) != ed25519.PublicKeySize {
			v.err = fmt.Errorf("an Ed25519 key has %d bytes; this one has %d", ed25519.PublicKeySize, len(k.Public))
			return v
		}
		v.public = ed25519.PublicKey(k.Public)
		v.spki, v.err = x509.MarshalPKIXPublicKey(v.public)
	default:
		v.err = fmt.Errorf("keys of type %q are not supported", clip(k.Type))
	}
	return v
}

func (v *verifier) bare(der []byte) {
	// The PyCrypto method keeps PEM text in an rsa key, and no other method reads
	// that (notary-v1, 1.8).
	if block, _ := pem.Decode(der); v.kind == model.KeyRSA && block != nil {
		der, v.armored = block.Bytes, true
	}
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		v.err = errors.New("the public key does not parse")
		return
	}
	v.spki = der
	v.set(pub)
}

// certificate takes the key of the first block, which is all that Notary looks at to
// verify with it; whether the rest may stand there is decided where it is a root key.
func (v *verifier) certificate(text []byte) {
	block, _ := pem.Decode(text)
	if block == nil {
		v.err = errors.New("the key contains no certificate")
		return
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		v.err = errors.New("the certificate does not parse")
		return
	}
	v.leaf = leaf
	v.spki = leaf.RawSubjectPublicKeyInfo
	v.set(leaf.PublicKey)
	if v.err == nil {
		v.canonical = KeyID(model.KeyType(strings.TrimSuffix(string(v.kind), "-x509")), v.spki)
	}
}

// set checks that the key suits its stated type.
func (v *verifier) set(pub crypto.PublicKey) {
	v.public = pub
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		if v.kind != model.KeyECDSA && v.kind != model.KeyECDSAX509 {
			v.err = fmt.Errorf("an ECDSA key is listed as %s", v.kind)
		}
	case *rsa.PublicKey:
		bits := pub.N.BitLen()
		switch {
		case v.kind != model.KeyRSA && v.kind != model.KeyRSAX509:
			v.err = fmt.Errorf("an RSA key is listed as %s", v.kind)
		case bits < minRSABits:
			v.err = fmt.Errorf("the RSA key has %d bits; the minimum is %d", bits, minRSABits)
		case bits > maxRSABits:
			v.err = fmt.Errorf("the RSA key has %d bits; the limit is %d", bits, maxRSABits)
		}
	default:
		v.err = fmt.Errorf("a key of another algorithm is listed as %s", v.kind)
	}
}

// algorithm describes the key for people.
func (v *verifier) algorithm() string {
	return cmp.Or(model.AlgorithmOf(v.public), string(v.kind))
}

var (
	errMethod  = errors.New("the signing method is not supported")
	errSuit    = errors.New("the signing method does not match the key")
	errInvalid = errors.New("the signature does not verify")
)

const pyCrypto = "pycrypto-pkcs#1 pss"

// verify checks one signature over the canonical payload and its SHA-256
// (notary-v1, 1.8).
func (v *verifier) verify(method string, payload []byte, digest [32]byte, sig []byte) error {
	if !v.budget.Spend(v.work(payload)) {
		return dialect.ErrBudget
	}
	switch method {
	case "ecdsa":
		pub, ok := v.public.(*ecdsa.PublicKey)
		if !ok {
			return errSuit
		}
		size := (pub.Params().BitSize + 7) / 8
		if len(sig) != 2*size {
			return errInvalid
		}
		r, s := new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:])
		return valid(ecdsa.Verify(pub, digest[:], r, s))
	case "eddsa":
		pub, ok := v.public.(ed25519.PublicKey)
		if !ok {
			return errSuit
		}
		return valid(len(sig) == ed25519.SignatureSize && ed25519.Verify(pub, payload, sig))
	case "rsapss", "rsapkcs1v15", pyCrypto:
		pub, ok := v.public.(*rsa.PublicKey)
		if !ok || (method == pyCrypto) != v.armored {
			return errSuit
		}
		if method == "rsapkcs1v15" {
			return valid(rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig) == nil)
		}
		opts := &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}
		return valid(rsa.VerifyPSS(pub, crypto.SHA256, digest[:], sig, opts) == nil)
	default:
		return errMethod
	}
}

func valid(ok bool) error {
	if ok {
		return nil
	}
	return errInvalid
}
