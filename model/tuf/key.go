package tuf

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// The key types of TUF 1.0 beside those that the model names. The two that name a curve
// are from before 2024.
const (
	keyECDSA256 model.KeyType = "ecdsa-sha2-nistp256"
	keyECDSA384 model.KeyType = "ecdsa-sha2-nistp384"
	keyMLDSA    model.KeyType = "ml-dsa"
)

// The schemes that are verified (TUF 4.2; TAP 21 for ML-DSA).
const (
	schemeECDSA256 = "ecdsa-sha2-nistp256"
	schemeECDSA384 = "ecdsa-sha2-nistp384"
	schemePSS      = "rsassa-pss-sha256"
	schemePKCS1    = "rsa-pkcs1v15-sha256"
	schemeED25519  = "ed25519"
	schemeMLDSA44  = "ml-dsa-44/1"
	schemeMLDSA65  = "ml-dsa-65/1"
	schemeMLDSA87  = "ml-dsa-87/1"
)

// minRSABits is the smallest RSA key that is verified with; maxRSABits bounds the work
// that a hostile key can cause.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// A keyObject is a key as a file lists it.
type keyObject struct {
	model.PublicKey
	// ids are those that the key may be listed under; the first is the one that the
	// specification asks for.
	ids []model.KeyID
}

// A verifier is a key made ready to check signatures.
type verifier struct {
	*keyObject
	// canonical is the ID that the bare key has in the form in which Bare lists it: one
	// for all forms of one key. It is the listed one where the key does not decode.
	canonical model.KeyID
	public    crypto.PublicKey
	spki      []byte
	scheme    string
	// hexPoint is set for an ECDSA key that is a point in hexadecimal.
	hexPoint bool
	// otherCurve is set for an ECDSA key whose scheme is for another curve.
	otherCurve bool
	// err says why nothing signed by this key can count.
	err error
	// budget is what checking signatures is paid from.
	budget *dialect.Budget
}

// newVerifier never fails: a key that cannot be used says so in err. b may be nil.
func newVerifier(k *keyObject, b *dialect.Budget) *verifier {
	v := &verifier{keyObject: k, canonical: k.ID, scheme: k.Scheme, budget: b}
	if !b.Spend(workOfKey(k.Public)) {
		v.err = dialect.ErrBudget
		return v
	}
	if v.err = v.decode(); v.err != nil {
		return v
	}
	if v.spki, v.err = x509.MarshalPKIXPublicKey(v.public); v.err != nil {
		return v
	}
	if bare, err := Bare(v.public); err == nil {
		v.canonical = bare.ID
	}
	return v
}

// kind is the type of a key, as today's files spell it.
func kind(t model.KeyType) model.KeyType {
	switch t {
	case "RSA":
		return model.KeyRSA
	case keyECDSA256, keyECDSA384:
		return model.KeyECDSA
	default:
		return t
	}
}

// decode reads the public key and settles its scheme.
func (v *verifier) decode() error {
	var err error
	switch kind(v.Type) {
	case model.KeyED25519:
		err = v.ed25519()
	case model.KeyECDSA, model.KeyRSA, keyMLDSA:
		err = v.spkiKey()
	default:
		return fmt.Errorf("keys of type %q are not supported", clip(string(v.Type)))
	}
	if err != nil {
		return err
	}
	if v.scheme == "" {
		v.scheme = defaultScheme(v.public)
	}
	return v.suits()
}

func (v *verifier) ed25519() error {
	raw, err := hex.DecodeString(string(v.Public))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return fmt.Errorf("an Ed25519 key has %d bytes in hexadecimal; this is something else", ed25519.PublicKeySize)
	}
	v.public = ed25519.PublicKey(raw)
	return nil
}

var errNoKey = errors.New("the public key does not parse")

// spkiKey reads a key in PEM form, and an ECDSA key also as a point in hexadecimal, as
// files had it before 2023.
func (v *verifier) spkiKey() error {
	block, rest := pem.Decode(v.Public)
	if block == nil {
		if kind(v.Type) != model.KeyECDSA {
			return errors.New("the public key is not in PEM form")
		}
		return v.point()
	}
	if len(strings.TrimSpace(string(rest))) > 0 || block.Type != "PUBLIC KEY" {
		return errNoKey
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return errNoKey
	}
	v.public = public
	return nil
}

func (v *verifier) point() error {
	raw, err := hex.DecodeString(string(v.Public))
	if err != nil {
		return errors.New("the public key is neither in PEM form nor in hexadecimal")
	}
	curve := elliptic.P256()
	if v.Type == keyECDSA384 || v.scheme == schemeECDSA384 {
		curve = elliptic.P384()
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, raw)
	if err != nil {
		return errNoKey
	}
	v.public, v.hexPoint = public, true
	return nil
}

// defaultScheme is what a key that states no scheme signs with.
func defaultScheme(public crypto.PublicKey) string {
	switch public := public.(type) {
	case ed25519.PublicKey:
		return schemeED25519
	case *rsa.PublicKey:
		return schemePSS
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P384() {
			return schemeECDSA384
		}
		return schemeECDSA256
	default:
		return ""
	}
}

// suits checks that type, scheme and key agree.
func (v *verifier) suits() error {
	switch public := v.public.(type) {
	case *ecdsa.PublicKey:
		return v.suitsCurve(public)
	case *rsa.PublicKey:
		bits := public.N.BitLen()
		switch {
		case kind(v.Type) != model.KeyRSA:
			return fmt.Errorf("an RSA key is listed as %q", clip(string(v.Type)))
		case bits < minRSABits:
			return fmt.Errorf("the RSA key has %d bits; the minimum is %d", bits, minRSABits)
		case bits > maxRSABits:
			return fmt.Errorf("the RSA key has %d bits; the limit is %d", bits, maxRSABits)
		case v.scheme != schemePSS && v.scheme != schemePKCS1:
			return errScheme(v.scheme)
		}
	case *mldsa.PublicKey:
		if kind(v.Type) != keyMLDSA {
			return fmt.Errorf("an ML-DSA key is listed as %q", clip(string(v.Type)))
		}
		if v.scheme != mldsaSchemes[public.Parameters()] {
			return fmt.Errorf("the key is for %s, but its scheme is %q", public.Parameters(), clip(v.scheme))
		}
	case ed25519.PublicKey:
		if v.scheme != schemeED25519 || kind(v.Type) != model.KeyED25519 {
			return errScheme(v.scheme)
		}
	default:
		return errors.New("no TUF scheme supports the key's algorithm")
	}
	return nil
}

var mldsaSchemes = map[mldsa.Parameters]string{mldsa.MLDSA44(): schemeMLDSA44, mldsa.MLDSA65(): schemeMLDSA65, mldsa.MLDSA87(): schemeMLDSA87}

func errScheme(scheme string) error {
	return fmt.Errorf("the scheme %q is not supported for such a key", clip(scheme))
}

func (v *verifier) suitsCurve(public *ecdsa.PublicKey) error {
	if kind(v.Type) != model.KeyECDSA {
		return fmt.Errorf("an ECDSA key is listed as %q", clip(string(v.Type)))
	}
	curves := map[string]elliptic.Curve{schemeECDSA256: elliptic.P256(), schemeECDSA384: elliptic.P384()}
	want, known := curves[v.scheme]
	if !known {
		return errScheme(v.scheme)
	}
	if public.Curve != want {
		v.otherCurve = true
		return fmt.Errorf("the key is on %s, but its scheme %s is for %s", public.Params().Name, v.scheme, want.Params().Name)
	}
	return nil
}

// algorithm describes the key for people.
func (v *verifier) algorithm() string {
	if public, ok := v.public.(*mldsa.PublicKey); ok {
		return public.Parameters().String()
	}
	return cmp.Or(model.AlgorithmOf(v.public), string(v.Type))
}

// rightID reports whether the key is listed under an ID of its own.
func (v *verifier) rightID() bool {
	for _, id := range v.ids {
		if id == v.ID {
			return true
		}
	}
	return len(v.ids) == 0
}

// hashID is the SHA-256 of a canonical form in hexadecimal.
func hashID(canonical []byte) model.KeyID {
	sum := sha256.Sum256(canonical)
	return model.KeyID(hex.EncodeToString(sum[:]))
}

// clip shortens hostile text for a message.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
