package trustdir

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/rand"
	"encoding/pem"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/mldsa/x509"

	"trustdeck/model"
)

// What trustdeck writes into its own folder: PKCS#8 as every tool reads it. The rounds are those
// that OWASP recommends for PBKDF2 with HMAC-SHA-256.
const (
	ownIterations = 600_000
	ownSaltSize   = 16
)

// ownParams are its encryption, and the weakest that counts as such.
var ownParams = params{prf: prfs[2], cipher: ciphers[0], iterations: ownIterations}

// Own is what the owner of a folder decides that no other program shares.
type Own struct {
	// ID names a public key.
	ID func(crypto.PublicKey) (model.KeyID, error)
	// Makes are the dialects of the repositories for which new keys are made there.
	Makes []model.Dialect
}

// OpenOwn names trustdeck's own folder of private keys, as Open does with the trust folder. Its
// files are named after the IDs that own gives keys, and hold encrypted PKCS#8, with the public
// half in a PEM block of its own, so that the key is known without its passphrase:
//
//	trustdeck private key
//	role: targets
//	repository: tuf.example.org
//	-----BEGIN ENCRYPTED PRIVATE KEY-----
//	…
//	-----BEGIN PUBLIC KEY-----
//	…
//
// The lines before the first block are what RFC 7468 calls explanatory text, which other
// programs skip. Headers inside the block, as Notary writes them, keep OpenSSL from reading it.
func OpenOwn(dir string, own Own) *Store {
	return &Store{dir: filepath.Clean(dir), patience: patience, layout: ownLayout{own}}
}

// ownLayout is that of trustdeck's own folder.
type ownLayout struct{ own Own }

// The lines before the first PEM block.
const (
	ownTitle      = "trustdeck private key"
	ownRole       = "role: "
	ownRepository = "repository: "
	blockPublic   = "PUBLIC KEY"
)

func (f ownLayout) id(public crypto.PublicKey) (model.KeyID, error) {
	id, err := f.own.ID(public)
	if err != nil {
		return "", flawf(Unsupported, "contains a key of a kind that no repository can list")
	}
	return id, nil
}

func (f ownLayout) makes(dialect model.Dialect) bool { return slices.Contains(f.own.Makes, dialect) }

func (ownLayout) label(role model.RoleName) string { return string(role) }

func (ownLayout) owner(_ string, gun model.GUN) model.GUN { return gun }

func (f ownLayout) identify(rel string) entry {
	e, dir, name := newEntry(f, rel)
	if dir != "" {
		e.flaws = append(e.flaws, flawf(Misplaced, "is in a subfolder, where trustdeck keeps no keys"))
	}
	e.named(name)
	return e
}

// outside reads the lines before the block, and a public key that follows it.
func (ownLayout) outside(f *keyFile, text []byte) {
	if role, gun, ok := readTitle(text); ok {
		f.role, f.gun = role, gun
	}
	_, rest := pem.Decode(text)
	if block, _ := pem.Decode(rest); block != nil && block.Type == blockPublic {
		f.public = block.Bytes
		f.blocks--
	}
}

// readTitle reads the lines before the first PEM block; ok is false where trustdeck has not
// written them.
func readTitle(text []byte) (role, gun string, ok bool) {
	before, _, _ := bytes.Cut(text, []byte("-----BEGIN "))
	lines := strings.Split(strings.ReplaceAll(string(before), "\r\n", "\n"), "\n")
	if lines[0] != ownTitle {
		return "", "", false
	}
	for _, line := range lines[1:] {
		if value, is := strings.CutPrefix(line, ownRole); is {
			role = value
		}
		if value, is := strings.CutPrefix(line, ownRepository); is {
			gun = value
		}
	}
	return role, gun, true
}

// title writes them.
func title(label string, gun model.GUN) []byte {
	out := []byte(ownTitle + "\n")
	if label != "" {
		out = append(out, ownRole+label+"\n"...)
	}
	if gun != "" {
		out = append(out, ownRepository+string(gun)+"\n"...)
	}
	return out
}

func (f ownLayout) seal(private crypto.Signer, label string, gun model.GUN, passphrase []byte) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, flawf(Unsupported, "would contain a key with no known file format")
	}
	defer clear(plain)
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, flawf(Unsupported, "would contain a key with no known file format")
	}
	salt, iv := make([]byte, ownSaltSize), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt) // never fails
	_, _ = rand.Read(iv)   // never fails
	der, err := ownParams.encrypt(plain, passphrase, salt, iv)
	if err != nil {
		return nil, err
	}
	text := f.keep(&pem.Block{Bytes: der}, label, gun, spki)
	if err := reopens(f, text, label, gun, private, passphrase); err != nil {
		clear(text)
		return nil, err
	}
	return text, nil
}

func (ownLayout) keep(block *pem.Block, label string, gun model.GUN, spki []byte) []byte {
	text := append(title(label, gun), pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Bytes: block.Bytes})...)
	if spki == nil {
		return text
	}
	return append(text, pem.EncodeToMemory(&pem.Block{Type: blockPublic, Bytes: spki})...)
}

// native is what is encrypted at least as trustdeck does it here.
func (ownLayout) native(f *keyFile) bool {
	return f.scheme != nil && f.scheme.prf.name == ownParams.prf.name && f.scheme.cipher.name == ownParams.cipher.name && f.scheme.iterations >= ownParams.iterations
}

// rename writes the lines before the first block anew, and leaves the rest.
func (ownLayout) rename(text []byte, label string) ([]byte, error) {
	_, gun, ok := readTitle(text)
	at := bytes.Index(text, []byte("-----BEGIN "))
	if !ok && len(bytes.TrimSpace(text[:max(at, 0)])) > 0 || at < 0 {
		return nil, flawf(BadHeader, "isn't laid out as trustdeck writes it")
	}
	return append(title(label, model.GUN(gun)), text[at:]...), nil
}

// export is the file as it is: other programs read it.
func (ownLayout) export(_ *entry, text []byte) []byte { return bytes.Clone(text) }

func (ownLayout) encoding() string {
	return (&pbes2{prf: ownParams.prf, cipher: ownParams.cipher}).String()
}
func (ownLayout) shared() bool    { return false }
func (ownLayout) folder() string  { return "trustdeck's key folder" }
func (ownLayout) prompts() string { return "" }
