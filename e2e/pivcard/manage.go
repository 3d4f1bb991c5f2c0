package pivcard

import (
	"encoding/binary"
	"fmt"
)

// aidManagement names Yubico's management application, which tells what the token is.
var aidManagement = []byte{0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17}

// formFactor is that of a token for USB-C on a keychain.
const formFactor = 0x03

// management is that application. It can only be read.
type management struct {
	firmware Version
	serial   uint32
}

func (m management) selected() []byte {
	return fmt.Appendf(nil, "Virtual mgr - FW version %s", m.firmware)
}

func (management) chains(byte) bool { return false }

func (management) leave() {}

// process reads the configuration (developers.yubico.com/yubikey-manager/Config_Reference.html):
// its length, then elements.
func (m management) process(c Command) ([]byte, status) {
	const tagSupported, tagSerial, tagEnabled, tagForm, tagFirmware = 0x01, 0x02, 0x03, 0x04, 0x05
	if c.Instruction != insReadConfig {
		return nil, unknownInstruction
	}
	pivAlone := []byte{0, 0x10}
	config := tlv(tagSupported, pivAlone)
	config = append(config, tlv(tagSerial, binary.BigEndian.AppendUint32(nil, m.serial))...)
	config = append(config, tlv(tagEnabled, pivAlone)...)
	config = append(config, tlv(tagForm, []byte{formFactor})...)
	config = append(config, tlv(tagFirmware, []byte{m.firmware.Major, m.firmware.Minor, m.firmware.Patch})...)
	return append([]byte{byte(len(config))}, config...), ok
}
