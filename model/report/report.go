package report

import (
	"encoding/hex"
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Schema is the schema member of every answer.
const Schema = "trustdeck/v1"

// Answer is the head of every answer.
type Answer struct {
	// Schema is always "trustdeck/v1".
	Schema string `json:"schema"`
	// Kind names the type of the answer: "repos", "inspect", "tags", "keys", "tokens",
	// "verify", "doctor", "signers", "delegation-list", "quorum", "attest", "forecast", "roots", "history", "status", "archive", "backup", "change", "ceremony", "ceremony-request", "ceremony-transcript", "key-import", "key-generate", "key-export", "token-pin", "token-generate", "token-import", "token-certificate", "contexts", "context" or "version".
	Kind string `json:"kind"`
}

func answer(kind string) Answer { return Answer{Schema: Schema, Kind: kind} }

// Fault says why something could not be read, and the way out.
type Fault struct {
	// Kind is a model.FaultKind.
	Kind string `json:"kind"`
	// Subject is the URL, file or repository concerned.
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	Hint    string `json:"hint,omitempty"`
	// Scope is what was asked for where Kind is "unauthorized".
	Scope string `json:"scope,omitempty"`
}

// NewFault converts f; nil stays nil.
func NewFault(f *model.Fault) *Fault {
	if f == nil {
		return nil
	}
	return &Fault{Kind: string(f.Kind), Subject: f.Subject, Text: f.Text, Hint: f.Hint, Scope: f.Scope}
}

// Problem is one thing that verification found wrong.
type Problem struct {
	// Code is a model.ProblemCode.
	Code string `json:"code"`
	// Severity is "notice", "warning" or "failure".
	Severity string `json:"severity"`
	// Role is empty for the repository as a whole.
	Role string `json:"role,omitempty"`
	Text string `json:"text"`
	// Fault is there where reading failed.
	Fault *Fault `json:"fault,omitempty"`
}

func newProblem(p model.Problem) Problem {
	return Problem{
		Code:     string(p.Code),
		Severity: p.Severity.String(),
		Role:     string(p.Role),
		Text:     p.Text,
		Fault:    NewFault(p.Fault),
	}
}

// Source says where and when something was read.
type Source struct {
	// Kind is "server", "folder", "cache" or "archive".
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Read is absent where nothing was read yet.
	Read time.Time `json:"read,omitzero"`
}

// NewSource converts s.
func NewSource(s model.Source) Source {
	return Source{Kind: s.Kind.String(), Name: s.Name, Read: utc(s.Read)}
}

// EscapeJSON replaces the unprintable characters of a JSON text, all of
// which are inside strings, by \u escapes. Line feeds between members stay.
func EscapeJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || display.Visible(r):
			out = append(out, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	return out
}

// The first and last instants that RFC 3339 can spell.
var (
	minTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// utc is t in UTC, to the second: many readers of RFC 3339, jq's among them,
// take no fractions. Metadata may state an instant that has no year of four
// digits in UTC, such as 9999-12-31T23:59:59-01:00; encoding would fail on it,
// so it is moved to the nearest that has one.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	switch t = t.UTC().Truncate(time.Second); {
	case t.Before(minTime):
		return minTime
	case t.After(maxTime):
		return maxTime
	default:
		return t
	}
}

// texts converts names to strings; the result is never nil, so that an empty
// list is written as [].
func texts[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}

// each converts a list; the result is never nil.
func each[A, B any](in []A, convert func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = convert(a)
	}
	return out
}

func hexOf(hash []byte) string { return hex.EncodeToString(hash) }
