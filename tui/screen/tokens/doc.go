// Package tokens is the screen of the tokens that are plugged in: what each is, its keys with
// where they are used, what is wrong with it, and what is lost with it. It spends no try of a PIN
// and asks for no touch.
//
// Entry point: New.
package tokens
