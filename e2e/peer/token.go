package peer

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Account is somebody whom a TokenServer knows.
type Account struct {
	Name, Password string
	// IdentityToken is the long-lived secret that "docker login" stores in
	// place of a password where the server offers one.
	IdentityToken string
	// Actions are those that are granted in every scope; "*" grants whatever
	// is asked.
	Actions []string
	// Forbidden is a kind of scope for which there is no token at all, as many servers
	// have it for the catalogue.
	Forbidden string
}

// The accounts of every TokenServer. Who gives no credentials gets a token
// without access.
var (
	Administrator = Account{
		Name: "admin", Password: "passw0rd-admin", IdentityToken: "identity-of-admin", Actions: []string{"*"},
	}
	// Maintainer publishes, and may not list what the server has.
	Maintainer = Account{
		Name: "maintainer", Password: "passw0rd-maintainer", IdentityToken: "identity-of-maintainer", Actions: []string{"*"}, Forbidden: "registry",
	}
	Reader = Account{
		Name: "reader", Password: "passw0rd-reader", IdentityToken: "identity-of-reader", Actions: []string{"pull"},
	}
)

// TokenRequest is a request that a TokenServer got.
type TokenRequest struct {
	// Account that proved itself; "" for an anonymous request.
	Account string
	// Method is GET, or POST for an identity token.
	Method  string
	Service string
	Scopes  []string
	// Refused is true where credentials were given and wrong.
	Refused bool
}

// tokenLife is how long a token is good.
const tokenLife = 5 * time.Minute

// TokenServer gives out tokens as a registry's authorization service does. It
// listens over TLS, on another port than the server that it serves.
type TokenServer struct {
	// Realm is the address where tokens are had.
	Realm string
	// Service is the audience of its tokens.
	Service string

	signer Certificate

	mu    sync.Mutex
	asked []TokenRequest
}

// newTokenServer starts a TokenServer that ends with the test.
func newTokenServer(tb testing.TB, pki *PKI) *TokenServer {
	tb.Helper()
	listener, err := pki.Issue("token-server")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	signer, err := pki.Issue("token-signer")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	s := &TokenServer{Service: "notary-server", signer: signer}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", s.answerBasic)
	mux.HandleFunc("POST /token", s.answerIdentity)
	server := httptest.NewUnstartedServer(mux)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{listener.Certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	tb.Cleanup(server.Close)
	s.Realm = server.URL + "/token"
	return s
}

// config is what notary-server has to know. The bundle holds the signer's
// certificate itself, so that a token signed by another certificate of the same
// authority is not good.
func (s *TokenServer) config() *tokenAuth {
	a := &tokenAuth{Type: "token"}
	a.Options.Realm = s.Realm
	a.Options.Service = s.Service
	a.Options.Issuer = s.issuer()
	a.Options.Bundle = s.signer.CertFile
	return a
}

func (s *TokenServer) issuer() string { return "trustdeck test issuer" }

// Requests returns what was asked so far, oldest first.
func (s *TokenServer) Requests() []TokenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Scopes returns every scope that was asked for so far, sorted, each once.
func (s *TokenServer) Scopes() []string {
	var scopes []string
	for _, r := range s.Requests() {
		scopes = append(scopes, r.Scopes...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// answerBasic answers a request with a password or with no credentials at all.
func (s *TokenServer) answerBasic(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	name, password, given := r.BasicAuth()
	var account Account
	known := !given
	for _, a := range []Account{Administrator, Maintainer, Reader} {
		if given && a.Name == name && same(a.Password, password) {
			account, known = a, true
		}
	}
	s.answer(w, account, TokenRequest{
		Method: r.Method, Account: account.Name, Service: query.Get("service"),
		Scopes: scopesOf(query["scope"]), Refused: !known,
	})
}

// answerIdentity answers a request with an identity token.
func (s *TokenServer) answerIdentity(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var account Account
	known := false
	for _, a := range []Account{Administrator, Maintainer, Reader} {
		if r.PostForm.Get("grant_type") == "refresh_token" && same(a.IdentityToken, r.PostForm.Get("refresh_token")) {
			account, known = a, true
		}
	}
	s.answer(w, account, TokenRequest{
		Method: r.Method, Account: account.Name, Service: r.PostForm.Get("service"),
		Scopes: scopesOf(r.PostForm["scope"]), Refused: !known,
	})
}

func (s *TokenServer) answer(w http.ResponseWriter, account Account, request TokenRequest) {
	s.mu.Lock()
	s.asked = append(s.asked, request)
	s.mu.Unlock()

	w.Header().Set("Content-Type", "application/json")
	if request.Refused {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
		return
	}
	if slices.ContainsFunc(request.Scopes, func(scope string) bool {
		kind, _, _ := strings.Cut(scope, ":")
		return kind == account.Forbidden
	}) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"errors":[{"code":"DENIED","message":"access forbidden"}]}`))
		return
	}
	token, err := s.sign(account, request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"token": token, "access_token": token,
		"expires_in": int(tokenLife.Seconds()), "issued_at": time.Now().UTC().Format(time.RFC3339),
	})
}

// access is a grant inside a token.
type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// sign makes the token: a JWT signed with ES256, whose header carries the
// signer's certificate.
func (s *TokenServer) sign(account Account, request TokenRequest) (string, error) {
	key, ok := s.signer.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return "", fmt.Errorf("the token signer's key is a %T", s.signer.PrivateKey)
	}
	grants := []access{}
	for _, scope := range request.Scopes {
		if a, ok := grant(account, scope); ok {
			grants = append(grants, a)
		}
	}
	now := time.Now()
	header, err := segment(map[string]any{
		"typ": "JWT", "alg": "ES256",
		"x5c": []string{base64.StdEncoding.EncodeToString(s.signer.Leaf.Raw)},
	})
	if err != nil {
		return "", err
	}
	claims, err := segment(map[string]any{
		"iss": s.issuer(), "sub": account.Name, "aud": request.Service, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(tokenLife).Unix(),
		"access": grants,
	})
	if err != nil {
		return "", err
	}
	message := header + "." + claims
	digest := sha256.Sum256([]byte(message))
	r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	return message + "." + base64.RawURLEncoding.EncodeToString(signature[:]), nil
}

// grant is what account gets of a scope such as "repository:acme/app:pull,push".
// The name may hold colons, as that of a host with a port does.
func grant(account Account, scope string) (access, bool) {
	kind, rest, _ := strings.Cut(scope, ":")
	colon := strings.LastIndex(rest, ":")
	if colon < 0 {
		return access{}, false
	}
	a := access{Type: kind, Name: rest[:colon]}
	for action := range strings.SplitSeq(rest[colon+1:], ",") {
		if slices.Contains(account.Actions, "*") || slices.Contains(account.Actions, action) {
			a.Actions = append(a.Actions, action)
		}
	}
	return a, len(a.Actions) > 0
}

// scopesOf splits scope parameters, each of which may hold several.
func scopesOf(params []string) []string {
	var scopes []string
	for _, p := range params {
		scopes = append(scopes, strings.Fields(p)...)
	}
	return scopes
}

// segment is a part of a JWT.
func segment(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
