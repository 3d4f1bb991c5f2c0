//go:build !linux && !darwin && !windows

package trustdir

import "errors"

// renameExclusive is not known on this system.
func (f *folder) renameExclusive(_, _ string) error { return errors.ErrUnsupported }
