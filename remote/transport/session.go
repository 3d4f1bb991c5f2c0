package transport

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Credentials finds what to log in with, by the registry of a repository. An
// identity token takes the place of a password where there is one. All empty
// means that there are none.
type Credentials interface {
	Find(ctx context.Context, registry string) (Login, error)
}

// Login is a user with a password, or an identity token.
type Login struct {
	User          string
	Password      string
	IdentityToken string
}

// Empty reports whether there is nothing to log in with.
func (l Login) Empty() bool { return l == Login{} }

// Times of tokens (notary-v1, 5.4).
const (
	tokenLifetime = 60 * time.Second
	// tokenMargin is how long before its end a token is no longer used.
	tokenMargin = 5 * time.Second
	maxToken    = 1 << 20
)

// A session answers the challenges of one server: tokens by what they are good for,
// and what the last challenge asked for, so that the next request can bring its token
// along.
type session struct {
	client *Client
	flight singleflight.Group

	mu     sync.Mutex
	tokens map[tokenKey]token
	// bearer is the last Bearer challenge; nil before the first.
	bearer *challenge
	// basic has, by registry, the header that a Basic challenge was answered with.
	basic map[string]string
}

// A tokenKey is what a token was got for, and from whom. A token for one service, or
// from one realm, is none for another.
type tokenKey struct {
	registry, realm, service, scope string
	// own is Request.NoRegistry, for what is said where there is no token.
	own bool
}

type token struct {
	header string
	until  time.Time
}

func newSession(c *Client) *session {
	return &session{client: c, tokens: map[tokenKey]token{}, basic: map[string]string{}}
}

// header returns the authorization to send along unasked; empty where none is
// known to be needed. Once a server has asked for tokens, a token is fetched
// ahead, which saves the refused request.
func (s *session) header(ctx context.Context, r *Request) string {
	s.mu.Lock()
	basic, bearer := s.basic[r.Registry], s.bearer
	s.mu.Unlock()
	if basic != "" || bearer == nil {
		return basic
	}
	header, err := s.token(ctx, r, *bearer)
	if err != nil {
		// The request itself will be refused and say why.
		return ""
	}
	return header
}

// forget drops a header that the server has refused.
func (s *session) forget(header string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.tokens, func(_ tokenKey, t token) bool { return t.header == header })
	maps.DeleteFunc(s.basic, func(_ string, basic string) bool { return basic == header })
}

// authorize answers the challenges to a request that was sent with the header
// used. An empty answer means that nothing at hand satisfies them.
//
// The scope of the token is the one that the request takes, whatever a challenge
// names: a hostile server could name the right to write to somebody else's repository,
// and a token server that knows the user would grant it.
func (s *session) authorize(ctx context.Context, r *Request, challenges []challenge, used string) (string, error) {
	answerable := func(ch challenge) bool { return ch.scheme == "bearer" || ch.scheme == "basic" }
	if slices.ContainsFunc(challenges, answerable) && !confidential(s.client.cfg.Base) {
		return "", s.client.tooPlain()
	}
	if used != "" {
		s.forget(used)
	}
	for _, ch := range challenges {
		if ch.scheme != "bearer" {
			continue
		}
		s.mu.Lock()
		s.bearer = &ch
		s.mu.Unlock()
		return s.token(ctx, r, ch)
	}
	for _, ch := range challenges {
		if ch.scheme != "basic" || used != "" {
			continue
		}
		login, err := s.login(ctx, r.Registry)
		if err != nil || login.Empty() {
			return "", err
		}
		header := basicHeader(login)
		s.mu.Lock()
		s.basic[r.Registry] = header
		s.mu.Unlock()
		return header, nil
	}
	return "", nil
}

func basicHeader(l Login) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.User+":"+l.Password))
}

func (s *session) login(ctx context.Context, registry string) (Login, error) {
	if s.client.cfg.Credentials == nil {
		return Login{}, nil
	}
	login, err := s.client.cfg.Credentials.Find(ctx, registry)
	if err != nil {
		return Login{}, &model.Fault{
			Kind: model.FaultUnauthorized, Subject: registry, Text: "the stored credentials could not be read: " + display.Strip(err.Error(), 200), Err: err,
			Hint: "check the credential helper, or log in again with docker login",
		}
	}
	return login, nil
}

// token returns the header with a token for the scope of a request, from memory or from the realm.
// Parallel requests for one scope share one exchange.
func (s *session) token(ctx context.Context, r *Request, ch challenge) (string, error) {
	key := tokenKey{r.Registry, ch.params["realm"], ch.params["service"], r.Scope, r.NoRegistry}
	now := s.client.cfg.Now()
	s.mu.Lock()
	have, ok := s.tokens[key]
	s.mu.Unlock()
	if ok && now.Before(have.until) {
		return have.header, nil
	}
	result := s.flight.DoChan(fmt.Sprintf("%#v", key), func() (any, error) {
		// The exchange outlives the one request that began it, for the sake
		// of the others that wait for it; its own time-out bounds it.
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), s.client.cfg.Timeout, errTimeout)
		defer cancel()
		t, err := s.exchange(ctx, ch, key)
		if err != nil {
			return "", err
		}
		s.mu.Lock()
		s.tokens[key] = t
		s.mu.Unlock()
		return t.header, nil
	})
	select {
	case <-ctx.Done():
		return "", s.client.connectionFault(ctx, s.client.cfg.Base.Host, ctx.Err())
	case r := <-result:
		header, _ := r.Val.(string)
		return header, r.Err
	}
}

// exchange asks the realm for a token (notary-v1, 5.4). The realm may be on
// another or a private host, as it is with self-hosted servers, but what is
// sent there must be protected as well as what is sent to the server.
func (s *session) exchange(ctx context.Context, ch challenge, key tokenKey) (token, error) {
	realm, err := url.Parse(key.realm)
	subject := "the token server"
	if err == nil && realm.Host != "" {
		subject = "the token server " + display.Strip(realm.Host, 100)
	}
	switch {
	case err != nil || realm.Host == "" || realm.User != nil:
		return token{}, &model.Fault{Kind: model.FaultBadData, Subject: s.client.cfg.Base.Host, Text: "the server's token server is not a valid URL", Hint: "its operator must correct the realm in its configuration"}
	case realm.Scheme != "https" && !s.client.mayAskPlainly(realm):
		return token{}, &model.Fault{Kind: model.FaultBadData, Subject: subject, Text: "it doesn't use TLS, so credentials are not sent to it", Hint: "the operator of the server must configure a realm with https"}
	}
	login, err := s.login(ctx, key.registry)
	if err != nil {
		return token{}, err
	}
	req, err := tokenRequest(ctx, realm, key.service, key.scope, login)
	if err != nil {
		return token{}, &model.Fault{Kind: model.FaultBadData, Subject: subject, Text: "no request can be made to it", Err: err}
	}
	// Only the path is logged: the query names the account.
	resp, err := s.client.do(ctx, req, sending{subject: subject, place: subject, authorization: req.Header.Get("Authorization")})
	if err != nil {
		return token{}, err
	}
	defer closeBody(resp)
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		f := s.client.unauthorized(&Request{URL: realm, Registry: key.registry, NoRegistry: key.own, Scope: key.scope}, []challenge{ch}, Refusal{}, !login.Empty())
		f.Subject = subject
		return token{}, f
	case resp.StatusCode != http.StatusOK:
		return token{}, &model.Fault{Kind: model.FaultServer, Subject: subject, Text: fmt.Sprintf("it answered %d", resp.StatusCode), Hint: "try again later; if it keeps failing, ask its operator"}
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return token{}, s.client.connectionFault(ctx, subject, err)
	}
	t, ok := parseToken(raw, s.client.cfg.Now())
	if !ok {
		return token{}, &model.Fault{Kind: model.FaultBadData, Subject: subject, Text: "its answer contains no token", Hint: "ask its operator"}
	}
	return t, nil
}

// mayAskPlainly reports whether credentials may go to a realm without TLS: where the
// server itself is asked so, and neither is on another machine.
func (c *Client) mayAskPlainly(realm *url.URL) bool {
	return realm.Scheme == "http" && c.Plain() && confidential(c.cfg.Base) && confidential(realm)
}

// tokenRequest is a GET with Basic credentials, or, with an identity token, a
// POST of an OAuth 2 refresh.
func tokenRequest(ctx context.Context, realm *url.URL, service, scope string, login Login) (*http.Request, error) {
	// The realm's own query is the server's words: it may not add to what is asked for.
	query, target := realm.Query(), *realm
	for _, name := range []string{"scope", "service", "account"} {
		query.Del(name)
	}
	if login.IdentityToken != "" {
		target.RawQuery = query.Encode()
		form := url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {login.IdentityToken},
			"client_id": {"docker"}, "service": {service}, "scope": {scope},
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	}
	query.Set("service", service)
	query.Set("scope", scope)
	if login.User != "" {
		query.Set("account", login.User)
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err == nil && login.User != "" {
		req.Header.Set("Authorization", basicHeader(login))
	}
	return req, err
}

func parseToken(raw []byte, now time.Time) (token, bool) {
	var body struct {
		Token       string    `json:"token"`
		AccessToken string    `json:"access_token"`
		ExpiresIn   int64     `json:"expires_in"`
		IssuedAt    time.Time `json:"issued_at"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return token{}, false
	}
	text := body.Token
	if text == "" {
		text = body.AccessToken
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return token{}, false
	}
	life := time.Duration(body.ExpiresIn) * time.Second
	if life < tokenLifetime || body.ExpiresIn > int64(24*time.Hour/time.Second) {
		life = tokenLifetime
	}
	// Counted from now: the clock of the realm may differ from this one.
	return token{header: "Bearer " + text, until: now.Add(life - tokenMargin)}, true
}
