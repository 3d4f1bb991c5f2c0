package card

import (
	"bytes"
	"crypto/subtle"
)

// The references of PIN and PUK (SP 800-73-4, part 1, table 4).
const (
	refPIN = 0x80
	refPUK = 0x81
)

// secretLength is that of a PIN or PUK, filled up with pad.
const (
	secretLength = 8
	pad          = 0xff
	minSecret    = 6
)

// secret is a PIN or PUK.
type secret struct {
	value []byte
	// left and most are the wrong answers that it still takes, and takes at first.
	left, most int
	// factory is true until it is set.
	factory bool
}

func newSecret(text string) secret {
	const tries = 3
	return secret{value: padded(text), left: tries, most: tries, factory: true}
}

func padded(text string) []byte {
	value := bytes.Repeat([]byte{pad}, secretLength)
	copy(value, text)
	return value
}

// check compares an answer, and counts it.
func (s *secret) check(answer []byte) status {
	if s.left == 0 {
		return swBlocked
	}
	if subtle.ConstantTimeCompare(answer, s.value) == 1 {
		s.left = s.most
		return swOK
	}
	s.left--
	return swWrongPIN | status(min(s.left, 0xf))
}

// set replaces the secret.
func (s *secret) set(value []byte) {
	s.value, s.left, s.factory = bytes.Clone(value), s.most, false
}

// wellFormed reports whether a new PIN or PUK has 6 to 8 characters.
func wellFormed(value []byte) bool {
	return len(value) == secretLength && len(bytes.TrimRight(value, "\xff")) >= minSecret
}

// verify is VERIFY (SP 800-73-4, part 2, 3.2.1). Without data it tells how many tries are left,
// and spends none.
func (c *Card) verify(cmd command) status {
	if cmd.p2 != refPIN {
		return swNoSuchReference
	}
	switch {
	case cmd.p1 == 0xff && len(cmd.data) == 0: // log out
		c.session.verified, c.session.fresh = false, false
		return swOK
	case cmd.p1 != 0:
		return swWrongParameter
	case len(cmd.data) == 0 && c.session.verified:
		return swOK
	case len(cmd.data) == 0 && c.pin.left == 0:
		return swBlocked
	case len(cmd.data) == 0:
		return swWrongPIN | status(min(c.pin.left, 0xf))
	case len(cmd.data) != secretLength:
		return swWrongData
	}
	sw := c.pin.check(cmd.data)
	c.session.verified, c.session.fresh = sw == swOK, sw == swOK
	return sw
}

// changeReference is CHANGE REFERENCE DATA (3.2.2): the old secret, and the new one.
func (c *Card) changeReference(cmd command) status {
	s := &c.pin
	if cmd.p2 == refPUK {
		s = &c.puk
	} else if cmd.p2 != refPIN {
		return swNoSuchReference
	}
	return c.replace(s, s, cmd.data)
}

// resetTries is RESET RETRY COUNTER (3.2.3): the PUK, and a new PIN.
func (c *Card) resetTries(cmd command) status {
	if cmd.p2 != refPIN {
		return swNoSuchReference
	}
	return c.replace(&c.puk, &c.pin, cmd.data)
}

// replace sets one secret where another is given, which is looked at first: clients block a card
// with new secrets that it would not take.
func (c *Card) replace(proof, target *secret, data []byte) status {
	if len(data) != 2*secretLength {
		return swWrongLength
	}
	if sw := proof.check(data[:secretLength]); sw != swOK {
		return sw
	}
	if !wellFormed(data[secretLength:]) {
		return swWrongData
	}
	target.set(data[secretLength:])
	return swOK
}

// setTries is Yubico's SET PIN RETRIES, after which both secrets are those from the factory.
func (c *Card) setTries(cmd command) status {
	if !c.session.managing || !c.session.verified {
		return swNotSatisfied
	}
	if cmd.p1 == 0 || cmd.p2 == 0 {
		return swWrongParameter
	}
	c.pin, c.puk = newSecret("123456"), newSecret("12345678")
	c.pin.left, c.pin.most = int(cmd.p1), int(cmd.p1)
	c.puk.left, c.puk.most = int(cmd.p2), int(cmd.p2)
	return swOK
}

// factoryReset is Yubico's RESET, which works where both secrets are blocked.
func (c *Card) factoryReset() status {
	if c.pin.left > 0 || c.puk.left > 0 {
		return swConditions
	}
	c.reset()
	c.session.selected = piv
	return swOK
}
