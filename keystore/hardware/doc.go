// Package hardware is what the stores of keys on tokens share: the memory of PINs that a token has
// refused, and the check of what it has signed.
//
// Entry points: NewRefusals, Verifies.
package hardware
