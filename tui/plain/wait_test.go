package plain

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"trustdeck/model/dialect"
	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// talk is a conversation whose source answers when the gate opens, and whose seconds
// come when they are sent.
type talk struct {
	t      *testing.T
	typist io.Writer
	said   *bufio.Reader
	gate   chan struct{}
	ticks  chan time.Time
	ended  chan error
}

// begin begins a conversation in which lines were typed ahead.
func begin(t *testing.T, ahead ...string) *talk {
	source := tuitest.NewSource()
	in, typist := io.Pipe()
	out, writer := io.Pipe()
	s := &talk{t: t, typist: typist, said: bufio.NewReader(out), gate: make(chan struct{}), ticks: make(chan time.Time), ended: make(chan error, 1)}
	source.Gate = s.gate
	o := tui.Options{Source: source, DialectOf: dialect.Only(tuitest.Dialect()), Clock: func() time.Time { return tuitest.Now }, Soon: tuitest.Soon, Place: "here"}
	go func() {
		p := NewPrompter(in, writer, true)
		for _, line := range ahead {
			p.ahead = append(p.ahead, []byte(line))
		}
		_, err := run(t.Context(), p, o, func() (<-chan time.Time, func()) { return s.ticks, func() {} })
		s.ended <- err
		_ = writer.Close()
	}()
	t.Cleanup(func() { _ = typist.Close() })
	return s
}

// hears reads up to a text.
func (s *talk) hears(want string) {
	s.t.Helper()
	var heard strings.Builder
	for !strings.HasSuffix(heard.String(), want) {
		b, err := s.said.ReadByte()
		if err != nil {
			s.t.Fatalf("never %q, but %q and then %v", want, heard.String(), err)
		}
		heard.WriteByte(b)
	}
}

func (s *talk) types(line string) {
	if _, err := io.WriteString(s.typist, line+"\n"); err != nil {
		s.t.Error(err)
	}
}

// Whoever waits long is told what for, and can go on with what there is; the rest
// comes while the next question is open.
func TestWaiting(t *testing.T) {
	s := begin(t)
	s.ticks <- time.Time{}
	s.hears("\nChecking all repositories.\n")
	s.hears("Press Enter to show it.\n")
	s.types("")
	s.hears("Reading the list of repositories..\n")
	s.hears("help: ")
	close(s.gate)
	s.types("go keys")
	s.hears("\nRepositories, Keys\n")
	s.hears("help: ")
	s.types("b")
	s.hears("\n1. health broken, ")
	s.hears("help: ")
	s.types("q")
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// What is typed ahead is for the questions to come, however long they take.
func TestTypedAhead(t *testing.T) {
	s := begin(t, "1")
	s.ticks <- time.Time{}
	s.hears("\nChecking all repositories.\n")
	s.ticks <- time.Time{}
	close(s.gate)
	s.hears("\n1. health broken, ")
	s.hears("\nRepositories, pay/api, Roles\n")
	s.hears("help: ")
	s.types("q")
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}
