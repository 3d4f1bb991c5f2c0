package peer

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/e2e/trace"
)

// Traced runs a command that is stopped at its points; its code is -1 where it was killed.
// The client has no standard input.
func (c *Client) Traced(tb testing.TB, t *trace.Tracer, args ...string) Result {
	tb.Helper()
	command := trace.Command{Path: c.Program, Args: slices.Concat(c.leading, args), Env: c.Env, Limit: commandLimit}
	dir := tb.TempDir()
	for i, name := range []string{os.DevNull, filepath.Join(dir, "stdout"), filepath.Join(dir, "stderr")} {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			tb.Fatalf("peer: %v", err)
		}
		defer func() { _ = f.Close() }() // what it holds was read
		command.Files[i] = f
	}
	code, err := t.Run(command)
	if errors.Is(err, errors.ErrUnsupported) {
		tb.Skip("programs are traced on Linux alone")
	}
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	result := Result{Code: code}
	for i, into := range []*string{&result.Stdout, &result.Stderr} {
		content, err := os.ReadFile(command.Files[i+1].Name())
		if err != nil {
			tb.Fatalf("peer: %v", err)
		}
		*into = string(content)
	}
	return result
}
