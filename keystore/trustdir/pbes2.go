package trustdir

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // Notary derives keys with HMAC-SHA-1, and with nothing else.
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxIterations bounds the work that a file can ask for: 10 million take some
// seconds. Notary writes 2,048.
const maxIterations = 10_000_000

// maxSalt bounds the salt in bytes. Notary writes 8.
const maxSalt = 1024

// The object identifiers of PKCS #5 (RFC 8018) that are told apart.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// prf is a pseudo-random function of PBKDF2.
type prf struct {
	oid  asn1.ObjectIdentifier
	name string
	hash func() hash.Hash
}

// prfs begin with the default of RFC 8018, the only one that Notary applies.
var prfs = []prf{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}, "HMAC-SHA-1", sha1.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}, "HMAC-SHA-224", sha256.New224},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, "HMAC-SHA-256", sha256.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, "HMAC-SHA-384", sha512.New384},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, "HMAC-SHA-512", sha512.New},
}

// aesCBC is a cipher of PBES2.
type aesCBC struct {
	oid     asn1.ObjectIdentifier
	name    string
	keySize int
}

// ciphers begin with the only one that Notary applies.
var ciphers = []aesCBC{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, "AES-256-CBC", 32},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, "AES-192-CBC", 24},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, "AES-128-CBC", 16},
}

// pbes2 is a PKCS#8 EncryptedPrivateKeyInfo (RFC 5958, section 3) with the
// scheme PBES2 (RFC 8018, section 6.2).
type pbes2 struct {
	salt       []byte
	iterations int
	prf        prf
	cipher     aesCBC
	iv         []byte
	ciphertext []byte
}

// String names the scheme; what Notary writes has the short name.
func (p *pbes2) String() string {
	name := "PKCS#8, PBES2"
	if p.foreign() != "" {
		name += " " + p.prf.name + ", " + p.cipher.name
	}
	return name
}

// foreign says why Notary cannot read it; empty where it can. Notary ignores
// what the file says of the pseudo-random function and always takes SHA-1, so
// it reports a wrong password.
func (p *pbes2) foreign() string {
	var other []string
	if p.prf.name != prfs[0].name {
		other = append(other, p.prf.name)
	}
	if p.cipher.name != ciphers[0].name {
		other = append(other, p.cipher.name)
	}
	if other == nil {
		return ""
	}
	return "is encrypted with " + strings.Join(other, " and ") +
		", which notary and docker report as a wrong passphrase"
}

// parsePBES2 reads an EncryptedPrivateKeyInfo. Bytes after it are ignored, as
// Notary does.
func parsePBES2(der []byte) (*pbes2, error) {
	in := cryptobyte.String(der)
	var info, algorithm, params, ciphertext cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) ||
		!info.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!info.ReadASN1(&ciphertext, cbasn1.OCTET_STRING) ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, flawf(Damaged, "is not complete PKCS#8")
	}
	if !oid.Equal(oidPBES2) {
		return nil, flawf(Unsupported, "is encrypted with the scheme %s; only PBES2 is read", oid)
	}
	var kdf, scheme cryptobyte.String
	if !algorithm.ReadASN1(&params, cbasn1.SEQUENCE) ||
		!params.ReadASN1(&kdf, cbasn1.SEQUENCE) ||
		!params.ReadASN1(&scheme, cbasn1.SEQUENCE) {
		return nil, flawf(Damaged, "has incomplete PBES2 parameters")
	}
	p := &pbes2{ciphertext: ciphertext}
	if err := p.readCipher(scheme); err != nil {
		return nil, err
	}
	if err := p.readKDF(kdf); err != nil {
		return nil, err
	}
	if len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 {
		return nil, flawf(Damaged, "doesn't contain complete blocks of its cipher %s", p.cipher.name)
	}
	return p, nil
}

func (p *pbes2) readCipher(in cryptobyte.String) error {
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1ObjectIdentifier(&oid) {
		return flawf(Damaged, "does not name its cipher")
	}
	for _, c := range ciphers {
		if !c.oid.Equal(oid) {
			continue
		}
		if !in.ReadASN1Bytes(&p.iv, cbasn1.OCTET_STRING) || len(p.iv) != aes.BlockSize {
			return flawf(Damaged, "has an incomplete initialisation vector")
		}
		p.cipher = c
		return nil
	}
	return flawf(Unsupported, "is encrypted with the cipher %s; only AES in CBC mode is read", oid)
}

func (p *pbes2) readKDF(in cryptobyte.String) error {
	var oid asn1.ObjectIdentifier
	var params cryptobyte.String
	switch {
	case !in.ReadASN1ObjectIdentifier(&oid) || !in.ReadASN1(&params, cbasn1.SEQUENCE):
		return flawf(Damaged, "has incomplete key derivation parameters")
	case oid.Equal(oidScrypt):
		return flawf(Unsupported, "derives its key with scrypt; only PBKDF2 is read")
	case !oid.Equal(oidPBKDF2):
		return flawf(Unsupported, "derives its key with %s; only PBKDF2 is read", oid)
	}
	var iterations int64
	if !params.ReadASN1Bytes(&p.salt, cbasn1.OCTET_STRING) || !params.ReadASN1Integer(&iterations) {
		return flawf(Damaged, "has incomplete key derivation parameters")
	}
	if iterations < 1 || len(p.salt) > maxSalt {
		return flawf(Damaged, "has invalid key derivation parameters")
	}
	if iterations > maxIterations {
		return flawf(BeyondLimit, "requires %d rounds of key derivation; the limit is %d", iterations, maxIterations)
	}
	p.iterations = int(iterations)
	if params.PeekASN1Tag(cbasn1.INTEGER) {
		var length int64
		if !params.ReadASN1Integer(&length) || length != int64(p.cipher.keySize) {
			return flawf(Damaged, "derives a key that doesn't fit its cipher")
		}
	}
	return p.readPRF(params)
}

// readPRF reads the last, optional parameter of PBKDF2.
func (p *pbes2) readPRF(in cryptobyte.String) error {
	if in.Empty() {
		p.prf = prfs[0]
		return nil
	}
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return flawf(Damaged, "has incomplete key derivation parameters")
	}
	for _, f := range prfs {
		if f.oid.Equal(oid) {
			p.prf = f
			return nil
		}
	}
	return flawf(Unsupported, "derives its key with the function %s, which is not known", oid)
}

// decrypt returns what the file encrypts, padding included: nothing but the
// padding says where it ends, Notary does not look at it, and the key inside
// knows its own length. The caller wipes it.
func (p *pbes2) decrypt(passphrase []byte) ([]byte, error) {
	key, err := pbkdf2.Key(p.prf.hash, string(passphrase), p.salt, p.iterations, p.cipher.keySize)
	if err != nil {
		return nil, &flaw{
			Reason: Unsupported,
			Text:   fmt.Sprintf("derives its key in a way that this system does not allow (%s)", p.prf.name),
			Cause:  err,
		}
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, &flaw{Reason: Unsupported, Text: "cannot be decrypted on this system", Cause: err}
	}
	plain := make([]byte, len(p.ciphertext))
	cipher.NewCBCDecrypter(block, p.iv).CryptBlocks(plain, p.ciphertext)
	return plain, nil
}
