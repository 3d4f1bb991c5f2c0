package ledger_test

import (
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
)

// The suite asks of no dialect what only Notary's is like.
func TestDialect(t *testing.T) {
	t.Parallel()
	err := dialecttest.Check(dialecttest.Subject{
		Dialect: ledger.Dialect{}, Signer: "night watch", NoSigner: "root", NoRole: "a/path",
		Serve: func(files map[model.RoleName][]byte, key dialecttest.Key, at time.Time) error {
			return ledger.Serve(files, key.Listed.ID, func(payload []byte) (dialect.Signature, error) {
				return ledger.Dialect{}.Sign(key.Listed.ID, key.Private, payload)
			}, at)
		},
	})
	if err != nil {
		t.Error(err)
	}
}
