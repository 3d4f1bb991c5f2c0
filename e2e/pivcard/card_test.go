package pivcard_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
)

func TestMain(m *testing.M) { peer.Main(m) }

// line is a reader without a service: it sends frames as vpcd does.
type line struct {
	*testing.T
	card peer.Card
	conn net.Conn
}

func plug(t *testing.T, config pivcard.Config) *line {
	t.Helper()
	card, err := pivcard.New(config)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{T: t, card: card}
	l.insert()
	t.Cleanup(card.Remove)
	return l
}

func (l *line) insert() {
	l.Helper()
	here, there := net.Pipe()
	if err := l.card.Insert(func() (net.Conn, error) { return there, nil }); err != nil {
		l.Fatal(err)
	}
	l.conn = here
}

// exchange sends a frame, and returns the answer; empty where the card leaves instead.
func (l *line) exchange(frame []byte) []byte {
	l.Helper()
	if _, err := l.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(frame))), frame...)); err != nil {
		l.Fatal(err)
	}
	var length [2]byte
	if _, err := io.ReadFull(l.conn, length[:]); err != nil {
		return nil
	}
	answer := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(l.conn, answer); err != nil {
		l.Fatal(err)
	}
	return answer
}

// sends sends a command in hexadecimal digits, and returns the answer in the same.
func (l *line) sends(command string) string {
	l.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(command, " ", ""))
	if err != nil {
		l.Fatal(err)
	}
	return hex.EncodeToString(l.exchange(b))
}

// expect fails unless the answer to each command ends in what it should; "…" stands for any data.
func (l *line) expect(rows ...[2]string) {
	l.Helper()
	for _, row := range rows {
		got, want := l.sends(row[0]), strings.ReplaceAll(row[1], " ", "")
		if tail, open := strings.CutPrefix(want, "…"); got != want && (!open || !strings.HasSuffix(got, tail)) {
			l.Errorf("%s: got %s, want %s", row[0], got, want)
		}
	}
}

const (
	selectPIV        = "00a40400 05 a000000308"
	selectManagement = "00a40400 08 a000000527471117"
	verify           = "00200080 08 313233343536ffff"
	wrongPIN         = "00200080 08 313131313131ffff"
	askPIN           = "00200080"
)

// The application answers as SP 800-73-4 and Yubico's descriptions say.
func TestDescribed(t *testing.T) {
	l := plug(t, pivcard.Config{Firmware: pivcard.V543, Serial: 0x01020304})
	l.expect(
		[2]string{selectPIV, "61 11 4f 06 00 00 10 00 01 00 79 07 4f 05 a0 00 00 03 08 9000"},
		[2]string{"00a40400 09 a00000030800001000 00", "…9000"},
		[2]string{"00a40400 04 a0000003", "6a82"},
		[2]string{"00fd0000", "050403 9000"},
		[2]string{"00f80000", "01020304 9000"},
		[2]string{"00aa0000", "6d00"},
		[2]string{"80fd0000", "6e00"},
		[2]string{"00fd00", "6700"},
		// Data objects.
		[2]string{"00cb3fff 05 5c035fc102", "6a82"},
		[2]string{"00cb3fff 05 5c035fc109", "6982"},
		[2]string{"00cb3fff 03 5c017e 00", "7e12 4f0ba000000308000010000100 5f2f024000 9000"},
		[2]string{"00db3fff 0a 5c035fc102 5303010203", "6982"},
		// Metadata of secrets and of an empty slot.
		[2]string{"00f70080", "0101ff 050101 06020303 9000"},
		[2]string{"00f7009b", "010103 02020001 050101 9000"},
		[2]string{"00f7009c", "6a88"},
		[2]string{"0087119c 06 7c048200810100", "…6985"},
		[2]string{"00f99c00", "6a80"},
		[2]string{"0047009c 05 ac03800111", "6982"},
		[2]string{"00fb0000", "6985"},
		[2]string{"00c00000", "6985"},
	)
}

// The PIN is counted, and what it opens is closed again by everything that ends its status.
func TestPINStatus(t *testing.T) {
	l := plug(t, pivcard.Config{Firmware: pivcard.V543})
	printed := "00cb3fff 05 5c035fc109"
	l.expect(
		[2]string{askPIN, "63c3"}, [2]string{wrongPIN, "63c2"}, [2]string{askPIN, "63c2"}, [2]string{"00200080 03 313233", "6a80"},
		[2]string{"00200081 08 3132333435363738", "6a88"},
		[2]string{verify, "9000"}, [2]string{askPIN, "9000"}, [2]string{printed, "6a82"},
		// To select it again leaves it as it is; to select another application doesn't.
		[2]string{selectPIV, "…9000"}, [2]string{askPIN, "9000"},
		[2]string{"00a40400 05 a000000999", "6a82"}, [2]string{askPIN, "9000"},
		[2]string{selectManagement, "…9000"}, [2]string{selectPIV, "…9000"}, [2]string{askPIN, "63c3"},
		[2]string{verify, "9000"}, [2]string{"0020ff80", "9000"}, [2]string{askPIN, "63c3"},
		[2]string{verify, "9000"}, [2]string{wrongPIN, "63c2"}, [2]string{askPIN, "63c2"},
		// A new PIN counts as verified.
		[2]string{"00240080 10 313233343536ffff 363534333231ffff", "9000"}, [2]string{askPIN, "9000"},
		[2]string{"00240080 10 363534333231ffff 3132ffffffffffff", "6a80"},
		[2]string{"00240080 10 363534333231ffff 313233343536ffff", "9000"},
	)
	l.card.Remove()
	l.insert()
	l.expect(
		[2]string{askPIN, "63c3"}, [2]string{wrongPIN, "63c2"}, [2]string{wrongPIN, "63c1"}, [2]string{wrongPIN, "6983"},
		[2]string{verify, "6983"}, [2]string{askPIN, "63c0"},
		[2]string{"002c0080 10 3030303030303030 363534333231ffff", "63c2"},
		[2]string{"002c0080 10 3132333435363738 363534333231ffff", "9000"},
		[2]string{"00200080 08 363534333231ffff", "9000"},
	)
	if pin, puk := l.card.Tries(); pin != 3 || puk != 3 {
		t.Errorf("%d and %d tries left", pin, puk)
	}
}

// Long commands come in parts, and so do long answers.
func TestChaining(t *testing.T) {
	l := plug(t, pivcard.Config{Firmware: pivcard.V571})
	l.expect([2]string{selectPIV, "…9000"}, [2]string{"00a40400 08 a000000527471117", "…9000"}, [2]string{selectPIV, "…9000"})
	attestation := l.sends("00cb3fff 05 5c035fff01")
	whole := l.sends("00cb3fff 000005 5c035fff01 0000")
	if attestation[2*256:2*256+2] != "61" || len(attestation) != 2*(256+2) || !strings.HasSuffix(whole, "9000") {
		t.Fatalf("answers %q and %q", attestation, whole)
	}
	l.expect([2]string{"00cb3fff 05 5c035fff01 10", "…61ff"})
	got := l.sends("00cb3fff 05 5c035fff01")
	got = got[:len(got)-4]
	for {
		part := l.sends("00c00000 40")
		got += part[:len(part)-4]
		if strings.HasSuffix(part, "9000") {
			break
		}
	}
	if got != whole[:len(whole)-4] {
		t.Errorf("read %s in parts, want %s", got, whole)
	}
	l.expect([2]string{"10fd0000", "6884"}, [2]string{"1087119c 01 7c", "9000"}, [2]string{"0087119c 05 0482008100", "6985"})
}

// The card can be pulled out when it has done something, and before it says so.
func TestRemovedBeforeItAnswers(t *testing.T) {
	var pull bool
	l := plug(t, pivcard.Config{Firmware: pivcard.V543, Answer: func(_ pivcard.Command, answer []byte) []byte {
		if pull {
			return nil
		}
		return answer
	}})
	pull = true
	if got := l.sends(wrongPIN); got != "" {
		t.Fatalf("answered %s", got)
	}
	pull = false
	l.insert()
	l.expect([2]string{askPIN, "63c2"})
	if n := l.card.CommandCount(); n != 2 || l.card.PINsSent() != 1 {
		t.Errorf("%d commands, %d PINs", n, l.card.PINsSent())
	}
}

// Whatever a reader sends, the card answers with a status word, and goes on.
func TestNonsense(t *testing.T) {
	l := plug(t, pivcard.Config{Firmware: pivcard.V571})
	for _, instruction := range []byte{0x20, 0x24, 0x2c, 0x47, 0x87, 0xa4, 0xcb, 0xdb, 0xf7, 0xf9, 0xfa, 0xfb, 0xfe, 0xff} {
		for _, data := range []string{"", "00", "7c", "7c02", "7cff8200", "7c028200", "7c04820081", "5c", "5c035fc1", "5cff", "ac", "ac0380", "1f", "1f81818181", "5383ffffff"} {
			for _, p2 := range []byte{0, 0x9b, 0x9c, 0x80, 0xf9} {
				b, err := hex.DecodeString(data)
				if err != nil {
					t.Fatal(err)
				}
				frame := append([]byte{0, instruction, 0, p2, byte(len(b))}, b...)
				if answer := l.exchange(frame); len(answer) < 2 || bytes.HasSuffix(answer, []byte{0, 0}) {
					t.Errorf("%x: %x", frame, answer)
				}
			}
		}
	}
	l.expect([2]string{"00fd0000", "050701 9000"})
}
