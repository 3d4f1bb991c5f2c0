package defect

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

type reason string

func (r reason) Error() string { return string(r) }

func TestDefect(t *testing.T) {
	const bad, other = reason("bad"), reason("other")
	cause := &fs.PathError{Op: "write", Path: "p", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err    error
		text   string
		caused bool
	}{
		{New(bad, "is bad at %d", 7), "is bad at 7", false},
		{System(bad, "cannot be written", cause), "cannot be written: " + syscall.ENOSPC.Error(), true},
		{System(bad, "cannot be written", errors.New("secret detail")), "cannot be written", false},
	} {
		if c.err.Error() != c.text || !errors.Is(c.err, bad) || errors.Is(c.err, other) || errors.Is(c.err, syscall.ENOSPC) != c.caused {
			t.Errorf("got %v, want %q", c.err, c.text)
		}
	}
}
