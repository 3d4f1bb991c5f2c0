package peer

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A relay forgets a request that a program makes while it is killed once the program
// has ended, also where the request has a body: it answers nothing, and holds up
// nobody who stops it.
func TestRelayForgetsTheKilled(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "metadata"} {
		t.Run(fmt.Sprintf("body of %d bytes", len(body)), func(t *testing.T) {
			t.Parallel()
			relay := NewRelay(t)
			relay.ending = true
			came, left := make(chan struct{}), make(chan error, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
				defer func() {
					err, _ := recover().(error)
					left <- err
					panic(http.ErrAbortHandler)
				}()
				close(came)
				relay.ServeHTTP(w, in)
			}))
			t.Cleanup(server.Close)
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: relay\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
				t.Fatal(err)
			}
			<-came
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			if got := <-left; !errors.Is(got, http.ErrAbortHandler) {
				t.Errorf("the relay left with %v", got)
			}
		})
	}
}
