package dialect

import (
	"errors"
	"fmt"
)

// Limits on what is read for one repository, whatever its files are.
const (
	// MaxGiven is the most bytes that are read for one repository.
	MaxGiven = 512 << 20
	// MaxUnanswered is the most bytes that the requests of one round may bring.
	MaxUnanswered = 128 << 20
)

// A Budget is what is spent on one repository. A nil one has no limits.
type Budget struct {
	// Given are the bytes of the files that came, and Held is the memory that stays of them.
	Given, Held int64
	// Work is that on keys and signatures, in microseconds of a processor of 2020. It is counted
	// and not measured.
	Work int64
	// MaxHeld and MaxWork are the most that there may be of both; MaxHeld is 0 where a dialect
	// does not count what stays.
	MaxHeld, MaxWork int64
	// Over is the limit that was reached first; empty where none was.
	Over string
}

// ErrBudget is the error of a key or signature that is not looked at because the budget is spent.
var ErrBudget = errors.New("this repository exceeds the work limit for one repository")

// Admit counts the bytes of a file that came. The error means that it may not stay.
func (b *Budget) Admit(n int64) error {
	if b == nil {
		return nil
	}
	if b.Given += n; b.Given > MaxGiven {
		return b.Full()
	}
	return b.Hold(n)
}

// Fits reports whether so many more bytes may come.
func (b *Budget) Fits(n int64) bool { return b.Given+n <= MaxGiven }

// Full notes that the files of the repository are more than is read.
func (b *Budget) Full() error {
	return b.exhausted("its files are larger than %d MiB in total", MaxGiven>>20)
}

// Hold counts memory that stays.
func (b *Budget) Hold(n int64) error {
	if b == nil {
		return nil
	}
	if b.Held += n; b.MaxHeld > 0 && b.Held > b.MaxHeld {
		return b.exhausted("its files need more than %d MiB of memory", b.MaxHeld>>20)
	}
	return nil
}

// Spend counts work, and reports whether it may be done.
func (b *Budget) Spend(work int64) bool {
	if b == nil {
		return true
	}
	if b.Work += work; b.Work > b.MaxWork {
		_ = b.exhausted("its keys and signatures need more than %d seconds of work", b.MaxWork/1_000_000)
		return false
	}
	return true
}

func (b *Budget) exhausted(format string, limit int64) error {
	text := fmt.Sprintf(format, limit)
	if b.Over == "" {
		b.Over = text
	}
	return errors.New(text + ", more than the limit for one repository")
}
