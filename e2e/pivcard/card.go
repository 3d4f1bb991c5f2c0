package pivcard

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Version is that of the firmware.
type Version struct{ Major, Minor, Patch byte }

// The versions that a card can have: 5.7 has more algorithms, and an AES management key.
var (
	V543 = Version{5, 4, 3}
	V571 = Version{5, 7, 1}
)

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

func (v Version) atLeast(major, minor byte) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Config is what a card is like.
type Config struct {
	Firmware Version
	Serial   uint32
	// TouchLimit is how long the card waits to be touched; 0 is 15 seconds, as YubiKeys do.
	TouchLimit time.Duration
	// Answer may change the answer to a command, status word included. Where it returns nil, the
	// card is pulled out at that point: the command was done, and nobody is told. It may be nil.
	Answer func(c Command, answer []byte) []byte
}

// ledger counts what the card was asked for: commands, those that carry a PIN or PUK, and those that
// ask for the use of a private key.
type ledger struct{ commands, secrets, uses atomic.Int64 }

// Card is a software card. Its methods may be called at any time.
type Card struct {
	config Config
	sensor *sensor
	ledger ledger
	piv    *piv
	apps   map[string]application

	mu     sync.Mutex
	reader *reader // nil where it is in none
}

// New makes a card in the state from the factory, which is in no reader.
func New(config Config) (*Card, error) {
	const youngTouch = 15 * time.Second
	if config.TouchLimit == 0 {
		config.TouchLimit = youngTouch
	}
	c := &Card{config: config, sensor: newSensor()}
	m, err := newMaker()
	if err != nil {
		return nil, fmt.Errorf("pivcard: %w", err)
	}
	c.piv = &piv{
		firmware: config.Firmware, serial: config.Serial, touchLimit: config.TouchLimit, ledger: &c.ledger, sensor: c.sensor,
		pin: &reference{factory: factoryPIN}, puk: &reference{factory: factoryPUK}, maker: m,
	}
	c.piv.personalise()
	if err := m.equip(c.piv); err != nil {
		return nil, fmt.Errorf("pivcard: %w", err)
	}
	c.apps = map[string]application{string(aidPIV): c.piv, string(aidManagement): management{config.Firmware, config.Serial}}
	return c, nil
}

// Insert puts the card into the reader that dial connects to. It must be in none.
func (c *Card) Insert(dial func() (net.Conn, error)) error {
	conn, err := dial()
	if err != nil {
		return fmt.Errorf("pivcard: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reader != nil && !c.reader.ended() {
		_ = conn.Close()
		return fmt.Errorf("pivcard: the card is in a reader")
	}
	c.reader = newReader(c, conn)
	return nil
}

// Remove pulls the card out, also in the middle of a command. What it holds stays.
func (c *Card) Remove() {
	c.mu.Lock()
	r := c.reader
	c.reader = nil
	c.mu.Unlock()
	if r != nil {
		r.remove()
	}
}

// Touch touches the card; it is false where the card doesn't wait for it.
func (c *Card) Touch() bool { return c.sensor.touch() }

// KeepTouching has each touch given at once, or no longer.
func (c *Card) KeepTouching(yes bool) { c.sensor.hold(yes) }

// AwaitBlink waits until the card waits to be touched.
func (c *Card) AwaitBlink(ctx context.Context) error { return c.sensor.blinking(ctx) }

// Blinks is how often the card has wanted to be touched.
func (c *Card) Blinks() int { return c.sensor.count() }

// CommandCount is how many commands the card was sent.
func (c *Card) CommandCount() int { return int(c.ledger.commands.Load()) }

// PINsSent is how many commands have carried a PIN or PUK.
func (c *Card) PINsSent() int { return int(c.ledger.secrets.Load()) }

// Signatures is how many commands have asked for the use of a private key.
func (c *Card) Signatures() int { return int(c.ledger.uses.Load()) }

// Tries is how many are left for PIN and PUK.
func (c *Card) Tries() (pin, puk int) {
	return int(c.piv.pin.left.Load()), int(c.piv.puk.left.Load())
}

// AttestationRoot is the certificate to which attestations lead.
func (c *Card) AttestationRoot() *x509.Certificate { return c.piv.maker.root }

// find is the application that a name, or the beginning of one, belongs to.
func (c *Card) find(aid []byte) application {
	const shortest = 5
	if len(aid) < shortest {
		return nil
	}
	for name, app := range c.apps {
		if bytes.HasPrefix([]byte(name), aid) {
			return app
		}
	}
	return nil
}
