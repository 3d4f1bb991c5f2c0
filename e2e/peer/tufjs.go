package peer

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TUFJS is the client of TUF 1.0 for JavaScript, and node, which runs it.
const TUFJS = "tuf-js"

// A JavaScriptClient is tuf-js in a process of its own.
type JavaScriptClient struct {
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

// NewJavaScriptClient starts tuf-js, which runs until the end of the test.
func NewJavaScriptClient(tb testing.TB) *JavaScriptClient {
	tb.Helper()
	Need(tb, TUFJS)
	dir, err := scriptDir()
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	cmd := exec.Command(find("node"), "read.js")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, baseEnv(tb.TempDir()), os.Stderr
	cmd.SysProcAttr = diesWithParent()
	in, err := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2, cmd.Start()); err != nil {
		tb.Fatalf("peer: tuf-js: %v", err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = cmd.Wait()
	})
	return &JavaScriptClient{in: in, out: bufio.NewScanner(out)}
}

// Read has it read the repository at a URL, and search for paths. It begins with what it kept
// in a folder when it read the repository last, and with a root where there is nothing yet. It
// returns the paths that it finds, or why it refuses the repository.
func (c *JavaScriptClient) Read(url string, root []byte, dir string, paths []string) ([]string, error) {
	name := filepath.Join(dir, "root.json")
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(name, root, 0o600); err != nil {
			return nil, err
		}
	}
	request, err := json.Marshal(map[string]any{"url": url, "dir": dir, "paths": paths})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.in.Write(append(request, '\n')); err != nil {
		return nil, err
	}
	if !c.out.Scan() {
		return nil, errors.Join(errors.New("tuf-js has ended"), c.out.Err())
	}
	var answer struct {
		Found []string
		Error string
	}
	if err := json.Unmarshal(c.out.Bytes(), &answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.Found, nil
}

// hasTUFJS tells whether the packages that package-lock.json names are there.
func hasTUFJS() bool {
	dir, err := scriptDir()
	if err != nil || find("node") == "" {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, "node_modules", TUFJS, "package.json"))
	return err == nil
}

// scriptDir is where the script is that has tuf-js read repositories.
func scriptDir() (string, error) {
	gomod, err := goOutput("env", "GOMOD")
	return filepath.Join(filepath.Dir(gomod), "peer", "tufjs"), err
}
