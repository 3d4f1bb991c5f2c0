package card

import "bytes"

// Data objects (SP 800-73-4, part 1, table 3, and Yubico's attestation certificate).
const (
	objectDiscovery    = 0x7e
	objectPrinted      = 0x5fc109
	objectFingerprints = 0x5fc103
	objectFace         = 0x5fc108
	objectIris         = 0x5fc121
	objectAttestation  = 0x5fff01
)

// discovery says that the PIN of this application opens the card (part 1, 3.3.2).
var discovery = tlv(objectDiscovery, tlv(0x4f, applicationIDs[piv]), tlv(0x5f2f, []byte{0x40, 0x00}))

// maxObject is the largest object that the card keeps, in bytes.
const maxObject = 3052

// certificateObject is the form in which slots keep certificates (part 1, appendix A).
func certificateObject(der []byte) []byte {
	return tlv(0x53, tlv(0x70, der), tlv(0x71, []byte{0}), tlv(0xfe))
}

// getData is GET DATA (3.1.2).
func (c *Card) getData(cmd command) ([]byte, status) {
	list, ok := items(cmd.data)
	name, named := in(list, 0x5c)
	if !ok || !named || cmd.p1 != 0x3f || cmd.p2 != 0xff {
		return nil, swWrongData
	}
	object := number(name)
	switch object {
	case objectDiscovery:
		return discovery, swOK
	case objectPrinted, objectFingerprints, objectFace, objectIris:
		if !c.session.verified {
			return nil, swNotSatisfied
		}
	}
	content, ok := c.objects[object]
	if !ok {
		return nil, swNotFound
	}
	return content, swOK
}

// putData is PUT DATA (3.3.2): an object without content is removed.
func (c *Card) putData(cmd command) status {
	if !c.session.managing {
		return swNotSatisfied
	}
	list, ok := items(cmd.data)
	name, named := in(list, 0x5c)
	content, has := in(list, 0x53)
	if !ok || !named || !has || cmd.p1 != 0x3f || cmd.p2 != 0xff || len(content) > maxObject {
		return swWrongData
	}
	object := number(name)
	if len(content) == 0 {
		delete(c.objects, object)
		return swOK
	}
	c.objects[object] = tlv(0x53, bytes.Clone(content))
	return swOK
}

func number(name []byte) int {
	n := 0
	for _, b := range name[:min(len(name), 3)] {
		n = n<<8 | int(b)
	}
	return n
}
