//go:build yubikey

package yubikey

import (
	"context"
	"errors"
	"time"

	"github.com/ebfe/scard"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Application IDs (SP 800-73-4, part 1, 2.2; developers.yubico.com).
var (
	aidPIV        = []byte{0xa0, 0x00, 0x00, 0x03, 0x08}
	aidManagement = []byte{0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17}
	aidOTP        = []byte{0xa0, 0x00, 0x00, 0x05, 0x27, 0x20, 0x01, 0x01}
)

// The instructions that piv-go doesn't offer, or only with an exclusive hold on the token.
const (
	insSelect      = 0xa4
	insGetResponse = 0xc0
	insGetData     = 0xcb
	insVerify      = 0x20
	insVersion     = 0xfd
	insAttest      = 0xf9
	insSerial      = 0xf8
	insMetadata    = 0xf7
	insReadConfig  = 0x1d
	insReadSlot    = 0x01
)

// Status words (SP 800-73-4, part 2, table 4).
const (
	swOK           = 0x9000
	swMore         = 0x6100
	swNotSatisfied = 0x6982
	swBlocked      = 0x6983
	swConditions   = 0x6985
	swWrongData    = 0x6a80
	swTries        = 0x63c0
)

const (
	// maxData is how many bytes one command carries, and maxAnswer the longest answer that is
	// read: several times that of the largest certificate.
	maxData, maxAnswer = 255, 16 << 10
	// openLimit is how long another program may keep a token busy that is to be used, and
	// lookLimit one that is looked at. busyPause is between two tries.
	openLimit, lookLimit, busyPause = 5 * time.Second, time.Second, 100 * time.Millisecond
	// readLimit is how long it may take to read a token: several times what old ones need.
	readLimit = 20 * time.Second
)

// inTime calls do, which reads a token, and gives up where that doesn't answer, or ctx is done. A
// call into the service can't be ended, so do may go on for as long as the token is plugged in.
func inTime[T any](ctx context.Context, subject string, do func() T) (T, *model.Fault) {
	done := make(chan T, 1)
	go func() { done <- do() }()
	timer := time.NewTimer(readLimit)
	defer timer.Stop()
	var nothing T
	select {
	case result := <-done:
		return result, nil
	case <-timer.C:
		return nothing, away(subject, "doesn't answer", "Unplug the token and plug it in again.", nil)
	case <-ctx.Done():
		return nothing, &model.Fault{Kind: model.FaultCanceled, Subject: subject, Text: "had not answered yet", Err: ctx.Err()}
	}
}

// session is a shared, short hold on a token, by which it is only read.
type session struct {
	context *scard.Context
	card    *scard.Card
	// reader is its name, and subject the same for people.
	reader, subject string
}

// establish connects to the service.
func establish() (*scard.Context, *model.Fault) {
	c, err := scard.EstablishContext()
	if err != nil {
		return nil, pcscFault("", err)
	}
	return c, nil
}

// readers are the names of all readers, with and without cards.
func readers(c *scard.Context) ([]string, *model.Fault) {
	names, err := c.ListReaders()
	if errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, nil
	}
	if err != nil {
		return nil, pcscFault("", err)
	}
	return names, nil
}

// errCutOff is an answer without a status word: some readers give it when the token is pulled out.
var errCutOff = errors.New("an answer was cut off")

func readerName(reader string) string { return "reader " + display.Quote(reader) }

// connect begins a session with what is in a reader. Where another program is at work there, it
// waits for it, but not longer than limit.
func connect(ctx context.Context, reader string, limit time.Duration) (*session, *model.Fault) {
	subject := readerName(reader)
	c, fault := establish()
	if fault != nil {
		return nil, fault
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type result struct {
		session *session
		err     error
	}
	done := make(chan result, 1)
	go func() {
		s, err := begin(ctx, c, reader, subject)
		done <- result{s, err}
	}()
	select {
	case r := <-done:
		if r.err == nil {
			return r.session, nil
		}
		_ = c.Release()
		return nil, pcscFault(subject, r.err)
	case <-ctx.Done():
		// The other program holds the token, and the call that waits for it can't be ended.
		go func() {
			if r := <-done; r.err == nil {
				r.session.close()
			} else {
				_ = c.Release()
			}
		}()
		return nil, busy(subject, ctx.Err())
	}
}

// begin connects, and waits for the turn.
func begin(ctx context.Context, c *scard.Context, reader, subject string) (*session, error) {
	for {
		card, err := c.Connect(reader, scard.ShareShared, scard.ProtocolT0|scard.ProtocolT1)
		if errors.Is(err, scard.ErrSharingViolation) {
			// Someone has it for himself; most programs let go of it soon.
			select {
			case <-time.After(busyPause):
				continue
			case <-ctx.Done():
				return nil, err
			}
		}
		if err != nil {
			return nil, err
		}
		if err := card.BeginTransaction(); err != nil {
			_ = card.Disconnect(scard.LeaveCard)
			return nil, err
		}
		return &session{context: c, card: card, reader: reader, subject: subject}, nil
	}
}

// close lets go of the token, and leaves it as it is.
func (s *session) close() {
	_ = s.card.EndTransaction(scard.LeaveCard)
	_ = s.card.Disconnect(scard.LeaveCard)
	_ = s.context.Release()
}

// send sends a command, and joins the parts of the answer. The status word is not judged.
func (s *session) send(ins, p1, p2 byte, data []byte) ([]byte, int, *model.Fault) {
	if len(data) > maxData {
		return nil, 0, bad(s.subject, "a command is too long", nil)
	}
	request := []byte{0, ins, p1, p2}
	if len(data) > 0 {
		request = append(append(request, byte(len(data)&0xff)), data...)
	}
	var out []byte
	for {
		answer, err := s.card.Transmit(request)
		if err != nil {
			return nil, 0, pcscFault(s.subject, err)
		}
		if len(answer) < 2 {
			return nil, 0, removed(s.subject, errCutOff)
		}
		end := len(answer) - 2
		sw := int(answer[end])<<8 | int(answer[end+1])
		more := sw&0xff00 == swMore
		if out = append(out, answer[:end]...); len(out) > maxAnswer || more && end == 0 {
			return nil, 0, bad(s.subject, "gave an answer that doesn't end", nil)
		}
		if !more {
			return out, sw, nil
		}
		request = []byte{0, insGetResponse, 0, 0}
	}
}

// ask is send for commands that either succeed or have nothing to tell; ok is false for the latter.
func (s *session) ask(ins, p1, p2 byte, data []byte) (answer []byte, ok bool, fault *model.Fault) {
	answer, sw, fault := s.send(ins, p1, p2, data)
	return answer, fault == nil && sw == swOK, fault
}

// choose selects an application.
func (s *session) choose(aid []byte) (ok bool, fault *model.Fault) {
	_, ok, fault = s.ask(insSelect, 0x04, 0, aid)
	return ok, fault
}

// pcscFault says what an error of the PC/SC service means.
func pcscFault(subject string, err error) *model.Fault {
	var code scard.Error
	if !errors.As(err, &code) {
		return bad(subject, "can't be read: "+display.Inline(err.Error()), err)
	}
	switch code {
	case scard.ErrNoService, scard.ErrServiceStopped, scard.ErrServerTooBusy, scard.ErrCommError:
		return noService(err)
	case scard.ErrNoReadersAvailable:
		return noReader()
	case scard.ErrSharingViolation:
		return busy(subject, err)
	case scard.ErrRemovedCard, scard.ErrResetCard, scard.ErrUnpoweredCard, scard.ErrNoSmartcard, scard.ErrReaderUnavailable,
		scard.ErrUnknownReader, scard.ErrInvalidHandle, scard.ErrUnresponsiveCard, scard.ErrNotTransacted:
		return removed(subject, err)
	default:
		return bad(subject, "can't be read: "+display.Inline(err.Error()), err)
	}
}
