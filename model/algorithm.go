package model

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"strings"
)

// Algorithm is a kind of key that can be made, as command lines call it. The empty one is the
// usual kind of a dialect.
type Algorithm string

// The kinds.
const (
	ECDSAP256 Algorithm = "ecdsa-p256"
	ECDSAP384 Algorithm = "ecdsa-p384"
	Ed25519   Algorithm = "ed25519"
	RSA3072   Algorithm = "rsa-3072"
	MLDSA44   Algorithm = "ml-dsa-44"
	MLDSA65   Algorithm = "ml-dsa-65"
	MLDSA87   Algorithm = "ml-dsa-87"
)

// algorithmNames are those that Key.Algorithm has for keys of these kinds.
var algorithmNames = map[Algorithm]string{
	ECDSAP256: "ECDSA P-256", ECDSAP384: "ECDSA P-384", Ed25519: "Ed25519", RSA3072: "RSA 3072",
	MLDSA44: "ML-DSA-44", MLDSA65: "ML-DSA-65", MLDSA87: "ML-DSA-87",
}

// String names the algorithm for people, as Key.Algorithm does.
func (a Algorithm) String() string {
	if name, ok := algorithmNames[a]; ok {
		return name
	}
	return string(a)
}

// algorithmAliases are other words for the kinds: those of openssl and ssh-keygen, and the
// schemes of TUF.
var algorithmAliases = map[string]Algorithm{
	"ec": ECDSAP256, "ecdsa": ECDSAP256, "p256": ECDSAP256, "p-256": ECDSAP256, "ecdsa-sha2-nistp256": ECDSAP256,
	"p384": ECDSAP384, "p-384": ECDSAP384, "ecdsa-sha2-nistp384": ECDSAP384,
	"rsa": RSA3072, "rsassa-pss-sha256": RSA3072,
	"ml-dsa": MLDSA65, "ml-dsa-44/1": MLDSA44, "ml-dsa-65/1": MLDSA65, "ml-dsa-87/1": MLDSA87,
}

// ParseAlgorithm finds the kind that a word means, whatever its case; a word that means none
// is returned as it is.
func ParseAlgorithm(word string) Algorithm {
	lower := strings.ReplaceAll(strings.ToLower(word), " ", "-")
	for a, name := range algorithmNames {
		if strings.EqualFold(word, name) {
			return a
		}
	}
	if a, ok := algorithmAliases[lower]; ok {
		return a
	}
	if _, ok := algorithmNames[Algorithm(lower)]; ok {
		return Algorithm(lower)
	}
	return Algorithm(word)
}

// AlgorithmOf describes a public key of the standard library as Key.Algorithm does; it is empty
// for any other.
func AlgorithmOf(public crypto.PublicKey) string {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + public.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", public.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return ""
	}
}
