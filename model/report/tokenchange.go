package report

import "trustdeck/model"

// TokenPIN is the answer of "trustdeck token pin".
type TokenPIN struct {
	Answer
	// Name and Serial are those of the token: "YubiKey 1234567".
	Name   string `json:"name"`
	Serial string `json:"serial"`
	// PIN is what the token says about the new one.
	PIN TokenSecret `json:"pin"`
}

// NewTokenPIN makes the answer, of a token as it was read back.
func NewTokenPIN(t *model.Token) TokenPIN {
	return TokenPIN{Answer: answer("token-pin"), Name: t.Name(), Serial: t.Serial, PIN: newTokenSecret(t.PIN)}
}
