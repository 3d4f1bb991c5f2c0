package model

import "time"

// Event is a line of the log: a request that was made, a file that was
// written. It never holds a secret, a token or a body.
type Event struct {
	Time time.Time
	// Level is Notice, Warning or Failure.
	Level Severity
	// Kind groups events: "request", "auth", "cache", "verify", "task".
	Kind string
	// Text for people, one line.
	Text string
	// Elapsed is how long it took; may be zero.
	Elapsed time.Duration
}
