package trace

import "golang.org/x/sys/unix"

// Sets of registers, as PTRACE_GETREGSET names them.
const (
	generalRegisters = 1     // NT_PRSTATUS
	numberOfCall     = 0x404 // NT_ARM_SYSTEM_CALL
)

// oldCalls are the system calls that newer processors do not have.
var oldCalls map[uint64]call

// skipCall has the system call that a thread has entered do nothing. The number of
// the call is a set of registers of its own, of which the first four bytes count.
func skipCall(tid int) error {
	return unix.PtraceSetRegSetArm64(tid, numberOfCall, &unix.PtraceRegsArm64{Regs: [31]uint64{^uint64(0)}})
}

// setThird gives the system call that a thread has entered another third argument.
func setThird(tid int, value uint64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegsArm64) { r.Regs[2] = value })
}

// setResult gives the system call that a thread is about to leave another result.
func setResult(tid int, value int64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegsArm64) { r.Regs[0] = uint64(value) })
}

func changeRegisters(tid int, change func(*unix.PtraceRegsArm64)) error {
	var r unix.PtraceRegsArm64
	if err := unix.PtraceGetRegSetArm64(tid, generalRegisters, &r); err != nil {
		return err
	}
	change(&r)
	return unix.PtraceSetRegSetArm64(tid, generalRegisters, &r)
}
