//go:build yubikey

package yubikey

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// attempt is an exclusive hold on the token with the right serial number, for one operation that
// uses or changes keys.
type attempt struct {
	tokens *Tokens
	// name is the token for people.
	name string
	// read is what the token said right before.
	read token
	yk   *piv.YubiKey
	// give ends the turn.
	give func()
	// proved is the PIN that the token has taken since it is held; nil before.
	proved []byte
}

// hold finds the token, reads as much of it as asked, and holds it until close.
func (s *Store) hold(ctx context.Context, how depth) (*attempt, error) {
	give, fault := s.tokens.take(ctx)
	if fault != nil {
		return nil, fault
	}
	a, err := s.open(ctx, how)
	if err != nil {
		give()
		return nil, err
	}
	a.give = give
	return a, nil
}

func (s *Store) open(ctx context.Context, how depth) (*attempt, error) {
	read, fault := s.find(ctx, how)
	if fault != nil {
		return nil, fault
	}
	// Only now: where the reader holds another kind of card, piv-go would not let go of it.
	yk, err := openPIV(ctx, read.Reader)
	if err != nil {
		return nil, pivFault(s.Name(), err)
	}
	a := &attempt{tokens: s.tokens, name: s.Name(), read: read, yk: yk}
	serial, err := yk.Serial()
	if err == nil && s.serial != "" && strconv.FormatUint(uint64(serial), 10) != s.serial {
		err = removed(s.Name(), nil) // another was plugged in since
	}
	if err != nil && s.serial != "" {
		_ = yk.Close()
		return nil, pivFault(s.Name(), err)
	}
	return a, nil
}

// openPIV opens a reader for this program alone. Where others have it open, it waits for them, but
// not for ever.
func openPIV(ctx context.Context, reader string) (*piv.YubiKey, error) {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	for {
		yk, err := piv.Open(reader)
		if err == nil || !strings.Contains(err.Error(), textShared) {
			return yk, err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// close lets go of the token.
func (a *attempt) close() {
	clear(a.proved)
	_ = a.yk.Close()
	a.give()
}

// find reads the token with the serial number of the store.
func (s *Store) find(ctx context.Context, how depth) (token, *model.Fault) {
	all, fault := s.tokens.all(ctx, readNumber, openLimit)
	if fault != nil {
		if fault.Kind == model.FaultUnreachable {
			return token{}, absent(s.Name(), nil)
		}
		return token{}, fault
	}
	var found []token
	var others []string
	var unread *model.Fault
	for _, k := range all {
		switch {
		case k.Fault != nil:
			unread = k.Fault
		case k.Serial == s.serial:
			found = append(found, k)
		default:
			others = append(others, nameOf(k.Serial))
		}
	}
	switch {
	case len(found) > 1:
		return token{}, ambiguous(s.Name())
	case len(found) == 1 && how == readNumber:
		return found[0], nil
	case len(found) == 1:
		k, _ := readInTime(ctx, found[0].Reader, how, openLimit)
		if k.Fault == nil && k.Serial != s.serial {
			k.Fault = removed(s.Name(), nil)
		}
		return k, k.Fault
	case unread != nil:
		return token{}, unread // it may be that one
	default:
		return token{}, absent(s.Name(), others)
	}
}

// mostShown is what a token says where it has that many tries or more: then the number tells
// nothing about what has happened since.
const mostShown = 15

// spend gives the token a PIN, in the way that try does. Nothing else in this package does, so
// its rules hold for every PIN: see the package's comment. The error is a *port.WrongSecret where
// the PIN is not the right one, or may not be tried.
func (a *attempt) spend(ctx context.Context, pin []byte, try func() error) error {
	if a.proved != nil && bytes.Equal(a.proved, pin) {
		return explained(a.name, try())
	}
	left, err := a.triesLeft()
	switch {
	case err != nil:
		return err
	case left == 0:
		return blocked(a.name, a.read.PUK.TriesLeft)
	case model.CheckPIN(pin) != nil:
		return malformed(a.name, left)
	case a.tokens.refused.Has(a.name, pin, left):
		return refusedBefore(a.name, left)
	case left == 1 && !port.MaySpendLastTry(ctx):
		return lastTry(a.name)
	}
	err = try()
	if auth, ok := errors.AsType[piv.AuthErr](err); ok {
		if auth.Retries < mostShown {
			a.tokens.refused.Add(a.name, pin, auth.Retries)
		}
		if auth.Retries == 0 {
			wrong := blocked(a.name, a.read.PUK.TriesLeft)
			if w, ok := errors.AsType[*port.WrongSecret](wrong); ok {
				w.Unspent = false
			}
			return wrong
		}
		return wrongPIN(a.name, auth.Retries)
	}
	if err != nil {
		return pivFault(a.name, err)
	}
	a.tokens.refused.Forget(a.name)
	a.proved = bytes.Clone(pin)
	return nil
}

// triesLeft asks the token, and spends none.
func (a *attempt) triesLeft() (int, error) {
	left, err := a.yk.Retries()
	if err != nil {
		// A PIN that someone else has given may still hold. To choose another application ends
		// that, and FormFactor does so.
		if _, formErr := a.yk.FormFactor(); formErr != nil {
			return 0, pivFault(a.name, err)
		}
		left, err = a.yk.Retries()
	}
	if err != nil {
		return 0, pivFault(a.name, err)
	}
	return left, nil
}

// verify gives the token its PIN.
func (a *attempt) verify(ctx context.Context, pin []byte) error {
	return a.spend(ctx, pin, func() error { return a.yk.VerifyPIN(string(pin)) })
}

// textShared is in the error of piv-go where others have the token open.
const textShared = "other connections outstanding"

// The errors of piv-go that it exports no names for, by what they say.
var pivTexts = []struct {
	text  string
	fault func(subject string, err error) *model.Fault
}{
	{"Smart card resource manager is not running", func(_ string, err error) *model.Fault { return noService(err) }},
	{"Smart card resource manager has shut down", func(_ string, err error) *model.Fault { return noService(err) }},
	{textShared, busy},
	{"no Smart Card is currently in the device", removed},
	{"smart card has been removed", removed},
	{"smart card has been reset", removed},
	{"the specified reader name is not recognized", removed},
	{"specified reader is not currently available", removed},
	{"power has been removed from the smart card", removed},
	{"smart card is not responding to a reset", removed},
	{"an internal communications error has been detected", removed},
	{"supplied handle was invalid", removed},
	{"requested protocols are incompatible", busy},
	{"attempt was made to end a non-existent transaction", removed},
	{"a communications error with the smart card", removed},
	{"the reader or smart card is not ready", removed},
	{"scard response too short", removed},
}

// explained is an error that says what to do: its own, or that of piv-go explained.
func explained(subject string, err error) error {
	if _, ok := errors.AsType[*model.Fault](err); ok || err == nil {
		return err
	}
	return pivFault(subject, err)
}

// pivFault says what an error of piv-go means.
func pivFault(subject string, err error) *model.Fault {
	if fault, ok := errors.AsType[*model.Fault](err); ok {
		return fault
	}
	text := err.Error()
	for _, known := range pivTexts {
		if strings.Contains(text, known.text) {
			return known.fault(subject, err)
		}
	}
	return bad(subject, "refused: "+display.Inline(text), err)
}

// statusOf is the status word of the token from which an error of piv-go comes; 0 where it comes
// from none.
func statusOf(err error) int {
	s, ok := errors.AsType[interface {
		error
		Status() uint16
	}](err)
	if !ok {
		return 0
	}
	return int(s.Status())
}
