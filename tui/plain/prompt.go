package plain

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/text"
)

// ErrEnd says that there is no more input: the conversation is over.
var ErrEnd error = &model.Fault{Kind: model.FaultCanceled, Text: "the input has ended, so trustdeck can't ask any more questions"}

// maxLine is how many bytes of a line are read; the rest of a longer one is
// dropped. It is more than the longest passphrase has.
const maxLine = 8 << 10

// Prompter asks questions and reads the answers line by line. One Prompter serves
// an input to its end, for it may have read more than has been asked for.
type Prompter struct {
	// ASCII escapes whatever is beyond ASCII, for consoles that do not read UTF-8.
	ASCII bool
	// Hide has a terminal no longer show what is typed, and returns what undoes that;
	// nil where there is no terminal.
	Hide func() (show func(), err error)
	// Codes has QR codes drawn, where the output is a terminal that can.
	Codes bool
	// Details has reviews shown with their details.
	Details bool
	// Secrets are asked for the passphrases of a change.
	Secrets port.Interaction

	in    io.Reader
	begun sync.Once
	out   *bufio.Writer
	err   error
	// lines come once somebody has been listened to.
	lines chan []byte
	// ahead is a line that was taken before it was asked for.
	ahead [][]byte
	// silent tells that what is typed is not seen in the output, where a terminal
	// would show it and the end of its line.
	silent bool
	// about says what must be known of a key whose passphrase is asked for; nil where
	// nothing must.
	about func(port.SecretAsk) []string
	// meanwhile is what there is to do while an answer is awaited.
	meanwhile <-chan func()
}

// NewPrompter reads lines from in, in the background, and writes to out. Echo tells
// that a terminal shows in out what is typed. Nothing is read before somebody is asked:
// the input of a command that asks nothing is for whatever comes after it.
func NewPrompter(in io.Reader, out io.Writer, echo bool) *Prompter {
	return &Prompter{in: in, lines: make(chan []byte), out: bufio.NewWriter(out), silent: !echo}
}

// listen has lines come from now on.
func (p *Prompter) listen() {
	p.begun.Do(func() {
		go func() {
			defer close(p.lines)
			r := bufio.NewReader(p.in)
			for {
				line, err := readLine(r)
				if err != nil && len(line) == 0 {
					return
				}
				p.lines <- line
			}
		}()
	})
}

// readLine reads a line, without its end. It may be a passphrase, and so nothing of it
// stays in the buffer of r.
func readLine(r *bufio.Reader) ([]byte, error) {
	line := make([]byte, 0, maxLine)
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part[:min(len(part), maxLine-len(line))]...)
		clear(part)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

// Say writes a line. Whatever a terminal would obey is made visible.
func (p *Prompter) Say(line string) { p.write(line, "\n") }

func (p *Prompter) write(words, end string) {
	words = text.Clean(text.Plain(words))
	if p.ASCII {
		words = text.ASCII(words)
	}
	_, err := p.out.WriteString(words + end)
	p.err = errors.Join(p.err, err)
}

// Flush writes what has been said so far.
func (p *Prompter) Flush() error { return errors.Join(p.err, p.out.Flush()) }

// Line writes a question, without a line end, and returns the next line, without
// the space around it. The error is ErrEnd, or the cause of the end of ctx.
func (p *Prompter) Line(ctx context.Context, question string) (string, error) {
	p.write(question, " ")
	if err := p.Flush(); err != nil {
		return "", err
	}
	line, err := p.next(ctx)
	if p.silent || err != nil {
		p.write("", "\n")
	}
	return strings.TrimSpace(string(line)), errors.Join(err, p.Flush())
}

// Hidden is Line for a secret: a terminal does not show it, it is not trimmed, and the
// caller wipes it.
func (p *Prompter) Hidden(ctx context.Context, question string) ([]byte, error) {
	p.write(question, " ")
	if err := p.Flush(); err != nil {
		return nil, err
	}
	if p.Hide != nil {
		show, err := p.Hide()
		if err != nil {
			return nil, err
		}
		defer show()
	}
	line, err := p.next(ctx)
	p.write("", "\n") // the end of the line was not shown either
	return line, errors.Join(err, p.Flush())
}

// quiet is for how long nothing may be typed before a question that decides something.
const quiet = 300 * time.Millisecond

// Fresh drops what was typed before a question could be read: the rest of a paste must
// not answer it. What comes from a file or another program was meant as it is.
func (p *Prompter) Fresh(ctx context.Context) {
	if p.silent {
		return
	}
	p.listen()
	for p.ahead = nil; ; {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return
			}
			clear(line)
		case <-time.After(quiet):
			return
		case <-ctx.Done():
			return
		}
	}
}

// next waits for the next line.
func (p *Prompter) next(ctx context.Context) ([]byte, error) {
	if len(p.ahead) > 0 {
		line := p.ahead[0]
		p.ahead = p.ahead[1:]
		return line, nil
	}
	p.listen()
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return nil, ErrEnd
			}
			return line, nil
		case do := <-p.meanwhile:
			do()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Choose lists options with numbers and asks for one, until the answer is a number
// of the list. An empty answer, or "b", chooses none.
func (p *Prompter) Choose(ctx context.Context, options []string) (i int, ok bool, err error) {
	p.Say("Choose:")
	for n, o := range options {
		p.Say(strconv.Itoa(n+1) + ". " + o)
	}
	for {
		answer, err := p.Line(ctx, "Number, or b to go back:")
		if err != nil || answer == "" || answer == "b" {
			return 0, false, err
		}
		n, err := strconv.Atoi(answer)
		if err == nil && n >= 1 && n <= len(options) {
			return n - 1, true, nil
		}
		p.Say("Type a number from 1 to " + strconv.Itoa(len(options)) + ", or b.")
	}
}

// Agree asks a question, until it is answered by yes or no. An empty answer is no.
func (p *Prompter) Agree(ctx context.Context, question string) (bool, error) {
	for {
		answer, err := p.Line(ctx, question+" Type yes or no:")
		switch {
		case err != nil:
			return false, err
		case strings.EqualFold(answer, "yes"):
			return true, nil
		case answer == "" || answer == "b" || strings.EqualFold(answer, "no"):
			return false, nil
		}
		p.Say("Type the whole word: yes or no.")
	}
}
