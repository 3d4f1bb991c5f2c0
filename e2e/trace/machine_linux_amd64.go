package trace

import "golang.org/x/sys/unix"

// oldCalls are the system calls that newer processors do not have.
var oldCalls = map[uint64]call{
	unix.SYS_OPEN:      {name: "open", path: 0, dir: none, flags: 1},
	unix.SYS_CREAT:     {name: "creat", path: 0, dir: none, flags: none},
	unix.SYS_RENAME:    {name: "rename", path: 0, dir: none, flags: none, second: 1, secondDir: none},
	unix.SYS_LINK:      {name: "link", path: 0, dir: none, flags: none, second: 1, secondDir: none},
	unix.SYS_SYMLINK:   {name: "symlink", path: 1, dir: none, flags: none},
	unix.SYS_UNLINK:    {name: "unlink", path: 0, dir: none, flags: none},
	unix.SYS_MKDIR:     {name: "mkdir", path: 0, dir: none, flags: none},
	unix.SYS_RMDIR:     {name: "rmdir", path: 0, dir: none, flags: none},
	unix.SYS_MKNOD:     {name: "mknod", path: 0, dir: none, flags: none},
	unix.SYS_CHMOD:     {name: "chmod", path: 0, dir: none, flags: none},
	unix.SYS_CHOWN:     {name: "chown", path: 0, dir: none, flags: none},
	unix.SYS_LCHOWN:    {name: "lchown", path: 0, dir: none, flags: none},
	unix.SYS_UTIME:     {name: "utime", path: 0, dir: none, flags: none},
	unix.SYS_UTIMES:    {name: "utimes", path: 0, dir: none, flags: none},
	unix.SYS_FUTIMESAT: {name: "futimesat", path: 1, dir: 0, flags: none},
}

// skipCall has the system call that a thread has entered do nothing.
func skipCall(tid int) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Orig_rax = ^uint64(0) })
}

// setThird gives the system call that a thread has entered another third argument.
func setThird(tid int, value uint64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Rdx = value })
}

// setResult gives the system call that a thread is about to leave another result.
func setResult(tid int, value int64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Rax = uint64(value) })
}

func changeRegisters(tid int, change func(*unix.PtraceRegs)) error {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return err
	}
	change(&r)
	return unix.PtraceSetRegs(tid, &r)
}
