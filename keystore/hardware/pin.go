package hardware

import (
	"bytes"
	"sync"

	"trustdeck/model"
)

// PIN is that of a key that is open, until Close. It is given to one use at a time.
type PIN struct {
	mu    sync.Mutex
	value []byte
	// refused is why it isn't given to the token again; nil while it may be.
	refused error
	closed  bool
}

// HoldPIN keeps a copy of a PIN; nil is for a key that needs none.
func HoldPIN(pin []byte) *PIN { return &PIN{value: bytes.Clone(pin)} }

// Use calls do with the PIN, which do does not keep. Once the token has refused it, which is
// FaultSecret, it was changed elsewhere: no other try is spent on it. token is for people.
func (p *PIN) Use(token string, do func(pin []byte) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return &model.Fault{Kind: model.FaultUsage, Subject: token, Text: "the key was locked again", Hint: "Unlock it."}
	}
	if p.refused != nil {
		return p.refused
	}
	err := do(p.value)
	if model.KindOf(err) == model.FaultSecret {
		p.refused = err
	}
	return err
}

// Close overwrites the PIN. It may be called more than once.
func (p *PIN) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.value)
	p.value, p.closed = nil, true
	return nil
}
