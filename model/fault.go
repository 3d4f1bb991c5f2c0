package model

import (
	"errors"
	"fmt"
)

// FaultKind tells apart why something could not be read, so that a user knows
// whom to ask.
type FaultKind string

// The kinds of fault.
const (
	// FaultUnreachable: no answer: name, route, connection, or time-out.
	FaultUnreachable FaultKind = "unreachable"
	// FaultTLS: the server was reached, and its certificate is not trusted.
	FaultTLS FaultKind = "tls"
	// FaultUnauthorized: credentials are missing or not sufficient.
	FaultUnauthorized FaultKind = "unauthorized"
	// FaultNotFound: the server has no such repository or file.
	FaultNotFound FaultKind = "not-found"
	// FaultServer: the server answered that it cannot.
	FaultServer FaultKind = "server"
	// FaultBadData: the server answered something that is not an answer.
	FaultBadData FaultKind = "bad-data"
	// FaultCanceled: the user stopped it.
	FaultCanceled FaultKind = "canceled"
	// FaultLocal: a file or folder on this machine.
	FaultLocal FaultKind = "local"
	// FaultUsage: an argument or setting is wrong.
	FaultUsage FaultKind = "usage"
	// FaultStale: somebody else has changed the repository meanwhile.
	FaultStale FaultKind = "stale"
	// FaultSecret: a passphrase is wrong.
	FaultSecret FaultKind = "secret"
	// FaultRefused: the server understood the upload and refuses it.
	FaultRefused FaultKind = "refused"
	// FaultUnusable: a change is published, and clients cannot use all that it should
	// leave usable.
	FaultUnusable FaultKind = "unusable"
)

// Fault is an error with everything a user needs: what failed, on what, why,
// and the way out.
type Fault struct {
	Kind FaultKind
	// Subject is the thing concerned: a URL, a file, a repository.
	Subject string
	// Text says what is wrong with it, lower case, no full stop.
	Text string
	// Hint says what to do next, one sentence; may be empty.
	Hint string
	// Scope is what was asked for where Kind is FaultUnauthorized, for example
	// "repository:docker.io/acme/app:pull".
	Scope string
	// Err is the cause; may be nil.
	Err error
}

// Error returns subject and text. The hint is separate: see HintOf.
func (f *Fault) Error() string {
	if f.Subject == "" {
		return f.Text
	}
	return fmt.Sprintf("%s: %s", f.Subject, f.Text)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Retryable reports whether the same request may succeed later without
// anything being changed here.
func (f *Fault) Retryable() bool { return f.Kind == FaultUnreachable || f.Kind == FaultServer }

// KindOf returns the kind of the first Fault in err's chain, or "".
func KindOf(err error) FaultKind {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Kind
	}
	return ""
}

// HintOf returns the hint of the first Fault in err's chain, or "".
func HintOf(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Hint
	}
	return ""
}

// FaultOf returns the Fault in an error: one of a server about a role where it has none,
// and nil for nil.
func FaultOf(err error, role RoleName) *Fault {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*Fault](err); ok {
		return fault
	}
	return &Fault{Kind: FaultServer, Subject: string(role), Text: err.Error(), Err: err}
}
