package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"trustdeck/model"
	"trustdeck/tui/text"
)

// console is what a run reads from and writes to.
type console struct {
	in io.Reader
	// out receives the answer and nothing else, err everything for people.
	out, err io.Writer
	// interactive is true where a person sits at both ends.
	interactive bool
	// width of the terminal; 0 where out is none.
	width int
}

// run executes a command line and returns the exit code.
func run(args []string, a *app) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	root := newRoot(a)
	// A nil slice would make cobra read the arguments of the process.
	root.SetArgs(append([]string{}, args...))
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if closing := a.close(); closing != nil {
		err = errors.Join(err, closing)
	}
	code := exitCode(ctx, err)
	if code != codeInterrupted && code != codeTerminated {
		a.complain(err)
	}
	return code
}

// untilSignal returns a context that the first signal cancels, with the signal
// as its cause. The second one ends the process at once.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup does
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		select {
		case s := <-signals:
			cancel(signalError{s})
		case <-ctx.Done():
		}
		signal.Stop(signals)
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// complain writes an error and the ways out to standard error. What the command
// has said already is not repeated.
func (a *app) complain(err error) {
	if err == nil {
		return
	}
	faults := faultsIn(err)
	if len(faults) == 0 {
		if !quiet(err) {
			hint := ""
			if isStale(err) {
				hint = "Check what has changed, and plan again."
			}
			a.say("error: "+err.Error(), hint)
		}
		return
	}
	a.sayFaults("error", faults)
}

// sayFaults tells of each fault. A server that is away fails for every
// repository in the same words: those are said once.
func (a *app) sayFaults(label string, faults []*model.Fault) {
	type words struct{ text, hint string }
	count := map[words]int{}
	for _, f := range faults {
		count[words{f.Text, f.Hint}]++
	}
	for _, f := range faults {
		same := words{f.Text, f.Hint}
		n := count[same]
		if n == 0 {
			continue
		}
		count[same] = 0
		what := f.Error()
		if f.Kind == model.FaultUnauthorized && f.Scope != "" {
			what += " (" + f.Scope + ")"
		}
		if n > 1 {
			what += fmt.Sprintf(" (and %s like this)", text.Count(n-1, "other"))
		}
		a.say(label+": "+what, f.Hint)
	}
}

// warn tells of something that did not keep the command from answering.
func (a *app) warn(what, hint string) { a.say("warning: "+what, hint) }

// say writes one message for people; nothing in it can move the cursor.
func (a *app) say(what, hint string) {
	message := "trustdeck: " + text.Clean(what) + "\n"
	if hint != "" {
		for line := range strings.SplitSeq(text.Sentence(hint), "\n") {
			message += "    " + text.Clean(line) + "\n"
		}
	}
	// There is nobody left to tell where standard error is closed.
	_, _ = io.WriteString(a.err, message)
}

// repeat writes the words of another program to standard error, each line as it
// is but harmless.
func (a *app) repeat(err error) {
	for line := range strings.Lines(err.Error()) {
		_, _ = io.WriteString(a.err, text.Clean(strings.TrimSuffix(line, "\n"))+"\n")
	}
}
