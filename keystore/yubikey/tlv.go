//go:build yubikey

package yubikey

// elements decodes BER-TLV as tokens give it: tags of one or two bytes, lengths of up to three,
// and not always the shortest form. Of several with one tag the first counts. ok is false where
// something is cut off.
func elements(b []byte) (out map[int][]byte, ok bool) {
	out = map[int][]byte{}
	for len(b) > 0 {
		tag := int(b[0])
		b = b[1:]
		if tag&0x1f == 0x1f {
			if len(b) == 0 {
				return nil, false
			}
			tag, b = tag<<8|int(b[0]), b[1:]
		}
		n, rest, ok := elementLength(b)
		if !ok || n > len(rest) {
			return nil, false
		}
		if _, had := out[tag]; !had {
			out[tag] = rest[:n]
		}
		b = rest[n:]
	}
	return out, true
}

func elementLength(b []byte) (n int, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	n, b = int(b[0]), b[1:]
	if n < 0x80 {
		return n, b, true
	}
	count := n & 0x7f
	if count == 0 || count > 3 || count > len(b) {
		return 0, nil, false
	}
	n = 0
	for _, digit := range b[:count] {
		n = n<<8 | int(digit)
	}
	return n, b[count:], true
}
