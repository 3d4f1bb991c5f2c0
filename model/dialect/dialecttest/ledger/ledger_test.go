package ledger_test

import (
	"testing"

	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
)

// The suite asks of no dialect what only Notary's is like.
func TestDialect(t *testing.T) {
	t.Parallel()
	if err := dialecttest.Check(ledger.Subject()); err != nil {
		t.Error(err)
	}
}
