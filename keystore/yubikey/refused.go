//go:build yubikey

package yubikey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
)

// refusals remember for each token the PIN that it refused last, so that the same wrong PIN does
// not cost another try. What is kept is a keyed hash.
type refusals struct {
	mu   sync.Mutex
	key  [sha256.Size]byte
	last map[string]refusal
}

type refusal struct {
	hash []byte
	// left are the tries after the refusal. As long as no other number is left, the PIN can't
	// have become the right one: to set a PIN resets the counter.
	left int
}

func newRefusals() *refusals {
	r := &refusals{last: map[string]refusal{}}
	_, _ = rand.Read(r.key[:]) // never fails: it ends the program
	return r
}

func (r *refusals) hash(serial string, pin []byte) []byte {
	h := hmac.New(sha256.New, r.key[:])
	h.Write([]byte(serial + "\x00"))
	h.Write(pin)
	return h.Sum(nil)
}

// add remembers a refusal, after which so many tries are left.
func (r *refusals) add(serial string, pin []byte, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[serial] = refusal{r.hash(serial, pin), left}
}

// has reports whether the token has refused this PIN, and nothing has happened since.
func (r *refusals) has(serial string, pin []byte, left int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.last[serial]
	return ok && last.left == left && hmac.Equal(last.hash, r.hash(serial, pin))
}

// forget is for a token that has taken a PIN.
func (r *refusals) forget(serial string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.last, serial)
}
