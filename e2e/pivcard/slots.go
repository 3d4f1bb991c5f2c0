package pivcard

// slot is a place for a key (SP 800-73-4, part 1, table 4b).
type slot struct {
	ref byte
	// certificate is the object with the certificate of its key.
	certificate uint32
	// pinPolicy is that of a key for which none is asked.
	pinPolicy byte
	// key is what it holds; nil where it is empty.
	key *heldKey
}

const refAttestation = 0xf9

// newSlots are all slots, empty.
func newSlots() map[byte]*slot {
	const refRetired, countRetired = 0x82, 20
	out := map[byte]*slot{}
	add := func(ref byte, certificate uint32, pinPolicy byte) {
		out[ref] = &slot{ref: ref, certificate: certificate, pinPolicy: pinPolicy}
	}
	add(0x9a, objectAuth, pinOnce)
	add(0x9c, objectSignature, pinAlways)
	add(0x9d, objectKeyManagement, pinOnce)
	add(0x9e, objectCardAuth, pinNever)
	add(refAttestation, objectAttestation, pinOnce)
	for i := range countRetired {
		add(byte(refRetired+i), objectRetired+uint32(i), pinOnce)
	}
	return out
}

// heldKey is a key in a slot.
type heldKey struct {
	algorithm  byte
	private    privateKey
	pin, touch byte
	origin     byte
}

// The policies (docs.yubico.com/yesdk/users-manual/application-piv/pin-touch-policies.html), and
// where keys are from.
const (
	pinNever, pinOnce, pinAlways               = 1, 2, 3
	touchNever, touchAlways, touchCached       = 1, 2, 3
	originGenerated, originImported            = 1, 2
	tagAlgorithm, tagPINPolicy, tagTouchPolicy = 0x80, 0xaa, 0xab
)

// use is what must be shown to use the key.
func (k *heldKey) use() access {
	switch k.pin {
	case pinNever:
		return always
	case pinAlways:
		return withFreshPIN
	default:
		return withPIN
	}
}

// policies takes those that a command asks for; good is false where there are no such.
func (s *slot) policies(asked []element) (pin, touch byte, good bool) {
	pin, touch = s.pinPolicy, touchNever
	for _, e := range asked {
		switch {
		case e.tag != tagPINPolicy && e.tag != tagTouchPolicy:
		case len(e.value) != 1 || e.value[0] > 3:
			return 0, 0, false
		case e.value[0] == 0: // as if not asked for
		case e.tag == tagPINPolicy:
			pin = e.value[0]
		default:
			touch = e.value[0]
		}
	}
	return pin, touch, true
}

// algorithm is one that the firmware has.
func (p *piv) algorithm(id byte) (algorithm, bool) {
	a, known := algorithms[id]
	return a, known && (!a.modern || p.firmware.atLeast(5, 7))
}

// generate is GENERATE ASYMMETRIC KEY PAIR (part 2, 3.3.2).
func (p *piv) generate(c Command) ([]byte, status) {
	const tagTemplate, tagPublic = 0xac, 0x7f49
	s := p.slots[c.P2]
	if s == nil || c.P1 != 0 {
		return nil, wrongParameters
	}
	outer, good := elements(c.Data)
	template, there := find(outer, tagTemplate)
	asked, whole := elements(template)
	id, named := find(asked, tagAlgorithm)
	pin, touch, valid := s.policies(asked)
	if !good || !there || !whole || !named || len(id) != 1 || !valid {
		return nil, wrongData
	}
	a, known := p.algorithm(id[0])
	if !known {
		return nil, wrongData
	}
	private, err := a.generate()
	if err != nil {
		return nil, conditions
	}
	s.key = &heldKey{algorithm: id[0], private: private, pin: pin, touch: touch, origin: originGenerated}
	return tlv(tagPublic, private.encoded()), ok
}

// importKey is Yubico's IMPORT ASYMMETRIC KEY.
func (p *piv) importKey(c Command) ([]byte, status) {
	s := p.slots[c.P2]
	a, known := p.algorithm(c.P1)
	if s == nil || !known {
		return nil, wrongParameters
	}
	parts, good := elements(c.Data)
	pin, touch, valid := s.policies(parts)
	if !good || !valid {
		return nil, wrongData
	}
	private := a.parse(parts)
	if private == nil {
		return nil, wrongData
	}
	s.key = &heldKey{algorithm: c.P1, private: private, pin: pin, touch: touch, origin: originImported}
	return nil, ok
}

// metadata is Yubico's GET METADATA.
func (p *piv) metadata(c Command) ([]byte, status) {
	const alg, policy, origin, public, isDefault, tries, noAlgorithm = 1, 2, 3, 4, 5, 6, 0xff
	flag := func(yes bool) []byte {
		if yes {
			return []byte{1}
		}
		return []byte{0}
	}
	join := func(parts ...[]byte) ([]byte, status) {
		var out []byte
		for _, part := range parts {
			out = append(out, part...)
		}
		return out, ok
	}
	if c.P1 != 0 {
		return nil, wrongParameters
	}
	switch c.P2 {
	case refPIN, refPUK:
		secret := p.pin
		if c.P2 == refPUK {
			secret = p.puk
		}
		return join(tlv(alg, []byte{noAlgorithm}), tlv(isDefault, flag(secret.value == secret.factory)),
			tlv(tries, []byte{byte(secret.limit), byte(secret.left.Load())}))
	case refManager:
		return join(tlv(alg, []byte{p.manager.algorithm}), tlv(policy, []byte{0, p.manager.touch}), tlv(isDefault, flag(p.manager.isFactory(p.firmware))))
	}
	s := p.slots[c.P2]
	if s == nil || s.key == nil {
		return nil, noReference
	}
	k := s.key
	return join(tlv(alg, []byte{k.algorithm}), tlv(policy, []byte{k.pin, k.touch}), tlv(origin, []byte{k.origin}), tlv(public, k.private.encoded()))
}
