package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/trace"
)

// maxRelayed is the longest body that a Relay passes on, in bytes.
const maxRelayed = 64 << 20

// Relay is a server that passes every request on to another one. Requests are
// counted here and not at the sockets of the client: how many writes a request
// takes, and which of them carries its last byte, is up to TLS, while a server gets
// it once and whole. A Relay keeps its address when the server behind it is replaced.
type Relay struct {
	*Server

	mu   sync.Mutex
	to   *Server
	http *http.Client
	// at decides about the requests of the program that kill ends; nil where none is
	// traced.
	at   func(trace.Point) trace.Act
	kill func()
	// ending is true once the program is being killed: it gets no more answers, or it
	// could come to its end first.
	ending bool
}

// NewRelay starts a Relay that ends with the test. It passes nothing on before To.
func NewRelay(tb testing.TB) *Relay {
	tb.Helper()
	pki := Authority(tb)
	cert, err := pki.Issue("relay")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	r := &Relay{}
	listener := httptest.NewUnstartedServer(r)
	listener.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that are killed
	listener.TLS = &tls.Config{Certificates: []tls.Certificate{cert.Certificate}, MinVersion: tls.VersionTLS12}
	listener.StartTLS()
	tb.Cleanup(listener.Close)
	r.Server = &Server{URL: listener.URL, Host: strings.TrimPrefix(listener.URL, "https://"), PKI: pki}
	return r
}

// To has requests go to a server from now on.
func (r *Relay) To(server *Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.http != nil {
		r.http.CloseIdleConnections()
	}
	r.to = server
	r.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.PKI.Pool(), MinVersion: tls.VersionTLS12}}}
}

// Watch has at decide about requests from now on; kill ends the program that makes them.
// Nil functions end that.
func (r *Relay) Watch(at func(trace.Point) trace.Act, kill func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at, r.kill, r.ending = at, kill, false
}

// ServeHTTP passes a request on. A client that is killed is not waited for, and gets
// nothing.
func (r *Relay) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	r.mu.Lock()
	at, kill, to, client, ending := r.at, r.kill, r.to, r.http, r.ending
	r.mu.Unlock()
	// All of it, before anything else: a server learns that a client has ended only
	// where it has read what the client sent.
	body, err := io.ReadAll(http.MaxBytesReader(w, in.Body, maxRelayed))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if ending {
		<-in.Context().Done()
		panic(http.ErrAbortHandler)
	}
	act := trace.GoOn
	if at != nil {
		act = at(trace.Point{Call: in.Method, Path: in.URL.Path})
	}
	if act == trace.KillBefore {
		kill()
		panic(http.ErrAbortHandler)
	}
	// What the server has begun it ends, whatever becomes of the client.
	answer, text, err := pass(context.WithoutCancel(in.Context()), client, to.URL, in, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = answer.Body.Close() }() // it is in memory
	switch act {
	case trace.KillWithin:
		kill()
		panic(http.ErrAbortHandler)
	case trace.KillAfter:
		r.mu.Lock()
		r.ending = true
		r.mu.Unlock()
		answerWhole(w, answer)
		kill()
	case trace.GoOn, trace.KillBefore, trace.DiskFull, trace.Denied:
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(text) // the client may be gone
	}
}

// pass sends a request to the server, and returns its answer with a body that is in
// memory.
func pass(ctx context.Context, client *http.Client, url string, in *http.Request, body []byte) (*http.Response, []byte, error) {
	out, err := http.NewRequestWithContext(ctx, in.Method, url+in.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	out.Header = in.Header.Clone()
	out.Header.Set("Accept-Encoding", "identity") // or the transport would unpack the answer
	answer, err := client.Do(out)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxRelayed))
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer, text, err
}

// answerWhole returns once the client has read all of an answer: it is the last one
// on its connection, which the client then closes, and nobody else does.
func answerWhole(w http.ResponseWriter, answer *http.Response) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }() // the client has closed it
	answer.Close, answer.Proto, answer.ProtoMajor, answer.ProtoMinor = true, "HTTP/1.1", 1, 1
	if answer.Write(conn) == nil {
		_, _ = io.Copy(io.Discard, conn) // until the client closes
	}
}
