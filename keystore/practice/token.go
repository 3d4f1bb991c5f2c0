package practice

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"io"
	"slices"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

const (
	// tries is how many wrong PINs in a row block the token.
	tries = 3
	// firmware is that of a token with Ed25519.
	firmware = "5.7.1"
)

// Config is what a token is made of.
type Config struct {
	Serial string
	// PIN opens the keys.
	PIN string
	// Keys are those in its slots.
	Keys []Key
	// ID is the one under which repositories list a key.
	ID func(crypto.PublicKey) (model.KeyID, error)
	// Patience is how long a signature waits for a touch; 0 is as long as a real token waits.
	Patience time.Duration
}

// Key is a private key in a slot.
type Key struct {
	// Slot is its number in the field's form: "9a".
	Slot string
	// Label is the role that the key is for.
	Label   string
	Private crypto.Signer
	// Certified gives it a certificate; a key without one is not seen by all programs.
	Certified bool
	// Imported is true where it was made elsewhere.
	Imported bool
	// PIN and Touch are when it asks for them; PolicyUnknown is once for the PIN, and always for
	// the touch.
	PIN, Touch model.UsePolicy

	certificate *x509.Certificate
}

// Token is a token in memory. It is plugged in to begin with. It is a key store, and the one of
// its port.Tokens. Its methods may be called from several goroutines.
type Token struct {
	config Config

	mu      sync.Mutex
	pin     string
	left    int
	out     bool
	unasked bool // signs without a touch
	waiting int
	touch   chan struct{} // closed by a touch
	gone    chan struct{} // closed when it is pulled out
	events  map[chan struct{}]bool
	maker   maker
}

var (
	_ port.TokenStore  = (*Token)(nil)
	_ port.TokenStores = (*Token)(nil)
)

// realPatience is how long a YubiKey waits for a touch.
const realPatience = 15 * time.Second

// New makes a token.
func New(c Config) (*Token, error) {
	if c.Patience == 0 {
		c.Patience = realPatience
	}
	m, err := newMaker(c.Serial)
	if err != nil {
		return nil, err
	}
	c.Keys = slices.Clone(c.Keys)
	for i := range c.Keys {
		if c.Keys[i], err = m.certify(c.Keys[i], begin, end); err != nil {
			return nil, err
		}
	}
	return &Token{config: c, pin: c.PIN, left: tries, touch: make(chan struct{}), gone: make(chan struct{}), events: map[chan struct{}]bool{}, maker: m}, nil
}

// Name is the name of the token.
func (t *Token) Name() string {
	described := t.describe()
	return described.Name()
}

// Secret is a PIN.
func (*Token) Secret() port.SecretKind { return port.PIN }

// ID is the one under which repositories list a key.
func (t *Token) ID(spki []byte) model.KeyID {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return ""
	}
	id, err := t.config.ID(public)
	if err != nil {
		return ""
	}
	return id
}

// Makes is false: keys are not made on it.
func (*Token) Makes(model.Dialect) bool { return false }

// Removes is false: what is on it stays.
func (*Token) Removes() bool { return false }

// Generate refuses to make a key.
func (t *Token) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, t.fault("the practice token makes no keys", "Choose another place for the key.")
}

// Remove refuses to remove a key.
func (t *Token) Remove(context.Context, model.KeyID) error {
	return t.fault("keys can't be removed from the practice token", "Keep the key.")
}

// Keys lists the keys while the token is plugged in.
func (t *Token) Keys(context.Context) ([]model.PrivateKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out {
		return nil, nil
	}
	var out []model.PrivateKey
	for _, k := range t.config.Keys {
		spki := spkiOf(k.Private)
		out = append(out, model.PrivateKey{
			ID: t.ID(spki), SPKI: spki, Label: k.Label, Algorithm: model.AlgorithmOf(k.Private.Public()),
			Encrypted: true, Place: model.PlaceToken, Path: t.Name() + ", slot " + k.Slot,
		})
	}
	return out, nil
}

// Unlock opens a key with the PIN. The token counts wrong ones, and takes the last only with
// port.SpendLastTry.
func (t *Token) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.verify(ctx, pin); err != nil {
		return nil, err
	}
	for _, k := range t.config.Keys {
		if t.ID(spkiOf(k.Private)) == id {
			return &signer{token: t, key: k.Private, untouched: k.Touch == model.PolicyNever}, nil
		}
	}
	return nil, t.fault("the token doesn't have key "+id.Short(), "Plug in the one that has it.")
}

// verify takes a PIN. It is called with the lock.
func (t *Token) verify(ctx context.Context, pin []byte) error {
	known := "The PIN of the practice token is " + t.pin + "."
	switch {
	case t.out:
		return t.pulledOut()
	case t.left == 0:
		return &port.WrongSecret{Fault: t.secretFault("the PIN is blocked", "Start the demo again: its token is then as it was.")}
	case t.left == 1 && !port.MaySpendLastTry(ctx):
		return &port.WrongSecret{Fault: t.secretFault("only the last try is left", known), TriesLeft: 1, Unspent: true}
	case !bytes.Equal(pin, []byte(t.pin)):
		t.left--
		return &port.WrongSecret{Fault: t.secretFault("wrong PIN", known), TriesLeft: t.left}
	}
	t.left = tries
	return nil
}

// describe is what the token is.
func (t *Token) describe() model.Token {
	return model.Token{
		Serial: t.config.Serial, Product: "YubiKey 5C (practice)", Form: "in memory", Firmware: firmware, Reader: "practice world",
	}
}

func (t *Token) fault(text, hint string) *model.Fault {
	return &model.Fault{Kind: model.FaultLocal, Subject: t.Name(), Text: text, Hint: hint}
}

func (t *Token) secretFault(text, hint string) *model.Fault {
	f := t.fault(text, hint)
	f.Kind = model.FaultSecret
	return f
}

func (t *Token) pulledOut() *model.Fault {
	return t.fault("it is not plugged in", "Plug it in, and try again.")
}

// signer is an open key.
type signer struct {
	token  *Token
	mu     sync.Mutex
	key    crypto.Signer // nil once it is closed
	notice port.TouchNotice
	// untouched is true of a key that asks for no touch.
	untouched bool
}

var _ port.Touchable = (*signer)(nil)

// OnTouch sets what is told while the token waits to be touched.
func (s *signer) OnTouch(notice port.TouchNotice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = notice
}

// Public is the public half.
func (s *signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign signs a digest, once the token is touched.
func (s *signer) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.with(func(key crypto.Signer) ([]byte, error) { return key.Sign(rand, digest, opts) })
}

// SignMessage signs a message, once the token is touched.
func (s *signer) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.with(func(key crypto.Signer) ([]byte, error) { return crypto.SignMessage(key, rand, message, opts) })
}

// with hands out the key after a touch.
func (s *signer) with(sign func(crypto.Signer) ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key == nil {
		return nil, s.token.fault("the key is closed", "")
	}
	if !s.untouched {
		if err := s.token.awaitTouch(s.notice); err != nil {
			return nil, err
		}
	}
	return sign(s.key)
}

// Close forgets the key.
func (s *signer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = nil
	return nil
}
