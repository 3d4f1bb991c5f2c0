package model_test

import (
	"testing"

	"trustdeck/model"
)

// The words of other programs, and the names that people see, mean the same kinds of keys.
func TestParseAlgorithm(t *testing.T) {
	for word, want := range map[string]model.Algorithm{
		"ecdsa": model.ECDSAP256, "EC": model.ECDSAP256, "ecdsa-sha2-nistp384": model.ECDSAP384, "P-384": model.ECDSAP384,
		"ED25519": model.Ed25519, "rsa": model.RSA3072, "rsassa-pss-sha256": model.RSA3072,
		"ML-DSA-87": model.MLDSA87, "ml-dsa": model.MLDSA65, "ml-dsa-44/1": model.MLDSA44,
		"ECDSA P-256": model.ECDSAP256, "RSA 3072": model.RSA3072, "dsa": "dsa",
	} {
		if got := model.ParseAlgorithm(word); got != want {
			t.Errorf("%q means %q, want %q", word, got, want)
		}
	}
}
