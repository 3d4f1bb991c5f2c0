package card

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"time"
)

// The algorithms of keys (SP 800-78-4, table 6-2, and Yubico's).
const (
	algRSA3072 = 0x05
	algRSA1024 = 0x06
	algRSA2048 = 0x07
	algP256    = 0x11
	algP384    = 0x14
	algRSA4096 = 0x16
	algEd25519 = 0xe0
	algX25519  = 0xe1
)

// The policies of keys. For a touch, the second is "always" and the third "cached"; for a
// PIN, they are "once" and "always".
const (
	policyDefault = 0
	policyNever   = 1
	policyOnce    = 2
	policyAlways  = 2 // of a touch
	policyEvery   = 3 // of a PIN
	policyCached  = 3 // of a touch
)

// The slots that are treated in another way than others.
const (
	slotAuthentication = 0x9a
	slotSignature      = 0x9c
	slotKeyManagement  = 0x9d
	slotCard           = 0x9e
	slotFirstRetired   = 0x82
	slotLastRetired    = 0x95
	slotAttestation    = 0xf9
)

// cacheLimit is how long a touch holds for keys with the policy "cached".
const cacheLimit = 15 * time.Second

// slotKey is a private key in a slot.
type slotKey struct {
	alg byte
	// private is a pointer to a key of RSA, ECDSA or ECDH (X25519), or an ed25519.PrivateKey.
	private    any
	pin, touch byte
	generated  bool
	// touchedAt is when it was last touched.
	touchedAt time.Time
}

// holdsKeys reports whether a client can make keys in a slot.
func holdsKeys(slot byte) bool {
	switch slot {
	case slotAuthentication, slotSignature, slotKeyManagement, slotCard:
		return true
	default:
		return slot >= slotFirstRetired && slot <= slotLastRetired
	}
}

// withPolicies are the policies that a client has named, or those of the slot.
func withPolicies(slot byte, fields []item) (pin, touch byte, ok bool) {
	pin, touch = policyOnce, policyNever
	switch slot {
	case slotSignature:
		pin = policyEvery
	case slotCard:
		pin = policyNever
	}
	for tag, policy := range map[int]*byte{0xaa: &pin, 0xab: &touch} {
		value, named := in(fields, tag)
		if !named || len(value) == 1 && value[0] == policyDefault {
			continue
		}
		if len(value) != 1 || value[0] > 3 {
			return 0, 0, false
		}
		*policy = value[0]
	}
	return pin, touch, true
}

// generate is GENERATE ASYMMETRIC KEY PAIR (3.3.1).
func (c *Card) generate(cmd command) ([]byte, status) {
	if !c.session.managing {
		return nil, swNotSatisfied
	}
	outer, ok := items(cmd.data)
	inner, has := in(outer, 0xac)
	fields, decoded := items(inner)
	alg, named := in(fields, 0x80)
	pin, touch, allowed := withPolicies(cmd.p2, fields)
	if !ok || !has || !decoded || !named || len(alg) != 1 || !allowed || !holdsKeys(cmd.p2) || !c.firmware.supports(alg[0]) {
		return nil, swWrongData
	}
	private, err := newKey(alg[0])
	if err != nil {
		return nil, swWrongData
	}
	key := &slotKey{alg: alg[0], private: private, pin: pin, touch: touch, generated: true}
	c.keys[cmd.p2] = key
	return tlv(0x7f49, key.public()), swOK
}

var rsaBits = map[byte]int{algRSA1024: 1024, algRSA2048: 2048, algRSA3072: 3072, algRSA4096: 4096}

func newKey(alg byte) (any, error) {
	switch alg {
	case algP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case algP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case algEd25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case algX25519:
		return ecdh.X25519().GenerateKey(rand.Reader)
	default:
		return rsa.GenerateKey(rand.Reader, rsaBits[alg])
	}
}

// importKey is Yubico's IMPORT ASYMMETRIC KEY.
func (c *Card) importKey(cmd command) status {
	if !c.session.managing {
		return swNotSatisfied
	}
	fields, ok := items(cmd.data)
	pin, touch, allowed := withPolicies(cmd.p2, fields)
	if !ok || !allowed || !holdsKeys(cmd.p2) || !c.firmware.supports(cmd.p1) {
		return swWrongData
	}
	private, ok := readKey(cmd.p1, fields)
	if !ok {
		return swWrongData
	}
	c.keys[cmd.p2] = &slotKey{alg: cmd.p1, private: private, pin: pin, touch: touch}
	return swOK
}

func readKey(alg byte, fields []item) (any, bool) {
	scalar, _ := in(fields, 0x06)
	switch alg {
	case algP256:
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
		return key, err == nil
	case algP384:
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), scalar)
		return key, err == nil
	case algEd25519:
		seed, _ := in(fields, 0x07)
		if len(seed) != ed25519.SeedSize {
			return nil, false
		}
		return ed25519.NewKeyFromSeed(seed), true
	case algX25519:
		seed, _ := in(fields, 0x08)
		key, err := ecdh.X25519().NewPrivateKey(seed)
		return key, err == nil
	default:
		return readRSA(rsaBits[alg], fields)
	}
}

// readRSA makes a key of its two primes, with the exponent that all clients use.
func readRSA(bits int, fields []item) (any, bool) {
	first, _ := in(fields, 0x01)
	second, _ := in(fields, 0x02)
	p, q, one := new(big.Int).SetBytes(first), new(big.Int).SetBytes(second), big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, Primes: []*big.Int{p, q}}
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key.D = new(big.Int).ModInverse(big.NewInt(int64(key.E)), phi)
	if key.D == nil || key.N.BitLen() != bits || key.Validate() != nil {
		return nil, false
	}
	key.Precompute()
	return key, true
}

// public is the public key as the card gives it: SP 800-73-4, part 2, table 11.
func (k *slotKey) public() []byte {
	switch key := k.private.(type) {
	case *rsa.PrivateKey:
		return append(tlv(0x81, key.N.Bytes()), tlv(0x82, big.NewInt(int64(key.E)).Bytes())...)
	case *ecdsa.PrivateKey:
		point, err := key.PublicKey.Bytes()
		if err != nil {
			return nil
		}
		return tlv(0x86, point)
	case *ecdh.PrivateKey:
		return tlv(0x86, key.PublicKey().Bytes())
	case ed25519.PrivateKey:
		return tlv(0x86, key.Public().(ed25519.PublicKey))
	default:
		return nil
	}
}

// certified is the public key for a certificate; nil where no certificate can hold it.
func (k *slotKey) certified() crypto.PublicKey {
	if s, ok := k.private.(crypto.Signer); ok {
		return s.Public()
	}
	if key, ok := k.private.(*ecdh.PrivateKey); ok {
		return key.PublicKey()
	}
	return nil
}

// move is Yubico's MOVE KEY, and DELETE KEY where it leads nowhere.
func (c *Card) move(cmd command) status {
	const nowhere = 0xff
	if !c.session.managing {
		return swNotSatisfied
	}
	key, ok := c.keys[cmd.p2]
	if !ok {
		return swNoSuchReference
	}
	if cmd.p1 != nowhere {
		if _, taken := c.keys[cmd.p1]; taken || !holdsKeys(cmd.p1) {
			return swWrongData
		}
		c.keys[cmd.p1] = key
	}
	delete(c.keys, cmd.p2)
	return swOK
}

// metadata is Yubico's GET METADATA.
func (c *Card) metadata(slot byte) ([]byte, status) {
	flag := func(yes bool) []byte {
		if yes {
			return []byte{1}
		}
		return []byte{0}
	}
	const noAlgorithm = 0xff
	about := func(s secret) []byte {
		tries := []byte{byte(s.most), byte(s.left)}
		return append(tlv(0x01, []byte{noAlgorithm}), append(tlv(0x05, flag(s.factory)), tlv(0x06, tries)...)...)
	}
	switch slot {
	case refPIN:
		return about(c.pin), swOK
	case refPUK:
		return about(c.puk), swOK
	case slotManagement:
		m := c.manager
		return append(tlv(0x01, []byte{m.alg}), append(tlv(0x02, []byte{0, m.touch}), tlv(0x05, flag(m.factory))...)...), swOK
	case slotAttestation:
		return (&slotKey{alg: algP256, private: c.attester.key, pin: policyNever, touch: policyNever}).metadata(), swOK
	}
	key, ok := c.keys[slot]
	if !ok {
		return nil, swNoSuchReference
	}
	return key.metadata(), swOK
}

func (k *slotKey) metadata() []byte {
	const generated, imported = 1, 2
	origin := byte(imported)
	if k.generated {
		origin = generated
	}
	out := append(tlv(0x01, []byte{k.alg}), tlv(0x02, []byte{k.pin, k.touch})...)
	return append(append(out, tlv(0x03, []byte{origin})...), tlv(0x04, k.public())...)
}
