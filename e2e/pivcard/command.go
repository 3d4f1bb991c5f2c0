package pivcard

import "encoding/binary"

// Command is a command as the card takes it: one that was chained is whole.
type Command struct {
	Instruction, P1, P2 byte
	Data                []byte
}

// The instructions (SP 800-73-4, part 2, table 2), and Yubico's.
const (
	insVerify          = 0x20
	insChangeReference = 0x24
	insResetRetry      = 0x2c
	insGenerate        = 0x47
	insAuthenticate    = 0x87
	insSelect          = 0xa4
	insGetResponse     = 0xc0
	insGetData         = 0xcb
	insPutData         = 0xdb

	insReadConfig = 0x1d
	insMetadata   = 0xf7
	insSerial     = 0xf8
	insAttest     = 0xf9
	insSetTries   = 0xfa
	insReset      = 0xfb
	insVersion    = 0xfd
	insImport     = 0xfe
	insSetManager = 0xff
)

// status is a status word (ISO/IEC 7816-4).
type status uint16

const (
	ok                  status = 0x9000
	moreData            status = 0x6100
	wrongLength         status = 0x6700
	chainingUnsupported status = 0x6884
	notSatisfied        status = 0x6982
	blocked             status = 0x6983
	conditions          status = 0x6985
	wrongData           status = 0x6a80
	notFound            status = 0x6a82
	noMemory            status = 0x6a84
	wrongParameters     status = 0x6a86
	noReference         status = 0x6a88
	unknownInstruction  status = 0x6d00
	unknownClass        status = 0x6e00
	triesLeft           status = 0x63c0
)

// request is one command as it comes from the reader.
type request struct {
	Command
	// chained is that the rest of the data comes with the next one.
	chained bool
	// expects is how many bytes the answer may have.
	expects int
	fault   status
}

// parse reads a command (ISO/IEC 7816-4), of any of the cases and with short or extended
// lengths. Its fault is ok where it is one.
func parse(b []byte) request {
	const classChained = 0x10
	if len(b) < 4 {
		return request{fault: wrongLength}
	}
	out := request{Command: Command{Instruction: b[1], P1: b[2], P2: b[3]}, chained: b[0] == classChained, expects: 256, fault: ok}
	if b[0] != 0 && b[0] != classChained {
		out.fault = unknownClass
		return out
	}
	body := b[4:]
	switch {
	case len(body) == 0:
	case len(body) == 1:
		out.expects = expected(body, 256)
	case body[0] != 0:
		out.lengths(body[1:], int(body[0]), 1, 256)
	case len(body) == 3:
		out.expects = expected(body[1:], 1<<16)
	case len(body) > 3:
		out.lengths(body[3:], int(binary.BigEndian.Uint16(body[1:3])), 2, 1<<16)
	default:
		out.fault = wrongLength
	}
	return out
}

// lengths takes n bytes of data, and what follows them as the length that is expected.
func (r *request) lengths(rest []byte, n, width, most int) {
	switch len(rest) - n {
	case 0:
		r.expects = most
	case width:
		r.expects = expected(rest[n:], most)
	default:
		r.fault = wrongLength
		return
	}
	r.Data = rest[:n]
}

// expected decodes a length, of which zero is the largest.
func expected(b []byte, most int) int {
	n := 0
	for _, digit := range b {
		n = n<<8 | int(digit)
	}
	if n == 0 {
		return most
	}
	return n
}
