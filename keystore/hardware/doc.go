// Package hardware is what the stores of keys on tokens share: how keys are called, which token has
// one, the PIN of a key that is open, the memory of PINs that a token has refused, and the check of
// what it has signed.
//
// Entry points: KeyID, Unlock, Remove, HoldPIN, NewRefusals, SignMessage, Verifies.
package hardware
