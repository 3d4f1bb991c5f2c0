package model

import (
	"bytes"
	"cmp"
	"strings"
	"time"
)

// Token is a smart card that keeps private keys, as it was read when it was last looked at. It
// holds no secret. Everything in it comes from the token or its reader, and is cleaned where
// it is shown.
type Token struct {
	// Serial is the number on the token, in decimal; empty where it does not tell.
	Serial string
	// Product is what its maker calls it, and Form how it is built: "YubiKey 5", "USB-C keychain".
	Product, Form string
	// Firmware is its version: "5.7.1".
	Firmware string
	// Reader is the name under which the system knows where it is plugged in.
	Reader string
	// PIN opens its keys, and PUK unblocks the PIN.
	PIN, PUK TokenSecret
	// Management is what guards the making and removing of keys.
	Management ManagementKey
	// Slots are those that hold something, in the order of their numbers.
	Slots []TokenSlot
	// Fault says why it could not be read, or not whole; nil where nothing is wrong.
	Fault *Fault
}

// Name is what people call the token: "YubiKey 1234567".
func (t *Token) Name() string {
	maker, _, _ := strings.Cut(t.Product, " ")
	return strings.TrimSpace(cmp.Or(maker, "token") + " " + t.Serial)
}

// TokenSecret is what a token says about its PIN or PUK. A token that does not say costs no
// try to find out.
type TokenSecret struct {
	// TriesLeft is how many wrong answers it still takes, and Tries how many when all are left;
	// both are -1 where the token does not say.
	TriesLeft, Tries int
	// Default tells whether it is the one from the factory.
	Default Knowledge
}

// The length of a PIN in bytes (NIST SP 800-73-4, part 2, section 2.4.3).
const (
	MinPIN = 6
	MaxPIN = 8
)

// CheckPIN says why this can't be a new PIN, before a token is asked: it may refuse more. The error
// does not quote it.
func CheckPIN(pin []byte) error {
	const filler = 0xff // tokens fill shorter PINs up with it
	if len(pin) < MinPIN || len(pin) > MaxPIN || bytes.IndexByte(pin, filler) >= 0 {
		return &Fault{Kind: FaultSecret, Text: "a PIN has 6 to 8 characters", Hint: "Choose another PIN."}
	}
	return nil
}

// Knowledge is what is known about a question of yes or no.
type Knowledge int

// The answers. Unknown is the zero value.
const (
	Unknown Knowledge = iota
	No
	Yes
)

// String returns "unknown", "no" or "yes".
func (k Knowledge) String() string { return word(int(k), "unknown", "no", "yes") }

// word is that of a value; the first is that of any other.
func word(value int, words ...string) string {
	if value < 0 || value >= len(words) {
		return words[0]
	}
	return words[value]
}

// ManagementKey is what a token says about its management key.
type ManagementKey struct {
	// Algorithm is "3DES", "AES-128", "AES-192" or "AES-256"; empty where the token does not say.
	Algorithm string
	// Default tells whether it is the one from the factory.
	Default Knowledge
	// Protected is true where the token keeps it, and the PIN opens it.
	Protected bool
}

// KeyOrigin is where the private key in a slot was made.
type KeyOrigin int

// The origins. OriginUnknown is the zero value: older firmware does not say.
const (
	OriginUnknown KeyOrigin = iota
	// OriginToken: on the token, which has never given it away.
	OriginToken
	// OriginImported: elsewhere; copies may exist.
	OriginImported
)

// String returns "unknown", "token" or "imported".
func (o KeyOrigin) String() string { return word(int(o), "unknown", "token", "imported") }

// UsePolicy is when a slot asks for the PIN or for a touch.
type UsePolicy int

// The policies. PolicyUnknown is the zero value: older firmware does not say.
const (
	PolicyUnknown UsePolicy = iota
	PolicyNever
	// PolicyOnce: once while the token stays open.
	PolicyOnce
	// PolicyCached: a touch holds for 15 seconds.
	PolicyCached
	PolicyAlways
)

// String returns "unknown", "never", "once", "cached" or "always".
func (p UsePolicy) String() string {
	return word(int(p), "unknown", "never", "once", "cached", "always")
}

// SlotState is what a slot holds.
type SlotState int

// The states of a slot. SlotWhole is the zero value.
const (
	// SlotWhole: a private key, and a certificate of it.
	SlotWhole SlotState = iota
	// SlotKeyOnly: a private key without a certificate.
	SlotKeyOnly
	// SlotCertificateOnly: a certificate whose private key is not there.
	SlotCertificateOnly
	// SlotMismatch: a certificate of another key than the slot's.
	SlotMismatch
	// SlotUnproved: a certificate; the firmware does not tell which key is there.
	SlotUnproved
)

// String returns "whole", "key only", "certificate only", "mismatch" or "unproved".
func (s SlotState) String() string {
	return word(int(s), "whole", "key only", "certificate only", "mismatch", "unproved")
}

// TokenSlot is one place for a key on a token.
type TokenSlot struct {
	// ID is its number in the field's form: "9c".
	ID string
	// State is what it holds.
	State SlotState
	// SPKI is the DER of the public key's SubjectPublicKeyInfo: that of the private key where
	// the token tells, else that of the certificate; nil where neither is readable.
	SPKI []byte
	// Algorithm as Key.Algorithm.
	Algorithm string
	// Origin, PIN and Touch are what the token says about the private key.
	Origin     KeyOrigin
	PIN, Touch UsePolicy
	// Certificate is the DER that lies in the slot; nil where there is none. Subject and
	// Expires are taken from it.
	Certificate []byte
	Subject     string
	Expires     time.Time
	// Fault says what is wrong with what the slot holds.
	Fault *Fault
}

// HasKey reports whether the slot has a private key, as far as the token tells.
func (s *TokenSlot) HasKey() bool { return s.State != SlotCertificateOnly && s.SPKI != nil }

// OtherToken is a token of which little more is known than which keys it shows: one that a module
// reads. What it says of itself is not verified.
type OtherToken struct {
	// Name is that of the token as a store of keys.
	Name string
	// Product and Maker are as it states them; empty where it doesn't.
	Product, Maker string
	// Label and Serial are what its Name is made of.
	Label, Serial string
	// Keys are those that it shows.
	Keys []PrivateKey
	// Fault is why it can't be read; nil where it can.
	Fault *Fault
}
