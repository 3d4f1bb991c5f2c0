package peer

import (
	"context"
	"crypto/tls"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// Signer is a running notary-signer. It takes gRPC calls over mutual TLS.
type Signer struct {
	// Addr is its host and port.
	Addr string
	// Process is the program itself.
	Process *Process
}

// signerConfig is the configuration file of notary-signer.
type signerConfig struct {
	Server struct {
		Addr     string `json:"grpc_addr"`
		Cert     string `json:"tls_cert_file"`
		Key      string `json:"tls_key_file"`
		ClientCA string `json:"client_ca_file"`
	} `json:"server"`
	Logging map[string]any `json:"logging"`
	Storage storage        `json:"storage"`
}

// ProductionServer starts the topology of a real installation: a notary-server
// and a notary-signer, each with a database of its own in MariaDB, with TLS on
// every connection, on both sides between the two. The signer holds the server's
// keys, on P-256. Several clients may write at once; but notary-server has a cache
// without a lock, and may end when readers meet: it is then started again on its port,
// as the supervisor of every real installation does. Who was being answered has lost the
// connection all the same, and real clients do not ask again.
//
// The database server is shared by the tests of a package; the rest, and the
// databases, are this test's own.
func ProductionServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	Need(tb, "notary-server", "notary-signer", MariaDB)
	db, err := shared(tb).database()
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return productionOn(tb, db, opts)
}

// productionOn starts a notary-signer and a notary-server on a new pair of databases.
func productionOn(tb testing.TB, db databases, opts []Option) *Server {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	sources, err := newPair(ctx, db)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	signer := startSigner(tb, sources)

	client, err := Authority(tb).Issue("notary-server")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	_, port, err := net.SplitHostPort(signer.Addr)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	trust := trustService{
		Type: "remote", Hostname: "localhost", Port: port, Algorithm: "ecdsa",
		CA: Authority(tb).CAFile(), Cert: client.CertFile, Key: client.KeyFile,
	}
	server := startServer(tb, trust, storage{Backend: sources.backend, URL: sources.server}, opts)
	server.Signer = signer
	server.Process.reviveCrashed(tb)
	return server
}

// startSigner starts notary-signer and ends it with the test.
func startSigner(tb testing.TB, source pair) *Signer {
	tb.Helper()
	pki := Authority(tb)
	cert, err := pki.Issue("notary-signer")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	client, err := pki.Issue("notary-server")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	config := signerConfig{
		Logging: map[string]any{"level": "info"},
		Storage: storage{Backend: source.backend, URL: source.signer, Alias: "k2026"},
	}
	config.Server.Cert, config.Server.Key, config.Server.ClientCA = cert.CertFile, cert.KeyFile, pki.CAFile()

	dir := tb.TempDir()
	command := func(port int) (*exec.Cmd, error) {
		config.Server.Addr = address(port)
		cmd, err := notaryCommand(pki, "notary-signer", filepath.Join(dir, "signer.json"), config)
		if err != nil {
			return nil, err
		}
		cmd.Env = append(cmd.Env, "NOTARY_SIGNER_K2026=passw0rd-wrapping")
		return cmd, nil
	}
	healthy := func(ctx context.Context, port int) error {
		return handshake(ctx, address(port), pki, &client)
	}
	process, port, err := serve(dir, "notary-signer", command, healthy)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	process.endWith(tb)
	return &Signer{Addr: address(port), Process: process}
}

// handshake connects to a gRPC server over TLS, with a client certificate unless
// client is nil, and returns an error unless the server goes on after the
// handshake. In TLS 1.3 a client learns only then that it was refused.
func handshake(ctx context.Context, addr string, pki *PKI, client *Certificate) error {
	config := &tls.Config{RootCAs: pki.Pool(), MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
	if client != nil {
		config.Certificates = []tls.Certificate{client.Certificate}
	}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	// Both sides of HTTP/2 open with their settings, the client after a preface.
	if _, err := conn.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}
