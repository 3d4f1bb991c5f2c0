package transport_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// A flaky is a server that can end, and start again on its port.
type flaky struct {
	tb   testing.TB
	addr string
	// breaks, where set, ends the connection of a request in place of an answer.
	breaks atomic.Pointer[http.HandlerFunc]
	server *httptest.Server
	// answered counts answers.
	answered atomic.Int64
}

func newFlaky(tb testing.TB) *flaky {
	tb.Helper()
	f := &flaky{tb: tb, addr: "127.0.0.1:0"}
	f.start()
	tb.Cleanup(f.end)
	return f
}

func (f *flaky) start() {
	f.tb.Helper()
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		f.tb.Fatal(err)
	}
	f.addr = listener.Addr().String()
	f.server = httptest.NewUnstartedServer(f)
	_ = f.server.Listener.Close() // one on another port
	f.server.Listener = listener
	f.server.Start()
}

func (f *flaky) end() {
	f.server.CloseClientConnections()
	f.server.Close()
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if breaks := f.breaks.Load(); breaks != nil {
		(*breaks)(w, r)
		return
	}
	f.answered.Add(1)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte("content"))
	}
}

// How connections break.
var (
	closed http.HandlerFunc = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	reset  http.HandlerFunc = func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
	cut http.HandlerFunc = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	silent http.HandlerFunc = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
)

// A visitor asks a flaky server, and does not wait for the pauses that it is told to make.
type visitor struct {
	client *transport.Client
	base   *url.URL
	// during is called at the begin of each pause with its number, from 1 on.
	during func(pause int)
	// never has pauses that do not end.
	never bool
	// once and serial are those of its requests.
	once, serial bool

	mu     sync.Mutex
	paused []time.Duration
	events []model.Event
}

func visit(t *testing.T, f *flaky) *visitor {
	t.Helper()
	v := &visitor{base: &url.URL{Scheme: "http", Host: f.addr, Path: "/"}, during: func(int) {}}
	v.client = transport.New(transport.Config{
		Base: v.base, Timeout: 5 * time.Second, After: v.after,
		Log: func(e model.Event) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.events = append(v.events, e)
		},
	})
	t.Cleanup(v.client.Close)
	return v
}

func (v *visitor) after(d time.Duration) <-chan time.Time {
	v.mu.Lock()
	v.paused = append(v.paused, d)
	n := len(v.paused)
	v.mu.Unlock()
	v.during(n)
	over := make(chan time.Time)
	if !v.never {
		close(over)
	}
	return over
}

// pauses are those since the last call.
func (v *visitor) pauses() []time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := v.paused
	v.paused = nil
	return out
}

func (v *visitor) ask(ctx context.Context, method string) error {
	var body []byte
	if method == http.MethodPost {
		body = []byte("upload")
	}
	_, err := v.client.Do(ctx, transport.Request{Method: method, URL: v.base, Body: body, Limit: 10_000, Once: v.once, Serial: v.serial})
	return err
}

// patience is every pause in turn.
var patience = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond, time.Second}

// Reading survives a server that its supervisor starts again: whatever the connection said of
// its end, and whether it is back at once or after the last pause.
func TestServerThatIsRestarted(t *testing.T) {
	for name, breaks := range map[string]*http.HandlerFunc{"refused": nil, "closed": &closed, "reset": &reset} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for back := 1; back <= len(patience); back += len(patience) - 1 {
				f := newFlaky(t)
				v := visit(t, f)
				if err := v.ask(t.Context(), method); err != nil {
					t.Fatal(err)
				}
				if breaks == nil {
					f.end()
				}
				f.breaks.Store(breaks)
				v.during = func(pause int) {
					if pause != back {
						return
					}
					if f.breaks.Store(nil); breaks == nil {
						f.start()
					}
				}
				if err := v.ask(t.Context(), method); err != nil {
					t.Errorf("%s, %s, back after %d pauses: %v", name, method, back, err)
				}
				if got := v.pauses(); !slices.Equal(got, patience[:back]) {
					t.Errorf("%s, %s: pauses %v, want %v", name, method, got, patience[:back])
				}
				if last := v.events[len(v.events)-2]; last.Level != model.Warning || !strings.HasSuffix(last.Text, "; trying again in "+patience[back-1].String()) {
					t.Errorf("%s, %s: the other try is no event: %+v", name, method, v.events)
				}
			}
		}
	}
}

// What another try cannot mend, or must not repeat, fails at once.
func TestFailsAtOnce(t *testing.T) {
	away := newFlaky(t)
	away.end()
	for _, tt := range []struct {
		name     string
		answered bool
		breaks   http.HandlerFunc
		method   string
		once     bool
		text     string
	}{
		{"a server that has never answered", false, closed, http.MethodGet, false, "closed without an answer"},
		{"an upload", true, closed, http.MethodPost, false, "closed without an answer"},
		{"an upload that was reset", true, reset, http.MethodPost, false, "closed without an answer"},
		{"a GET that may have the server make something", true, closed, http.MethodGet, true, "closed without an answer"},
		{"a deletion", true, closed, http.MethodDelete, false, "closed without an answer"},
		{"an answer that has begun", true, cut, http.MethodGet, false, "cut before the answer was complete"},
		{"a redirect to where nobody answers", true, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+away.addr, http.StatusFound)
		}, http.MethodGet, false, "the connection was refused"},
	} {
		f := newFlaky(t)
		v := visit(t, f)
		if tt.answered {
			if err := v.ask(t.Context(), http.MethodGet); err != nil {
				t.Fatal(err)
			}
		}
		f.breaks.Store(&tt.breaks)
		v.once = tt.once
		check(t, v.ask(t.Context(), tt.method), model.FaultUnreachable, tt.text)
		if got := v.pauses(); len(got) > 0 {
			t.Errorf("%s: pauses %v", tt.name, got)
		}
	}
}

// A time-out is not waited out again, and a pause is a part of the time of its request.
func TestPauseWithinTheTime(t *testing.T) {
	for _, tt := range []struct {
		breaks http.HandlerFunc
		text   string
		pauses int
	}{
		{silent, "no complete answer within 200ms", 0},
		{closed, "closed without an answer", 1},
	} {
		f := newFlaky(t)
		v := visit(t, f)
		v.client = transport.New(transport.Config{Base: v.base, Timeout: 200 * time.Millisecond, After: v.after})
		t.Cleanup(v.client.Close)
		if err := v.ask(t.Context(), http.MethodGet); err != nil {
			t.Fatal(err)
		}
		f.breaks.Store(&tt.breaks)
		v.never = true
		check(t, v.ask(t.Context(), http.MethodGet), model.FaultUnreachable, tt.text)
		if got := v.pauses(); len(got) != tt.pauses {
			t.Errorf("%s: pauses %v", tt.text, got)
		}
	}
}

func TestCancelledPause(t *testing.T) {
	f := newFlaky(t)
	v := visit(t, f)
	if err := v.ask(t.Context(), http.MethodGet); err != nil {
		t.Fatal(err)
	}
	f.breaks.Store(&closed)
	ctx, cancel := context.WithCancel(t.Context())
	v.never, v.during = true, func(int) { cancel() }
	var fault *model.Fault
	if err := v.ask(ctx, http.MethodGet); !errors.As(err, &fault) || fault.Kind != model.FaultCanceled {
		t.Errorf("%v", err)
	}
}

// A server that stays away is waited for once, not once for each of thousands of
// repositories; and again after it has answered.
func TestServerThatStaysAway(t *testing.T) {
	f := newFlaky(t)
	v := visit(t, f)
	for range 2 {
		if err := v.ask(t.Context(), http.MethodGet); err != nil {
			t.Fatal(err)
		}
		f.end()
		check(t, v.ask(t.Context(), http.MethodGet), model.FaultUnreachable, "the connection was refused")
		if got := v.pauses(); !slices.Equal(got, patience) {
			t.Errorf("pauses %v, want %v", got, patience)
		}
		for range 100 {
			check(t, v.ask(t.Context(), http.MethodGet), model.FaultUnreachable, "the connection was refused")
		}
		if got := v.pauses(); len(got) > 0 {
			t.Errorf("pauses %v, although it was away", got)
		}
		f.start()
	}
}

// Many requests that meet a server which has ended share what is known of it.
func TestManyWait(t *testing.T) {
	f := newFlaky(t)
	v := visit(t, f)
	if err := v.ask(t.Context(), http.MethodGet); err != nil {
		t.Fatal(err)
	}
	f.end()
	ask := func(check func(error)) {
		var asking sync.WaitGroup
		for range 200 {
			asking.Go(func() { check(v.ask(t.Context(), http.MethodGet)) })
		}
		asking.Wait()
	}
	ask(func(err error) { check(t, err, model.FaultUnreachable, "the connection was refused") })
	if got := len(v.pauses()); got < len(patience) || got > transport.DefaultParallel*len(patience) {
		t.Errorf("%d pauses of 200 requests, %d at once", got, transport.DefaultParallel)
	}
	f.start()
	before := f.answered.Load()
	ask(func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if got := f.answered.Load() - before; got != 200 {
		t.Errorf("%d of 200 requests were answered", got)
	}
}

// Waiting for others is no part of the time that a server has for an answer: requests that
// hang take none from those behind them.
func TestTheTimeBeginsWithTheTurn(t *testing.T) {
	const asked, hanging = 5, 2
	f := newFlaky(t)
	v := visit(t, f)
	v.serial = true
	v.client = transport.New(transport.Config{Base: v.base, Timeout: 200 * time.Millisecond})
	t.Cleanup(v.client.Close)
	var arrived, failed atomic.Int64
	var hangs http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) <= hanging {
			silent(w, r)
		}
	}
	f.breaks.Store(&hangs)
	var asking sync.WaitGroup
	for range asked {
		asking.Go(func() {
			if err := v.ask(t.Context(), http.MethodGet); err != nil {
				failed.Add(1)
				check(t, err, model.FaultUnreachable, "no complete answer within")
			}
		})
	}
	asking.Wait()
	if arrived.Load() != asked || failed.Load() != hanging {
		t.Errorf("%d of %d requests arrived, %d failed; want %d", arrived.Load(), asked, failed.Load(), hanging)
	}
}

// A server that leaves a request without an answer keeps the others back for a moment alone.
func TestTurnsEnd(t *testing.T) {
	const asked = 3
	f := newFlaky(t)
	v := visit(t, f)
	v.serial = true
	v.client = transport.New(transport.Config{Base: v.base, Turn: time.Millisecond})
	t.Cleanup(v.client.Close)
	var all sync.WaitGroup
	all.Add(asked)
	var meets http.HandlerFunc = func(http.ResponseWriter, *http.Request) {
		all.Done()
		all.Wait()
	}
	f.breaks.Store(&meets)
	var asking sync.WaitGroup
	for range asked {
		asking.Go(func() {
			if err := v.ask(t.Context(), http.MethodGet); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
}
