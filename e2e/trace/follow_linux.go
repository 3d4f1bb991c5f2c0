//go:build amd64 || arm64

package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Run runs a program to its end, stops it at its points, and returns its exit code: -1
// where it was killed. All its threads are followed, and what it starts, though only what
// it does itself is a point.
func (t *Tracer) Run(c Command) (int, error) {
	ended := make(chan error, 1)
	code := -1
	go func() {
		// The kernel takes orders about a program from the one thread that began to
		// trace it. The thread goes on when the program has ended: servers that were
		// started from it would be ended with it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var err error
		code, err = t.follow(c)
		ended <- err
	}()
	err := <-ended
	return code, err
}

// follow starts the program, and returns its exit code.
func (t *Tracer) follow(c Command) (int, error) {
	attr := &syscall.ProcAttr{Env: lastOfEach(c.Env), Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true, Pdeathsig: syscall.SIGKILL}}
	for _, f := range c.Files {
		attr.Files = append(attr.Files, f.Fd())
	}
	pid, err := syscall.ForkExec(c.Path, append([]string{c.Path}, c.Args...), attr)
	if err != nil {
		return -1, fmt.Errorf("start %s to be traced: %w (where the system refuses ptrace, as some containers do, allow it with --cap-add=SYS_PTRACE)", c.Path, err)
	}
	handle, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, err
	}
	defer func() { _ = unix.Close(handle) }()
	send := func(signal unix.Signal) { _ = unix.PidfdSendSignal(handle, signal, nil, 0) } // it may have ended
	f := &follower{tracer: t, pid: pid, threads: map[int]*thread{}, kill: func() { send(unix.SIGKILL) }}
	if t.Requests != nil {
		t.Requests.Watch(t.at, f.kill)
		defer t.Requests.Watch(nil, nil)
	}
	// A Go program says where it hangs.
	limit := time.AfterFunc(c.Limit, func() { send(unix.SIGQUIT) })
	last := time.AfterFunc(c.Limit+lastWords, f.kill)
	err = f.run()
	hung := !limit.Stop()
	last.Stop()
	if err != nil || hung || !f.state.Exited() {
		return -1, err
	}
	return f.state.ExitStatus(), nil
}

// lastWords is how long a program may take to say where it hangs.
const lastWords = 10 * time.Second

// lastOfEach keeps the last of several variables of one name, as os/exec does.
func lastOfEach(env []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range slices.Backward(env) {
		name, _, _ := strings.Cut(e, "=")
		if !seen[name] {
			seen[name] = true
			out = append(out, e)
		}
	}
	return out
}

// follower has the threads of a program go from one system call to the next.
type follower struct {
	tracer *Tracer
	pid    int
	kill   func()
	// state is how the program ended.
	state   unix.WaitStatus
	threads map[int]*thread
}

// thread is one that is followed.
type thread struct {
	// own is true for those of the program itself: what others do is no point.
	own bool
	// act is what becomes of the program when the thread leaves the system call
	// that it is in.
	act Act
}

// followed are the events at which the kernel stops a thread. What a thread starts
// is followed too, and nothing outlives the test.
const followed = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK |
	unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// systemCall marks a stop that is at a system call, and not for a signal.
const systemCall = unix.SIGTRAP | 0x80

// run goes on until all have ended.
func (f *follower) run() error {
	var failed error
	for {
		var status unix.WaitStatus
		// Of the group of the program alone, which what it starts is in too: other
		// children of this thread, and of the process, are not its business.
		tid, err := unix.Wait4(-f.pid, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD):
			return failed
		case err != nil:
			return fmt.Errorf("wait for a program that is traced: %w", err)
		}
		if !status.Stopped() {
			delete(f.threads, tid)
			if tid == f.pid {
				f.state = status
			}
			continue
		}
		signal, err := f.stopped(tid, status)
		if err == nil {
			err = unix.PtraceSyscall(tid, int(signal))
		}
		// A thread that was killed is gone at any moment.
		if err != nil && !errors.Is(err, unix.ESRCH) {
			failed = errors.Join(failed, fmt.Errorf("trace a program: %w", err))
			_ = unix.Kill(-f.pid, unix.SIGKILL) // all of them, which may have ended
		}
	}
}

// stopped looks at a thread that has stopped, and returns the signal with which it
// goes on.
func (f *follower) stopped(tid int, status unix.WaitStatus) (unix.Signal, error) {
	th, known := f.threads[tid]
	if !known {
		// The first stop: of the program before its first instruction, of another
		// thread with a signal that nobody sent.
		f.threads[tid] = &thread{own: f.owns(tid)}
		if tid == f.pid {
			return 0, unix.PtraceSetOptions(tid, followed)
		}
		return 0, nil
	}
	switch signal := status.StopSignal(); {
	case signal == systemCall:
		return 0, f.atCall(tid, th)
	case signal == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_EXEC:
		return 0, f.executed(tid)
	case signal == unix.SIGTRAP && status.TrapCause() > 0:
		return 0, nil
	default:
		return signal, nil
	}
}

// owns reports whether a thread is one of the program itself.
func (f *follower) owns(tid int) bool {
	_, err := os.Stat("/proc/" + strconv.Itoa(f.pid) + "/task/" + strconv.Itoa(tid))
	return err == nil
}

// callInfo is what the kernel tells of a stop at a system call: struct
// ptrace_syscall_info.
type callInfo struct {
	op   uint8
	_    [3]uint8
	_    uint32
	_, _ uint64
	// rest is the number and the arguments on the way in.
	rest [7]uint64
}

// atCall handles a system call that a thread enters or leaves.
func (f *follower) atCall(tid int, th *thread) error {
	var info callInfo
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0); errno != 0 {
		return errno
	}
	if info.op == unix.PTRACE_SYSCALL_INFO_EXIT {
		act := th.act
		th.act = GoOn
		return f.leave(tid, act)
	}
	c, ok := callOf(info.rest[0])
	if info.op != unix.PTRACE_SYSCALL_INFO_ENTRY || !th.own || !ok {
		return nil
	}
	args := [6]uint64(info.rest[1:])
	p, ok := f.tracer.point(tid, c, args)
	if !ok {
		return nil
	}
	th.act = f.tracer.at(p)
	switch {
	case th.act == KillBefore:
		f.kill() // a thread that is killed on its way in does not do the call
	case th.act == DiskFull, th.act == Denied:
		return skipCall(tid)
	case th.act == KillWithin && c.writes:
		return setThird(tid, args[2]/2)
	}
	return nil
}

// leave ends what was begun when the thread entered the call.
func (f *follower) leave(tid int, act Act) error {
	switch act {
	case KillWithin, KillAfter:
		f.kill()
	case DiskFull:
		return setResult(tid, -int64(unix.ENOSPC))
	case Denied:
		return setResult(tid, -int64(unix.EACCES))
	case GoOn, KillBefore:
	}
	return nil
}

// executed tells of a program that has just been started.
func (f *follower) executed(tid int) error {
	if f.tracer.Exec == nil {
		return nil
	}
	proc := "/proc/" + strconv.Itoa(tid)
	arguments, err := os.ReadFile(proc + "/cmdline")
	environment, err2 := os.ReadFile(proc + "/environ")
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	f.tracer.Exec(Executed{arguments, environment})
	return nil
}
