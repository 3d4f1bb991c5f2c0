package notary

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxPublicFile is the largest file of a public key in bytes that is read.
const MaxPublicFile = 64 << 10

// ParsePublicFile reads the public key that somebody has handed over: in PEM form,
// bare or as a certificate (notary-v1, 2.4). It refuses what nobody could sign or
// verify with at any time; CheckKey knows about the present. The error is one
// sentence about the file.
func (Format) ParsePublicFile(text []byte) (PublicKey, error) {
	if len(text) > MaxPublicFile {
		return PublicKey{}, fmt.Errorf("it is larger than %d KiB, too large for a public key", MaxPublicFile>>10)
	}
	block, err := onlyBlock(text)
	if err != nil {
		return PublicKey{}, err
	}
	var k PublicKey
	switch block.Type {
	case "PUBLIC KEY":
		k, err = bareFile(block.Bytes)
	case "CERTIFICATE":
		k, err = certifiedFile(block.Bytes)
	default:
		err = fmt.Errorf("it contains %q, which is not a public key", clip(block.Type))
	}
	if err != nil {
		return PublicKey{}, err
	}
	return k, atAnyTime(k)
}

// onlyBlock is the one block of a file in PEM form.
func onlyBlock(text []byte) (*pem.Block, error) {
	first, rest := pem.Decode(text)
	if first == nil {
		switch trimmed := bytes.TrimSpace(text); {
		case len(trimmed) == 0:
			return nil, errors.New("it is empty")
		case bytes.HasPrefix(trimmed, []byte("ssh-")), bytes.HasPrefix(trimmed, []byte("ecdsa-sha2-")):
			return nil, errors.New("it is an SSH public key; to convert it to PEM, run: ssh-keygen -e -m PKCS8 -f FILE")
		default:
			return nil, errors.New("it is not a PEM key")
		}
	}
	blocks := 0
	for block := first; block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			clear(block.Bytes)
			return nil, errPrivateKey
		}
		blocks++
	}
	if blocks > 1 {
		return nil, errors.New("it contains more than one key or certificate; give exactly one")
	}
	return first, nil
}

var errPrivateKey = errors.New("it contains a private key; give the public key, and treat this private key as exposed")

func bareFile(der []byte) (PublicKey, error) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return PublicKey{}, errors.New("the public key in it does not parse")
	}
	return signing(public, func() (PublicKey, error) { return Bare(public) })
}

func certifiedFile(der []byte) (PublicKey, error) {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return PublicKey{}, errors.New("the certificate in it does not parse")
	}
	return signing(leaf.PublicKey, func() (PublicKey, error) {
		return Certified(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	})
}

// signing lists a key of an algorithm with which a person can sign. Ed25519 is for
// servers: neither notary nor docker trust takes it for a delegation, or reads the
// private half.
func signing(public crypto.PublicKey, list func() (PublicKey, error)) (PublicKey, error) {
	switch public.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
		return list()
	case ed25519.PublicKey:
		return PublicKey{}, errors.New("it contains an Ed25519 key, which notary and docker trust can't sign with")
	default:
		return PublicKey{}, errors.New("it contains a key with an algorithm that Notary doesn't support")
	}
}

// atAnyTime says why a key can never be used: CheckKey at the one moment at which
// a certificate is valid for sure.
func atAnyTime(k PublicKey) error {
	var begin time.Time
	if v := newVerifier(&k, nil); v.leaf != nil {
		begin = v.leaf.NotBefore
	}
	return CheckKey(k, "", begin)
}
