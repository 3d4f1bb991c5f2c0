package linecode

// The check characters are those of a Reed-Solomon code over the field with 32 elements: lines of
// up to 31 characters differ in at least four, so that three wrong ones never make another line.

// field holds the powers of a generator of the field, twice, and the logarithms. An element is a
// polynomial over the field with two, modulo x^5+x^2+1.
var field = func() (f struct{ exp, log [64]byte }) {
	x := 1
	for i := range 31 {
		f.exp[i], f.exp[i+31] = byte(x), byte(x)
		f.log[x] = byte(i)
		if x <<= 1; x > 31 {
			x ^= 0b100101
		}
	}
	return f
}()

func times(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return field.exp[field.log[a]+field.log[b]]
}

// generator is (x-g)(x-g^2)(x-g^3), highest power first and without it, which is 1.
var generator = func() []byte {
	out := []byte{1}
	for i := 1; i <= checkLen; i++ {
		next := append(append([]byte{}, out...), 0)
		for j, c := range out {
			next[j+1] ^= times(c, field.exp[i])
		}
		out = next
	}
	return out[1:]
}()

// check is the remainder of a line, moved up by the check characters, by the generator.
func check(line []byte) []byte {
	rest := make([]byte, checkLen)
	for _, s := range line {
		lead := s ^ rest[0]
		copy(rest, rest[1:])
		rest[checkLen-1] = 0
		for i, c := range generator {
			rest[i] ^= times(lead, c)
		}
	}
	return rest
}
