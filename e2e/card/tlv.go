package card

import "slices"

// item is one element of BER-TLV.
type item struct {
	tag   int
	value []byte
}

// tlv encodes an element.
func tlv(tag int, parts ...[]byte) []byte {
	value := slices.Concat(parts...)
	var out []byte
	if tag > 0xff {
		out = append(out, byte(tag>>8))
	}
	out = append(out, byte(tag))
	switch n := len(value); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, value...)
}

// items decodes the elements in b; ok is false where it is cut off or damaged.
func items(b []byte) (out []item, ok bool) {
	for len(b) > 0 {
		tag := int(b[0])
		b = b[1:]
		if tag&0x1f == 0x1f {
			if len(b) == 0 {
				return nil, false
			}
			tag, b = tag<<8|int(b[0]), b[1:]
		}
		n, rest, ok := length(b)
		if !ok || n > len(rest) {
			return nil, false
		}
		out, b = append(out, item{tag, rest[:n]}), rest[n:]
	}
	return out, true
}

func length(b []byte) (n int, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	first, b := int(b[0]), b[1:]
	if first < 0x80 {
		return first, b, true
	}
	count := first & 0x7f
	if count == 0 || count > 2 || count > len(b) {
		return 0, nil, false
	}
	for _, digit := range b[:count] {
		n = n<<8 | int(digit)
	}
	return n, b[count:], true
}

// in is the value of the first element with a tag.
func in(list []item, tag int) (value []byte, ok bool) {
	for _, i := range list {
		if i.tag == tag {
			return i.value, true
		}
	}
	return nil, false
}
