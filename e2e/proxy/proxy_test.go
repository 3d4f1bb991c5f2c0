// Package proxy asks real servers through proxies.
package proxy

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/transport/transporttest"
)

func TestMain(m *testing.M) { peer.Main(m) }

const (
	user     = "carol"
	password = "pr0xy-passw0rd"
)

// Behind a proxy of each kind, trustdeck trusts whom it trusts without one: the
// authority that was named, or that in Docker's folder, and no other. So does notary.
func TestBehindProxies(t *testing.T) {
	peer.Need(t, "notary")
	server := peer.MemoryServer(t, peer.TokenAuth())
	peer.Notary(t, server, t.TempDir()).Run(t, "init", "-p", peer.Empty)
	// The peer's certificate has this name, which only a proxy can resolve.
	host := strings.Replace(server.Host, "127.0.0.1", "notary-server", 1)
	other := transporttest.NewAuthority(t).File
	certificate, err := server.PKI.Issue("proxy")
	if err != nil {
		t.Fatal(err)
	}
	docker := t.TempDir()
	writeFile(t, filepath.Join(docker, "tls", host, "ca.crt"), read(t, server.PKI.CAFile()))
	for _, kind := range []string{"http", "https", "socks5"} {
		t.Run(kind, func(t *testing.T) {
			var own *peer.Certificate
			if kind == "https" {
				own = &certificate
			}
			proxy := newProxy(t, own)
			env := []string{"HTTPS_PROXY=" + kind + "://" + user + ":" + password + "@" + proxy.Addr}
			log := filepath.Join(t.TempDir(), "log")
			deck := peer.Trustdeck(t).With(append(env, "NOTARY_AUTH="+auth(peer.Administrator))...)
			for _, tt := range []struct {
				name string
				args []string
				code int
			}{
				{"the authority of the server", []string{"--docker-config", t.TempDir(), "--tlscacert", server.PKI.CAFile()}, 0},
				{"another authority", []string{"--docker-config", t.TempDir(), "--tlscacert", other}, 5},
				{"no authority", []string{"--docker-config", t.TempDir()}, 5},
				{"the authority in Docker's folder", []string{"--docker-config", folderFor(t, docker, kind, proxy.Addr, server.PKI.CAFile())}, 0},
				{"Docker's folder, and another authority", []string{"--docker-config", docker, "--tlscacert", other}, 5},
			} {
				args := append([]string{"--server", "https://" + host, "--no-cache", "--log-file", log, "inspect", "--gun", peer.Empty}, tt.args...)
				got := deck.Try(args...)
				if got.Code != tt.code {
					t.Errorf("%s: exit code %d, want %d\n%s", tt.name, got.Code, tt.code, got.Stderr)
				}
				if strings.Contains(got.Stdout+got.Stderr, password) {
					t.Errorf("%s: the proxy's password is in:\n%s%s", tt.name, got.Stdout, got.Stderr)
				}
			}
			if said := read(t, log); strings.Contains(said, password) || !strings.Contains(said, "_trust/tuf/") {
				t.Errorf("the log:\n%s", said)
			}
			if !slices.Contains(proxy.Targets(), host) {
				t.Errorf("the proxy was asked for %q", proxy.Targets())
			}
			for ca, code := range map[string]int{server.PKI.CAFile(): 0, other: 1} {
				notary := peer.Notary(t, server, t.TempDir()).With(env...)
				if got := notary.Try("-s", "https://"+host, "--tlscacert", ca, "list", peer.Empty); got.Code != code {
					t.Errorf("notary: exit code %d, want %d\n%s", got.Code, code, got.Stderr)
				}
			}
		})
	}
}

// newProxy starts a proxy; over TLS with a certificate.
func newProxy(t *testing.T, certificate *peer.Certificate) *transporttest.Proxy {
	t.Helper()
	if certificate == nil {
		return transporttest.NewProxy(t, nil, user, password)
	}
	return transporttest.NewProxy(t, &certificate.Certificate, user, password)
}

// folderFor is Docker's folder, with the authority of a proxy that is reached over TLS.
func folderFor(t *testing.T, docker, kind, proxy, ca string) string {
	t.Helper()
	if kind == "https" {
		writeFile(t, filepath.Join(docker, "tls", proxy, "ca.crt"), read(t, ca))
	}
	return docker
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func auth(a peer.Account) string {
	return base64.StdEncoding.EncodeToString([]byte(a.Name + ":" + a.Password))
}

// A server that is asked without TLS where it speaks it is named rightly in the advice.
// It says so with a status of its own.
func TestAskedWithoutTLS(t *testing.T) {
	server := peer.MemoryServer(t)
	got := peer.Trustdeck(t).Try("--server", "http://"+server.Host, "--no-cache", "inspect", "--gun", peer.Empty)
	if got.Code != 5 || !strings.Contains(got.Stderr, "uses TLS on this port") || !strings.Contains(got.Stderr, "https://"+server.Host) {
		t.Errorf("exit code %d\n%s", got.Code, got.Stderr)
	}
}
