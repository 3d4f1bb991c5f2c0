package model

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// MaxPassphrase is the length in bytes of the longest passphrase under which a key
// is kept. Notary sets no limit; what is longer is rather a file that was given by
// mistake.
const MaxPassphrase = 4096

// CheckPassphrase says why a private key must not be kept under a passphrase; nil
// where it may. The error is a *Fault of kind FaultSecret without a subject. A short
// one is not refused: other programs take it from scripts, and only their prompts do not.
// prompting names those whose prompts ask for at least 8 characters; empty where there are
// none.
func CheckPassphrase(passphrase []byte, prompting string) error {
	refuse := func(text, hint string) error { return &Fault{Kind: FaultSecret, Text: text, Hint: hint} }
	choose, leaveOut := "Choose one.", "Leave that out."
	if prompting != "" {
		choose = "Choose one; the prompts of " + prompting + " ask for at least 8 characters."
		leaveOut = "Leave those characters out: the prompts of " + prompting + " can't accept them."
	}
	switch {
	case len(passphrase) == 0:
		return refuse("a private key needs a passphrase", choose)
	case len(passphrase) > MaxPassphrase:
		return refuse(fmt.Sprintf("the passphrase is longer than %d bytes", MaxPassphrase),
			"Choose a shorter one. If it came from a file, check that it is the right file.")
	case len(bytes.TrimSpace(passphrase)) != len(passphrase), bytes.ContainsAny(passphrase, "\r\n\x00"):
		return refuse("the passphrase starts or ends with white space, or contains a line break or zero byte", leaveOut)
	default:
		return nil
	}
}

// The places of private keys.
const (
	PlaceFile  = "file"
	PlaceToken = "token"
)

// PrivateKey describes a private key that is at hand, without its secret.
type PrivateKey struct {
	// ID is the one under which its store has the key. For a key file it is taken from
	// the file's name and not proved until the key is decrypted.
	ID KeyID
	// Also are the other canonical IDs of the key, sorted: those of dialects that compute
	// IDs in another way than its store does.
	Also []KeyID
	// SPKI is the DER of the SubjectPublicKeyInfo; nil while only the passphrase shows it.
	SPKI []byte
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
	// Place is PlaceFile or PlaceToken.
	Place string
	// Path of the file, or the slot of the token: "slot 9c".
	Path string
	// Store is the name of the key store that has it; empty where only one was asked.
	Store string
	// Second is true where the store uses another file of the same key.
	Second bool
	// Legacy is true for the folder layout from before Notary 0.4.
	Legacy bool
	// Modified is when the file was last written.
	Modified time.Time
	// Fault says what is wrong with the file; nil where nothing is.
	Fault *Fault
	// Warned is true where the Fault only warns: the key can be used all the same, as
	// other clients use it.
	Warned bool
	// Exposed is true where other users of the machine may read or change the file.
	Exposed bool
}

// Is reports whether id is one of the key's IDs.
func (k PrivateKey) Is(id KeyID) bool {
	return id != "" && (k.ID == id || slices.Contains(k.Also, id))
}

// IDs are all IDs of the key; none where it has none.
func (k PrivateKey) IDs() []KeyID {
	if k.ID == "" {
		return nil
	}
	return append([]KeyID{k.ID}, k.Also...)
}

// IsAny reports whether one of some IDs is the key's.
func (k PrivateKey) IsAny(ids []KeyID) bool { return slices.ContainsFunc(ids, k.Is) }

// Usable reports whether the key can be opened with its passphrase, as far as its file
// shows.
func (k PrivateKey) Usable() bool { return k.Fault == nil || k.Warned }

// DistinctKeys keeps one file of each key, in order: the one that its store uses. It leaves
// out files that hold no key.
func DistinctKeys(keys []PrivateKey) []PrivateKey {
	var out []PrivateKey
	at := map[KeyID]int{}
	for _, k := range keys {
		i, had := at[k.ID]
		switch {
		case k.ID == "":
		case !had:
			at[k.ID], out = len(out), append(out, k)
		case out[i].Second && !k.Second:
			out[i] = k
		}
	}
	return out
}
