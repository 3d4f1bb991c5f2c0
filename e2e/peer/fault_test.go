package peer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// What is made to fail fails, as often as it says, and only where it says.
func TestFaults(t *testing.T) {
	t.Parallel()
	var faults Faults
	var handled atomic.Int32
	server := httptest.NewServer(faults.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handled.Add(1) })))
	t.Cleanup(server.Close)
	for name, row := range map[string]struct {
		fault  Fault
		status int
		// done is whether the server did what it was asked for.
		done bool
	}{
		"dropped":                   {fault: Fault{Method: "POST", Drop: true, Times: 1}},
		"cut in the upload":         {fault: Fault{Method: "POST", Cut: 3, Times: 1}},
		"refused":                   {fault: Fault{Path: "/tuf/", Status: 502, Body: "bad gateway", Times: 1}, status: 502},
		"the answer is lost":        {fault: Fault{After: true, Times: 1}, done: true},
		"a fault of another method": {fault: Fault{Method: "GET", Drop: true, Times: 1}, status: 200, done: true},
		"a fault of another path":   {fault: Fault{Path: "/elsewhere/", Drop: true, Times: 1}, status: 200, done: true},
	} {
		remove, got := faults.Add(row.fault), 0
		handled.Store(0)
		answer, err := http.Post(server.URL+"/tuf/", "text/plain", strings.NewReader("an upload"))
		if err == nil {
			got = answer.StatusCode
			_ = answer.Body.Close()
		}
		remove()
		if n := handled.Load(); got != row.status || (n == 1) != row.done {
			t.Errorf("%s: answered %d (%v), handled %d times", name, got, err, n)
		}
	}
	remove := faults.Add(Fault{Status: 503})
	for _, want := range []int{503, 503, 200} {
		if want == 200 {
			remove()
		}
		answer, err := http.Head(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != want {
			t.Errorf("answered %d, want %d: %v", answer.StatusCode, want, err)
		}
	}
}
