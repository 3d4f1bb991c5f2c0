package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	cmd     *exec.Cmd
	logFile string
	// done is closed when the program has ended.
	done chan struct{}
}

// startProcess starts cmd with its output in a log file in dir.
func startProcess(dir, name string, cmd *exec.Cmd) (*Process, error) {
	logFile := filepath.Join(dir, name+".log")
	out, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	// The program has its own copy of the descriptor.
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = diesWithParent()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{name: name, cmd: cmd, logFile: logFile, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait()
	}()
	return p, nil
}

// Stop ends the program, politely first, and waits until it has ended. A second
// call does nothing.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// Log returns the end of what the program has written.
func (p *Process) Log() string {
	log, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	if len(log) > logTail {
		// The line that names the error of a crash stands far above the end of
		// its dump.
		crash := log[max(bytes.Index(log, []byte("fatal error:")), bytes.Index(log, []byte("panic:")), 0):]
		log = slices.Concat(crash[:min(len(crash), logTail)], []byte("\n…"), log[len(log)-logTail:])
	}
	return string(bytes.TrimSpace(log))
}

// Output returns all that the program has written.
func (p *Process) Output() string {
	log, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return string(log)
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
