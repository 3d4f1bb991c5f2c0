package card

// status is the status word of an answer (ISO/IEC 7816-4, 5.6).
type status uint16

const (
	swOK              status = 0x9000
	swMore            status = 0x6100
	swWrongPIN        status = 0x63c0
	swWrongLength     status = 0x6700
	swNotSatisfied    status = 0x6982
	swBlocked         status = 0x6983
	swConditions      status = 0x6985
	swWrongData       status = 0x6a80
	swNotFound        status = 0x6a82
	swWrongParameter  status = 0x6a86
	swNoSuchReference status = 0x6a88
	swNoSuchCommand   status = 0x6d00
)

// The instructions.
const (
	insDelete          = 0xf6
	insMetadata        = 0xf7
	insSerial          = 0xf8
	insAttest          = 0xf9
	insSetTries        = 0xfa
	insReset           = 0xfb
	insVersion         = 0xfd
	insImport          = 0xfe
	insSetManagement   = 0xff
	insReadSlot        = 0x01
	insReadConfig      = 0x1d
	insVerify          = 0x20
	insChangeReference = 0x24
	insResetTries      = 0x2c
	insGenerate        = 0x47
	insAuthenticate    = 0x87
	insSelect          = 0xa4
	insGetResponse     = 0xc0
	insGetData         = 0xcb
	insPutData         = 0xdb
)

// chained marks a part of a command that others follow.
const chained = 0x10

const (
	// maxAnswer is how many bytes one answer carries; the rest is fetched.
	maxAnswer = 256
	// maxCommand is how many bytes the parts of a command carry together: about what real
	// tokens take, whose makers state it for objects alone.
	maxCommand = 3072
)

// Command is one that the card has received, without its data.
type Command struct {
	Instruction, P1, P2 byte
	// Length is that of the data, in bytes.
	Length int
}

// command is an APDU.
type command struct {
	class, ins, p1, p2 byte
	data               []byte
}

// parse reads an APDU, short or extended (ISO/IEC 7816-4, 5.1).
func parse(raw []byte) (command, bool) {
	if len(raw) < 4 {
		return command{}, false
	}
	c := command{class: raw[0], ins: raw[1], p1: raw[2], p2: raw[3]}
	body := raw[4:]
	switch {
	case len(body) <= 1: // nothing, or the length of the answer
		return c, true
	case body[0] != 0:
		n := int(body[0])
		if len(body) != 1+n && len(body) != 2+n {
			return command{}, false
		}
		c.data = body[1 : 1+n]
	case len(body) == 3: // the length of a long answer
	case len(body) > 3:
		n := int(body[1])<<8 | int(body[2])
		if len(body) != 3+n && len(body) != 5+n {
			return command{}, false
		}
		c.data = body[3 : 3+n]
	default:
		return command{}, false
	}
	return c, true
}

// answer carries out one APDU: it joins the parts of a command, and parts a long answer.
func (c *Card) answer(raw []byte, gone <-chan struct{}) []byte {
	cmd, ok := parse(raw)
	if !ok {
		return response(nil, swWrongLength)
	}
	if cmd.ins == insGetResponse {
		return c.next()
	}
	c.rest = nil
	if len(c.parts)+len(cmd.data) > maxCommand {
		c.parts = nil
		return response(nil, swWrongLength)
	}
	if cmd.class&chained != 0 {
		c.parts = append(c.parts, cmd.data...)
		return response(nil, swOK)
	}
	cmd.data, c.parts = append(c.parts, cmd.data...), nil
	c.note(cmd)
	data, sw := c.do(cmd, gone)
	if sw != swOK {
		return response(nil, sw)
	}
	c.rest = data
	return c.next()
}

// next is the first part of what is left of an answer.
func (c *Card) next() []byte {
	if len(c.rest) <= maxAnswer {
		data := c.rest
		c.rest = nil
		return response(data, swOK)
	}
	var data []byte
	data, c.rest = c.rest[:maxAnswer], c.rest[maxAnswer:]
	return response(data, swMore|status(min(len(c.rest), 0xff)))
}

func response(data []byte, sw status) []byte {
	return append(append([]byte(nil), data...), byte(sw>>8), byte(sw))
}
