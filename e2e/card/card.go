package card

import (
	"context"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"time"
)

// Config is what a card is like when it comes from the factory.
type Config struct {
	// Firmware is one of V435, V543 and V571.
	Firmware Version
	Serial   uint32
	// TouchLimit is how long the card waits to be touched; 15 seconds where it is 0.
	TouchLimit time.Duration
	// Forge replaces the answers of the card, status words included; nil leaves them.
	Forge func(cmd Command, answer []byte) []byte
}

// Card is a YubiKey. It lasts while the test does; what is in it stays when it is removed.
type Card struct {
	firmware   Version
	serial     uint32
	touchLimit time.Duration
	forge      func(Command, []byte) []byte
	attester   attester
	finger     *finger

	// mu guards what follows. Only one command runs at a time.
	mu       sync.Mutex
	pin, puk secret
	manager  managementKey
	keys     map[byte]*slotKey
	objects  map[int][]byte
	session  session
	// parts are those of a command that is not complete, and rest is what is left of an answer.
	parts, rest []byte

	// noted guards what the card has seen.
	noted    sync.Mutex
	commands []Command

	// plug guards the connection to the reader.
	plug sync.Mutex
	conn net.Conn
	// gone is closed when the card is removed, and ended when its last command has ended.
	gone, ended chan struct{}
}

// New makes a card with the PIN 123456, the PUK 12345678, and no keys.
func New(c Config) (*Card, error) {
	a, err := newAttester()
	if err != nil {
		return nil, err
	}
	if c.TouchLimit == 0 {
		c.TouchLimit = 15 * time.Second
	}
	card := &Card{firmware: c.Firmware, serial: c.Serial, touchLimit: c.TouchLimit, forge: c.Forge, attester: a, finger: newFinger()}
	card.reset()
	return card, nil
}

// reset makes the card as it comes from the factory. The key that attests stays.
func (c *Card) reset() {
	c.pin, c.puk = newSecret("123456"), newSecret("12345678")
	c.manager = factoryKey(c.firmware)
	c.keys = map[byte]*slotKey{}
	c.objects = map[int][]byte{objectAttestation: certificateObject(c.attester.certificate.Raw)}
	c.session = session{}
}

// Insert puts the card into a reader, to which dial connects it.
func (c *Card) Insert(dial func() (net.Conn, error)) error {
	c.Remove()
	conn, err := dial()
	if err != nil {
		return err
	}
	c.plug.Lock()
	defer c.plug.Unlock()
	gone, ended := make(chan struct{}), make(chan struct{})
	c.conn, c.gone, c.ended = conn, gone, ended
	go func() {
		defer close(ended)
		c.serve(conn, gone)
	}()
	return nil
}

// Remove pulls the card out of its reader, in the middle of a command if need be. It does
// nothing where the card is in none.
func (c *Card) Remove() {
	c.plug.Lock()
	defer c.plug.Unlock()
	if c.conn == nil {
		return
	}
	close(c.gone)
	_ = c.conn.Close()
	<-c.ended
	c.conn = nil
}

// Touch touches the card. It reports whether the card was waiting for that.
func (c *Card) Touch() bool { return c.finger.touch() }

// KeepTouching has the card touched whenever it waits for that, or no longer.
func (c *Card) KeepTouching(yes bool) { c.finger.keep(yes) }

// AwaitBlink returns when the card waits to be touched.
func (c *Card) AwaitBlink(ctx context.Context) error { return c.finger.await(ctx) }

// Blinks is how often the card has asked to be touched.
func (c *Card) Blinks() int { return c.finger.count() }

// Tries are how many wrong PINs and PUKs the card still takes.
func (c *Card) Tries() (pin, puk int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin.left, c.puk.left
}

// CommandCount is how many commands the card has carried out.
func (c *Card) CommandCount() int { return len(c.carriedOut()) }

// carriedOut are the commands that the card has carried out, in order.
func (c *Card) carriedOut() []Command {
	c.noted.Lock()
	defer c.noted.Unlock()
	return slices.Clone(c.commands)
}

// PINsSent is how many commands have carried a PIN or PUK.
func (c *Card) PINsSent() int {
	n := 0
	for _, cmd := range c.carriedOut() {
		switch cmd.Instruction {
		case insVerify, insChangeReference, insResetTries:
			if cmd.Length > 0 {
				n++
			}
		}
	}
	return n
}

// Signatures is how many commands have asked for the use of a private key.
func (c *Card) Signatures() int {
	n := 0
	for _, cmd := range c.carriedOut() {
		if cmd.Instruction == insAuthenticate && cmd.P2 != slotManagement {
			n++
		}
	}
	return n
}

// AttestationRoot is the authority that has issued the card's own certificate, which a real
// card has from its maker.
func (c *Card) AttestationRoot() *x509.Certificate { return c.attester.root }

func (c *Card) note(cmd command) {
	c.noted.Lock()
	defer c.noted.Unlock()
	c.commands = append(c.commands, Command{cmd.ins, cmd.p1, cmd.p2, len(cmd.data)})
}
