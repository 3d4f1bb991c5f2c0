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
