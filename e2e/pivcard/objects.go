package pivcard

// capacity is how many bytes a data object may have, and longest how many one command: those of a
// YubiKey 5.
const capacity, longest = 3052, 3072

// The data objects that more is known of than their content (SP 800-73-4, part 1, table 3).
const (
	objectDiscovery     = 0x7e
	objectCardAuth      = 0x5fc101
	objectFingerprints  = 0x5fc103
	objectAuth          = 0x5fc105
	objectFace          = 0x5fc108
	objectPrinted       = 0x5fc109
	objectSignature     = 0x5fc10a
	objectKeyManagement = 0x5fc10b
	objectRetired       = 0x5fc10d // the first of twenty
	objectIris          = 0x5fc121
	// Yubico's: from firstVendor to lastVendor anything may be stored.
	objectAttestation = 0x5fff01
	firstVendor       = 0x5f0000
	lastVendor        = 0x5fffff
)

const tagContent = 0x53

// readable is what must be shown to read an object: the PIN for what is about the holder. ykman
// keeps the management key in the printed information for that reason.
func readable(object uint32) access {
	switch object {
	case objectPrinted, objectFingerprints, objectFace, objectIris:
		return withPIN
	default:
		return always
	}
}

// discovery says that the PIN of this application is the one to use (part 1, 3.3.2).
func discovery() []byte {
	const tagPolicy, onlyPIN = 0x5f2f, 0x40
	return tlv(objectDiscovery, tlv(tagApplication, aidPIV), tlv(tagPolicy, []byte{onlyPIN, 0}))
}

// objectNamed takes the object that a command names from its data.
func objectNamed(data []byte) (object uint32, rest []byte, good bool) {
	const tagList = 0x5c
	if len(data) == 0 {
		return 0, nil, false
	}
	name, rest, good := next(data)
	if !good || name.tag != tagList || len(name.value) == 0 || len(name.value) > 3 {
		return 0, nil, false
	}
	for _, b := range name.value {
		object = object<<8 | uint32(b)
	}
	return object, rest, true
}

// getData is GET DATA (part 2, 3.1.2).
func (p *piv) getData(c Command) ([]byte, status) {
	if c.P1 != 0x3f || c.P2 != 0xff {
		return nil, wrongParameters
	}
	object, rest, good := objectNamed(c.Data)
	if !good || len(rest) > 0 {
		return nil, wrongData
	}
	if object == objectDiscovery {
		return discovery(), ok
	}
	if !p.status.satisfies(readable(object)) {
		return nil, notSatisfied
	}
	content := p.objects[object]
	if len(content) == 0 {
		return nil, notFound
	}
	return tlv(tagContent, content), ok
}

// putData is PUT DATA (part 2, 3.3.1). An object without content is deleted.
func (p *piv) putData(c Command) ([]byte, status) {
	if c.P1 != 0x3f || c.P2 != 0xff {
		return nil, wrongParameters
	}
	object, rest, good := objectNamed(c.Data)
	if !good || len(rest) == 0 {
		return nil, wrongData
	}
	content, more, good := next(rest)
	switch {
	case !good || len(more) > 0 || content.tag != tagContent:
		return nil, wrongData
	case object < firstVendor || object > lastVendor:
		return nil, notFound
	case len(content.value) > capacity:
		return nil, noMemory
	case len(content.value) == 0:
		delete(p.objects, object)
	default:
		p.objects[object] = content.value
	}
	return nil, ok
}
