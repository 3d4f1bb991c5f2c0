//go:build !linux && !darwin && !windows

package main

import "errors"

// hideInput is not known on this system: no secret is asked for where it would be seen.
func hideInput() (show func(), err error) { return nil, errors.ErrUnsupported }
