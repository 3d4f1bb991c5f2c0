package trustdir

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	securesystems "github.com/secure-systems-lab/go-securesystemslib/encrypted"

	"filippo.io/mldsa"

	"trustdeck/model"
	"trustdeck/model/port"
)

// The types of PEM block that cosign writes: what they hold is the encryption of
// securesystemslib, of PKCS#8.
var cosignBlocks = []string{"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"}

// jsonFile is a key file in JSON, in one of these forms:
//
//	{"kdf": …, "cipher": …, "ciphertext": …}    encrypted by securesystemslib
//	{"encrypted": true, "data": …}              of go-tuf before 2: the form above
//	{"encrypted": false, "data": [key, …]}      of go-tuf before 2
//	{"keytype": …, "scheme": …, "keyval": …}    one key, of securesystemslib
type jsonFile struct {
	jsonKey
	Encrypted bool            `json:"encrypted"`
	Data      json.RawMessage `json:"data"`
	KDF       struct {
		Name   string `json:"name"`
		Params struct {
			N, R, P int
		} `json:"params"`
	} `json:"kdf"`
	Cipher struct {
		Name  string `json:"name"`
		Nonce []byte `json:"nonce"`
	} `json:"cipher"`
	Ciphertext []byte `json:"ciphertext"`
}

// jsonKey is a key object that has its private half.
type jsonKey struct {
	Type   string `json:"keytype"`
	Scheme string `json:"scheme"`
	Value  struct {
		Public  string `json:"public"`
		Private string `json:"private"`
	} `json:"keyval"`
}

// isJSON tells the forms of securesystemslib from PEM.
func isJSON(content []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) }

// readJSON reads the private keys in a file in JSON, as ReadKeys does.
func (k KeyStore) readJSON(path string, content []byte) (port.ForeignFile, error) {
	if len(content) > maxKeyFile {
		return port.ForeignFile{}, foreignFault(path, tooBig(maxKeyFile))
	}
	blocks, sealed, err := splitJSON(content)
	if err != nil {
		return port.ForeignFile{}, foreignFault(path, err)
	}
	var out port.ForeignFile
	for _, block := range blocks {
		key := port.ForeignKey{Block: block, Key: model.PrivateKey{Place: place, Path: path, Encrypted: sealed, Encoding: "JSON"}}
		if sealed {
			key.Key.Encoding = "JSON, scrypt and secretbox"
		} else if err := k.opening(key, nil, func(info model.PrivateKey, _ opened, _ publicKey) error {
			key.Key = info
			return nil
		}); err != nil {
			for _, b := range blocks {
				clear(b)
			}
			return port.ForeignFile{}, err
		}
		out.Keys = append(out.Keys, key)
	}
	return out, nil
}

// splitJSON parts a file into its keys, or returns what is encrypted. The error is a flaw.
func splitJSON(content []byte) (blocks [][]byte, sealed bool, err error) {
	var f jsonFile
	if json.Unmarshal(content, &f) != nil {
		return nil, false, flawf(Damaged, "is not complete JSON")
	}
	switch {
	case f.Ciphertext != nil:
		return [][]byte{bytes.Clone(content)}, true, f.readable()
	case f.Data != nil && f.Encrypted:
		var inner jsonFile
		if json.Unmarshal(f.Data, &inner) != nil || inner.Ciphertext == nil {
			return nil, false, flawf(Damaged, "contains no encrypted key")
		}
		return [][]byte{bytes.Clone(f.Data)}, true, inner.readable()
	case f.Data != nil:
		blocks, err = splitKeys(f.Data)
		return blocks, false, err
	case f.Type != "" && f.Value.Private != "":
		return [][]byte{bytes.Clone(content)}, false, nil
	case f.Type != "":
		return nil, false, flawf(NoPrivateKey, "contains a public key, not a private one")
	default:
		return nil, false, flawf(NoPrivateKey, "contains no private key in a known form of JSON")
	}
}

// splitKeys parts a list of keys.
func splitKeys(list []byte) ([][]byte, error) {
	var keys []json.RawMessage
	if json.Unmarshal(list, &keys) != nil || len(keys) == 0 {
		return nil, flawf(NoPrivateKey, "contains no list of private keys")
	}
	if len(keys) > maxForeignKeys {
		return nil, flawf(BeyondLimit, "contains more than the limit of %d keys", maxForeignKeys)
	}
	out := make([][]byte, len(keys))
	for i, key := range keys {
		out[i] = bytes.Clone(key)
	}
	return out, nil
}

// readable refuses an encryption that securesystemslib never uses, before it costs anything.
func (f *jsonFile) readable() error {
	const r, p, nonce = 8, 1, 24
	switch params := f.KDF.Params; {
	case f.KDF.Name != "scrypt" || f.Cipher.Name != "nacl/secretbox":
		return flawf(Unsupported, "is encrypted with other functions than scrypt and secretbox")
	case !slices.Contains([]int{1 << 15, 1 << 16, 1 << 17}, params.N) || params.R != r || params.P != p:
		return flawf(BeyondLimit, "derives its key with parameters that securesystemslib never uses")
	case len(f.Cipher.Nonce) != nonce:
		return flawf(Damaged, "has an incomplete nonce")
	}
	return nil
}

// openJSON opens a block that splitJSON has returned. id says which key is meant where an
// encrypted block has several. The error is a flaw, and never that of a decoder.
func openJSON(kept layout, block []byte, id model.KeyID, passphrase []byte) (opened, error) {
	var f jsonFile
	if json.Unmarshal(block, &f) != nil {
		return opened{}, flawf(Damaged, "is not complete JSON")
	}
	if f.Ciphertext == nil {
		return openKeyObject(&f.jsonKey)
	}
	if err := f.readable(); err != nil {
		return opened{}, err
	}
	if len(passphrase) == 0 {
		return opened{}, flawf(WrongPassphrase, "is encrypted and needs a passphrase")
	}
	plain, err := securesystems.Decrypt(block, passphrase)
	if err != nil {
		return opened{}, flawf(WrongPassphrase, "wrong passphrase")
	}
	defer clear(plain)
	trimmed := bytes.TrimSpace(plain)
	switch {
	case bytes.HasPrefix(trimmed, []byte("{")):
		var key jsonKey
		if json.Unmarshal(trimmed, &key) != nil {
			return opened{}, flawf(Damaged, "contains no complete key")
		}
		return openKeyObject(&key)
	case bytes.HasPrefix(trimmed, []byte("[")):
		return openOneOf(kept, trimmed, id)
	default:
		return parsePKCS8(plain)
	}
}

// openOneOf opens the key that is meant of a list.
func openOneOf(kept layout, list []byte, id model.KeyID) (opened, error) {
	keys, err := splitKeys(list)
	if err != nil {
		return opened{}, err
	}
	defer func() {
		for _, key := range keys {
			clear(key)
		}
	}()
	if len(keys) > 1 && id == "" {
		return opened{}, flawf(Unsupported, "contains %d encrypted keys; give each a file of its own", len(keys))
	}
	for _, text := range keys {
		var key jsonKey
		if json.Unmarshal(text, &key) != nil {
			return opened{}, flawf(Damaged, "contains no complete key")
		}
		one, err := openKeyObject(&key)
		if err != nil {
			return opened{}, err
		}
		if public, err := describe(kept, one.signer.Public()); len(keys) == 1 || err == nil && public.id == id {
			return one, nil
		}
		discard(one.signer)
	}
	return opened{}, flawf(OtherKey, "doesn't contain the key %s", id.Short())
}

// openKeyObject reads a key object. Its strings cannot be overwritten.
func openKeyObject(k *jsonKey) (opened, error) {
	if strings.Contains(k.Value.Private, "-----BEGIN ") {
		file, err := parseKeyFile([]byte(k.Value.Private))
		if err != nil {
			return opened{}, err
		}
		defer file.wipe()
		if file.encrypted() {
			return opened{}, flawf(Unsupported, "contains a key that is encrypted twice")
		}
		return file.open(nil)
	}
	raw, err := hex.DecodeString(k.Value.Private)
	if err != nil {
		return opened{}, flawf(Damaged, "contains no private key in PEM form or hexadecimal")
	}
	defer clear(raw)
	if parameters := mldsaByScheme[k.Scheme]; k.Type == "ml-dsa" && parameters != nil {
		key, err := mldsa.NewPrivateKey(parameters(), raw)
		if err != nil {
			return opened{}, flawf(Damaged, "contains no complete ML-DSA key")
		}
		return opened{signer: key, foreign: "contains an ML-DSA key, which has no place in the trust folder"}, nil
	}
	return openEd25519(k, raw)
}

// mldsaByScheme are the parameters of ML-DSA by the scheme that TUF metadata states (TAP 21).
var mldsaByScheme = map[string]func() mldsa.Parameters{"ml-dsa-44/1": mldsa.MLDSA44, "ml-dsa-65/1": mldsa.MLDSA65, "ml-dsa-87/1": mldsa.MLDSA87}

// openEd25519 reads a seed, or a seed and the public key, beside the public key.
func openEd25519(k *jsonKey, raw []byte) (opened, error) {
	if k.Type != "ed25519" {
		return opened{}, flawf(Unsupported, "contains a key of a type that is not known in hexadecimal")
	}
	if len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize {
		return opened{}, flawf(Damaged, "contains no complete Ed25519 key")
	}
	key := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	public := key[ed25519.SeedSize:]
	torn := len(raw) == ed25519.PrivateKeySize && !bytes.Equal(raw, key) ||
		k.Value.Public != "" && !strings.EqualFold(k.Value.Public, hex.EncodeToString(public))
	return opened{signer: key, torn: torn, foreign: "contains an Ed25519 key in RFC 8410 form, which notary and docker don't support"}, nil
}

// errNotCosign says that a block is none of cosign's.
var errNotCosign = errors.New("not a block of cosign")

// readCosign reads a PEM block of cosign.
func (k KeyStore) readCosign(path, blockType string, content []byte) (port.ForeignKey, error) {
	if !slices.Contains(cosignBlocks, blockType) {
		return port.ForeignKey{}, errNotCosign
	}
	found, err := k.readJSON(path, content)
	if err != nil || len(found.Keys) != 1 || !found.Keys[0].Key.Encrypted {
		return port.ForeignKey{}, flawf(Damaged, "contains no key as cosign encrypts it")
	}
	return found.Keys[0], nil
}
