package trustdir

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"encoding/asn1"
	"testing"
)

// With the salt and the initialisation vector of a file that Notary or Docker
// wrote, the same file comes out, byte for byte.
func TestSealIsNotarys(t *testing.T) {
	for _, folder := range []string{"repoA", "repoB", "repoC"} {
		for _, k := range list(t, Open(trustFolder(t, folder))) {
			t.Run(folder+"/"+k.Label, func(t *testing.T) {
				text := sample(t, folder+"/private/"+string(k.ID)+keyEnding)
				file := must(parseKeyFile(text))
				if file.scheme == nil {
					t.Skip("not encrypted")
				}
				phrase := passphrase(folder, k)
				key := must(file.open(phrase))
				own := must(sealSalted(key.signer, k.Label, k.GUN, phrase, file.scheme.salt, file.scheme.iv))
				if !bytes.Equal(own, text) {
					t.Errorf("got\n%s\nNotary wrote\n%s", own, text)
				}
			})
		}
	}
}

// pkcs8Info writes PKCS#8 as Notary does: the algorithm is a bare list of
// object identifiers, without the NULL that RSA should have.
func pkcs8Info(t testing.TB, version int, algorithm []asn1.ObjectIdentifier, octets []byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(struct {
		Version   int
		Algorithm []asn1.ObjectIdentifier
		Octets    []byte
	}{version, algorithm, octets})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// parameters of PBKDF2; zero values of the optional ones are left out.
type kdfParams struct {
	Salt       []byte
	Iterations int64
	KeyLength  int64  `asn1:"optional"`
	PRF        kdfPRF `asn1:"optional"`
}

type kdfPRF struct {
	OID  asn1.ObjectIdentifier `asn1:"optional"`
	Null asn1.RawValue         `asn1:"optional"`
}

type encrypted struct {
	Scheme struct {
		OID    asn1.ObjectIdentifier
		Params struct {
			KDF struct {
				OID    asn1.ObjectIdentifier
				Params kdfParams
			}
			Cipher struct {
				OID asn1.ObjectIdentifier
				IV  []byte
			}
		}
	}
	Data []byte
}

// sealed encrypts as Notary does.
func sealed(t testing.TB, plain []byte, passphrase string, iterations int) []byte {
	t.Helper()
	return sealedWith(t, plain, passphrase, iterations, nil)
}

// sealedWith lets change alter the parameters that the file states, after the
// encryption.
func sealedWith(t testing.TB, plain []byte, passphrase string, iterations int, change func(*encrypted)) []byte {
	t.Helper()
	salt, iv := make([]byte, 8), make([]byte, aes.BlockSize)
	_, _ = rand.Read(salt)
	_, _ = rand.Read(iv)
	key, err := pbkdf2.Key(sha1.New, passphrase, salt, iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	data := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)

	var e encrypted
	e.Scheme.OID = oidPBES2
	e.Scheme.Params.KDF.OID = oidPBKDF2
	e.Scheme.Params.KDF.Params = kdfParams{Salt: salt, Iterations: int64(iterations)}
	e.Scheme.Params.Cipher.OID = ciphers[0].oid
	e.Scheme.Params.Cipher.IV = iv
	e.Data = data
	if change != nil {
		change(&e)
	}
	der, err := asn1.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
