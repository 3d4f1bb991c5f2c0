package peer

import "syscall"

// diesWithParent has the kernel end a program whose test binary is killed, so
// that nothing is left behind by a test that ran into its time limit.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
