package trustdir

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"path"
	"slices"
	"strings"
)

// The types of PEM block that Notary takes for a private key.
const (
	blockPKCS8     = "PRIVATE KEY"
	blockEncrypted = "ENCRYPTED PRIVATE KEY"
	blockEC        = "EC PRIVATE KEY"
	blockRSA       = "RSA PRIVATE KEY"
	blockEd25519   = "ED25519 PRIVATE KEY"
)

// keyFile is a private key file, parsed as far as that goes without the
// passphrase.
type keyFile struct {
	// role and gun are the headers as they came; path is the header that
	// "notary key export" adds.
	role, gun, path string
	// encoding names the form for people.
	encoding string
	// foreign says why Notary cannot read the form; empty where it can.
	foreign string
	// blocks is the number of PEM blocks in the file, whole or not.
	blocks int

	block *pem.Block
	// public is the SubjectPublicKeyInfo that stands beside the private key; nil where none
	// does.
	public []byte
	// scheme is set for encrypted PKCS#8.
	scheme *pbes2
	// dekInfo is true for the encryption that PEM itself once had.
	dekInfo bool
}

// parseKeyFile reads a private key file. Its errors are flaws.
func parseKeyFile(data []byte) (*keyFile, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		if len(data) == 0 {
			return nil, flawf(Damaged, "is empty")
		}
		return nil, flawf(Damaged, "contains no complete PEM block")
	}
	f := &keyFile{
		role:   block.Headers["role"],
		gun:    block.Headers["gun"],
		path:   block.Headers["path"],
		blocks: bytes.Count(data, []byte("-----BEGIN ")),
		block:  block,
	}
	if err := f.recognise(); err != nil {
		f.wipe()
		return nil, err
	}
	return f, nil
}

// parseIn is parseKeyFile for a file of a folder.
func parseIn(kept layout, data []byte) (*keyFile, error) {
	f, err := parseKeyFile(data)
	if err == nil {
		kept.outside(f, data)
	}
	return f, err
}

// recognise finds out the form of the block.
func (f *keyFile) recognise() error {
	switch f.block.Type {
	case blockPKCS8, blockEncrypted:
		return f.recognisePKCS8()
	case blockEC, blockRSA, blockEd25519:
		return f.recogniseLegacy()
	case "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "EC PARAMETERS":
		return flawf(Unsupported, "starts with a PEM block of type %s", f.block.Type)
	default:
		return flawf(Damaged, "starts with a PEM block that is not a private key")
	}
}

// recognisePKCS8 goes by the content: Notary takes either label for either.
func (f *keyFile) recognisePKCS8() error {
	switch innerTag(f.block.Bytes) {
	case tagInteger:
		f.encoding = "PKCS#8"
		return nil
	case tagSequence:
		scheme, err := parsePBES2(f.block.Bytes)
		if err != nil {
			return err
		}
		f.scheme = scheme
		f.encoding = scheme.String()
		f.foreign = scheme.foreign()
		return nil
	default:
		return flawf(Damaged, "is not PKCS#8, although its PEM label says so")
	}
}

// dekCiphers are the ciphers of DEK-Info with their block sizes in bytes, as
// crypto/x509 and with it Notary knows them.
var dekCiphers = map[string]int{
	"DES-CBC":      8,
	"DES-EDE3-CBC": 8,
	"AES-128-CBC":  16,
	"AES-192-CBC":  16,
	"AES-256-CBC":  16,
}

// recogniseLegacy checks the forms of OpenSSL before PKCS#8. Like Notary it
// goes by DEK-Info alone and ignores Proc-Type.
func (f *keyFile) recogniseLegacy() error {
	form := map[string]string{blockEC: "SEC 1", blockRSA: "PKCS#1", blockEd25519: "raw Ed25519"}[f.block.Type]
	info, encrypted := f.block.Headers["DEK-Info"]
	if !encrypted {
		f.encoding = "PEM, " + form
		return nil
	}
	name, iv, _ := strings.Cut(info, ",")
	size, known := dekCiphers[name]
	if !known {
		return flawf(Unsupported, "is encrypted with an unknown DEK-Info cipher")
	}
	if raw, err := hex.DecodeString(iv); err != nil || len(raw) != size {
		return flawf(Damaged, "has a DEK-Info header without a complete initialisation vector")
	}
	if n := len(f.block.Bytes); n == 0 || n%size != 0 {
		return flawf(Damaged, "doesn't contain complete blocks of its cipher %s", name)
	}
	f.dekInfo = true
	f.encoding = "PEM, DEK-Info " + name
	return nil
}

// encrypted reports whether a passphrase is needed.
func (f *keyFile) encrypted() bool { return f.scheme != nil || f.dekInfo }

// open decrypts the file where necessary and parses the key. The passphrase is
// not looked at where the key is not encrypted.
func (f *keyFile) open(passphrase []byte) (opened, error) {
	if !f.encrypted() {
		return f.parse(f.block.Bytes)
	}
	if len(passphrase) == 0 {
		return opened{}, flawf(WrongPassphrase, "is encrypted and needs a passphrase")
	}
	var plain []byte
	var err error
	if f.scheme != nil {
		plain, err = f.scheme.decrypt(passphrase)
	} else {
		plain, err = f.decryptDEK(passphrase)
	}
	if err != nil {
		return opened{}, err
	}
	defer clear(plain)
	if !f.begins(plain) {
		return opened{}, flawf(WrongPassphrase, "wrong passphrase")
	}
	return f.parse(plain)
}

func (f *keyFile) decryptDEK(passphrase []byte) ([]byte, error) {
	//nolint:staticcheck // SA1019: old keys are encrypted so; nothing is ever written in this form.
	plain, err := x509.DecryptPEMBlock(f.block, passphrase)
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, flawf(WrongPassphrase, "wrong passphrase")
	}
	if err != nil {
		return nil, flawf(Damaged, "doesn't decrypt")
	}
	return plain, nil
}

// begins tells damage, after which the plain bytes at least begin like a key,
// from a wrong passphrase, after which they are noise. Neither encryption has a
// check value.
func (f *keyFile) begins(plain []byte) bool {
	if f.block.Type == blockEd25519 {
		return len(plain) == notaryEd25519Size && slices.Equal(plain[:32], plain[64:])
	}
	return innerTag(plain) == tagInteger
}

// parse reads the decrypted bytes. Its errors never carry those of a decoder,
// which may quote what they decode.
func (f *keyFile) parse(plain []byte) (opened, error) {
	switch f.block.Type {
	case blockEC:
		return parseSEC1(plain)
	case blockRSA:
		return parsePKCS1(plain)
	case blockEd25519:
		return parseNotaryEd25519(plain)
	default:
		return parsePKCS8(plain)
	}
}

// exportedGUN derives the GUN from the path header, as "notary key import"
// does for bundles that were exported from the old layout.
func (f *keyFile) exportedGUN() string {
	dir := path.Dir(f.path)
	if gun, ok := strings.CutPrefix(dir, tufKeysDir+"/"); ok {
		return gun
	}
	return ""
}

// wipe overwrites the content, which is the key itself where it is not
// encrypted.
func (f *keyFile) wipe() { clear(f.block.Bytes) }
