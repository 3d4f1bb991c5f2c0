package peer

import (
	"io"
	"net/http"
	"strings"
	"sync"
)

// A Fault makes requests fail.
type Fault struct {
	// Method and Path choose the requests: Path is a part of the path. Empty
	// ones choose all.
	Method, Path string
	// Times is how many requests it happens to; 0 is all of them.
	Times int

	// Drop ends the connection without an answer.
	Drop bool
	// Status answers with this status and Body, and does nothing else.
	Status int
	Body   string
	// Cut ends the connection after this many bytes of the request's body were
	// read, as if the client had gone; 0 does not.
	Cut int64
	// After does what the request asks for, and then ends the connection
	// without an answer.
	After bool
}

// Faults happen to the requests of a practice server until they are taken away or used up.
type Faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Add returns what takes the fault away again.
func (f *Faults) Add(fault Fault) (remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := &fault
	f.list = append(f.list, one)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.drop(one)
	}
}

func (f *Faults) drop(one *Fault) {
	for i, have := range f.list {
		if have == one {
			f.list = append(f.list[:i:i], f.list[i+1:]...)
			return
		}
	}
}

// take finds the fault that a request meets, and counts it.
func (f *Faults) take(r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.Method != "" && one.Method != r.Method || !strings.Contains(r.URL.Path, one.Path) {
			continue
		}
		found := *one
		if one.Times > 0 {
			if one.Times--; one.Times == 0 {
				f.drop(one)
			}
		}
		return found, true
	}
	return Fault{}, false
}

// wrap lets the faults happen to the requests of next.
func (f *Faults) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, ok := f.take(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		switch {
		case fault.Drop:
			panic(http.ErrAbortHandler)
		case fault.Status != 0:
			w.WriteHeader(fault.Status)
			_, _ = io.WriteString(w, fault.Body)
			return
		case fault.Cut > 0:
			_, _ = io.CopyN(io.Discard, r.Body, fault.Cut)
			panic(http.ErrAbortHandler)
		case fault.After:
			next.ServeHTTP(discard{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

// discard is where an answer goes that shall not arrive.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
