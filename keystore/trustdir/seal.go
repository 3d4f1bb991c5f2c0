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

// seal encodes a private key as Notary does, byte for byte but for salt,
// initialisation vector and key (notary-v1, 3.1). The caller wipes the result.
func seal(private crypto.Signer, label string, gun model.GUN, passphrase []byte) ([]byte, error) {
	plain, err := notaryPKCS8(private)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	der, err := encrypt(plain, passphrase)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{"role": label}
	if gun != "" {
		headers["gun"] = string(gun)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Headers: headers, Bytes: der}), nil
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
			return nil, flawf(Unsupported, "would hold an ECDSA key on a curve that Notary does not know")
		}
		octets, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, flawf(Unsupported, "would hold a key that has no known form")
		}
		info.Version, info.Algorithm, info.Octets = 1, []asn1.ObjectIdentifier{oidEC, curve}, octets
	case *rsa.PrivateKey:
		info.Algorithm, info.Octets = []asn1.ObjectIdentifier{oidRSA}, x509.MarshalPKCS1PrivateKey(key)
	case ed25519.PrivateKey:
		info.Algorithm = []asn1.ObjectIdentifier{oidNotaryEd25519}
		info.Octets = append(bytes.Clone(key[ed25519.SeedSize:]), key...)
	default:
		return nil, flawf(Unsupported, "would hold a key of type %T, which can make no signature of Notary", private)
	}
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, flawf(Unsupported, "would hold a key that has no known form")
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
// nothing in it that Notary leaves out.
type kdfInfo struct {
	OID    asn1.ObjectIdentifier
	Params struct {
		Salt       []byte
		Iterations int
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

// encrypt is the inverse of pbes2.decrypt, in Notary's parameters.
func encrypt(plain, passphrase []byte) ([]byte, error) {
	salt, iv := make([]byte, sealSaltSize), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(iv)   // never fails
	key, err := pbkdf2.Key(prfs[0].hash, string(passphrase), salt, sealIterations, ciphers[0].keySize)
	if err != nil {
		return nil, &flaw{reason: Unsupported, text: "cannot be encrypted as Notary wants it on this system", cause: err}
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, &flaw{reason: Unsupported, text: "cannot be encrypted on this system", cause: err}
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	data := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)

	var info encryptedInfo
	info.Scheme.OID = oidPBES2
	info.Scheme.Params.KDF.OID = oidPBKDF2
	info.Scheme.Params.KDF.Params.Salt = salt
	info.Scheme.Params.KDF.Params.Iterations = sealIterations
	info.Scheme.Params.Cipher = cipherInfo{ciphers[0].oid, iv}
	info.Data = data
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("encode the encrypted key: %w", err)
	}
	return der, nil
}
