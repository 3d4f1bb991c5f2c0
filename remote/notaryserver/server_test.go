package notaryserver_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

const (
	gun  = model.GUN("registry.example.org/acme/app")
	base = "/v2/registry.example.org/acme/app/_trust/tuf/"
)

// current asks for the present timestamp.
var current = port.Ref{Role: model.RoleTimestamp, Limit: 1 << 20}

// trusting is TLS that trusts a test server.
func trusting(servers ...*httptest.Server) func(string) (*tls.Config, error) {
	pool := x509.NewCertPool()
	for _, s := range servers {
		pool.AddCert(s.Certificate())
	}
	return func(string) (*tls.Config, error) {
		return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
	}
}

// trustingAs is trusting, for a server whose certificate has another name than
// its address.
func trustingAs(s *httptest.Server, name string) func(string) (*tls.Config, error) {
	return func(addr string) (*tls.Config, error) {
		cfg, err := trusting(s)(addr)
		cfg.ServerName = name
		return cfg, err
	}
}

// hostTLS takes other settings for one host.
func hostTLS(general func(string) (*tls.Config, error), host string, special func(string) (*tls.Config, error)) func(string) (*tls.Config, error) {
	return func(addr string) (*tls.Config, error) {
		if addr == host {
			return special(addr)
		}
		return general(addr)
	}
}

// serve starts a TLS server and a client of it. change may alter the client's
// configuration.
func serve(t testing.TB, h http.HandlerFunc, change ...func(*notaryserver.Config)) (*httptest.Server, *notaryserver.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	cfg := notaryserver.Config{URL: s.URL, TLS: trusting(s), Timeout: 5 * time.Second}
	for _, c := range change {
		c(&cfg)
	}
	client, err := notaryserver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return s, client
}

func quick(c *notaryserver.Config) { c.Timeout = 300 * time.Millisecond }

// check tests that an error is a Fault of a kind that says something.
func check(t *testing.T, err error, kind model.FaultKind, text string) {
	t.Helper()
	var fault *model.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no fault", err)
	}
	if fault.Kind != kind || !strings.Contains(fault.Error(), text) {
		t.Errorf("%s: %s; want %s with %q", fault.Kind, fault, kind, text)
	}
	if fault.Kind != model.FaultCanceled && fault.Hint == "" {
		t.Errorf("%s has no way out", fault)
	}
	for _, r := range fault.Error() + fault.Hint + fault.Scope {
		if r < ' ' || r == 0x7f {
			t.Errorf("control character in %q", fault.Error())
		}
	}
}

func TestFaults(t *testing.T) {
	say := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}
	}
	notaryError := func(code, message, detail string) string {
		raw, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{
			"code": code, "message": message, "detail": map[string]any{"Name": "x", "Error": map[string]string{"Msg": detail}},
		}}})
		return string(raw)
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		change func(*notaryserver.Config)
		kind   model.FaultKind
		text   string
	}{
		{"404 in Notary's words", say(404, notaryError("METADATA_NOT_FOUND", "no such metadata", "")), nil, model.FaultNotFound, "no such metadata (METADATA_NOT_FOUND)"},
		{"404 of a proxy", say(404, "<html>"), nil, model.FaultNotFound, "does not have it"},
		{"403", say(403, ""), nil, model.FaultUnauthorized, "403"},
		{"429", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}, nil, model.FaultServer, "429"},
		{"500 with its reason", say(500, notaryError("UNKNOWN", "oh\x1b[31m no", "rpc error\n")), nil, model.FaultServer, "oh[31m no: rpc error (UNKNOWN)"},
		{"503 without one", say(503, "down"), nil, model.FaultServer, "503"},
		{"418", say(418, ""), nil, model.FaultBadData, "418"},
		{"204", say(204, ""), nil, model.FaultBadData, "204"},
		{"compressed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
		}, nil, model.FaultBadData, "compressed (gzip)"},
		{"a length above the limit", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2000000")
			_, _ = w.Write([]byte("x"))
		}, nil, model.FaultBadData, "2000000 bytes"},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, nil, model.FaultBadData, "longer than the limit of 1048576 bytes"},
		{"drop by drop", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(20 * time.Millisecond):
				}
			}
		}, quick, model.FaultUnreachable, "no complete answer within"},
		{"never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, quick, model.FaultUnreachable, "no complete answer within"},
		{"cut before the answer was complete", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, nil, model.FaultUnreachable, "cut before the answer was complete"},
		{"redirects in a loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, nil, model.FaultBadData, "in a loop"},
		{"a redirect out of TLS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, nil, model.FaultBadData, "from https to http"},
		{"unknown authority", say(200, "{}"), func(c *notaryserver.Config) { c.TLS = nil }, model.FaultTLS, "unknown authority"},
		{"another host's certificate", say(200, "{}"), func(c *notaryserver.Config) {
			trust := c.TLS
			c.TLS = func(addr string) (*tls.Config, error) {
				cfg, err := trust(addr)
				cfg.ServerName = "elsewhere.example.org"
				return cfg, err
			}
		}, model.FaultTLS, "another host"},
		{"refused", say(200, ""), func(c *notaryserver.Config) { c.URL = "https://" + closedPort(t) }, model.FaultUnreachable, "refused"},
		{"TLS settings that cannot be read", say(200, ""), func(c *notaryserver.Config) {
			c.TLS = transport.TLSFiles{CA: "/nonexistent/ca.pem"}.For
		}, model.FaultLocal, "/nonexistent/ca.pem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var change []func(*notaryserver.Config)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			_, client := serve(t, tt.answer, change...)
			begin := time.Now()
			_, err := client.Read(context.Background(), gun, current)
			check(t, err, tt.kind, tt.text)
			if took := time.Since(begin); took > 4*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestCancelled(t *testing.T) {
	arrived := make(chan struct{})
	_, client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := client.Read(ctx, gun, current)
	check(t, err, model.FaultCanceled, "cancelled")
}

func TestURLs(t *testing.T) {
	paths := make(chan string, 1)
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.EscapedPath()
		w.Header().Set("Last-Modified", "Sat, 21 Nov 2026 02:03:04 UTC")
		_, _ = w.Write([]byte("body"))
	})
	hash := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		ref  port.Ref
		want string
	}{
		{port.Ref{Role: "root"}, base + "root.json"},
		{port.Ref{Role: "root", Version: 7}, base + "7.root.json"},
		{port.Ref{Role: "targets/releases", SHA256: hash}, base + "targets/releases." + hash + ".json"},
	} {
		tt.ref.Limit = 100
		f, err := client.Read(context.Background(), gun, tt.ref)
		if got := <-paths; got != tt.want || err != nil || string(f.Bytes) != "body" {
			t.Errorf("%+v asks for %s: %q, %v", tt.ref, got, f.Bytes, err)
		}
		if want := time.Date(2026, 11, 21, 2, 3, 4, 0, time.UTC); !f.Modified.Equal(want) {
			t.Errorf("modified %s", f.Modified)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for _, url := range []string{"", "notary.example.org", "ftp://x", "https://", "https://user:secret@x", "https://user:secret@x/?q", "https://user:secret%zz@x", "https://user:secret@x:port", "ftp://user:secret@x", "user:secret@x", "https://x/?q=1", "https://x/#f", "https://%zz"} {
		_, err := notaryserver.New(notaryserver.Config{URL: url})
		check(t, err, model.FaultUsage, "")
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in the error: %v", url, err)
		}
	}
}

// Connections are kept and shared, never more requests run than were allowed,
// and nothing is left behind.
func TestConnections(t *testing.T) {
	before := runtime.NumGoroutine()
	var opened, running, most atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := running.Add(1)
		for {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		_, _ = w.Write(bytes.Repeat([]byte("x"), 10_000))
		running.Add(-1)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	client, err := notaryserver.New(notaryserver.Config{URL: s.URL, TLS: trusting(s), Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := client.Read(context.Background(), gun, current); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if opened.Load() > 8 || most.Load() > 4 {
		t.Errorf("%d connections for 200 requests, %d at once", opened.Load(), most.Load())
	}
	client.Close()
	s.Close()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+2 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+2 {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestEvents(t *testing.T) {
	var mu sync.Mutex
	var events []model.Event
	_, client := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, func(c *notaryserver.Config) {
		c.Log = func(e model.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
	})
	_, _ = client.Read(context.Background(), gun, current)
	if len(events) != 1 || events[0].Level != model.Warning || events[0].Text != "GET "+base+"timestamp.json: 500" {
		t.Errorf("events: %+v", events)
	}
}

func TestChangefeed(t *testing.T) {
	type rec map[string]any
	var all []rec
	for i := 1; i <= 1200; i++ {
		all = append(all, rec{"ID": fmt.Sprint(i), "CreatedAt": "2026-11-21T02:00:00Z", "GUN": fmt.Sprintf("r/%03d", i%300), "Version": i, "SHA256": "x", "Category": "update"})
	}
	all = append(all, rec{"ID": "1201", "GUN": "r/007", "Category": "deletion"}, rec{"ID": "1202", "GUN": "../../etc", "Category": "update"})
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("records") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var after, n int
		_, _ = fmt.Sscan(r.URL.Query().Get("change_id"), &after)
		_, _ = fmt.Sscan(r.URL.Query().Get("records"), &n)
		page := all[min(after, len(all)):min(after+n, len(all))]
		_ = json.NewEncoder(w).Encode(map[string]any{"count": len(page), "records": page})
	})
	repos, err := client.Repositories(context.Background())
	if err != nil || len(repos) != 299 || repos[0].GUN != "r/000" || repos[0].Changed.IsZero() {
		t.Errorf("%d repositories, %v", len(repos), err)
	}
	for _, r := range repos {
		if r.GUN == "r/007" {
			t.Error("a deleted repository is listed")
		}
	}
	changes, err := client.Changes(context.Background(), "r/007")
	if err != nil || len(changes) != 5 || changes[0].Version != 7 || !changes[4].Deleted {
		t.Errorf("%+v, %v", changes, err)
	}
}

func TestHostileChangefeeds(t *testing.T) {
	page := func(id string, n int) string {
		one := fmt.Sprintf(`{"ID":%q,"GUN":"r/x","Category":"update"}`, id)
		return `{"records":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}`
	}
	for name, tt := range map[string]struct{ body, text string }{
		"a circle":                {page("1", 500), "repeats itself"},
		"more than was asked for": {page("1", 501), "501 records"},
		"not a list":              {"<html>", "not a list"},
		"IDs that are no numbers": {page("x", 500), "repeats itself"},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tt.body)) })
			_, err := client.Repositories(context.Background())
			check(t, err, model.FaultBadData, tt.text)
		})
	}
}
