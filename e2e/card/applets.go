package card

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
)

// application is one of those that can be selected.
type application int

const (
	none application = iota
	piv
	management
	otp
)

// applicationIDs name them; clients give the first bytes.
var applicationIDs = map[application][]byte{
	piv:        {0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00},
	management: {0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17},
	otp:        {0xa0, 0x00, 0x00, 0x05, 0x27, 0x20, 0x01, 0x01},
}

// minID is the shortest part of an ID that selects an application.
const minID = 5

// session is what holds until another application is selected, or the power goes.
type session struct {
	selected application
	// verified is true after the right PIN; fresh only for the next use of a key.
	verified, fresh bool
	// managing is true after the management key. witness and challenge wait for their answers.
	managing           bool
	witness, challenge []byte
}

// do carries out a whole command.
func (c *Card) do(cmd command, gone <-chan struct{}) ([]byte, status) {
	if cmd.ins == insSelect {
		return c.selectApplication(cmd)
	}
	switch c.session.selected {
	case piv:
		return c.doPIV(cmd, gone)
	case management:
		if cmd.ins == insReadConfig {
			return c.config(), swOK
		}
	case otp:
		if cmd.ins == insReadSlot && cmd.p1 == 0x10 {
			return binary.BigEndian.AppendUint32(nil, c.serial), swOK
		}
	case none:
	}
	return nil, swNoSuchCommand
}

func (c *Card) selectApplication(cmd command) ([]byte, status) {
	if cmd.p1 != 0x04 || len(cmd.data) < minID {
		return nil, swWrongParameter
	}
	for app, id := range applicationIDs {
		if !bytes.HasPrefix(id, cmd.data) {
			continue
		}
		c.session = session{selected: app}
		switch app {
		case management:
			return []byte("Virtual mgr - FW version " + c.firmware.String()), swOK
		case otp:
			return append(c.firmware.bytes(), 1, 0, 0), swOK
		case piv, none:
			return tlv(0x61, tlv(0x4f, id[minID:]), tlv(0x79, tlv(0x4f, id[:minID]))), swOK
		}
	}
	return nil, swNotFound
}

// config is what the management application says about the whole token.
func (c *Card) config() []byte {
	const ccid = 0x3f // all applications over USB
	fields := [][]byte{tlv(0x01, []byte{ccid}), tlv(0x02, binary.BigEndian.AppendUint32(nil, c.serial)), tlv(0x03, []byte{ccid})}
	if c.firmware.hasForm() {
		fields = append(fields, tlv(0x04, []byte{formFactor}), tlv(0x05, c.firmware.bytes()), tlv(0x0a, []byte{0}))
	}
	all := bytes.Join(fields, nil)
	return append([]byte{byte(len(all))}, all...)
}

// formFactor is a USB-C keychain.
const formFactor = 0x03

// doPIV carries out a command of the PIV application.
func (c *Card) doPIV(cmd command, gone <-chan struct{}) ([]byte, status) {
	if cmd.ins != insAuthenticate && cmd.ins != insVerify {
		c.session.fresh = false
	}
	switch cmd.ins {
	case insVersion:
		return c.firmware.bytes(), swOK
	case insSerial:
		if c.firmware.hasSerial() {
			return binary.BigEndian.AppendUint32(nil, c.serial), swOK
		}
	case insVerify:
		return nil, c.verify(cmd)
	case insChangeReference:
		return nil, c.changeReference(cmd)
	case insResetTries:
		return nil, c.resetTries(cmd)
	case insSetTries:
		return nil, c.setTries(cmd)
	case insReset:
		return nil, c.factoryReset()
	case insGetData:
		return c.getData(cmd)
	case insPutData:
		return nil, c.putData(cmd)
	case insGenerate:
		return c.generate(cmd)
	case insImport:
		return nil, c.importKey(cmd)
	case insAuthenticate:
		if cmd.p2 == slotManagement {
			return c.authenticate(cmd, gone)
		}
		return c.use(cmd, gone)
	case insSetManagement:
		return nil, c.setManagement(cmd)
	case insAttest:
		return c.attest(cmd)
	case insMetadata:
		if c.firmware.hasMetadata() {
			return c.metadata(cmd.p2)
		}
	case insDelete:
		if c.firmware.hasDelete() {
			return nil, c.move(cmd)
		}
	}
	return nil, swNoSuchCommand
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program
	return b
}
