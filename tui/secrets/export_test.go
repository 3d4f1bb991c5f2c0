package secrets

import "slices"

// Held are the passphrases that are kept in memory.
func (o *Opened) Held() [][]byte {
	out := slices.Clone(o.known)
	for _, pin := range o.pins.known {
		out = append(out, pin)
	}
	for _, given := range [][]byte{o.given, o.pins.given} {
		if given != nil {
			out = append(out, given)
		}
	}
	return out
}
