package transport_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// Waiting for others is no part of the time that a server has for an answer: those that hang
// take none from those behind them.
func TestTheTimeBeginsWithTheTurn(t *testing.T) {
	const asked, hanging = 5, 2
	var arrived, failed atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) <= hanging {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := transport.New(transport.Config{Base: base, Timeout: 200 * time.Millisecond})
	t.Cleanup(client.Close)
	var asking sync.WaitGroup
	for range asked {
		asking.Go(func() {
			_, err := client.Do(t.Context(), transport.Request{Method: http.MethodGet, URL: base, Limit: 100, Serial: true})
			if err != nil {
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
