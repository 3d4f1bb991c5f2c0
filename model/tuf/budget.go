package tuf

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"

	"filippo.io/mldsa"
)

// Limits on what one repository may cost, whatever its files are.
const (
	// MaxGiven is the most bytes that are read for one repository.
	MaxGiven = 512 << 20
	// MaxUnanswered is the most bytes that the requests of one round may bring.
	MaxUnanswered = 128 << 20
	// MaxWork is the most work on keys and signatures of one repository, in
	// microseconds of a processor of 2020. It is counted and not measured.
	MaxWork = 60_000_000
)

// A budget is what is spent on one repository. A nil one has no limits.
type budget struct {
	given, work int64
	// over is the limit that was reached first; empty where none was.
	over string
}

var errBudget = errors.New("this repository has taken all the work that is spent on one")

// admit counts the bytes of a file that came, and reports whether it may stay.
func (b *budget) admit(n int64) error {
	if b == nil {
		return nil
	}
	if b.given += n; b.given > MaxGiven {
		return b.tooMuch()
	}
	return nil
}

// tooMuch notes that the files of the repository are more than is read.
func (b *budget) tooMuch() error {
	return b.exhausted(fmt.Sprintf("its files have more than %d MiB in all", MaxGiven>>20))
}

// spend counts work; it reports whether it may be done.
func (b *budget) spend(work int64) bool {
	if b == nil {
		return true
	}
	if b.work += work; b.work > MaxWork {
		_ = b.exhausted(fmt.Sprintf("its keys and signatures need more than %d seconds of work", MaxWork/1_000_000))
		return false
	}
	return true
}

func (b *budget) exhausted(text string) error {
	if b.over == "" {
		b.over = text
	}
	return errors.New(text + ", more than is spent on one repository")
}

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
