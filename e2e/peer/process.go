package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// startLimit is how long a server may take until it is healthy.
	startLimit = 60 * time.Second
	// stopLimit is how long a server may take to end by itself when asked.
	stopLimit = 10 * time.Second
	// pollEvery is the pause between two looks at something that is awaited.
	pollEvery = 20 * time.Millisecond
	// portTries is how often another port is tried where one was taken between
	// its choice and its use.
	portTries = 5
	// logTail is how much of a log a failed test shows.
	logTail = 4 << 10
)

// Process is a server program that was started here.
type Process struct {
	name    string
	logFile string
	// done is closed when the program has ended for good.
	done chan struct{}

	mu  sync.Mutex
	cmd *exec.Cmd
	// from is where in the log what cmd has written begins.
	from int64
	// stopped is true after Stop.
	stopped bool
	// revive decides by what cmd has written whether the program is started again where it
	// ended by itself; nil is never.
	revive func(output string) bool
}

// startProcess starts cmd with its output in a log file in dir.
func startProcess(dir, name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: name, logFile: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	if err := os.WriteFile(p.logFile, nil, 0o600); err != nil {
		return nil, err
	}
	if err := p.start(cmd); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		for {
			_ = cmd.Wait()
			if cmd = p.again(); cmd == nil {
				return
			}
		}
	}()
	return p, nil
}

// start starts cmd, with its output at the end of the log.
func (p *Process) start(cmd *exec.Cmd) error {
	out, err := os.OpenFile(p.logFile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	// The program has its own copy of the descriptor.
	defer func() { _ = out.Close() }()
	if p.from, err = out.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = diesWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd = cmd
	return nil
}

// again starts a program again that has ended by itself, where that is wanted; nil is not.
func (p *Process) again() *exec.Cmd {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || p.revive == nil || !p.revive(p.output(p.from)) {
		return nil
	}
	cmd := exec.Command(p.cmd.Path, p.cmd.Args[1:]...)
	cmd.Dir, cmd.Env = p.cmd.Dir, p.cmd.Env
	if p.start(cmd) != nil {
		return nil // as if it had not been tried: the program is away
	}
	return cmd
}

// reviveCrashed has notary-server started again where readers have met in its cache, which has
// no lock, as the supervisor of every real installation does, and says so in the log of the
// test. Any other end stays one.
func (p *Process) reviveCrashed(tb testing.TB) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revive = func(output string) bool {
		_, crash, ok := strings.Cut(output, "fatal error: concurrent map ")
		if ok {
			what, _, _ := strings.Cut(crash, "\n")
			tb.Logf("%s has ended by its known fault, concurrent map %s; it is started again", p.name, what)
		}
		return ok
	}
}

// Stop ends the program, politely first, and waits until it has ended. A second
// call does nothing.
func (p *Process) Stop() {
	p.mu.Lock()
	p.stopped = true
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	p.mu.Unlock()
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		_ = p.cmd.Process.Kill() // nothing changes cmd after stopped
		<-p.done
	}
}

// Log returns the end of what the program has written since it was last started.
func (p *Process) Log() string {
	p.mu.Lock()
	log := p.output(p.from)
	p.mu.Unlock()
	if len(log) > logTail {
		// The line that names the error of a crash stands far above the end of
		// its dump.
		crash := log[max(strings.Index(log, "fatal error:"), strings.Index(log, "panic:"), 0):]
		log = crash[:min(len(crash), logTail)] + "\n…" + log[len(log)-logTail:]
	}
	return strings.TrimSpace(log)
}

// Output returns all that the program has written.
func (p *Process) Output() string { return p.output(0) }

// output returns what stands in the log from there on.
func (p *Process) output(from int64) string {
	log, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return string(log[min(from, int64(len(log))):])
}

// awaitHealthy waits until healthy succeeds. It fails where the program ends
// before that, or after startLimit.
func (p *Process) awaitHealthy(healthy func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	var last error
	err := poll(ctx, func() bool {
		select {
		case <-p.done:
			cancel()
			return false
		default:
		}
		last = healthy(ctx)
		return last == nil
	})
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s does not become healthy: %w\n%s", p.name, errors.Join(err, last), p.Log())
}

// endWith has p stopped at the end of the test, and its log shown if that failed.
func (p *Process) endWith(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() {
		p.Stop()
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", p.name, p.Log())
		}
	})
}

// serve starts a program that listens on a port, and waits until it is healthy.
// The port is chosen here, so somebody else may take it first: then the program
// ends with an error and another port is tried.
func serve(
	dir, name string, command func(port int) (*exec.Cmd, error), healthy func(ctx context.Context, port int) error,
) (*Process, int, error) {
	var failure error
	for range portTries {
		port, err := freePort()
		if err != nil {
			return nil, 0, err
		}
		cmd, err := command(port)
		if err != nil {
			return nil, 0, err
		}
		p, err := startProcess(dir, name, cmd)
		if err != nil {
			return nil, 0, err
		}
		failure = p.awaitHealthy(func(ctx context.Context) error { return healthy(ctx, port) })
		if failure == nil {
			return p, port, nil
		}
		p.Stop()
		if !strings.Contains(strings.ToLower(p.Log()), "address already in use") {
			break
		}
	}
	return nil, 0, failure
}

var (
	portMu sync.Mutex
	// ports were handed out by this test binary.
	ports = make(map[int]bool)
)

// freePort returns a loopback port that nobody listens on now and that this test
// binary has not used before: two of its servers must not be taken for each
// other, because they show certificates of the same authority.
func freePort() (int, error) {
	portMu.Lock()
	defer portMu.Unlock()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		addr, ok := l.Addr().(*net.TCPAddr)
		if err := l.Close(); err != nil {
			return 0, err
		}
		if ok && !ports[addr.Port] {
			ports[addr.Port] = true
			return addr.Port, nil
		}
	}
}

// poll calls ready until it is true, or returns the error of ctx.
func poll(ctx context.Context, ready func() bool) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if ready() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
