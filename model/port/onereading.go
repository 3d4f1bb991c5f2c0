package port

import (
	"context"
	"slices"
	"sync"

	"trustdeck/model"
)

type oneReading struct{}

// readings are those of one context, by who reads.
type readings struct {
	mu   sync.Mutex
	done map[any]*tokenReading
}

type tokenReading struct {
	once   sync.Once
	tokens []model.Token
	fault  *model.Fault
}

// OneReading has the tokens be read once for all that is asked with the context: to read all slots
// of one takes a while, and keys, their uses and what is found wrong come from the same reading. It
// is for what only looks. What changes a token, or signs, looks at it anew.
func OneReading(ctx context.Context) context.Context {
	if ctx.Value(oneReading{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, oneReading{}, &readings{done: map[any]*tokenReading{}})
}

// ReadOnce calls read, or returns what it has returned for the same reader in a context of
// OneReading.
func ReadOnce(ctx context.Context, reader any, read func() ([]model.Token, *model.Fault)) ([]model.Token, *model.Fault) {
	all, ok := ctx.Value(oneReading{}).(*readings)
	if !ok {
		return read()
	}
	all.mu.Lock()
	r := all.done[reader]
	if r == nil {
		r = &tokenReading{}
		all.done[reader] = r
	}
	all.mu.Unlock()
	r.once.Do(func() { r.tokens, r.fault = read() })
	return slices.Clone(r.tokens), r.fault
}
