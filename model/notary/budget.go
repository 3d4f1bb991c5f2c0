package notary

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"math/bits"

	"trustdeck/model/dialect"
)

// Limits on what one repository may cost, whatever its files are; see dialect.Budget. A
// repository with 100,000 tags and 200 delegations needs less than a tenth of each.
const (
	// MaxHeld is the most memory, in bytes, that the files of one repository take as
	// they came and as they were read.
	MaxHeld = 400 << 20
	// MaxWork is the most work on keys and signatures of one repository.
	MaxWork = 30_000_000
)

func newBudget() *dialect.Budget { return &dialect.Budget{MaxHeld: MaxHeld, MaxWork: MaxWork} }

// Memory that parts of a file take beside their text, in bytes: with what
// verification makes of them.
const (
	sizeTarget    = 176
	sizeEntry     = 256
	sizeHash      = 128
	sizeRole      = 1024
	sizePath      = 64
	sizeKeyID     = 256
	sizeKey       = 2048
	sizeSignature = 768
)

// workOfKey is what it takes to parse a key, in microseconds.
func workOfKey(text []byte) int64 { return 20 + int64(len(text))/10 }

// work is what it takes to check one signature by the key, in microseconds.
func (v *verifier) work(payload []byte) int64 {
	switch pub := v.public.(type) {
	case *ecdsa.PublicKey:
		switch size := pub.Params().BitSize; {
		case size <= 224:
			return 250
		case size <= 256:
			return 120
		case size <= 384:
			return 800
		default:
			return 2500
		}
	case *rsa.PublicKey:
		times := int64(pub.N.BitLen()+2047) / 2048
		exponent := uint64(pub.E) //nolint:gosec // positive, or the key did not parse
		steps := int64(bits.Len64(exponent) + bits.OnesCount64(exponent))
		return 100 + 300*times*times*steps/19
	case ed25519.PublicKey:
		return 120 + int64(len(payload))/250 // it signs the payload and no digest
	default:
		return 1
	}
}
