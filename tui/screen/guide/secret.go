package guide

import (
	"bytes"
	"context"
	"sync"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// secretLimit is the longest passphrase that is taken, in bytes.
const secretLimit = 4 << 10

// secret is a passphrase that is being asked for. What is typed lives in bytes that
// are wiped, and never in a string of ours.
type secret struct {
	ask port.SecretAsk
	// about says what must be known of the key.
	about []string
	// tried names the variable of the environment that was wrong; empty where
	// none was tried.
	tried string
	// reply takes the one answer; closing it is none.
	reply chan []byte
	once  sync.Once
	// first is a new passphrase that must be typed again.
	first, field []byte
	problem      string
	// confirmed tells that the last try may be spent.
	confirmed bool
	// skipping tells that enter, pressed once more, leaves the key untried.
	skipping bool
}

// wipe overwrites what was typed.
func (s *secret) wipe() {
	clear(s.first)
	clear(s.field)
	s.first, s.field = nil, nil
}

// cancel answers with nothing.
func (s *secret) cancel() {
	s.wipe()
	s.once.Do(func() { close(s.reply) })
}

// edit takes a key or a paste.
func (s *secret) edit(msg tea.Msg) {
	s.problem, s.skipping, s.ask.Wrong = "", false, nil // what was wrong has been read
	switch msg := msg.(type) {
	case tea.PasteMsg:
		line := trimLine(msg.Content)
		if widget.SeveralLines(line) {
			s.problem = "the pasted text has several lines; it was not used"
			return
		}
		s.add(line)
	case tea.KeyPressMsg:
		switch {
		case msg.Text != "":
			s.add(msg.Text)
		case msg.Keystroke() == "backspace" || msg.Keystroke() == "ctrl+h":
			_, size := utf8.DecodeLastRune(s.field)
			clear(s.field[len(s.field)-size:])
			s.field = s.field[:len(s.field)-size]
		case msg.Keystroke() == "ctrl+u":
			clear(s.field)
			s.field = s.field[:0]
		}
	}
}

// trimLine cuts the line end that copying from a file brings along.
func trimLine(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// add appends without leaving copies behind: the whole room is there from the
// first byte on.
func (s *secret) add(typed string) {
	if s.field == nil {
		s.field = make([]byte, 0, secretLimit)
	}
	if len(s.field)+len(typed) > secretLimit {
		s.problem = "longer than " + text.Bytes(secretLimit) + "; it was not used"
		return
	}
	s.field = append(s.field, typed...)
}

// confirming reports whether it is not the PIN yet that is typed, but that the last try may be spent.
func (s *secret) confirming() bool { return s.ask.LastTry && !s.confirmed }

// done hands the passphrase over. It reports false where it must be typed again,
// and says why.
func (s *secret) done() bool {
	switch {
	case s.confirming():
		if s.confirmed = string(s.field) == secrets.LastTry; !s.confirmed {
			s.problem = "type " + secrets.LastTry + ", or press esc to stop here"
		}
		s.wipe()
		return false
	case len(s.field) == 0 && s.skipping:
		s.once.Do(func() {
			s.reply <- nil
			close(s.reply)
		})
		return true
	case len(s.field) == 0 && s.ask.Skip != "":
		s.skipping = true
		return false
	case len(s.field) == 0:
		s.problem = "type the " + secrets.Noun(s.ask) + ", or press esc to stop here"
		return false
	case s.ask.New && s.first == nil:
		words, ok := secrets.Strength(s.ask, s.field)
		if !ok {
			s.wipe() // it is chosen anew
			s.problem = words
			return false
		}
		s.first, s.field = s.field, nil
		return false
	case s.ask.New && !bytes.Equal(s.first, s.field):
		s.wipe()
		s.problem = "the " + secrets.Noun(s.ask) + "s don't match. Try again"
		return false
	}
	given := bytes.Clone(s.field)
	s.wipe()
	s.once.Do(func() {
		s.reply <- given
		close(s.reply)
	})
	return true
}

// person answers on the screen.
type person struct {
	// report hands the question to the screen, and tried names a variable that was wrong.
	report func(event)
	tried  func(port.SecretAsk) string
}

var _ port.Interaction = person{}

// asking is the source of passphrases of the work: the environment first, then whoever
// sits before the screen.
func asking(variable func(port.SecretAsk) ([]byte, string), report func(event)) *secrets.Opened {
	o := &secrets.Opened{Variable: variable}
	o.Next = person{report, o.Tried}
	return o
}

// Ask shows the question, and returns a FaultCanceled where the user stops there.
func (a person) Ask(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	s := &secret{ask: ask, tried: a.tried(ask), reply: make(chan []byte, 1)}
	a.report(event{secret: s})
	select {
	case value, ok := <-s.reply:
		if !ok {
			return nil, &model.Fault{
				Kind: model.FaultCanceled, Text: "you gave no " + secrets.Noun(ask) + " for " + secrets.Subject(ask),
				Hint: "Find the " + secrets.Noun(ask) + ", then start again. Nothing done so far is lost.",
			}
		}
		return value, nil
	case <-ctx.Done():
		return nil, &model.Fault{
			Kind: model.FaultCanceled, Text: "you left the screen before you gave the " + secrets.Noun(ask) + " of " + secrets.Subject(ask),
			Hint: "Start again. Nothing done so far is lost.", Err: context.Cause(ctx),
		}
	}
}
