package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
)

const (
	tokenPath     = "/practice/token"
	tokenService  = "trustdeck-sandbox"
	tokenLifetime = 5 * time.Minute
	// maxTokens bounds what a careless client can fill.
	maxTokens = 10_000
)

// A resource is a thing that a token opens: a repository or the catalogue.
type resource struct{ kind, name string }

func resourceOf(gun model.GUN) resource {
	if gun == "" {
		return resource{"registry", "catalog"}
	}
	return resource{"repository", string(gun)}
}

// A challenge tells a client which token to come back with.
type challenge struct {
	realm   string
	what    resource
	actions []string
	// problem is the error of the challenge: empty, "invalid_token" or
	// "insufficient_scope".
	problem string
}

func (c *challenge) write(w http.ResponseWriter) {
	header := fmt.Sprintf("Bearer realm=%q,service=%q,scope=%q", c.realm, tokenService,
		c.what.kind+":"+c.what.name+":"+strings.Join(c.actions, ","))
	if c.problem != "" {
		header += fmt.Sprintf(",error=%q", c.problem)
	}
	w.Header().Set("WWW-Authenticate", header)
	type access struct{ Type, Class, Name, Action string }
	var missing []access
	for _, action := range c.actions {
		missing = append(missing, access{c.what.kind, "", c.what.name, action})
	}
	unauthorized(missing).write(w)
}

type grant struct {
	allowed map[resource][]string
	until   time.Time
}

// tokens hands out tokens to users and remembers what they open.
type tokens struct {
	realm string
	clock func() time.Time
	// users holds the SHA-256 of each password.
	users map[string][sha256.Size]byte

	mu     sync.Mutex
	grants map[string]grant
}

func newTokens(realm string, clock func() time.Time, users map[string]string) *tokens {
	t := &tokens{realm: realm, clock: clock, users: map[string][sha256.Size]byte{}, grants: map[string]grant{}}
	for name, password := range users {
		t.users[name] = sha256.Sum256([]byte(password))
	}
	return t
}

// allow lets a request pass that carries a token for the actions, or any request
// where there are no users.
func (t *tokens) allow(r *http.Request, gun model.GUN, actions ...string) *challenge {
	if len(t.users) == 0 {
		return nil
	}
	if gun == "" && len(actions) == 0 {
		actions = []string{actionAll}
	}
	c := &challenge{realm: t.realm, what: resourceOf(gun), actions: actions}
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return c
	}
	t.mu.Lock()
	g, ok := t.grants[text]
	t.mu.Unlock()
	if !ok || g.until.Before(t.clock()) {
		c.problem = "invalid_token"
		return c
	}
	have := g.allowed[c.what]
	for _, action := range actions {
		if !slices.Contains(have, action) {
			c.problem = "insufficient_scope"
			return c
		}
	}
	return nil
}

// ServeHTTP hands out tokens, by name and password or as a guest, who may do
// nothing.
func (t *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodGet && r.Method != http.MethodPost {
		http.Error(w, "request a token with GET or POST", http.StatusBadRequest)
		return
	}
	name, password, known := r.BasicAuth()
	if r.PostForm.Get("grant_type") == "password" {
		name, password, known = r.PostForm.Get("username"), r.PostForm.Get("password"), true
	}
	if known && !t.right(name, password) {
		unauthorized(nil).write(w)
		return
	}
	g := grant{allowed: map[resource][]string{}, until: t.clock().Add(tokenLifetime)}
	if known {
		for _, scope := range r.Form["scope"] {
			for one := range strings.FieldsSeq(scope) {
				g.add(one)
			}
		}
	}
	text := t.keep(g)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that went away is its own affair
		"token": text, "access_token": text, "expires_in": int(tokenLifetime.Seconds()), "issued_at": t.clock().UTC().Format(time.RFC3339),
	})
}

// add grants what a scope asks for: "repository:NAME:pull,push". The name may
// hold colons.
func (g *grant) add(scope string) {
	kind, rest, ok := strings.Cut(scope, ":")
	last := strings.LastIndex(rest, ":")
	if !ok || last < 0 {
		return
	}
	what := resource{kind, rest[:last]}
	g.allowed[what] = append(g.allowed[what], strings.Split(rest[last+1:], ",")...)
}

func (t *tokens) right(name, password string) bool {
	want, ok := t.users[name]
	have := sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], have[:]) == 1 && ok
}

func (t *tokens) keep(g grant) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	text := hex.EncodeToString(random[:])
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.grants) >= maxTokens {
		clear(t.grants) // clients ask again
	}
	t.grants[text] = g
	return text
}
