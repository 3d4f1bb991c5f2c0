package plain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"

	"trustdeck/tui/text"
)

// ErrEnd says that there is no more input: the conversation is over.
var ErrEnd = errors.New("end of input")

// maxLine is the longest line in bytes that is read.
const maxLine = 64 << 10

// Prompter asks questions line by line.
type Prompter struct {
	lines chan string
	out   *bufio.Writer
	err   error
}

// NewPrompter reads lines from in, in the background, and writes to out.
func NewPrompter(in io.Reader, out io.Writer) *Prompter {
	p := &Prompter{lines: make(chan string), out: bufio.NewWriter(out)}
	go func() {
		defer close(p.lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(make([]byte, 4<<10), maxLine)
		for scanner.Scan() {
			p.lines <- scanner.Text()
		}
	}()
	return p
}

// Say writes a line. Whatever is no printable character is made visible.
func (p *Prompter) Say(line string) {
	_, err := p.out.WriteString(visible(line) + "\n")
	p.err = errors.Join(p.err, err)
}

// visible cleans a line, and leaves out what only draws.
func visible(line string) string {
	line = strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text.Plain(line))
	return strings.Join(strings.Fields(line), " ")
}

// Ask writes a question without a line end and returns the next line, without the
// space around it. The error is ErrEnd, or that of ctx.
func (p *Prompter) Ask(ctx context.Context, question string) (string, error) {
	_, err := p.out.WriteString(visible(question) + " ")
	if err = errors.Join(p.err, err, p.out.Flush()); err != nil {
		return "", err
	}
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.Say("")
			return "", errors.Join(ErrEnd, p.out.Flush())
		}
		return strings.TrimSpace(line), nil
	case <-ctx.Done():
		p.Say("")
		_ = p.out.Flush() // the end of ctx is the error to tell
		return "", context.Cause(ctx)
	}
}

// Choose lists options with numbers and asks for one, until the answer is a number
// of the list. An empty answer, or "b", chooses none.
func (p *Prompter) Choose(ctx context.Context, options []string) (i int, ok bool, err error) {
	for n, o := range options {
		p.Say(strconv.Itoa(n+1) + ". " + o)
	}
	for {
		answer, err := p.Ask(ctx, "Number, or b to go back:")
		if err != nil || answer == "" || answer == "b" {
			return 0, false, err
		}
		n, err := strconv.Atoi(answer)
		if err == nil && n >= 1 && n <= len(options) {
			return n - 1, true, nil
		}
		p.Say("There is no number " + answer + " here.")
	}
}

// Agree asks a question that only "yes" agrees to.
func (p *Prompter) Agree(ctx context.Context, question string) (bool, error) {
	answer, err := p.Ask(ctx, question+" Type yes or no:")
	return strings.EqualFold(answer, "yes"), err
}
