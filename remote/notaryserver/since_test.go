package notaryserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
)

// entry is a record of a changefeed as a server writes it.
type entry struct {
	ID        string    `json:"ID"`
	CreatedAt time.Time `json:"CreatedAt"`
	GUN       string    `json:"GUN"`
	Version   int       `json:"Version"`
	SHA256    string    `json:"SHA256"`
	Category  string    `json:"Category"`
}

// changes answers for a changefeed as notary-server does, with the records that entries
// returns.
func changes(entries func() []entry) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.URL.Query().Get("change_id"))
		most, _ := strconv.Atoi(r.URL.Query().Get("records"))
		var out []entry
		for _, e := range entries() {
			if id, _ := strconv.Atoi(e.ID); id > from {
				out = append(out, e)
			}
		}
		switch {
		case len(out) > most && from < 0:
			out = out[len(out)-most:]
		case len(out) > most:
			out = out[:most]
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"count": len(out), "records": out})
	}
}

// record is the n-th change, of a repository and with a digest of its own.
func record(n int) entry {
	return entry{
		ID: strconv.Itoa(n), CreatedAt: time.Date(2026, 11, 1, 8, 0, n, 0, time.UTC), Category: "update",
		GUN: fmt.Sprintf("docker.io/bench/r%04d", n), Version: n, SHA256: fmt.Sprintf("%064x", n),
	}
}

func records(n int) (out []entry) {
	for i := range n {
		out = append(out, record(i+1))
	}
	return out
}

func TestSince(t *testing.T) {
	var have []entry
	_, client := serve(t, changes(func() []entry { return have }))
	last := port.Change{}
	step := func(what string, broken bool, guns ...string) {
		t.Helper()
		news, err := client.Since(context.Background(), "", last)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var got []string
		for _, c := range news.Changes {
			got, last = append(got, string(c.GUN)), c
		}
		if news.Broken != broken || fmt.Sprint(got) != fmt.Sprint(guns) {
			t.Errorf("%s: broken %v, %v; want %v, %v", what, news.Broken, got, broken, guns)
		}
	}
	step("an empty feed", false)
	have = records(2)
	step("the last few", false, "docker.io/bench/r0001", "docker.io/bench/r0002")
	step("nothing new", false)
	have = records(3)
	step("one more", false, "docker.io/bench/r0003")
	gone := record(7) // numbers have gaps
	gone.Category = "deletion"
	have = append(have, gone)
	step("a deletion", false, "docker.io/bench/r0007")
	if !last.Deleted {
		t.Error("it is not said to be deleted")
	}
	step("nothing new after a gap", false)
	other := record(8)
	other.GUN = "not a name *"
	have = append(have, other, record(9))
	step("a name that is none", false, "docker.io/bench/r0009")
	have = records(1)
	step("put back to an earlier state", true, "docker.io/bench/r0001")
	have = records(2)
	have[0].SHA256 = fmt.Sprintf("%064x", 99)
	step("another history with the same numbers", true, "docker.io/bench/r0001", "docker.io/bench/r0002")
}

// More changes than one answer holds are read to their end.
func TestSinceManyPages(t *testing.T) {
	have := records(1)
	_, client := serve(t, changes(func() []entry { return have }))
	news, err := client.Since(context.Background(), "", port.Change{})
	if err != nil || len(news.Changes) != 1 {
		t.Fatalf("%d changes, %v", len(news.Changes), err)
	}
	have = records(1700)
	if news, err = client.Since(context.Background(), "", news.Changes[0]); err != nil || news.Broken || len(news.Changes) != 1699 {
		t.Errorf("%d changes, broken %v, %v", len(news.Changes), news.Broken, err)
	}
}

// A server that does not show its changes to everybody says so.
func TestSinceIsRefused(t *testing.T) {
	_, client := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	_, err := client.Since(context.Background(), "registry.example.org/acme/app", port.Change{})
	check(t, err, model.FaultUnauthorized, "changefeed")
}

// counted counts the bytes of the connections of a server, in both directions.
type counted struct {
	net.Listener
	bytes *atomic.Int64
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return countedConn{conn, c.bytes}, err
}

type countedConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

// With 5,000 repositories, finding out that nothing has changed moves less than 100 kB,
// also on a connection of its own with its TLS handshake; so does the first question.
func TestSinceMovesLittle(t *testing.T) {
	const most = 100_000
	var moved atomic.Int64
	have := records(5000)
	server := httptest.NewUnstartedServer(changes(func() []entry { return have }))
	server.Listener = counted{server.Listener, &moved}
	server.StartTLS()
	t.Cleanup(server.Close)
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: trusting(server), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var last port.Change
	for _, what := range []string{"the first question", "nothing new"} {
		moved.Store(0)
		news, err := client.Since(context.Background(), "", last)
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		if n := moved.Load(); n == 0 || n >= most {
			t.Errorf("%s moves %d bytes", what, n)
		} else {
			t.Logf("%s moves %d bytes", what, n)
		}
		if len(news.Changes) > 0 {
			last = news.Changes[len(news.Changes)-1]
		}
	}
	if last.ID != "5000" {
		t.Errorf("the last change is %q", last.ID)
	}
}
