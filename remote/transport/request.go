package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Request is what is asked of a server.
type Request struct {
	Method string
	URL    *url.URL
	// Header is sent along; it holds no authorization.
	Header http.Header
	Body   []byte
	// Registry is whose login proves who asks, as docker login names it, and
	// Scope what a token must be good for.
	Registry, Scope string
	// NoRegistry tells that Registry is a server of another kind, at which docker login works
	// only where the server takes passwords itself: a token of docker login is for nothing.
	NoRegistry bool
	// Once tells that it may change something at the server although it is a GET: it is not
	// tried again.
	Once bool
	// Limit is the most bytes of a good answer.
	Limit int64
	// Serial has it wait for its turn, Config.Serial of them at once. Its turn is over when
	// the answer begins, or after Config.Turn.
	Serial bool
	// Place is what the log calls it; empty is the path.
	Place string
}

// subject names a request in faults.
func (r *Request) subject() string { return r.URL.Host + r.URL.Path }

// Answer is what a server said. With a status other than 200, Body is what came of
// the error's text.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do makes one request, with whatever authorization it takes, and reads the whole
// of the answer. A status is no error, but for 401. Errors are *model.Fault.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return Answer{}, c.connectionFault(ctx, r.subject(), err)
	}
	defer c.slots.Release(1)
	used, left := c.header(ctx, &r)
	done, err := c.turn(ctx, &r)
	if err != nil {
		return Answer{}, err
	}
	// Waiting for others is no part of the time that the server has.
	ctx, cancel := context.WithTimeoutCause(ctx, left, errTimeout)
	defer cancel()
	resp, err := c.answer(ctx, &r, used) //nolint:bodyclose // receive closes it
	done()
	if err != nil {
		return Answer{}, err
	}
	return c.receive(ctx, resp, &r)
}

// turn waits until it is the turn of a request, which lasts until done, or Config.Turn: a
// server that leaves requests without an answer must not have each wait for the time-outs of
// those before it.
func (c *Client) turn(ctx context.Context, r *Request) (done func(), err error) {
	if !r.Serial {
		return func() {}, nil
	}
	if err := c.turns.Acquire(ctx, 1); err != nil {
		return nil, c.connectionFault(ctx, r.subject(), err)
	}
	end := sync.OnceFunc(func() { c.turns.Release(1) })
	limit := time.AfterFunc(c.cfg.Turn, end)
	return func() { limit.Stop(); end() }, nil
}

// header returns the authorization to send along unasked, and what is left of the time-out:
// a token is fetched before the turn of the request that it is for.
func (c *Client) header(ctx context.Context, r *Request) (used string, left time.Duration) {
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, errTimeout)
	defer cancel()
	used = c.session.header(ctx, r)
	return used, c.cfg.Timeout - time.Since(begin)
}

// answer makes a request with the header used, and once more where that takes another.
func (c *Client) answer(ctx context.Context, r *Request, used string) (*http.Response, error) {
	resp, err := c.send(ctx, r, used)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	return c.again(ctx, r, resp, used)
}

// again answers the challenge of a response to a request that was sent with the header
// used, and makes the request once more.
func (c *Client) again(ctx context.Context, r *Request, resp *http.Response, used string) (*http.Response, error) {
	challenges := parseChallenges(resp.Header.Values("WWW-Authenticate"))
	refusal := readError(resp)
	header, err := c.session.authorize(ctx, r, challenges, used)
	if err != nil {
		return nil, err
	}
	if header == "" {
		return nil, c.unauthorized(r, challenges, refusal, used != "")
	}
	if resp, err = c.send(ctx, r, header); err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	c.session.forget(header)
	refusal = readError(resp)
	// The token may have been one for nobody.
	login, err := c.session.login(ctx, r.Registry)
	if err != nil {
		return nil, err
	}
	return nil, c.unauthorized(r, challenges, refusal, !login.Empty())
}

// send makes the request and logs it.
func (c *Client) send(ctx context.Context, r *Request, authorization string) (*http.Response, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), body)
	if err != nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: r.subject(), Text: "this doesn't form a valid URL", Err: err}
	}
	maps.Copy(req.Header, r.Header)
	req.Header.Set("Accept-Encoding", "identity")
	if !c.home(r.URL) {
		authorization = ""
	}
	resp, err := c.do(ctx, req, sending{r.subject(), cmp.Or(r.Place, r.URL.Path), authorization, r.Once})
	if err != nil || resp.StatusCode != http.StatusUnauthorized || c.home(resp.Request.URL) {
		return resp, err
	}
	// Whoever a redirect leads to may not ask for credentials.
	closeBody(resp)
	return nil, c.redirectedToLogin(r, resp.Request.URL)
}

// A sending is how a request is sent.
type sending struct {
	// subject is what faults are about; the log names place, and never the query.
	subject, place, authorization string
	// once is Request.Once.
	once bool
}

// do sends a request, and again where that may help.
func (c *Client) do(ctx context.Context, req *http.Request, s sending) (*http.Response, error) {
	if c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	if s.authorization != "" {
		req.Header.Set("Authorization", s.authorization)
	}
	for tries := 0; ; tries++ {
		start := c.cfg.Now()
		resp, fault := c.try(ctx, req, s.subject)
		elapsed := c.cfg.Now().Sub(start)
		if fault == nil {
			level := model.Notice
			if resp.StatusCode >= http.StatusInternalServerError {
				level = model.Warning
			}
			c.Log(level, fmt.Sprintf("%s %s: %d", req.Method, s.place, resp.StatusCode), elapsed)
			return resp, nil
		}
		if !s.once && c.waitsFor(req, fault, tries) {
			c.Log(model.Warning, fmt.Sprintf("%s %s: %s; trying again in %s", req.Method, s.place, fault.Text, pauses[tries]), elapsed)
			if fault = c.pause(ctx, pauses[tries], s.subject, fault); fault == nil {
				continue
			}
		}
		c.Log(model.Failure, fmt.Sprintf("%s %s: %s", req.Method, s.place, fault.Text), elapsed)
		return nil, fault
	}
}

// try sends a request once.
func (c *Client) try(ctx context.Context, req *http.Request, subject string) (*http.Response, *model.Fault) {
	resp, err := c.http.Do(req)
	fault := c.wrongScheme(ctx, req, resp, err)
	switch {
	case fault != nil && err == nil:
		closeBody(resp)
	case fault == nil && err != nil:
		fault = c.connectionFault(ctx, subject, err)
	case fault == nil && c.home(req.URL):
		c.steady.Store(true)
	}
	return resp, fault
}

// Log adds an event about the requests to the server, where somebody listens.
func (c *Client) Log(level model.Severity, text string, elapsed time.Duration) {
	if c.cfg.Log != nil {
		c.cfg.Log(model.Event{Time: c.cfg.Now(), Level: level, Kind: "request", Text: text, Elapsed: elapsed})
	}
}

// receive reads the body of an answer that is not about authorization.
func (c *Client) receive(ctx context.Context, resp *http.Response, r *Request) (Answer, error) {
	out := Answer{Status: resp.StatusCode, Header: resp.Header}
	defer closeBody(resp)
	if resp.StatusCode != http.StatusOK {
		// What does not arrive of an error's text is not missed.
		out.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		return out, nil
	}
	bad := func(format string, args ...any) (Answer, error) {
		return Answer{}, &model.Fault{
			Kind: model.FaultBadData, Subject: r.subject(), Text: fmt.Sprintf(format, args...),
			Hint: "the server, or a proxy in front of it, doesn't answer like the expected kind of server",
		}
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return bad("the answer is compressed (%s), which was not requested", display.Strip(enc, 40))
	}
	if resp.ContentLength > r.Limit {
		return bad("the answer has %d bytes; the limit is %d", resp.ContentLength, r.Limit)
	}
	body, err := readBody(resp, r.Limit)
	if err == nil && ctx.Err() != nil {
		// The server may notice our time-out first and end its answer in good
		// form: what came is not the whole of it.
		err = ctx.Err()
	}
	switch {
	case errors.Is(err, errTooLong):
		return bad("the answer is longer than the limit of %d bytes", r.Limit)
	case errors.Is(err, io.ErrUnexpectedEOF) && ctx.Err() == nil:
		return Answer{}, &model.Fault{
			Kind: model.FaultUnreachable, Subject: r.subject(), Text: "the connection was cut before the answer was complete", Err: err,
			Hint: "try again",
		}
	case err != nil:
		return Answer{}, c.connectionFault(ctx, r.subject(), err)
	}
	out.Body = body
	return out, nil
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
