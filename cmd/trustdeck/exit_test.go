package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"trustdeck/model"
)

func TestExitCodes(t *testing.T) {
	fault := func(kind model.FaultKind) error { return &model.Fault{Kind: kind, Text: "x"} }
	for _, test := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing went wrong", nil, 0},
		{"an error of no kind", errors.New("x"), 1},
		{"a file", fault(model.FaultLocal), 1},
		{"no such repository", fault(model.FaultNotFound), 1},
		{"an answer that is none", fault(model.FaultBadData), 1},
		{"the answer is no", errMismatch, 1},
		{"wrong usage", fault(model.FaultUsage), 2},
		{"findings", errFindings, 3},
		{"broken trust", errBroken, 4},
		{"unreachable", fault(model.FaultUnreachable), 5},
		{"a certificate that is not trusted", fault(model.FaultTLS), 5},
		{"a server that fails", fault(model.FaultServer), 5},
		{"not authorised", fault(model.FaultUnauthorized), 6},
		{"cancelled", fault(model.FaultCanceled), 7},
		{"a context that was cancelled", fmt.Errorf("reading: %w", context.Canceled), 7},
		{"wrapped", fmt.Errorf("reading: %w", fault(model.FaultUnauthorized)), 6},
		{"joined with something lighter", errors.Join(fault(model.FaultNotFound), fault(model.FaultUnreachable)), 5},
		{"broken trust beside a server that is away", errors.Join(fault(model.FaultUnreachable), errBroken), 4},
		{"not authorised beside a server that is away", errors.Join(fault(model.FaultUnreachable), fault(model.FaultUnauthorized)), 6},
		{"joined twice", errors.Join(errors.Join(nil, fault(model.FaultTLS)), fault(model.FaultLocal)), 5},
	} {
		if got := exitCode(context.Background(), test.err); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestExitCodesAfterSignals(t *testing.T) {
	for _, test := range []struct {
		signal os.Signal
		err    error
		want   int
	}{
		{os.Interrupt, errors.New("stopped"), 130},
		{syscall.SIGTERM, errors.New("stopped"), 143},
		{syscall.SIGHUP, errors.New("stopped"), 143},
		{os.Interrupt, errBroken, 130},
		{os.Interrupt, nil, 0},
	} {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(signalError{test.signal})
		if got := exitCode(ctx, test.err); got != test.want {
			t.Errorf("%v and %v: %d, want %d", test.signal, test.err, got, test.want)
		}
	}
}

func TestHelpListsEveryExitCode(t *testing.T) {
	o := newRig(t).run("help", "exit-codes")
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "130", "143"} {
		found := false
		for line := range strings.Lines(o.stdout) {
			found = found || strings.HasPrefix(strings.TrimSpace(line), code+"  ")
		}
		if !found {
			t.Errorf("code %s is not in the help:\n%s", code, o.stdout)
		}
	}
}
