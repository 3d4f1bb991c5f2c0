package trustdir

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"

	"trustdeck/model"
)

// What Notary writes, and the only thing that all of its releases read.
const (
	sealIterations = 2048
	sealSaltSize   = 8
)

// sealForm is how the form is called in lists.
var sealForm = (&pbes2{prf: prfs[0], cipher: ciphers[0]}).String()

// seal encodes a private key as Notary does, byte for byte but for salt and
// initialisation vector (notary-v1, 3.1), and opens it once to see that it is
// there. A GUN is left out where Notary leaves it out, and so is an empty label.
// The error is a flaw. The caller wipes the result.
func seal(private crypto.Signer, label string, gun model.GUN, passphrase []byte) ([]byte, error) {
	salt, iv := make([]byte, sealSaltSize), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(iv)   // never fails
	return sealSalted(private, label, gun, passphrase, salt, iv)
}

func sealSalted(private crypto.Signer, label string, gun model.GUN, passphrase, salt, iv []byte) ([]byte, error) {
	plain, err := notaryPKCS8(private)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	der, err := notaryParams.encrypt(plain, passphrase, salt, iv)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Headers: headersOf(label, gun), Bytes: der})
	if err := reopens(notaryLayout{}, text, label, gun, private, passphrase); err != nil {
		clear(text)
		return nil, err
	}
	return text, nil
}

// headersOf are those of a key file; empty ones are left out.
func headersOf(label string, gun model.GUN) map[string]string {
	headers := map[string]string{}
	if label != "" {
		headers["role"] = label
	}
	if stated := (notaryLayout{}).owner(label, gun); stated != "" {
		headers["gun"] = string(stated)
	}
	return headers
}

// reopens proves that the text of a key file gives back what was put into it,
// before anything that it replaces is gone.
func reopens(kept layout, text []byte, label string, gun model.GUN, private crypto.Signer, passphrase []byte) error {
	file, err := parseIn(kept, text)
	if err != nil {
		return unfit(err)
	}
	defer file.wipe()
	key, err := file.open(passphrase)
	if err != nil {
		return unfit(err)
	}
	defer discard(key.signer)
	own, ok := key.signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !own.Equal(private.Public()) || key.torn || file.role != label || file.gun != string(kept.owner(label, gun)) {
		return flawf(Unsupported, "doesn't return the key that was written to it")
	}
	return nil
}

// unfit is what is wrong with a file that was not written.
func unfit(err error) error {
	return &flaw{Reason: Unsupported, Text: fmt.Sprintf("was not written, because it %s", err), Cause: err}
}

// notaryPKCS8 encodes a key as Notary does: the algorithm is a bare list of
// object identifiers, an ECDSA key has version 1, and Ed25519 a form of its own.
func notaryPKCS8(private crypto.Signer) ([]byte, error) {
	var info struct {
		Version   int
		Algorithm []asn1.ObjectIdentifier
		Octets    []byte
	}
	defer func() { clear(info.Octets) }()
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		curve, ok := curveOf(key)
		if !ok {
			return nil, flawf(Unsupported, "would contain an ECDSA key on a curve that Notary doesn't support")
		}
		octets, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, flawf(Unsupported, "would contain a key with no known file format")
		}
		info.Version, info.Algorithm, info.Octets = 1, []asn1.ObjectIdentifier{oidEC, curve}, octets
	case *rsa.PrivateKey:
		info.Algorithm, info.Octets = []asn1.ObjectIdentifier{oidRSA}, x509.MarshalPKCS1PrivateKey(key)
	case ed25519.PrivateKey:
		info.Algorithm = []asn1.ObjectIdentifier{oidNotaryEd25519}
		info.Octets = append(bytes.Clone(key[ed25519.SeedSize:]), key...)
	default:
		return nil, flawf(Unsupported, "would contain a key of type %T, which Notary doesn't support", private)
	}
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, flawf(Unsupported, "would contain a key with no known file format")
	}
	return der, nil
}

// curveOf names the curve of a key.
func curveOf(key *ecdsa.PrivateKey) (asn1.ObjectIdentifier, bool) {
	for i, name := range []string{"P-224", "P-256", "P-384", "P-521"} {
		if key.Params().Name == name {
			return curves[i], true
		}
	}
	return nil, false
}

// kdfInfo and the types below it are an EncryptedPrivateKeyInfo with PBES2, with
// nothing in it that Notary leaves out where its parameters are used.
type kdfInfo struct {
	OID    asn1.ObjectIdentifier
	Params struct {
		Salt       []byte
		Iterations int
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
}

type cipherInfo struct {
	OID asn1.ObjectIdentifier
	IV  []byte
}

type encryptedInfo struct {
	Scheme struct {
		OID    asn1.ObjectIdentifier
		Params struct {
			KDF    kdfInfo
			Cipher cipherInfo
		}
	}
	Data []byte
}

// params are those of an encryption with PBES2.
type params struct {
	prf        prf
	cipher     aesCBC
	iterations int
}

// notaryParams are those that Notary reads.
var notaryParams = params{prfs[0], ciphers[0], sealIterations}

// encrypt is the inverse of pbes2.decrypt.
func (p params) encrypt(plain, passphrase, salt, iv []byte) ([]byte, error) {
	key, err := pbkdf2.Key(p.prf.hash, string(passphrase), salt, p.iterations, p.cipher.keySize)
	if err != nil {
		return nil, &flaw{Reason: Unsupported, Text: "cannot be encrypted with " + p.prf.name + " on this system", Cause: err}
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, &flaw{Reason: Unsupported, Text: "cannot be encrypted on this system", Cause: err}
	}
	// In one slice of the final size, so that no copy of the key is left behind.
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	data := make([]byte, len(plain)+pad)
	copy(data[copy(data, plain):], bytes.Repeat([]byte{byte(pad)}, pad))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)

	var info encryptedInfo
	info.Scheme.OID = oidPBES2
	info.Scheme.Params.KDF.OID = oidPBKDF2
	info.Scheme.Params.KDF.Params.Salt = salt
	info.Scheme.Params.KDF.Params.Iterations = p.iterations
	if p.prf.name != prfs[0].name { // the default is left out
		info.Scheme.Params.KDF.Params.PRF = pkix.AlgorithmIdentifier{Algorithm: p.prf.oid, Parameters: asn1.NullRawValue}
	}
	info.Scheme.Params.Cipher = cipherInfo{p.cipher.oid, iv}
	info.Data = data
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, &flaw{Reason: Unsupported, Text: "cannot be encoded", Cause: err}
	}
	return der, nil
}
