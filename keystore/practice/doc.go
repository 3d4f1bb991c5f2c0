// Package practice is a token of the practice world: a smart card in memory that asks for its PIN
// and a touch as a real one does, counts wrong PINs, and can be pulled out at any moment. It is
// for practice alone: its keys are no secret, and are lost when the program ends.
//
// Entry point: New.
package practice
