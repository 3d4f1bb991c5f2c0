package hardware

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
)

// Refusals remember for each token the PIN that it refused last, so that the same wrong PIN does
// not cost another try. What is kept is a keyed hash. They are safe for concurrent use.
type Refusals struct {
	mu   sync.Mutex
	key  [sha256.Size]byte
	last map[string]refusal
}

type refusal struct {
	hash    []byte
	counter int
}

// NewRefusals knows of none.
func NewRefusals() *Refusals {
	r := &Refusals{last: map[string]refusal{}}
	_, _ = rand.Read(r.key[:]) // never fails: it ends the program
	return r
}

func (r *Refusals) hash(token string, pin []byte) []byte {
	h := hmac.New(sha256.New, r.key[:])
	h.Write([]byte(token + "\x00"))
	h.Write(pin)
	return h.Sum(nil)
}

// Add remembers a refusal. counter is what the token tells of its tries right after it.
func (r *Refusals) Add(token string, pin []byte, counter int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[token] = refusal{r.hash(token, pin), counter}
}

// Has reports whether the token has refused this PIN, and nothing has happened since: as long as
// its counter is the same, the PIN can't have become the right one, because to set a PIN resets it.
func (r *Refusals) Has(token string, pin []byte, counter int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.last[token]
	return ok && last.counter == counter && hmac.Equal(last.hash, r.hash(token, pin))
}

// Forget is for a token that has taken a PIN.
func (r *Refusals) Forget(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.last, token)
}
