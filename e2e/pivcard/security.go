package pivcard

import (
	"crypto/subtle"
	"sync/atomic"
)

// securityStatus is what the application has been shown since it was selected (SP 800-73-4, part
// 2, 2.4): it ends with the power, and where another application is selected.
type securityStatus struct {
	// pin is that the PIN was verified, and fresh that this was the command right before.
	pin, fresh bool
	// admin is that the management key was proved.
	admin bool
	// pending is the first half of such a proof; nil where none has begun.
	pending *proof
}

// access is what a command, an object or a key wants.
type access int

const (
	always access = iota
	withPIN
	withFreshPIN
	withAdmin
)

// satisfies reports whether the status grants an access.
func (s securityStatus) satisfies(a access) bool {
	switch a {
	case withPIN:
		return s.pin
	case withFreshPIN:
		return s.fresh
	case withAdmin:
		return s.admin
	default:
		return true
	}
}

// secretLength is that of a PIN or PUK with its padding (part 2, 2.4.3).
const secretLength = 8

// reference is a PIN or PUK with its retry counter. It outlasts the power.
type reference struct {
	value, factory string
	limit          int32
	left           atomic.Int32
}

// The secrets from the factory, and their tries.
const (
	factoryPIN, factoryPUK = "123456\xff\xff", "12345678"
	factoryTries           = 3
)

// restore sets the value from the factory.
func (r *reference) restore(tries int32) {
	r.value, r.limit = r.factory, tries
	r.left.Store(tries)
}

// try compares a value, and counts (part 2, 3.2.1).
func (r *reference) try(value []byte) status {
	left := r.left.Load()
	if left == 0 {
		return blocked
	}
	if subtle.ConstantTimeCompare(value, []byte(r.value)) == 1 {
		r.left.Store(r.limit)
		return ok
	}
	if left = r.left.Add(-1); left == 0 {
		return blocked
	}
	return r.counter()
}

// counter is the status word for the tries that are left. It has room for 15.
func (r *reference) counter() status { return triesLeft | status(min(r.left.Load(), 15)) }

// set changes the value, and gives all tries back.
func (r *reference) set(value []byte) {
	r.value = string(value)
	r.left.Store(r.limit)
}

// acceptable reports whether a new PIN or PUK may be set: six to eight characters, then padding.
func acceptable(value []byte) bool {
	const shortest, padding = 6, 0xff
	n := len(value)
	for n > 0 && value[n-1] == padding {
		n--
	}
	for _, b := range value[:n] {
		if b == padding {
			return false
		}
	}
	return n >= shortest
}

// The key references of the secrets (SP 800-73-4, part 1, tables 4a and 4b).
const (
	refPIN     = 0x80
	refPUK     = 0x81
	refManager = 0x9b
)

// verify is VERIFY (part 2, 3.2.1).
func (p *piv) verify(c Command) ([]byte, status) {
	const logOut = 0xff
	switch {
	case c.P2 != refPIN:
		return nil, noReference
	case c.P1 == logOut && len(c.Data) == 0:
		p.status.pin = false
		return nil, ok
	case c.P1 != 0:
		return nil, wrongParameters
	case len(c.Data) == 0 && p.status.pin:
		return nil, ok
	case len(c.Data) == 0:
		return nil, p.pin.counter()
	case len(c.Data) != secretLength:
		return nil, wrongData
	}
	p.ledger.secrets.Add(1)
	sw := p.pin.try(c.Data)
	p.status.pin = sw == ok
	p.status.fresh = sw == ok
	return nil, sw
}

// changeReference is CHANGE REFERENCE DATA (part 2, 3.2.2).
func (p *piv) changeReference(c Command) ([]byte, status) {
	if c.P1 != 0 || c.P2 != refPIN && c.P2 != refPUK {
		return nil, noReference
	}
	if len(c.Data) != 2*secretLength {
		return nil, wrongData
	}
	old, fresh := c.Data[:secretLength], c.Data[secretLength:]
	p.ledger.secrets.Add(1)
	secret := p.puk
	if c.P2 == refPIN {
		secret = p.pin
	}
	if !acceptable(fresh) {
		return nil, p.unacceptable()
	}
	sw := secret.try(old)
	if c.P2 == refPIN {
		p.status.pin = sw == ok
	}
	if sw == ok {
		secret.set(fresh)
	}
	return nil, sw
}

// unacceptable is how a new PIN or PUK is refused: newer firmware has a word of its own for it.
func (p *piv) unacceptable() status {
	if p.firmware.atLeast(5, 7) {
		return conditions
	}
	return wrongData
}

// resetRetry is RESET RETRY COUNTER (part 2, 3.2.3).
func (p *piv) resetRetry(c Command) ([]byte, status) {
	switch {
	case c.P1 != 0 || c.P2 != refPIN:
		return nil, noReference
	case len(c.Data) != 2*secretLength:
		return nil, wrongData
	}
	p.ledger.secrets.Add(1)
	sw := p.puk.try(c.Data[:secretLength])
	switch fresh := c.Data[secretLength:]; {
	case sw != ok:
		return nil, sw
	case !acceptable(fresh):
		return nil, p.unacceptable()
	default:
		p.pin.set(fresh)
		return nil, ok
	}
}

// setTries sets the tries of PIN and PUK, and both to those from the factory.
func (p *piv) setTries(c Command) ([]byte, status) {
	switch {
	case !p.status.pin:
		return nil, notSatisfied
	case c.P1 == 0 || c.P2 == 0:
		return nil, wrongData
	}
	p.pin.restore(int32(c.P1))
	p.puk.restore(int32(c.P2))
	p.status.pin = false
	return nil, ok
}
