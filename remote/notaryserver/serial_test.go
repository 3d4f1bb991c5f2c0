package notaryserver_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
)

// usesCache reports whether notary-server answers a request with the help of its cache.
func usesCache(r *http.Request) bool {
	_, name, metadata := strings.Cut(r.URL.Path, "/_trust/tuf/")
	return metadata && (name == "" || name[0] < '0' || name[0] > '9')
}

// everyKind asks for everything that uses the cache of a server.
func everyKind(ctx context.Context, c *notaryserver.Client) []func() error {
	read := func(ref port.Ref) func() error {
		return func() error {
			ref.Limit = 100
			_, err := c.Read(ctx, gun, ref)
			return err
		}
	}
	return []func() error{
		read(port.Ref{Role: model.RoleTimestamp}),
		read(port.Ref{Role: model.RoleTargets, SHA256: strings.Repeat("ab", 32)}),
		read(port.Ref{Role: model.RoleTargets, SHA256: strings.Repeat("ab", 32), Version: 3}),
		func() error { return c.Publish(ctx, gun, map[model.RoleName][]byte{model.RoleTargets: []byte("{}")}) },
		func() error { _, err := c.ServerKey(ctx, gun, model.RoleTimestamp); return err },
	}
}

// While one request uses the cache of a server, none that does so too is sent, and all others
// go on.
func TestOneUsesTheCache(t *testing.T) {
	var using, met atomic.Int64
	var once sync.Once
	first, release := make(chan struct{}), make(chan struct{})
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !usesCache(r) {
			_, _ = w.Write([]byte(`{"records":[]}`))
			return
		}
		if using.Add(1) > 1 {
			met.Add(1)
		}
		once.Do(func() {
			close(first)
			<-release
		})
		using.Add(-1)
		_, _ = w.Write([]byte(`{"keytype":"ecdsa","keyval":{"public":"AAAA"}}`))
	})
	var asking sync.WaitGroup
	for range 2 {
		for _, ask := range everyKind(t.Context(), client) {
			asking.Go(func() {
				if err := ask(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	<-first
	for range 5 {
		_, err := client.Read(t.Context(), gun, port.Ref{Role: model.RoleRoot, Version: 1, Limit: 100})
		if err == nil {
			_, err = client.Repositories(t.Context())
		}
		if err == nil {
			err = client.Ping(t.Context())
		}
		if err != nil {
			t.Error(err)
		}
	}
	close(release)
	asking.Wait()
	if n := met.Load(); n > 0 {
		t.Errorf("%d requests met another in the cache", n)
	}
}

// Who says how many requests may run at once means all of them.
func TestParallelIsObeyed(t *testing.T) {
	const parallel = 3
	var met sync.WaitGroup
	met.Add(parallel)
	_, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		met.Done()
		met.Wait()
		_, _ = w.Write([]byte("{}"))
	}, func(c *notaryserver.Config) { c.Parallel = parallel })
	var asking sync.WaitGroup
	for range parallel {
		asking.Go(func() {
			if _, err := client.Read(t.Context(), gun, current); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
}
