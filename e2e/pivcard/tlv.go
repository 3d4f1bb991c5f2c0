package pivcard

import "encoding/binary"

// element is a data object in BER-TLV (ISO/IEC 7816-4).
type element struct {
	tag   uint32
	value []byte
}

// elements decodes what is in b; good is false where something is cut off.
func elements(b []byte) (out []element, good bool) {
	for len(b) > 0 {
		e, rest, good := next(b)
		if !good {
			return nil, false
		}
		out, b = append(out, e), rest
	}
	return out, true
}

// next decodes the first element of b.
func next(b []byte) (e element, rest []byte, good bool) {
	const tagContinues, lastOfTag = 0x1f, 0x80
	e.tag = uint32(b[0])
	b = b[1:]
	if e.tag&tagContinues == tagContinues {
		for {
			if len(b) == 0 || e.tag > 0xffff {
				return element{}, nil, false
			}
			digit := b[0]
			e.tag, b = e.tag<<8|uint32(digit), b[1:]
			if digit&lastOfTag == 0 {
				break
			}
		}
	}
	if len(b) == 0 {
		return element{}, nil, false
	}
	n := int(b[0])
	b = b[1:]
	if n >= 0x80 {
		width := n & 0x7f
		if width == 0 || width > 2 || width > len(b) {
			return element{}, nil, false
		}
		n = int(binary.BigEndian.Uint16(append(make([]byte, 2-width), b[:width]...)))
		b = b[width:]
	}
	if n > len(b) {
		return element{}, nil, false
	}
	return element{e.tag, b[:n]}, b[n:], true
}

// find is the value of the element with a tag; there is false where none has it.
func find(all []element, tag uint32) (value []byte, there bool) {
	for _, e := range all {
		if e.tag == tag {
			return e.value, true
		}
	}
	return nil, false
}

// tlv encodes an element, whose value is made of parts.
func tlv(tag uint32, parts ...[]byte) []byte {
	var value []byte
	for _, part := range parts {
		value = append(value, part...)
	}
	out := tagBytes(tag)
	switch n := len(value); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n&0xff))
	}
	return append(out, value...)
}

// tagBytes is a tag without leading zeros.
func tagBytes(tag uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, tag)
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
