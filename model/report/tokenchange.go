package report

import (
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
)

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

// TokenChange is the answer of "trustdeck token generate", "trustdeck token import" and "trustdeck
// token certificate".
type TokenChange struct {
	Answer
	// Name and Serial are those of the token.
	Name   string `json:"name"`
	Serial string `json:"serial"`
	// Slot is the one that was changed, as it was read back where that succeeded.
	Slot TokenSlot `json:"slot"`
	// Public is the file with the public key that was written.
	Public string `json:"public,omitempty"`
}

// NewTokenChange makes the answer of a kind: "token-generate", "token-import" or
// "token-certificate".
func NewTokenChange(kind, serial string, c *tokens.Changed) TokenChange {
	used := admin.SlotUse{TokenSlot: c.Slot, IDs: []model.KeyID{c.ID}}
	return TokenChange{
		Answer: answer(kind), Name: c.Token.Name(), Serial: serial, Slot: newTokenSlot(&used, c.Token.Firmware), Public: c.Public,
	}
}
