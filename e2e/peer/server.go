package peer

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Server is a running notary-server.
type Server struct {
	// URL is its address without a path or a final slash.
	URL string
	// Host is the host and port in URL.
	Host string
	// PKI has issued its certificate.
	PKI *PKI
	// Guarded is true where tokens are asked for. Clients are then the
	// Administrator, unless told otherwise.
	Guarded bool
	// Tokens gives out tokens for it; nil without authentication, and for a
	// practice server, which does so itself.
	Tokens *TokenServer
	// Process is the program itself.
	Process *Process
	// Faults make requests to a practice server fail; nil for others.
	Faults *Faults
	// Signer is the notary-signer that holds its keys; nil where notary-server
	// holds them itself.
	Signer *Signer
}

// Option changes how a server is started.
type Option func(*options)

type options struct {
	tokens, plain bool
}

// TokenAuth turns token authentication on.
func TokenAuth() Option {
	return func(o *options) { o.tokens = true }
}

// serverConfig is the configuration file of notary-server.
type serverConfig struct {
	Server struct {
		Addr string `json:"http_addr"`
		Cert string `json:"tls_cert_file"`
		Key  string `json:"tls_key_file"`
	} `json:"server"`
	Trust   trustService   `json:"trust_service"`
	Logging map[string]any `json:"logging"`
	Storage storage        `json:"storage"`
	Auth    *tokenAuth     `json:"auth,omitempty"`
}

// trustService says who holds the server's keys. Everything but Type is for a
// remote one.
type trustService struct {
	Type      string `json:"type"`
	Hostname  string `json:"hostname,omitempty"`
	Port      string `json:"port,omitempty"`
	Algorithm string `json:"key_algorithm,omitempty"`
	CA        string `json:"tls_ca_file,omitempty"`
	Cert      string `json:"tls_client_cert,omitempty"`
	Key       string `json:"tls_client_key,omitempty"`
}

type storage struct {
	Backend string `json:"backend"`
	URL     string `json:"db_url,omitempty"`
	// Alias names the passphrase that wraps the signer's keys.
	Alias string `json:"default_alias,omitempty"`
}

type tokenAuth struct {
	Type    string `json:"type"`
	Options struct {
		Realm   string `json:"realm"`
		Service string `json:"service"`
		Issuer  string `json:"issuer"`
		// Bundle must be absolute: notary-server resolves it against its
		// working folder, unlike the other paths.
		Bundle string `json:"rootcertbundle"`
	} `json:"options"`
}

// MemoryServer starts a notary-server that keeps everything in memory and holds
// its own, Ed25519, keys.
//
// It has no lock around those keys and dies when two clients create a repository
// or rotate a server-held key at once, so a test must write to it serially.
func MemoryServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	Need(tb, "notary-server")
	return startServer(tb, trustService{Type: "local"}, storage{Backend: "memory"}, opts)
}

// startServer starts notary-server and ends it with the test.
func startServer(tb testing.TB, trust trustService, store storage, opts []Option) *Server {
	tb.Helper()
	var o options
	for _, set := range opts {
		set(&o)
	}
	pki := Authority(tb)
	s := &Server{PKI: pki}
	if o.tokens {
		s.Guarded, s.Tokens = true, newTokenServer(tb, pki)
	}
	cert, err := pki.Issue("notary-server")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	config := serverConfig{Trust: trust, Storage: store, Logging: map[string]any{"level": "info"}}
	config.Server.Cert, config.Server.Key = cert.CertFile, cert.KeyFile
	if s.Tokens != nil {
		config.Auth = s.Tokens.config()
	}

	dir := tb.TempDir()
	command := func(port int) (*exec.Cmd, error) {
		config.Server.Addr = address(port)
		return notaryCommand(pki, "notary-server", filepath.Join(dir, "server.json"), config)
	}
	client := s.Client()
	healthy := func(ctx context.Context, port int) error {
		return expectOK(ctx, client, "https://"+address(port)+"/_notary_server/health")
	}
	process, port, err := serve(dir, "notary-server", command, healthy)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	process.endWith(tb)
	s.Process = process
	s.Host = address(port)
	s.URL = "https://" + s.Host
	return s
}

// Client returns an HTTP client that trusts the server's authority alone.
func (s *Server) Client() *http.Client {
	return &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: s.PKI.Pool(), MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true,
		},
	}
}

// notaryCommand writes a configuration file and returns the command that runs
// one of Notary's servers on it.
func notaryCommand(pki *PKI, program, configFile string, config any) (*exec.Cmd, error) {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(configFile, text, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(find(program), "-config", configFile)
	cmd.Dir = filepath.Dir(configFile)
	// The MySQL driver verifies the database against the system's pool, which
	// this variable replaces.
	cmd.Env = append(baseEnv(cmd.Dir), "SSL_CERT_FILE="+pki.CAFile())
	return cmd, nil
}

// expectOK gets url and returns an error unless the answer is 200.
func expectOK(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %s: %s", url, resp.Status, body)
}

// address is a loopback port as a dialer and a listener take it.
func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
