package peer

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/creack/pty"

	"trustdeck/e2e/trace"
)

// Answer is what somebody types at a terminal where the output ends in a question. Text may refer to
// what the question matches, as in regexp.Regexp.Expand.
type Answer struct {
	Question *regexp.Regexp
	Text     string
}

// TracedOnTerminal is Traced on a terminal, at which somebody answers each question as often as it
// is asked. All that is shown is in Result.Stderr.
func (c *Client) TracedOnTerminal(tb testing.TB, t *trace.Tracer, answers []Answer, args ...string) Result {
	tb.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	defer func() { _ = master.Close() }() // what it has shown was read
	if err := pty.Setsize(master, &pty.Winsize{Rows: 50, Cols: 240}); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	shown := make(chan string, 1)
	go func() { shown <- converse(master, answers) }()
	code, err := t.Run(trace.Command{Path: c.Program, Args: slices.Concat(c.leading, args), Env: c.Env, Files: [3]*os.File{slave, slave, slave}, Limit: commandLimit})
	_ = slave.Close() // the last one: converse comes to its end
	text := <-shown
	if errors.Is(err, errors.ErrUnsupported) {
		tb.Skip("programs are traced on Linux alone")
	}
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return Result{Code: code, Stderr: text}
}

// converse answers questions until nobody has the terminal open, and returns all that was shown.
func converse(terminal *os.File, answers []Answer) string {
	var shown []byte
	answered := 0
	buffer := make([]byte, 4<<10)
	for {
		n, err := terminal.Read(buffer)
		shown = append(shown, buffer[:n]...)
		if err != nil {
			return string(shown) // on Linux EIO: the program has ended
		}
		for _, a := range answers {
			if at := a.Question.FindSubmatchIndex(shown[answered:]); at != nil {
				text := a.Question.Expand(nil, []byte(a.Text+"\n"), shown[answered:], at)
				answered = len(shown)
				_, _ = terminal.Write(text) // the program may have been killed
				break
			}
		}
	}
}
