package notary

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/bits"
)

// Limits on what one repository may cost, whatever its files are. A repository with
// 100,000 tags and 200 delegations needs less than a tenth of each.
const (
	// MaxGiven is the most bytes that are read for one repository.
	MaxGiven = 512 << 20
	// MaxHeld is the most memory, in bytes, that the files of one repository take as
	// they came and as they were read.
	MaxHeld = 400 << 20
	// MaxUnanswered is the most bytes that the requests of one round may bring.
	MaxUnanswered = 128 << 20
	// MaxWork is the most work on keys and signatures of one repository, in
	// microseconds of a processor of 2020. It is counted and not measured.
	MaxWork = 30_000_000
)

// A budget is what is spent on one repository. A nil one has no limits.
type budget struct {
	given, held, work int64
	// over is the limit that was reached first; empty where none was.
	over string
}

var errBudget = errors.New("this repository has taken all the work that is spent on one")

// admit counts the bytes of a file that came, and reports whether it may stay.
func (b *budget) admit(n int64) error {
	if b == nil {
		return nil
	}
	b.given += n
	if b.given > MaxGiven {
		return b.exhausted("its files have more than %d MiB in all", MaxGiven)
	}
	return b.hold(n)
}

// hold counts memory that stays.
func (b *budget) hold(n int64) error {
	if b == nil {
		return nil
	}
	b.held += n
	if b.held > MaxHeld {
		return b.exhausted("its files need more than %d MiB of memory", MaxHeld)
	}
	return nil
}

// spend counts work; it reports whether it may be done.
func (b *budget) spend(work int64) bool {
	if b == nil {
		return true
	}
	if b.work += work; b.work > MaxWork {
		_ = b.exhausted("its keys and signatures need more than %d seconds of work", MaxWork)
		return false
	}
	return true
}

func (b *budget) exhausted(format string, limit int64) error {
	if limit == MaxWork {
		limit /= 1_000_000
	} else {
		limit >>= 20
	}
	text := fmt.Sprintf(format, limit)
	if b.over == "" {
		b.over = text
	}
	return errors.New(text + ", more than is spent on one repository")
}

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
