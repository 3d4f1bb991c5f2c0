package tuftest

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
)

// Subject is TUF 1.0, or something near it, to be tried. No server signs anything.
func Subject(d dialect.Writable) dialecttest.Subject {
	return dialecttest.Subject{
		Dialect: d, Signer: "night watch", NoSigner: "root", NoRole: "a\nb", Prefix: "night watch/",
		Serve: func(map[model.RoleName][]byte, dialecttest.Key, time.Time) error { return nil },
	}
}
