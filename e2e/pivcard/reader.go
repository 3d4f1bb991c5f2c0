package pivcard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
)

// answerToReset is that of a YubiKey 5: it offers T=1, which piv-go insists on.
var answerToReset = []byte("\x3b\xfd\x13\x00\x00\x81\x31\xfe\x15\x80\x73\xc0\x21\xc0\x57YubiKey\x40")

// reader is the card's stay in a reader. Between two of them everything volatile is lost.
type reader struct {
	card *Card
	conn net.Conn
	off  context.CancelFunc
	done chan struct{}

	current application // nil before one was selected
	// chain is a command of which not all data has come; nil where there is none.
	chain *Command
	// rest is what GET RESPONSE asks for.
	rest       []byte
	restStatus status
}

func newReader(c *Card, conn net.Conn) *reader {
	power, off := context.WithCancel(context.Background())
	r := &reader{card: c, conn: conn, off: off, done: make(chan struct{})}
	c.piv.power = power
	r.reset()
	go r.serve()
	return r
}

// remove ends the stay, and waits until the command at work has ended.
func (r *reader) remove() {
	r.off()
	_ = r.conn.Close()
	<-r.done
}

// ended reports whether the stay is over: Config.Answer may end it, and so may the reader.
func (r *reader) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// reset is power off and on: PIV is selected then, which SP 800-73-4 allows.
func (r *reader) reset() {
	for _, app := range r.card.apps {
		app.leave()
	}
	r.current, r.chain, r.rest = r.card.piv, nil, nil
}

// serve answers until the connection ends. vpcd sends frames: two bytes of length, then a command,
// or one byte for power and the answer to reset.
func (r *reader) serve() {
	defer close(r.done)
	defer r.off()
	defer func() { _ = r.conn.Close() }()
	const off, on, reset, getATR = 0, 1, 2, 4
	in := bufio.NewReader(r.conn)
	for {
		var length [2]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return
		}
		hurry(r.conn)
		frame := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		var answer []byte
		switch {
		case len(frame) != 1:
			if answer = r.transmit(frame); answer == nil {
				return
			}
		case frame[0] == getATR:
			answer = answerToReset
		case frame[0] == off || frame[0] == on || frame[0] == reset:
			r.reset()
			continue
		default:
			return
		}
		if _, err := r.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// transmit answers one command; nil is that the card was pulled out.
func (r *reader) transmit(frame []byte) []byte {
	in := parse(frame)
	whole, data, sw := r.reply(in)
	answer := binary.BigEndian.AppendUint16(data, uint16(sw))
	if r.card.config.Answer != nil && !in.chained {
		answer = r.card.config.Answer(whole, answer)
	}
	return answer
}

// reply joins the parts of a command, and has it executed once it is whole.
func (r *reader) reply(in request) (whole Command, data []byte, sw status) {
	whole = in.Command
	chain := r.chain
	r.chain = nil
	switch {
	case in.fault != ok:
		r.rest = nil
		return whole, nil, in.fault
	case in.Instruction == insGetResponse && !in.chained:
		data, sw = r.more(in.expects)
		return whole, data, sw
	case chain != nil && chain.continuedBy(whole):
		whole.Data = append(bytes.Clone(chain.Data), whole.Data...)
	}
	r.rest = nil
	switch {
	case in.chained && !r.current.chains(whole.Instruction):
		return whole, nil, chainingUnsupported
	case len(whole.Data) > longest:
		return whole, nil, wrongLength
	case in.chained:
		r.chain = &whole
		return whole, nil, ok
	}
	r.card.ledger.commands.Add(1)
	if data, sw = r.execute(whole); len(data) > 0 {
		r.rest, r.restStatus = data, sw
		data, sw = r.more(in.expects)
	}
	return whole, data, sw
}

// continuedBy reports whether a command is the next part of a chain.
func (c Command) continuedBy(next Command) bool {
	return c.Instruction == next.Instruction && c.P1 == next.P1 && c.P2 == next.P2
}

// more gives as much of an answer as is expected.
func (r *reader) more(expects int) ([]byte, status) {
	if r.rest == nil {
		return nil, conditions
	}
	n := min(expects, len(r.rest))
	part := bytes.Clone(r.rest[:n])
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.rest = nil
		return part, r.restStatus
	}
	return part, moreData | status(min(len(r.rest), 0xff))
}

// execute selects an application, or has the current one answer.
func (r *reader) execute(c Command) ([]byte, status) {
	const byName = 0x04
	if c.Instruction != insSelect {
		return r.current.process(c)
	}
	if c.P1 != byName || c.P2 != 0 {
		return nil, wrongParameters
	}
	app := r.card.find(c.Data)
	if app == nil {
		return nil, notFound // the one that is selected stays so
	}
	if app != r.current {
		r.current.leave()
		r.current = app
	}
	return app.selected(), ok
}
