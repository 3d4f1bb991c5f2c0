package peer

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"testing"
)

// Insert puts a card into the first reader of a service of its own, which has seen it when Insert
// returns.
func Insert(tb testing.TB, card Card) *CardService {
	tb.Helper()
	service := Cards(tb)
	tb.Cleanup(card.Remove)
	if err := card.Insert(service.Reader(0)); err != nil {
		tb.Fatal(err)
	}
	service.AwaitCards(tb, 1)
	return service
}

// Says fails unless the output of a program has all texts in it.
func Says(tb testing.TB, output string, texts ...string) {
	tb.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			tb.Errorf("no %q in:\n%s", text, output)
		}
	}
}

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
