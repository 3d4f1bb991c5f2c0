//go:build yubikey

package yubikey

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// token is a YubiKey as it was just read.
type token struct {
	model.Token
	firmware version
	// managerTouch is when the management key wants a touch.
	managerTouch model.UsePolicy
}

type version struct{ major, minor, patch byte }

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch) }

func (v version) atLeast(major, minor byte) bool {
	return v.major > major || v.major == major && v.minor >= minor
}

// hasMetadata is that the token tells about its keys and secrets (GET METADATA).
func (v version) hasMetadata() bool { return v.atLeast(5, 3) }

// hasSerial is that the PIV application tells the serial number; otherwise another one does.
func (v version) hasSerial() bool { return v.major >= 5 }

// Tokens reads all YubiKeys that are plugged in: once in a context of port.OneReading.
func (t *Tokens) Tokens(ctx context.Context) ([]model.Token, *model.Fault) {
	return port.ReadOnce(ctx, t, func() ([]model.Token, *model.Fault) { return t.look(ctx) })
}

func (t *Tokens) look(ctx context.Context) ([]model.Token, *model.Fault) {
	give, fault := t.take(ctx)
	if fault != nil {
		return nil, fault
	}
	defer give()
	found, fault := t.all(ctx, readWhole, lookLimit)
	var out []model.Token
	for _, k := range found {
		out = append(out, k.Token)
	}
	return out, fault
}

// depth is how much of a token is read.
type depth int

const (
	// readNumber: its serial number and firmware.
	readNumber depth = iota
	// readSecrets: also its tries, and its management key.
	readSecrets
	// readWhole: also its slots.
	readWhole
)

// all reads the YubiKeys in all readers, at once, so that none waits for another one's program.
// One that can't be read is among them with its Fault.
func (t *Tokens) all(ctx context.Context, how depth, limit time.Duration) ([]token, *model.Fault) {
	c, fault := establish()
	if fault != nil {
		return nil, fault
	}
	defer func() { _ = c.Release() }()
	names, fault := readers(c)
	if fault != nil {
		return nil, fault
	}
	if len(names) == 0 {
		return nil, noReader()
	}
	read := make([]token, len(names))
	is := make([]bool, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { read[i], is[i] = readInTime(ctx, name, how, limit) })
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "the tokens were not all read", Err: err}
	}
	var out []token
	for i, k := range read {
		if is[i] {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return nil, noCard(len(names))
	}
	return out, nil
}

// readInTime is readOne, with a Fault where the token doesn't answer.
func readInTime(ctx context.Context, reader string, how depth, limit time.Duration) (k token, ok bool) {
	type result struct {
		token token
		ok    bool
	}
	r, fault := inTime(ctx, readerName(reader), func() result {
		k, ok := readOne(ctx, reader, how, limit)
		return result{k, ok}
	})
	if fault != nil {
		return token{Token: model.Token{Reader: reader, Fault: fault}}, true
	}
	return r.token, r.ok
}

// readOne reads what is in a reader; ok is false where that is no YubiKey.
func readOne(ctx context.Context, reader string, how depth, limit time.Duration) (k token, ok bool) {
	k.Reader = reader
	s, fault := connect(ctx, reader, limit)
	if fault == nil {
		defer s.close()
		if ok, fault = k.identify(s); fault == nil && !ok {
			return token{}, false
		}
	}
	if fault == nil && how >= readSecrets {
		fault = k.readSecrets(s)
	}
	if fault == nil && how >= readWhole {
		fault = k.readSlots(s)
	}
	k.Fault = fault
	// What left before it had told its number is not there.
	return k, k.Serial != "" || !errors.Is(fault, errRemoved)
}

// identify reads what kind of token it is; is is false for one that is no YubiKey with PIV.
func (k *token) identify(s *session) (is bool, fault *model.Fault) {
	form, fault := s.form()
	if fault != nil {
		return true, fault
	}
	if ok, fault := s.choose(aidPIV); fault != nil || !ok {
		return fault != nil, fault
	}
	v, ok, fault := s.ask(insVersion, 0, 0, nil)
	if fault != nil || !ok || len(v) != 3 {
		return fault != nil, fault
	}
	k.firmware = version{v[0], v[1], v[2]}
	k.Firmware = k.firmware.String()
	k.Product, k.Form = product(k.firmware, form), forms[form&^formFIPS]
	serial, fault := s.serial(k.firmware)
	if k.Serial = serial; serial != "" {
		s.subject = nameOf(serial)
	}
	return true, fault
}

// formFIPS marks the forms of tokens that are certified by FIPS 140.
const formFIPS = 0x80

// forms are how tokens are built (developers.yubico.com/yubikey-manager/Config_Reference.html).
var forms = map[byte]string{
	1: "USB-A keychain", 2: "USB-A nano", 3: "USB-C keychain", 4: "USB-C nano", 5: "USB-C and Lightning keychain",
	6: "USB-A with fingerprint sensor", 7: "USB-C with fingerprint sensor",
}

func product(firmware version, form byte) string {
	name := "YubiKey"
	if firmware.major >= 4 {
		name += " " + strconv.Itoa(int(firmware.major))
	}
	if form&formFIPS != 0 {
		name += " FIPS"
	}
	return name
}

// form asks the management application how the token is built; 0 is that it doesn't say.
func (s *session) form() (byte, *model.Fault) {
	if ok, fault := s.choose(aidManagement); fault != nil || !ok {
		return 0, fault
	}
	answer, ok, fault := s.ask(insReadConfig, 0, 0, nil)
	if fault != nil || !ok || len(answer) == 0 {
		return 0, fault
	}
	const tagForm = 0x04
	fields, _ := elements(answer[1:])
	if form := fields[tagForm]; len(form) == 1 {
		return form[0], nil
	}
	return 0, nil
}

// serial is the number of the token; empty where it doesn't say. The PIV application is selected
// then.
func (s *session) serial(firmware version) (string, *model.Fault) {
	var number []byte
	var fault *model.Fault
	if firmware.hasSerial() {
		number, _, fault = s.ask(insSerial, 0, 0, nil)
	} else {
		var ok bool
		if ok, fault = s.choose(aidOTP); fault == nil && ok {
			const ofSerial = 0x10
			number, _, fault = s.ask(insReadSlot, ofSerial, 0, nil)
		}
		if fault == nil {
			_, fault = s.choose(aidPIV)
		}
	}
	if fault != nil || len(number) != 4 {
		return "", fault
	}
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(number)), 10), nil
}

// readSecrets reads the tries of PIN and PUK, and which management key there is. It spends no try.
func (k *token) readSecrets(s *session) *model.Fault {
	unknown := model.TokenSecret{TriesLeft: -1, Tries: -1}
	k.PIN, k.PUK = unknown, unknown
	if !k.firmware.hasMetadata() {
		left, fault := s.triesLeft()
		if fault != nil {
			return fault
		}
		k.PIN.TriesLeft = left
		k.Management.Algorithm = managers[alg3DES] // the only one before
		return k.readAdmin(s)
	}
	for _, about := range []struct {
		ref    byte
		secret *model.TokenSecret
	}{{refPIN, &k.PIN}, {refPUK, &k.PUK}} {
		fields, _, fault := s.metadata(about.ref)
		if fault != nil {
			return fault
		}
		about.secret.Default = yesNo(fields[tagDefault])
		if tries := fields[tagTries]; len(tries) == 2 {
			about.secret.Tries, about.secret.TriesLeft = int(tries[0]), int(tries[1])
		}
	}
	fields, _, fault := s.metadata(refManager)
	if fault != nil {
		return fault
	}
	k.Management.Default = yesNo(fields[tagDefault])
	if alg := fields[tagAlgorithm]; len(alg) == 1 {
		k.Management.Algorithm = managers[alg[0]]
	}
	if policy := fields[tagPolicy]; len(policy) == 2 {
		k.managerTouch = touchPolicy(policy[1])
	}
	return k.readAdmin(s)
}

// triesLeft asks for the tries of the PIN by an empty VERIFY; -1 where the token doesn't say.
func (s *session) triesLeft() (int, *model.Fault) {
	_, sw, fault := s.send(insVerify, 0, refPIN, nil)
	switch {
	case fault != nil:
		return -1, fault
	case sw == swBlocked:
		return 0, nil
	case sw&0xfff0 == swTries:
		return sw & 0xf, nil
	default:
		return -1, nil
	}
}

// The references of secrets.
const (
	refPIN     = 0x80
	refPUK     = 0x81
	refManager = 0x9b
)

// The fields of metadata (developers.yubico.com/PIV/Introduction/Yubico_extensions.html).
const (
	tagAlgorithm = 0x01
	tagPolicy    = 0x02
	tagOrigin    = 0x03
	tagPublic    = 0x04
	tagDefault   = 0x05
	tagTries     = 0x06
)

// alg3DES is the algorithm of management keys on all firmware before 5.4.
const alg3DES = 0x03

var managers = map[byte]string{alg3DES: "3DES", 0x08: "AES-128", 0x0a: "AES-192", 0x0c: "AES-256"}

// metadata asks what the token tells of a slot or secret; ok is false where there is nothing.
func (s *session) metadata(ref byte) (fields map[int][]byte, ok bool, fault *model.Fault) {
	answer, ok, fault := s.ask(insMetadata, 0, ref, nil)
	if fault != nil || !ok {
		return nil, false, fault
	}
	if fields, ok = elements(answer); !ok {
		return nil, false, bad(s.subject, "gave metadata that is cut off", nil)
	}
	return fields, true, nil
}

func yesNo(flag []byte) model.Knowledge {
	switch {
	case len(flag) != 1:
		return model.Unknown
	case flag[0] == 0:
		return model.No
	default:
		return model.Yes
	}
}

// readAdmin reads whether the token keeps its management key for those who know the PIN. ykman
// and yubico-piv-tool note that in an object that anyone can read.
func (k *token) readAdmin(s *session) *model.Fault {
	const objectAdmin, tagAdmin, tagFlags, isProtected = 0x5fff00, 0x80, 0x81, 0x02
	content, fault := s.object(objectAdmin)
	if fault != nil {
		return fault
	}
	outer, _ := elements(content)
	fields, _ := elements(outer[tagAdmin])
	flags := fields[tagFlags]
	k.Management.Protected = len(flags) == 1 && flags[0]&isProtected != 0
	return nil
}

// object is the content of a data object; empty where there is none.
func (s *session) object(number uint32) ([]byte, *model.Fault) {
	name := append([]byte{0x5c, 3}, binary.BigEndian.AppendUint32(nil, number)[1:]...)
	answer, ok, fault := s.ask(insGetData, 0x3f, 0xff, name)
	if fault != nil || !ok {
		return nil, fault
	}
	fields, ok := elements(answer)
	if !ok {
		return nil, bad(s.subject, "gave an object that is cut off", nil)
	}
	return fields[0x53], nil
}
