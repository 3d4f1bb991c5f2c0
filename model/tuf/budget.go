package tuf

import (
	"crypto/ecdsa"
	"crypto/rsa"

	"trustdeck/model/dialect"

	"filippo.io/mldsa"
)

// MaxWork is the most work on keys and signatures of one repository; see dialect.Budget.
const MaxWork = 60_000_000

func newBudget() *dialect.Budget { return &dialect.Budget{MaxWork: MaxWork} }

// workOfKey is what it takes to parse a key, in microseconds.
func workOfKey(text []byte) int64 { return 20 + int64(len(text))/10 }

// work is what it takes to check one signature by the key, in microseconds.
func (v *verifier) work(payload []byte) int64 {
	switch public := v.public.(type) {
	case *ecdsa.PublicKey:
		if public.Params().BitSize > 256 {
			return 800 + int64(len(payload))/250
		}
		return 120
	case *rsa.PublicKey:
		times := int64(public.N.BitLen()+2047) / 2048
		// An exponent of 32 bits costs about as much as 64 squarings.
		return 100 + 300*times*times*4
	case *mldsa.PublicKey:
		return 250 + int64(len(payload))/250
	default:
		return 120 + int64(len(payload))/250
	}
}
