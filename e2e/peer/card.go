package peer

import (
	"context"
	"crypto/x509"
	"net"
)

// Card is a software card, as tests use it: those of packages card and pivcard.
type Card interface {
	// Insert puts the card into a reader, to which dial connects it.
	Insert(dial func() (net.Conn, error)) error
	// Remove pulls the card out, also in the middle of a command. What it holds stays.
	Remove()
	// Touch touches the card; it is false where the card wasn't waiting for that.
	Touch() bool
	// KeepTouching has the card touched whenever it waits for that, or no longer.
	KeepTouching(yes bool)
	// AwaitBlink returns when the card waits to be touched.
	AwaitBlink(ctx context.Context) error
	// Blinks is how often the card has asked to be touched.
	Blinks() int
	// CommandCount is how many commands the card has been sent, and PINsSent how many of them
	// have carried a PIN or PUK.
	CommandCount() int
	PINsSent() int
	// Signatures is how many commands have asked for the use of a private key.
	Signatures() int
	// Tries are how many wrong PINs and PUKs the card still takes.
	Tries() (pin, puk int)
	// AttestationRoot is the certificate to which attestations lead.
	AttestationRoot() *x509.Certificate
}
