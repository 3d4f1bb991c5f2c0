package card

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"slices"
)

// slotManagement is where the management key is.
const slotManagement = 0x9b

// The algorithms of management keys.
const (
	alg3DES   = 0x03
	algAES128 = 0x08
	algAES192 = 0x0a
	algAES256 = 0x0c
)

// managementKey guards the making and removing of keys.
type managementKey struct {
	alg     byte
	value   []byte
	touch   byte
	factory bool
}

// factoryValue is the one of every new YubiKey.
var factoryValue = bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 3)

func factoryKey(v Version) managementKey {
	alg := byte(alg3DES)
	if v.factoryAES() {
		alg = algAES192
	}
	return managementKey{alg: alg, value: factoryValue, touch: policyNever, factory: true}
}

// block is the cipher of a key; nil where the key has not the length of the algorithm.
func block(alg byte, key []byte) cipher.Block {
	lengths := map[byte]int{alg3DES: 24, algAES128: 16, algAES192: 24, algAES256: 32}
	if lengths[alg] != len(key) {
		return nil
	}
	var b cipher.Block
	var err error
	if alg == alg3DES {
		b, err = des.NewTripleDESCipher(key)
	} else {
		b, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil
	}
	return b
}

// authenticate is GENERAL AUTHENTICATE with the management key (SP 800-73-4, part 2, appendix
// A.1): the client proves that it has the key, and in the mutual form the card does as well.
func (c *Card) authenticate(cmd command, gone <-chan struct{}) ([]byte, status) {
	fields, ok := template(cmd.data)
	alg := cmd.p1
	if alg == 0 {
		alg = alg3DES
	}
	if !ok || alg != c.manager.alg {
		return nil, swWrongData
	}
	b := block(c.manager.alg, c.manager.value)
	witness, hasWitness := in(fields, 0x80)
	challenge, hasChallenge := in(fields, 0x81)
	answer, hasAnswer := in(fields, 0x82)
	s := &c.session
	switch {
	case hasWitness && len(witness) == 0: // mutual, first step
		s.witness, s.challenge = random(b.BlockSize()), nil
		return tlv(0x7c, tlv(0x80, encrypt(b, s.witness))), swOK
	case hasWitness && hasChallenge && len(challenge) == b.BlockSize():
		return c.prove(tlv(0x7c, tlv(0x82, encrypt(b, challenge))), s.witness, witness, gone)
	case hasChallenge && len(challenge) == 0: // single, first step
		s.challenge, s.witness = random(b.BlockSize()), nil
		return tlv(0x7c, tlv(0x81, s.challenge)), swOK
	case hasAnswer && s.challenge != nil:
		return c.prove(nil, encrypt(b, s.challenge), answer, gone)
	default:
		return nil, swWrongData
	}
}

// prove compares the client's answer with the expected one. Each is used up.
func (c *Card) prove(reply, expected, answer []byte, gone <-chan struct{}) ([]byte, status) {
	c.session.witness, c.session.challenge = nil, nil
	c.session.managing = false
	if len(expected) == 0 || subtle.ConstantTimeCompare(expected, answer) != 1 {
		return nil, swNotSatisfied
	}
	if !c.touched(c.manager.touch, nil, gone) {
		return nil, swNotSatisfied
	}
	c.session.managing = true
	return reply, swOK
}

func encrypt(b cipher.Block, plain []byte) []byte {
	out := make([]byte, b.BlockSize())
	b.Encrypt(out, plain)
	return out
}

// setManagement is Yubico's SET MANAGEMENT KEY.
func (c *Card) setManagement(cmd command) status {
	if !c.session.managing {
		return swNotSatisfied
	}
	d := cmd.data
	if cmd.p1 != 0xff || len(d) < 3 || d[1] != slotManagement || len(d) != 3+int(d[2]) {
		return swWrongData
	}
	alg, value := d[0], d[3:]
	if alg != alg3DES && !c.firmware.hasAES() || block(alg, value) == nil {
		return swWrongData
	}
	touch := byte(policyNever)
	if cmd.p2 == 0xfe {
		touch = policyAlways
	}
	c.manager = managementKey{alg: alg, value: bytes.Clone(value), touch: touch, factory: slices.Equal(value, factoryValue)}
	return swOK
}

// template are the fields of a Dynamic Authentication Template.
func template(data []byte) ([]item, bool) {
	outer, ok := items(data)
	inner, has := in(outer, 0x7c)
	if !ok || !has {
		return nil, false
	}
	return items(inner)
}
