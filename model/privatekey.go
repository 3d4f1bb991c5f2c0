package model

import "time"

// PrivateKey describes a private key that is at hand, without its secret.
type PrivateKey struct {
	// ID is the canonical key ID. For a key file it is taken from the file's
	// name and not proved until the key is decrypted.
	ID KeyID
	// Label is the role header: root, targets, snapshot, or for delegation
	// keys whatever name the key was given.
	Label string
	// GUN of the repository; empty for root and delegation keys.
	GUN GUN
	// Algorithm as Key.Algorithm; empty while the key is encrypted.
	Algorithm string
	// Encrypted tells whether a passphrase is needed.
	Encrypted bool
	// Encoding names the form, for example "PKCS#8, PBES2" or
	// "PEM, DEK-Info AES-128-CBC".
	Encoding string
	// Place is "file"; later also "token".
	Place string
	// Path of the file.
	Path string
	// Legacy is true for the folder layout from before Notary 0.4.
	Legacy bool
	// Modified is when the file was last written.
	Modified time.Time
	// Fault says what is wrong with the file; nil where nothing is.
	Fault *Fault
}
