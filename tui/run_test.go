package tui_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// output gathers what a program writes and tells when it has written words.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	want string
	seen chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.buf.Write(p)
	if o.want != "" && strings.Contains(o.buf.String(), o.want) {
		o.want = ""
		close(o.seen)
	}
	return n, err
}

// play runs a program until words are on the screen, then does act.
func play(t *testing.T, o tui.Options, words string, act func(signals chan<- os.Signal, keys io.Writer, cancel context.CancelCauseFunc)) (tui.Result, error) {
	t.Helper()
	result, _, err := played(t, o, words, act)
	return result, err
}

// played is play, with all that went to the terminal.
func played(t *testing.T, o tui.Options, words string, act func(signals chan<- os.Signal, keys io.Writer, cancel context.CancelCauseFunc)) (result tui.Result, raw string, err error) {
	t.Helper()
	out := &output{want: words, seen: make(chan struct{})}
	in, keys := io.Pipe()
	signals := make(chan os.Signal, 1)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	m := tui.New(ctx, o)
	go func() {
		<-out.seen
		act(signals, keys, cancel)
	}()
	result, err = tui.RunProgram(ctx, m, signals, tea.WithInput(in), tea.WithOutput(out), tea.WithWindowSize(100, 30), tea.WithEnvironment([]string{"TERM=xterm"}))
	_ = keys.Close()
	if !m.Close() {
		t.Error("background work does not end")
	}
	return result, out.buf.String(), err
}

func TestEndings(t *testing.T) {
	kill := func(s os.Signal) func(chan<- os.Signal, io.Writer, context.CancelCauseFunc) {
		return func(signals chan<- os.Signal, _ io.Writer, _ context.CancelCauseFunc) { signals <- s }
	}
	typed := func(s string) func(chan<- os.Signal, io.Writer, context.CancelCauseFunc) {
		return func(_ chan<- os.Signal, keys io.Writer, _ context.CancelCauseFunc) { _, _ = io.WriteString(keys, s) }
	}
	tests := []struct {
		name string
		act  func(chan<- os.Signal, io.Writer, context.CancelCauseFunc)
		code int
	}{
		{"ctrl+c", typed("\x03"), 0},
		{"q and enter", typed("q\r"), 0},
		{"SIGTERM", kill(syscall.SIGTERM), 143},
		{"SIGINT", kill(syscall.SIGINT), 130},
		{"SIGHUP", kill(syscall.SIGHUP), 129},
	}
	for _, test := range tests {
		result, err := play(t, options(tuitest.NewSource()), "pay/api", test.act)
		if exitCode(result, err) != test.code {
			t.Errorf("%s: %+v, %v, want %d", test.name, result, err, test.code)
		}
	}
}

func TestCancellingTheContextEndsTheProgram(t *testing.T) {
	cause := errors.New("enough")
	_, err := play(t, options(tuitest.NewSource()), "pay/api", func(_ chan<- os.Signal, _ io.Writer, cancel context.CancelCauseFunc) { cancel(cause) })
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// Work that hangs keeps nobody from leaving.
func TestHangingWorkDoesNotHoldTheProgram(t *testing.T) {
	source := tuitest.NewSource()
	source.Gate = make(chan struct{})
	begin := time.Now()
	result, err := play(t, options(source), "Reading the list", func(_ chan<- os.Signal, keys io.Writer, _ context.CancelCauseFunc) {
		_, _ = io.WriteString(keys, "\x03")
	})
	if exitCode(result, err) != 0 || time.Since(begin) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// Whatever ends the program while it works, the terminal shows no progress afterwards.
func TestSignalsAreTakenBack(t *testing.T) {
	const bar, status = "\x1b]9;4;", "\x1b]7501;"
	for name, act := range map[string]func(chan<- os.Signal, io.Writer, context.CancelCauseFunc){
		"ctrl+c": func(_ chan<- os.Signal, keys io.Writer, _ context.CancelCauseFunc) {
			_, _ = io.WriteString(keys, "\x03")
		},
		"SIGTERM": func(signals chan<- os.Signal, _ io.Writer, _ context.CancelCauseFunc) { signals <- syscall.SIGTERM },
	} {
		source := tuitest.NewSource()
		source.Gate = make(chan struct{})
		_, raw, err := played(t, options(source), "Reading the list", act)
		if err != nil || !strings.Contains(raw, bar+"3\x07") || !strings.Contains(raw, status+"state=working:app=trustdeck:title=") {
			t.Errorf("%s: %v, nothing was told: %q", name, err, raw)
		}
		if last := raw[strings.LastIndex(raw, bar):]; !strings.HasPrefix(last, bar+"0\x07") {
			t.Errorf("%s: the last bar is %.20q", name, last)
		}
		if last := raw[strings.LastIndex(raw, status):]; !strings.HasPrefix(last, status+"state=clear\x07") {
			t.Errorf("%s: the last status is %.40q", name, last)
		}
	}
}

func TestAChoiceIsHandedBack(t *testing.T) {
	o := options(tuitest.NewSource())
	o.Start.Kind = "welcome"
	result, err := play(t, o, "Look at the sample", func(_ chan<- os.Signal, keys io.Writer, _ context.CancelCauseFunc) {
		_, _ = io.WriteString(keys, "G\r")
	})
	if err != nil || result.Choice != "demo" {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestWithoutATerminalTheErrorNamesOtherWays(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(r.Close(), w.Close()) })
	_, err = tui.Run(context.Background(), r, w, options(tuitest.NewSource()))
	if model.KindOf(err) != model.FaultUsage || !strings.Contains(model.HintOf(err), "trustdeck repos") {
		t.Errorf("got %v, %q", err, model.HintOf(err))
	}
}

// exitCode tells apart, for the shell around it, how the test program ended.
func exitCode(r tui.Result, err error) int {
	signal, _ := r.Signal.(syscall.Signal)
	switch {
	case err != nil:
		return 1
	case signal != 0:
		return 128 + int(signal)
	default:
		return 0
	}
}
