package pivcard

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/subtle"
)

// The algorithms of the management key (SP 800-78-4, table 6-2); algDefault stands for the first.
const (
	algDefault = 0x00
	alg3DES    = 0x03
	algAES128  = 0x08
	algAES192  = 0x0a
	algAES256  = 0x0c
)

// managerLengths are how long a management key is in bytes.
var managerLengths = map[byte]int{alg3DES: 24, algAES128: 16, algAES192: 24, algAES256: 32}

// managerKey is the key of the card management (reference 9B).
type managerKey struct {
	algorithm byte
	key       []byte
	touch     byte
}

// factoryManager is the one from the factory, whose algorithm is newer with newer firmware.
func factoryManager(firmware Version) managerKey {
	half := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	key := append(append(append([]byte{}, half...), half...), half...)
	if firmware.atLeast(5, 7) {
		return managerKey{algAES192, key, touchNever}
	}
	return managerKey{alg3DES, key, touchNever}
}

func (m managerKey) isFactory(firmware Version) bool {
	return string(m.key) == string(factoryManager(firmware).key)
}

func (m managerKey) block() (cipher.Block, error) {
	if m.algorithm == alg3DES {
		return des.NewTripleDESCipher(m.key)
	}
	return aes.NewCipher(m.key)
}

// proof is the first half of a proof of the management key.
type proof struct {
	// mutual is that the card proves the key too.
	mutual bool
	// expects is what the client must answer.
	expects []byte
}

// authenticateManager proves the management key, of both sides or of the client alone (part 2,
// A.1 and A.2).
func (p *piv) authenticateManager(c Command, pending *proof) ([]byte, status) {
	if c.P1 != p.manager.algorithm && (c.P1 != algDefault || p.manager.algorithm != alg3DES) {
		return nil, wrongParameters
	}
	t, good := parseTemplate(c.Data)
	block, err := p.manager.block()
	if !good || err != nil || t.exponentiation != nil {
		return nil, wrongData
	}
	switch {
	case asks(t.witness) && !gives(t.challenge) && t.response == nil:
		return p.beginProof(block, true)
	case asks(t.challenge) && t.witness == nil && t.response == nil:
		return p.beginProof(block, false)
	case gives(t.witness) && gives(t.challenge) && !gives(t.response):
		if len(*t.challenge) != block.BlockSize() {
			return nil, wrongData
		}
		if sw := p.endProof(pending, true, *t.witness); sw != ok {
			return nil, sw
		}
		answer := make([]byte, block.BlockSize())
		block.Encrypt(answer, *t.challenge)
		return tlv(tagTemplate, tlv(tagResponse, answer)), ok
	case gives(t.response) && t.witness == nil && t.challenge == nil:
		return nil, p.endProof(pending, false, *t.response)
	default:
		return nil, wrongData
	}
}

// beginProof gives the client something to decrypt, or to encrypt.
func (p *piv) beginProof(block cipher.Block, mutual bool) ([]byte, status) {
	p.status.admin = false
	plain, secret := make([]byte, block.BlockSize()), make([]byte, block.BlockSize())
	if _, err := rand.Read(plain); err != nil {
		return nil, conditions
	}
	block.Encrypt(secret, plain)
	if mutual {
		p.status.pending = &proof{true, plain}
		return tlv(tagTemplate, tlv(tagWitness, secret)), ok
	}
	p.status.pending = &proof{false, secret}
	return tlv(tagTemplate, tlv(tagChallenge, plain)), ok
}

// endProof judges the client's answer.
func (p *piv) endProof(pending *proof, mutual bool, answer []byte) status {
	switch {
	case pending == nil || pending.mutual != mutual:
		return conditions
	case subtle.ConstantTimeCompare(pending.expects, answer) != 1:
		return notSatisfied
	case !p.touched(p.manager.touch):
		return notSatisfied
	}
	p.status.admin = true
	return ok
}

// setManager is Yubico's SET MANAGEMENT KEY. P2 says whether the key wants a touch.
func (p *piv) setManager(c Command) ([]byte, status) {
	touch := map[byte]byte{0xff: touchNever, 0xfe: touchAlways, 0xfd: touchCached}[c.P2]
	if c.P1 != 0xff || touch == 0 {
		return nil, wrongParameters
	}
	if len(c.Data) < 3 || c.Data[1] != refManager || int(c.Data[2]) != len(c.Data)-3 || managerLengths[c.Data[0]] != len(c.Data)-3 {
		return nil, wrongData
	}
	p.manager = managerKey{c.Data[0], c.Data[3:], touch}
	return nil, ok
}
