package peer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Passphrases that the clients get from their environment, by the role of the
// key.
const (
	RootPassphrase       = "passw0rd-root"
	TargetsPassphrase    = "passw0rd-targets"
	SnapshotPassphrase   = "passw0rd-snapshot"
	DelegationPassphrase = "passw0rd-deleg"
	// RepositoryPassphrase is Docker's for every key but a root key.
	RepositoryPassphrase = "passw0rd-repo"
)

// commandLimit is how long one command of a client may take.
const commandLimit = 2 * time.Minute

// Client is a client program with its folder and environment.
type Client struct {
	// Program is its path.
	Program string
	// Home is the folder that it works on: the trust folder for notary, the
	// configuration folder for docker, the home for trustdeck.
	Home string
	// Env is its whole environment.
	Env []string

	// leading are arguments before those of each command.
	leading []string
	input   string
}

// Result is how a command ended.
type Result struct {
	Stdout, Stderr string
	// Code is the exit code, or -1 where the command was killed or not started.
	Code int
}

// Notary returns the notary client, with a trust folder, against a server. Where
// the server asks for tokens, the client is the Administrator.
func Notary(tb testing.TB, server *Server, trustDir string) *Client {
	tb.Helper()
	Need(tb, "notary")
	c := &Client{
		Program: find("notary"),
		Home:    trustDir,
		Env: append(baseEnv(tb.TempDir()),
			"NOTARY_ROOT_PASSPHRASE="+RootPassphrase,
			"NOTARY_TARGETS_PASSPHRASE="+TargetsPassphrase,
			"NOTARY_SNAPSHOT_PASSPHRASE="+SnapshotPassphrase,
			"NOTARY_DELEGATION_PASSPHRASE="+DelegationPassphrase),
		leading: []string{"-s", server.URL, "--tlscacert", server.PKI.CAFile(), "-d", trustDir},
	}
	if server.Guarded {
		return c.As(Administrator)
	}
	return c
}

// As returns a copy of a notary client with the credentials of an account. The
// zero Account is somebody who gives none.
func (c *Client) As(account Account) *Client {
	if account.Name == "" {
		return c.With("NOTARY_AUTH=")
	}
	return c.With("NOTARY_AUTH=" + basic(account))
}

// Docker returns docker, with a configuration folder, against a server. There is
// no daemon. Where the server asks for tokens, the Administrator is logged in at
// Docker Hub, which is where docker.io repositories have their credentials.
func Docker(tb testing.TB, server *Server, configDir string) *Client {
	tb.Helper()
	Need(tb, DockerTrust)
	config := map[string]any{}
	if server.Guarded {
		config["auths"] = map[string]any{
			"https://index.docker.io/v1/": map[string]string{"auth": basic(Administrator)},
		}
	}
	text, err := json.Marshal(config)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	ca, err := os.ReadFile(server.PKI.CAFile())
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	tlsDir := filepath.Join(configDir, "tls", server.Host)
	err = errors.Join(
		os.MkdirAll(tlsDir, 0o700),
		os.WriteFile(filepath.Join(tlsDir, "ca.crt"), ca, 0o600),
		os.WriteFile(filepath.Join(configDir, "config.json"), text, 0o600),
	)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return &Client{
		Program: find("docker"),
		Home:    configDir,
		Env: append(baseEnv(tb.TempDir()),
			"DOCKER_CONFIG="+configDir,
			"DOCKER_HOST=unix:///nonexistent/docker.sock",
			"DOCKER_CONTENT_TRUST_SERVER="+server.URL,
			"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+RootPassphrase,
			"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+RepositoryPassphrase),
	}
}

// With returns a copy of the client with more environment variables; one that
// was there before is replaced.
func (c *Client) With(env ...string) *Client {
	other := *c
	other.Env = append(slices.Clone(c.Env), env...)
	return &other
}

// Answering returns a copy of the client that reads text from its standard
// input, as if somebody typed it.
func (c *Client) Answering(text string) *Client {
	other := *c
	other.input = text
	return &other
}

// Run runs a command, which must succeed, and returns its standard output.
func (c *Client) Run(tb testing.TB, args ...string) string {
	tb.Helper()
	r := c.Try(args...)
	if r.Code != 0 {
		tb.Fatalf("%s %s: exit code %d\nstdout: %s\nstderr: %s",
			filepath.Base(c.Program), strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Try runs a command that may fail.
func (c *Client) Try(args ...string) Result {
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	return c.try(ctx, args...)
}

// try is Try that ends with a context: a Go program then says on its standard error what
// each of its goroutines was doing.
func (c *Client) try(ctx context.Context, args ...string) Result {
	cmd := exec.CommandContext(ctx, c.Program, slices.Concat(c.leading, args)...)
	var stdout, stderr bytes.Buffer
	cmd.Env = c.Env
	cmd.Stdin = strings.NewReader(c.input)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = diesWithParent()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = stopLimit
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
	if ctx.Err() != nil {
		r.Code = -1
	}
	if err != nil && r.Code == -1 {
		r.Stderr += err.Error()
	}
	return r
}

// baseEnv is the environment of every program here. Only PATH comes from
// outside, so that nobody's own configuration is read.
func baseEnv(home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"LANG=C.UTF-8",
		"TZ=UTC",
		// Notary talks to smart cards on every command where it can.
		"PCSCLITE_CSOCK_NAME=/nonexistent",
	}
}

func basic(account Account) string {
	return base64.StdEncoding.EncodeToString([]byte(account.Name + ":" + account.Password))
}
