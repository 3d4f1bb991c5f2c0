//go:build !linux && !darwin && !windows

package disk

import (
	"errors"
	"os"
)

func rename(_ *os.File, _, _ string) error { return errors.ErrUnsupported }
