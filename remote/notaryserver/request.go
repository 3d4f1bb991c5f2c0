package notaryserver

import (
	"context"
	"net/http"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// An answer is a good one: status 200 with its body.
type answer struct {
	body     []byte
	modified time.Time
}

// A request is what is asked of the server.
type request struct {
	method string
	// gun is empty for requests about the whole server.
	gun         model.GUN
	path, query string
	contentType string
	body        []byte
	// actions are the rights that it takes, as a token's scope names them.
	actions string
	// limit is the most bytes of the answer.
	limit int64
	// uncached is true where the answer is made without notary-server's cache of metadata.
	// That has no lock: two requests that use it at once can end the server (notary-v1, 5.6).
	uncached bool
	// once is true for a GET after which the server may have made something.
	once bool
}

// ask makes one request, with whatever authorization it takes. Errors are
// *model.Fault.
func (c *Client) ask(ctx context.Context, r request) (answer, error) {
	target := *c.base
	target.Path += r.path
	target.RawQuery = r.query
	registry, own := c.registryOf(r.gun)
	asked := transport.Request{
		Method: r.method, URL: &target, Body: r.body, Limit: r.limit,
		Registry: registry, NoRegistry: own, Scope: scopeFor(r.gun, r.actions), Serial: !r.uncached, Once: r.once,
	}
	if r.contentType != "" {
		asked.Header = http.Header{"Content-Type": {r.contentType}}
	}
	got, err := c.http.Do(ctx, asked)
	if err != nil {
		return answer{}, err
	}
	if got.Status != http.StatusOK {
		return answer{}, statusFault(asked, got, r)
	}
	modified, err := http.ParseTime(strings.Replace(got.Header.Get("Last-Modified"), "UTC", "GMT", 1))
	if err != nil {
		modified = time.Time{}
	}
	return answer{got.Body, modified}, nil
}
