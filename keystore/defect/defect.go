// Package defect describes what is wrong with a file, before the path is known. The
// packages of keystore share it, and have their own reasons.
//
// Entry points: Of, New, System.
package defect

import (
	"errors"
	"fmt"
	"syscall"
)

// Of is a reason with the particulars. The error is also each of its reason and its cause.
type Of[R error] struct {
	Reason R
	// Text is one clause for people, free of control characters.
	Text string
	// Cause is the error of the operating system or a decoder; may be nil. Decoders of
	// decrypted bytes are never a cause: their messages may quote what they decode.
	Cause error
	// Path is where it was found, where that is not the path asked for.
	Path string
}

// Error returns the text.
func (d *Of[R]) Error() string { return d.Text }

// Unwrap returns the reason and the cause.
func (d *Of[R]) Unwrap() []error {
	if d.Cause == nil {
		return []error{d.Reason}
	}
	return []error{d.Reason, d.Cause}
}

// New makes a defect without a cause.
func New[R error](reason R, format string, args ...any) *Of[R] {
	return &Of[R]{Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// System makes a defect of an error of the operating system, and says which it is.
func System[R error](reason R, what string, cause error) *Of[R] {
	if number, ok := errors.AsType[syscall.Errno](cause); ok {
		what += ": " + number.Error()
	}
	return &Of[R]{Reason: reason, Text: what, Cause: cause}
}
