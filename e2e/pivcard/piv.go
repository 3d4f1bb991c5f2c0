package pivcard

import (
	"context"
	"encoding/binary"
	"time"
)

// aidPIV is the name of the application with its version, of which clients send as much as they
// like (SP 800-73-4, part 1, 2.2).
var aidPIV = []byte{0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00}

const tagApplication = 0x4f

// application is one of those on the card.
type application interface {
	// selected is what SELECT answers.
	selected() []byte
	// process answers a command, whole.
	process(Command) ([]byte, status)
	// chains reports whether the data of an instruction may come in several commands.
	chains(instruction byte) bool
	// leave ends the security status.
	leave()
}

// piv is the PIV card application.
type piv struct {
	firmware   Version
	serial     uint32
	touchLimit time.Duration
	ledger     *ledger
	sensor     *sensor
	// power is over when the card is removed. Each reader brings its own.
	power context.Context

	status    securityStatus
	lastTouch time.Time

	pin, puk *reference
	manager  managerKey
	slots    map[byte]*slot
	objects  map[uint32][]byte
	maker    *maker
}

// personalise puts the card into the state from the factory. The attestation key stays.
func (p *piv) personalise() {
	attestation, certificate := p.slots[refAttestation], p.objects[objectAttestation]
	p.status, p.lastTouch = securityStatus{}, time.Time{}
	p.pin.restore(factoryTries)
	p.puk.restore(factoryTries)
	p.manager = factoryManager(p.firmware)
	p.slots, p.objects = newSlots(), map[uint32][]byte{}
	if attestation != nil {
		p.slots[refAttestation], p.objects[objectAttestation] = attestation, certificate
	}
}

// rule is how the application treats an instruction.
type rule struct {
	needs access
	// chains is that the data may come in several commands (part 2, table 2).
	chains bool
	run    func(*piv, Command) ([]byte, status)
}

// rules are the commands of the application (part 2, table 2), and Yubico's.
var rules = map[byte]rule{
	insGetData:         {run: (*piv).getData},
	insVerify:          {run: (*piv).verify},
	insChangeReference: {run: (*piv).changeReference},
	insResetRetry:      {run: (*piv).resetRetry},
	insAuthenticate:    {run: (*piv).authenticate, chains: true},
	insPutData:         {run: (*piv).putData, chains: true, needs: withAdmin},
	insGenerate:        {run: (*piv).generate, chains: true, needs: withAdmin},

	insMetadata:   {run: (*piv).metadata},
	insVersion:    {run: (*piv).version},
	insSerial:     {run: (*piv).serialNumber},
	insAttest:     {run: (*piv).attest},
	insReset:      {run: (*piv).reset},
	insImport:     {run: (*piv).importKey, chains: true, needs: withAdmin},
	insSetManager: {run: (*piv).setManager, needs: withAdmin},
	insSetTries:   {run: (*piv).setTries, needs: withAdmin},
}

// selected is the application property template (part 2, table 3).
func (*piv) selected() []byte {
	const tagProperties, tagAuthority, ofProvider = 0x61, 0x79, 5
	return tlv(tagProperties, tlv(tagApplication, aidPIV[ofProvider:]), tlv(tagAuthority, tlv(tagApplication, aidPIV[:ofProvider])))
}

func (*piv) chains(instruction byte) bool { return rules[instruction].chains }

func (p *piv) leave() { p.status = securityStatus{} }

func (p *piv) process(c Command) ([]byte, status) {
	r, known := rules[c.Instruction]
	if !known {
		return nil, unknownInstruction
	}
	// A fresh PIN is so for the next command only, and so is a proof that has begun.
	now := p.status
	p.status.fresh = false
	if c.Instruction != insAuthenticate {
		p.status.pending = nil
	}
	if !now.satisfies(r.needs) {
		return nil, notSatisfied
	}
	if c.Instruction == insAuthenticate {
		p.status.fresh = now.fresh
		defer func() { p.status.fresh = false }()
	}
	return r.run(p, c)
}

func (p *piv) version(c Command) ([]byte, status) {
	if c.P1 != 0 || c.P2 != 0 {
		return nil, wrongParameters
	}
	return []byte{p.firmware.Major, p.firmware.Minor, p.firmware.Patch}, ok
}

func (p *piv) serialNumber(c Command) ([]byte, status) {
	if c.P1 != 0 || c.P2 != 0 {
		return nil, wrongParameters
	}
	return binary.BigEndian.AppendUint32(nil, p.serial), ok
}

// reset is Yubico's RESET, for a card whose PIN and PUK are blocked.
func (p *piv) reset(Command) ([]byte, status) {
	if p.pin.left.Load() > 0 || p.puk.left.Load() > 0 {
		return nil, conditions
	}
	p.personalise()
	return nil, ok
}
