package secrets

import (
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/port"
)

// LeastPassphrase is the shortest passphrase that a new key is kept under, in
// characters: that of notary and docker, which refuse a shorter one.
const LeastPassphrase = 8

// Strength says in words how good a new passphrase or PIN is, and whether it will do. It
// keeps nothing of it.
func Strength(ask port.SecretAsk, passphrase []byte) (words string, ok bool) {
	if ask.Kind == port.PIN {
		if err := model.CheckPIN(passphrase); err != nil {
			return err.Error(), false
		}
		return "long enough", true
	}
	n := utf8.RuneCount(passphrase)
	switch {
	case n == 0:
		return "a key needs a passphrase", false
	case n < LeastPassphrase:
		return "too short; use at least 8 characters", false
	case n < 14:
		return "short; several unrelated words are better", true
	default:
		return "long enough", true
	}
}
