package card

import (
	"encoding/binary"
	"io"
	"net"
)

// What a reader says in one byte (vpcd's protocol).
const (
	powerOff  = 0
	powerOn   = 1
	warmReset = 2
	askATR    = 4
)

// atr is the answer to reset of a YubiKey 5, which offers the protocol T=1.
var atr = []byte{
	0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73, 0xc0,
	0x21, 0xc0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4b, 0x65, 0x79, 0x40,
}

// serve answers a reader until the connection ends. Every message is its length in two bytes,
// and then its bytes.
func (c *Card) serve(conn net.Conn, gone <-chan struct{}) {
	c.power()
	for {
		message, err := receive(conn)
		if err != nil {
			return
		}
		var reply []byte
		switch {
		case len(message) == 1 && message[0] == askATR:
			reply = atr
		case len(message) == 1:
			if message[0] == powerOff || message[0] == powerOn || message[0] == warmReset {
				c.power()
			}
			continue
		default:
			c.mu.Lock()
			reply = c.answer(message, gone)
			c.mu.Unlock()
			if cmd, ok := parse(message); ok && c.forge != nil {
				reply = c.forge(Command{cmd.ins, cmd.p1, cmd.p2, len(cmd.data)}, reply)
			}
			select {
			case <-gone:
				return // pulled out, it answers nothing
			default:
			}
		}
		if err := send(conn, reply); err != nil {
			return
		}
	}
}

// power is what happens to a card whose power comes or goes.
func (c *Card) power() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.parts, c.rest = session{}, nil, nil
}

func receive(conn net.Conn) ([]byte, error) {
	var head [2]byte
	acknowledge(conn)
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(head[:]))
	acknowledge(conn)
	_, err := io.ReadFull(conn, message)
	return message, err
}

func send(conn net.Conn, message []byte) error {
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
