package peer

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// suicideDir is set for the test binary that TestKilled starts: it starts a
// program there and kills itself.
const suicideDir = "PEER_TEST_SUICIDE_DIR"

// What a test binary has started ends with it, even where it is killed.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(suicideDir); dir != "" {
		startAndDie(t, dir)
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends the children of a killed program")
	}
	dir := t.TempDir()
	self := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	self.Env = append(os.Environ(), suicideDir+"="+dir, "TMPDIR="+dir)
	if err := self.Run(); err == nil {
		t.Fatal("the test binary has not killed itself")
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), stopLimit)
	defer cancel()
	if err := poll(ctx, func() bool { return !running(string(pid)) }); err != nil {
		t.Errorf("process %s goes on", pid)
	}
}

func startAndDie(t *testing.T, dir string) {
	t.Helper()
	p, err := startProcess(dir, "sleep", exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	pid := p.cmd.Process.Pid
	if err := os.WriteFile(filepath.Join(dir, "pid"), []byte(strconv.Itoa(pid)), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t.Fatal(self.Signal(syscall.SIGKILL))
}

// hangDir is set for the test binary that TestHang starts: it says there that it runs, and
// hangs.
const hangDir = "PEER_TEST_HANG_DIR"

// A command that hangs is ended, and says where.
func TestHang(t *testing.T) {
	if dir := os.Getenv(hangDir); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "runs"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		<-make(chan struct{})
	}
	dir := t.TempDir()
	self := &Client{Program: os.Args[0], Env: append(baseEnv(dir), hangDir+"="+dir, "TMPDIR="+dir)}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	hanging, hang := context.WithCancel(ctx)
	go func() {
		defer hang()
		_ = poll(ctx, func() bool { _, err := os.Stat(filepath.Join(dir, "runs")); return err == nil }) // or the limit
	}()
	r := self.try(hanging, "-test.run=^TestHang$")
	if r.Code != -1 || !strings.Contains(r.Stderr, "TestHang(") {
		t.Errorf("exit code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
}

// running reports whether a process exists that has not ended. Who has ended
// stays as a zombie until its parent has looked.
func running(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// A port that was taken between its choice and its use is no failure.
func TestServeTriesAnotherPort(t *testing.T) {
	Need(t, "notary-server")
	pki := Authority(t)
	blocker := MemoryServer(t)
	dir := t.TempDir()
	var tried []string
	command := func(port int) (*exec.Cmd, error) {
		config := serverConfig{Trust: trustService{Type: "local"}, Storage: storage{Backend: "memory"}}
		config.Server.Addr = address(port)
		if len(tried) == 0 {
			config.Server.Addr = blocker.Host
		}
		tried = append(tried, config.Server.Addr)
		return notaryCommand(pki, "notary-server", filepath.Join(dir, "server.json"), config)
	}
	healthy := func(ctx context.Context, port int) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address(port))
		if err != nil {
			return err
		}
		return conn.Close()
	}
	p, _, err := serve(dir, "notary-server", command, healthy)
	if err != nil {
		t.Fatal(err)
	}
	p.endWith(t)
	if len(tried) != 2 {
		t.Errorf("tried %q, want two addresses", tried)
	}
}

// A server that cannot start is reported with what it said.
func TestServeReportsTheLog(t *testing.T) {
	command := func(int) (*exec.Cmd, error) { return exec.Command("sh", "-c", "echo no such luck; exit 1"), nil }
	healthy := func(context.Context, int) error { return os.ErrNotExist }
	_, _, err := serve(t.TempDir(), "server", command, healthy)
	if err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("serve: %v", err)
	}
}

// notary-server is started again where it ended by its known fault, and in no other case:
// another error stays a failure, and a test that ends it has it ended.
func TestRevived(t *testing.T) {
	t.Parallel()
	const runs = ": > runs; exec sleep 60"
	crash := func(line string) string {
		return "test -e crashed || { : > crashed; echo '" + line + "' >&2; echo 'goroutine 1 [running]:' >&2; exit 2; }; " + runs
	}
	for _, c := range []struct {
		name, script string
		// alive is true where it runs then, told where the test is told that it crashed.
		alive, told bool
	}{
		{"writers met", crash("fatal error: concurrent map writes"), true, true},
		{"a reader and a writer met", crash("fatal error: concurrent map read and map write"), true, true},
		{"another fatal error", crash("fatal error: all goroutines are asleep - deadlock!"), false, false},
		{"a signal", "kill -ABRT $$", false, false},
		{"it ends in order", "exit 0", false, false},
		{"a test ends it", "echo 'fatal error: concurrent map writes'; " + runs, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			exists := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
			cmd := exec.Command("sh", "-c", "while ! test -e go; do sleep 0.01; done; "+c.script)
			cmd.Dir = dir
			p, err := startProcess(dir, "notary-server", cmd)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Stop)
			told := &recorder{TB: t}
			p.reviveCrashed(told)
			if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			ended := func() bool {
				select {
				case <-p.done:
					return true
				default:
					return false
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), startLimit)
			defer cancel()
			if err := poll(ctx, func() bool { return exists("runs") || ended() }); err != nil {
				t.Fatal(err)
			}
			if ended() == c.alive {
				t.Errorf("it has ended: %v\n%s", ended(), p.Output())
			}
			p.Stop()
			if got := strings.Join(told.logged, ""); strings.Contains(got, "concurrent map") != c.told {
				t.Errorf("the test is told %q", got)
			}
		})
	}
}
