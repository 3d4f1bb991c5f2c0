package notaryserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"trustdeck/model"
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
}

// get reads something. Errors are *model.Fault.
func (c *Client) get(ctx context.Context, gun model.GUN, path, query string, limit int64) (answer, error) {
	return c.ask(ctx, request{method: http.MethodGet, gun: gun, path: path, query: query, actions: actionPull, limit: limit})
}

// ask makes one request, with whatever authorization it takes. Errors are
// *model.Fault.
func (c *Client) ask(ctx context.Context, r request) (answer, error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return answer{}, c.connectionFault(ctx, r.path, err)
	}
	defer c.slots.Release(1)
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, errTimeout)
	defer cancel()

	scope := scopeFor(r.gun, r.actions)
	used := c.session.header(ctx, r.gun, scope)
	resp, err := c.send(ctx, r, used) //nolint:bodyclose // readError or receive closes it
	if err != nil {
		return answer{}, err
	}
	if resp.StatusCode == http.StatusUnauthorized {
		challenges := parseChallenges(resp.Header.Values("WWW-Authenticate"))
		refusal := readError(resp)
		header, err := c.session.authorize(ctx, r.gun, scope, challenges, used)
		if err != nil {
			return answer{}, err
		}
		if header == "" {
			return answer{}, c.unauthorized(r, challenges, refusal, used != "")
		}
		if resp, err = c.send(ctx, r, header); err != nil { //nolint:bodyclose // as above
			return answer{}, err
		}
		if resp.StatusCode == http.StatusUnauthorized {
			c.session.forget(scope)
			// The token may have been one for nobody.
			login, err := c.session.login(ctx, r.gun)
			if err != nil {
				return answer{}, err
			}
			return answer{}, c.unauthorized(r, challenges, readError(resp), !login.Empty())
		}
	}
	return c.receive(ctx, resp, r)
}

// send makes the request and logs it.
func (c *Client) send(ctx context.Context, r request, authorization string) (*http.Response, error) {
	target := *c.base
	target.Path += r.path
	target.RawQuery = r.query
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: r.path, Text: "this makes no URL", Err: err}
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	req.Header.Set("Accept-Encoding", "identity")
	return c.do(ctx, req, r.path, authorization)
}

func (c *Client) do(ctx context.Context, req *http.Request, subject, authorization string) (*http.Response, error) {
	if c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	start := c.cfg.Now()
	resp, err := c.http.Do(req)
	elapsed := c.cfg.Now().Sub(start)
	if err != nil {
		fault := c.connectionFault(ctx, subject, err)
		c.log(model.Failure, fmt.Sprintf("%s %s: %s", req.Method, subject, fault.Text), elapsed)
		return nil, fault
	}
	level := model.Notice
	if resp.StatusCode >= http.StatusInternalServerError {
		level = model.Warning
	}
	c.log(level, fmt.Sprintf("%s %s: %d", req.Method, subject, resp.StatusCode), elapsed)
	return resp, nil
}

func (c *Client) log(level model.Severity, text string, elapsed time.Duration) {
	if c.cfg.Log != nil {
		c.cfg.Log(model.Event{Time: c.cfg.Now(), Level: level, Kind: "request", Text: text, Elapsed: elapsed})
	}
}

// receive reads the body of an answer that is not about authorization.
func (c *Client) receive(ctx context.Context, resp *http.Response, r request) (answer, error) {
	if resp.StatusCode != http.StatusOK {
		return answer{}, c.statusFault(resp, r)
	}
	defer closeBody(resp)
	bad := func(format string, args ...any) (answer, error) {
		return answer{}, &model.Fault{
			Kind: model.FaultBadData, Subject: c.base.Host + r.path, Text: fmt.Sprintf(format, args...),
			Hint: "the server, or a proxy before it, does not answer as a Notary server does",
		}
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return bad("the answer is compressed (%s), which was not asked for", printable(enc, 40))
	}
	if resp.ContentLength > r.limit {
		return bad("the answer has %d bytes, and at most %d were expected", resp.ContentLength, r.limit)
	}
	body, err := readBody(resp, r.limit)
	if err == nil && ctx.Err() != nil {
		// The server may notice our time-out first and end its answer in good
		// form: what came is not the whole of it.
		err = ctx.Err()
	}
	switch {
	case errors.Is(err, errTooLong):
		return bad("the answer is longer than the %d bytes that were expected", r.limit)
	case errors.Is(err, io.ErrUnexpectedEOF) && ctx.Err() == nil:
		return answer{}, &model.Fault{
			Kind: model.FaultUnreachable, Subject: c.base.Host + r.path, Text: "the connection was cut in the middle of the answer", Err: err,
			Hint: "try again",
		}
	case err != nil:
		return answer{}, c.connectionFault(ctx, r.path, err)
	}
	modified, err := http.ParseTime(strings.Replace(resp.Header.Get("Last-Modified"), "UTC", "GMT", 1))
	if err != nil {
		modified = time.Time{}
	}
	return answer{body, modified}, nil
}

var errTooLong = errors.New("longer than the limit")

// readBody reads at most limit bytes, into a buffer of the stated length where
// there is one.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	const trusted = 32 << 20 // a stated length is believed up to here
	if n := resp.ContentLength; n >= 0 && n <= trusted {
		body := make([]byte, n)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if err == nil && n > limit {
		return nil, errTooLong
	}
	return buf.Bytes(), err
}

// closeBody drains a little, so that the connection can serve the next
// request, and no more: the rest may be endless.
func closeBody(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close() // nothing depends on it
}
