package transport_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/remote/transport"
	"trustdeck/remote/transport/transporttest"
)

// The environment is asked for proxies once in a process, and for loopback names never:
// these tests ask in a process of their own, for names that only a proxy knows.

// childVariable tells the test binary to be such a process.
const childVariable = "TRUSTDECK_TEST_CHILD"

// A question is what a child asks.
type question struct {
	URL string
	// TLS is by host and port, DockerConfig a folder like Docker's.
	TLS          map[string]transport.TLSFiles
	DockerConfig string
	Credentials  transport.StaticCredentials
}

// An outcome is what came of it.
type outcome struct {
	Kind model.FaultKind
	// Said is everything that was said: the fault with all of its causes, the way
	// out, the log.
	Said, Body string
}

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	var q question
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(ask(q, http.MethodGet)); err != nil {
		log.Fatal(err)
	}
}

func ask(q question, method string) outcome {
	base, err := url.Parse(q.URL)
	if err != nil {
		log.Fatal(err)
	}
	var out outcome
	client := transport.New(transport.Config{
		Base: base, Timeout: 20 * time.Second, Credentials: q.Credentials,
		Log: func(e model.Event) { out.Said += e.Text + "\n" },
		TLS: func(hostport string) (*tls.Config, error) {
			if files, ok := q.TLS[hostport]; ok {
				return files.Config()
			}
			return transport.DockerTLS(q.DockerConfig, hostport)
		},
		Advice: transport.Advice{
			Trust: func(host string) string { return "trust " + host },
			Plain: "for a server without TLS, write http://",
		},
	})
	defer client.Close()
	asked := transport.Request{Method: method, URL: base, Registry: "registry.example.org", Scope: "repository:acme/app:pull", Limit: 1000}
	answer, err := client.Do(context.Background(), asked)
	out.Body = string(answer.Body)
	if err == nil && answer.Status != http.StatusOK {
		err = transport.StatusFault(asked, answer, "read")
	}
	var fault *model.Fault
	if errors.As(err, &fault) {
		out.Kind = fault.Kind
		out.Said += fault.Error() + " (" + fault.Hint + ")"
	}
	for ; err != nil; err = errors.Unwrap(err) {
		out.Said += fmt.Sprintf("\n%v %+v", err, err)
	}
	return out
}

// inChild asks behind a proxy.
func inChild(t *testing.T, proxy string, q question) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = []string{childVariable + "=1", "HTTPS_PROXY=" + proxy, "HTTP_PROXY=" + proxy, "PATH=" + os.Getenv("PATH"), "SystemRoot=" + os.Getenv("SystemRoot")}
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(text)), os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out outcome
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A place is a server that remembers what it was sent.
type place struct {
	*httptest.Server
	// host is how its name and port are called behind a proxy.
	host string

	mu   sync.Mutex
	seen []string
}

// newPlace starts a server; over TLS where there is a certificate.
func newPlace(t *testing.T, name string, certificate *tls.Certificate, answer http.HandlerFunc) *place {
	t.Helper()
	p := &place{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		who := ""
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			who = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		p.seen = append(p.seen, strings.TrimSpace(r.Header.Get("Authorization")+" "+who))
		p.mu.Unlock()
		answer(w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	if certificate != nil {
		p.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	_, port, err := net.SplitHostPort(p.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p.host = net.JoinHostPort(name, port)
	return p
}

// sent is what each request was sent with: authorization and client certificate.
func (p *place) sent() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

func content(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("content")) }

// guardedBy wants the token "good" of a realm.
func guardedBy(realm func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer good" {
			content(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q,service=\"s\"", realm()))
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func goodToken(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"good"}`)) }

const (
	serverName = "notary.example.org"
	realmName  = "auth.example.org"

	proxyUser     = "carol"
	proxyPassword = "pr0xy-passw0rd"
)

// Behind a proxy of each kind the TLS settings are those that count without: for the
// server, and for the token server.
func TestTLSBehindProxies(t *testing.T) {
	right, wrong := transporttest.NewAuthority(t), transporttest.NewAuthority(t)
	ofServer, ofRealm, ofProxy := right.Issue(t, serverName), right.Issue(t, realmName), right.Issue(t, "127.0.0.1")
	me := right.Issue(t, "me")
	login := transport.StaticCredentials{User: user, Password: password}
	all := transport.TLSFiles{CA: right.File, Cert: me.CertFile, Key: me.KeyFile}
	for _, kind := range []string{"http", "https", "socks5", "socks5h"} {
		for _, tt := range []struct {
			name          string
			server, realm *transport.TLSFiles
			kind          model.FaultKind
			text          string
			// sent are the requests to the server and to its realm.
			sent, asked []string
		}{
			{name: "the right authority", server: &transport.TLSFiles{CA: right.File}, sent: []string{"", "Bearer good"}, asked: []string{basicOf(user, password)}},
			{name: "a client certificate", server: &all, sent: []string{"me", "Bearer good me"}, asked: []string{basicOf(user, password)}},
			{name: "a client certificate for the realm alone", server: &transport.TLSFiles{CA: right.File}, realm: &all, sent: []string{"", "Bearer good"}, asked: []string{basicOf(user, password) + " me"}},
			{name: "the wrong authority", server: &transport.TLSFiles{CA: wrong.File}, kind: model.FaultTLS, text: "unknown authority (if it is the right server, trust " + serverName},
			{name: "no authority", kind: model.FaultTLS, text: "unknown authority"},
			{
				name: "unchecked, and the realm is not", server: &transport.TLSFiles{SkipVerify: true}, kind: model.FaultTLS,
				text: "unknown authority (if it is the right server, trust " + realmName, sent: []string{""},
			},
			{
				name: "both unchecked", server: &transport.TLSFiles{SkipVerify: true}, realm: &transport.TLSFiles{SkipVerify: true},
				sent: []string{"", "Bearer good"}, asked: []string{basicOf(user, password)},
			},
			{name: "the realm by the wrong authority", server: &all, realm: &transport.TLSFiles{CA: wrong.File}, kind: model.FaultTLS, text: "trust " + realmName, sent: []string{"me"}},
		} {
			t.Run(kind+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				var certificate *tls.Certificate
				if kind == "https" {
					certificate = &ofProxy.Certificate
				}
				proxy := transporttest.NewProxy(t, certificate, proxyUser, proxyPassword)
				realm := newPlace(t, realmName, &ofRealm.Certificate, goodToken)
				server := newPlace(t, serverName, &ofServer.Certificate, guardedBy(func() string { return "https://" + realm.host + "/token" }))
				q := question{
					URL: "https://" + server.host + "/v2/", DockerConfig: t.TempDir(), Credentials: login,
					TLS: map[string]transport.TLSFiles{proxy.Addr: {CA: right.File}},
				}
				for host, files := range map[string]*transport.TLSFiles{server.host: tt.server, realm.host: tt.realm} {
					if files != nil {
						q.TLS[host] = *files
					}
				}
				got := inChild(t, kind+"://"+proxyUser+":"+proxyPassword+"@"+proxy.Addr, q)
				if got.Kind != tt.kind || !strings.Contains(got.Said, tt.text) || (got.Body == "content") != (tt.kind == "") {
					t.Errorf("%+v; want %s with %q", got, cmp.Or(tt.kind, "no fault"), tt.text)
				}
				if !slices.Equal(server.sent(), tt.sent) || !slices.Equal(realm.sent(), tt.asked) {
					t.Errorf("the server got %q, the realm %q; want %q and %q", server.sent(), realm.sent(), tt.sent, tt.asked)
				}
				if targets := proxy.Targets(); !slices.Contains(targets, server.host) || slices.Contains(targets, "a client certificate") {
					t.Errorf("the proxy was asked for %q", targets)
				}
				for _, secret := range []string{proxyPassword, password, "Bearer good"} {
					if strings.Contains(got.Said, secret) {
						t.Errorf("the secret %q is in:\n%s", secret, got.Said)
					}
				}
			})
		}
	}
}

func basicOf(user, password string) string {
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		panic(err)
	}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// Docker's folder of a host counts behind a proxy.
func TestDockerFolderBehindAProxy(t *testing.T) {
	authority := transporttest.NewAuthority(t)
	certificate, me := authority.Issue(t, serverName), authority.Issue(t, "me")
	server := newPlace(t, serverName, &certificate.Certificate, content)
	q := question{URL: "https://" + server.host + "/v2/", DockerConfig: t.TempDir()}
	proxy := transporttest.NewProxy(t, nil, "", "")
	if got := inChild(t, "http://"+proxy.Addr, q); got.Kind != model.FaultTLS {
		t.Errorf("without a folder: %+v", got)
	}
	folder := q.DockerConfig + "/tls/" + server.host
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{authority.File: "ca.crt", me.CertFile: "me.cert", me.KeyFile: "me.key"} {
		raw, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(folder+"/"+to, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := inChild(t, "http://"+proxy.Addr, q); got.Body != "content" || !slices.Equal(server.sent(), []string{"me"}) {
		t.Errorf("with a folder: %+v, sent %q", got, server.sent())
	}
}

// What goes wrong at a proxy is told of the proxy, without its password.
func TestFaultsOfProxies(t *testing.T) {
	authority := transporttest.NewAuthority(t)
	certificate, ofProxy := authority.Issue(t, serverName), authority.Issue(t, "127.0.0.1")
	server := newPlace(t, serverName, &certificate.Certificate, content)
	plain := newPlace(t, serverName, nil, content)
	trusting := map[string]transport.TLSFiles{server.host: {CA: authority.File}}
	quiet := transporttest.NewProxy(t, nil, proxyUser, proxyPassword)
	secure := transporttest.NewProxy(t, &ofProxy.Certificate, proxyUser, proxyPassword)
	login := proxyUser + ":" + proxyPassword + "@"
	for name, tt := range map[string]struct {
		proxy, url string
		tls        map[string]transport.TLSFiles
		kind       model.FaultKind
		text       string
	}{
		"another password":          {"http://carol:wr0ng-passw0rd@" + quiet.Addr, "https://" + server.host, trusting, model.FaultUnreachable, "the proxy " + quiet.Addr + ": it requires authentication"},
		"another password, plainly": {"http://carol:wr0ng-passw0rd@" + quiet.Addr, "http://" + plain.host, nil, model.FaultUnreachable, "the proxy requires authentication"},
		"another password, SOCKS":   {"socks5://carol:wr0ng-passw0rd@" + quiet.Addr, "https://" + server.host, trusting, model.FaultUnreachable, "the proxy " + quiet.Addr},
		"nothing listens":           {"http://" + login + "127.0.0.1:1", "https://" + server.host, trusting, model.FaultUnreachable, "the proxy 127.0.0.1:1: it did not connect to " + server.host},
		"nothing behind it":         {"http://" + login + quiet.Addr, "https://" + serverName + ":1", nil, model.FaultUnreachable, "it did not connect to " + serverName + ":1 (502)"},
		"nothing behind it, SOCKS":  {"socks5h://" + login + quiet.Addr, "https://" + serverName + ":1", nil, model.FaultUnreachable, "it did not connect to " + serverName + ":1"},
		"not trusted":               {"https://" + login + secure.Addr, "https://" + server.host, nil, model.FaultTLS, "the proxy " + secure.Addr + ": its certificate is not trusted"},
		"no TLS":                    {"https://" + login + quiet.Addr, "https://" + server.host, nil, model.FaultTLS, "the proxy " + quiet.Addr + ": it does not speak TLS"},
		"the server uses TLS":       {"http://" + login + quiet.Addr, "http://" + server.host, nil, model.FaultTLS, "use https for the server: https://" + server.host},
		"the server has no TLS":     {"http://" + login + quiet.Addr, "https://" + plain.host, nil, model.FaultTLS, "the server does not speak TLS on this port (check the port; for a server without TLS, write http://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := inChild(t, tt.proxy, question{URL: tt.url, TLS: tt.tls, DockerConfig: t.TempDir()})
			if got.Kind != tt.kind || !strings.Contains(got.Said, tt.text) {
				t.Errorf("%+v; want %s with %q", got, tt.kind, tt.text)
			}
			for _, secret := range []string{proxyPassword, "wr0ng-passw0rd"} {
				if strings.Contains(got.Said, secret) {
					t.Errorf("the password is in:\n%s", got.Said)
				}
			}
		})
	}
}
