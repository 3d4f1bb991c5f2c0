//go:build !linux

package peer

import "syscall"

// diesWithParent does nothing where the kernel offers no such service.
func diesWithParent() *syscall.SysProcAttr { return nil }
