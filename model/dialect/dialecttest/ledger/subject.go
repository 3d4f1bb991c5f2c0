package ledger

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
)

// Subject is the dialect, to be tried.
func Subject() dialecttest.Subject {
	return dialecttest.Subject{
		Dialect: Dialect{}, Signer: "night watch", NoSigner: "root", NoRole: "a/path",
		Serve: func(files map[model.RoleName][]byte, key dialecttest.Key, at time.Time) error {
			return serve(files, at, func(payload []byte) (dialect.Signature, error) {
				return Dialect{}.Sign(key.Listed, key.Private, payload)
			})
		},
	}
}
