//go:build !linux || !(amd64 || arm64)

package trace

import "errors"

// Run would trace the program with the ptrace of Linux; here it is an error that is
// errors.ErrUnsupported.
func (t *Tracer) Run(Command) (int, error) { return -1, errors.ErrUnsupported }
