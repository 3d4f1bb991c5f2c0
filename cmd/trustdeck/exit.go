package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"trustdeck/model"
	changing "trustdeck/model/admin/change"
)

// The exit codes. Scripts rely on them: a code never changes its meaning.
const (
	codeDone         = 0
	codeError        = 1
	codeUsage        = 2
	codeFindings     = 3
	codeBroken       = 4
	codeNetwork      = 5
	codeUnauthorized = 6
	codeCanceled     = 7
	codeStale        = 8
	codeInterrupted  = 130
	codeTerminated   = 143
)

// codes says what each means, in order, for the help.
func codes() []string {
	meanings := []struct {
		code    int
		meaning string
	}{
		{codeDone, "done, or healthy"},
		{codeError, "error; also: no such repository, tag or file, a file that doesn't match, a wrong passphrase"},
		{codeUsage, "wrong usage, or missing answers or keys: an argument, a flag or a settings file; a question or a plan that trustdeck can't ask you about; a private key that a plan needs but this machine doesn't have"},
		{codeFindings, "doctor has findings at or above --fail-on; attest finds a key that is not proved to be on a token"},
		{codeBroken, "trust is broken: a role of a named repository doesn't verify, has expired, or conflicts with what was verified before; or a change is published, but a role that it didn't name as pending is unusable"},
		{codeNetwork, "network: a server could not be reached, is not trusted, or failed"},
		{codeUnauthorized, "not authorised: the server refuses the login, or requires one"},
		{codeCanceled, "cancelled: you did not accept the plan, or stopped it"},
		{codeStale, "the plan is out of date: someone has published since it was made"},
		{codeInterrupted, "interrupted (ctrl+c)"},
		{codeTerminated, "terminated, or the terminal was closed"},
	}
	lines := make([]string, len(meanings))
	for i, m := range meanings {
		lines[i] = fmt.Sprintf("%5d  %s", m.code, m.meaning)
	}
	return lines
}

// errBroken ends a command that has answered, and whose answer is that trust in
// a named repository is broken.
var errBroken = errors.New("trust is broken")

// errFindings ends a doctor that has found something grave enough, and an attest that has found
// a key without a proof.
var errFindings = errors.New("there are findings")

// errMismatch ends a command that has answered, and whose answer is no.
var errMismatch = errors.New("the answer is no")

// quiet reports whether the command has already said what the error means.
func quiet(err error) bool {
	return errors.Is(err, errBroken) || errors.Is(err, errFindings) || errors.Is(err, errMismatch)
}

// signalError is the cause of a context that a signal has cancelled.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() }

// exitCode chooses the code for the end of a command. A command that has done
// its work before the signal came has succeeded.
func exitCode(ctx context.Context, err error) int {
	if err == nil {
		return codeDone
	}
	var sig signalError
	if errors.As(err, &sig) || errors.As(context.Cause(ctx), &sig) {
		if sig.Signal == os.Interrupt {
			return codeInterrupted
		}
		return codeTerminated
	}
	// A broken trust weighs more than a server that did not answer: whoever
	// asks about two repositories must not take one for the other.
	for _, rank := range []struct {
		code int
		is   func(error) bool
	}{
		{codeStale, isStale},
		{codeBroken, func(err error) bool { return errors.Is(err, errBroken) || hasKind(model.FaultUnusable)(err) }},
		{codeFindings, func(err error) bool { return errors.Is(err, errFindings) }},
		{codeUsage, hasKind(model.FaultUsage)},
		{codeUnauthorized, hasKind(model.FaultUnauthorized)},
		{codeNetwork, hasKind(model.FaultUnreachable, model.FaultTLS, model.FaultServer)},
		{codeCanceled, func(err error) bool { return hasKind(model.FaultCanceled)(err) || errors.Is(err, context.Canceled) }},
	} {
		if rank.is(err) {
			return rank.code
		}
	}
	return codeError
}

// isStale looks for a plan that is stale.
func isStale(err error) bool {
	var stale *changing.StalePlan
	return errors.As(err, &stale) || hasKind(model.FaultStale)(err)
}

// hasKind looks for a fault of one of the kinds in the whole tree of an error.
func hasKind(kinds ...model.FaultKind) func(error) bool {
	return func(err error) bool {
		for _, fault := range faultsIn(err) {
			if slices.Contains(kinds, fault.Kind) {
				return true
			}
		}
		return false
	}
}

// faultsIn lists the faults of a tree of joined errors, outermost first; what a
// fault wraps is not looked at.
func faultsIn(err error) []*model.Fault {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case nil:
		return nil
	case *model.Fault:
		return []*model.Fault{e}
	case interface{ Unwrap() []error }:
		var all []*model.Fault
		for _, part := range e.Unwrap() {
			all = append(all, faultsIn(part)...)
		}
		return all
	default:
		return faultsIn(errors.Unwrap(err))
	}
}
