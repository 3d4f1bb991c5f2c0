package card

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"time"
)

// use is GENERAL AUTHENTICATE with a key in a slot (SP 800-73-4, part 2, appendix A.2 to A.5):
// it signs, or agrees on a secret.
func (c *Card) use(cmd command, gone <-chan struct{}) ([]byte, status) {
	key, ok := c.keys[cmd.p2]
	if !ok {
		return nil, swNoSuchReference
	}
	fields, ok := template(cmd.data)
	if !ok || cmd.p1 != key.alg {
		return nil, swWrongData
	}
	fresh := c.session.fresh
	c.session.fresh = false
	if key.pin == policyOnce && !c.session.verified || key.pin == policyEvery && !fresh {
		return nil, swNotSatisfied
	}
	if !c.touched(key.touch, &key.touchedAt, gone) {
		return nil, swNotSatisfied
	}
	result := key.apply(fields)
	if result == nil {
		return nil, swWrongData
	}
	return tlv(0x7c, tlv(0x82, result)), swOK
}

// touched waits for a touch where the policy asks for one. last is when the key was last
// touched; nil where that counts for nothing.
func (c *Card) touched(policy byte, last *time.Time, gone <-chan struct{}) bool {
	switch {
	case policy == policyNever:
		return true
	case policy == policyCached && last != nil && time.Since(*last) < cacheLimit:
		return true
	case !c.finger.wait(gone, c.touchLimit):
		return false
	}
	if last != nil {
		*last = time.Now()
	}
	return true
}

// apply uses the key; nil is that it can't.
func (k *slotKey) apply(fields []item) []byte {
	challenge, _ := in(fields, 0x81)
	point, agrees := in(fields, 0x85)
	switch key := k.private.(type) {
	case *ecdsa.PrivateKey:
		if agrees {
			private, err := key.ECDH()
			if err != nil {
				return nil
			}
			return agree(private, point)
		}
		signature, err := ecdsa.SignASN1(rand.Reader, key, challenge)
		if err != nil || len(challenge) == 0 {
			return nil
		}
		return signature
	case ed25519.PrivateKey:
		return ed25519.Sign(key, challenge)
	case *ecdh.PrivateKey:
		return agree(key, point)
	case *rsa.PrivateKey:
		// The client has padded what is signed.
		if len(challenge) != key.Size() {
			return nil
		}
		number := new(big.Int).SetBytes(challenge)
		return number.Exp(number, key.D, key.N).FillBytes(make([]byte, key.Size()))
	default:
		return nil
	}
}

func agree(private *ecdh.PrivateKey, point []byte) []byte {
	public, err := private.Curve().NewPublicKey(point)
	if err != nil {
		return nil
	}
	shared, err := private.ECDH(public)
	if err != nil {
		return nil
	}
	return shared
}
