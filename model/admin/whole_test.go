package admin_test

import (
	"context"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// moving is a server on which somebody publishes after a number of requests.
type moving struct {
	*memory
	after   int
	publish func()
}

func (m *moving) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	f, err := m.memory.Read(ctx, gun, ref)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reads == m.after {
		m.publish()
	}
	return f, err
}

// rotated makes a repository with an update that no key of the first version has
// signed but the root key's.
func rotated() (r *notarytest.Repo, update func(*memory)) {
	r = notarytest.New(gun, now)
	return r, func(m *memory) {
		for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
			r.Keys[role] = []notarytest.Key{notarytest.NewKey()}
		}
		r.NameKeys()
		r.Seal(model.RoleRoot, model.RoleTargets)
		m.put(r)
	}
}

// Whenever a rotation comes between the requests of a reader, what he sees is the
// repository before it or after it.
func TestReadWhileKeysAreRotated(t *testing.T) {
	r, _ := rotated()
	quiet := newMemory(r)
	open(quiet)
	for after := 1; after <= quiet.reads; after++ {
		r, update := rotated()
		m := &moving{memory: newMemory(r), after: after}
		m.publish = func() { update(m.memory) }
		view := open(m)
		if view.Fault != nil {
			t.Fatalf("after %d requests: %v", after, view.Fault)
		}
		for _, p := range view.Repository.AllProblems() {
			if p.Severity == model.Failure {
				t.Errorf("after %d requests: %s", after, p.Text)
			}
		}
	}
}

// What is broken and stays as it is costs two requests more, and what never comes
// to rest is given up.
func TestReadWhatDoesNotFit(t *testing.T) {
	r := notarytest.New(gun, now)
	intact := newMemory(r)
	open(intact)
	r.Keys[model.RoleTimestamp] = []notarytest.Key{notarytest.NewKey()}
	r.SealTimestamp()
	broken := newMemory(r)
	if view := open(broken); view.Repository.Role(model.RoleTimestamp).State == model.RoleVerified {
		t.Error("a timestamp by a foreign key verifies")
	}
	if broken.reads > intact.reads+2 {
		t.Errorf("%d requests for a broken repository, %d for an intact one", broken.reads, intact.reads)
	}

	restless := &moving{memory: newMemory(r), after: 1}
	restless.publish = func() {
		r.SealTimestamp()
		restless.put(r)
		restless.after++
	}
	open(restless)
	if restless.reads > 8*intact.reads {
		t.Errorf("%d requests for a repository that never comes to rest", restless.reads)
	}
}

func open(remote port.Remote) admin.Look {
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: remote, Clock: func() time.Time { return now }, Health: health.DefaultOptions(), Parallel: 1}
	return service.Open(context.Background(), gun)
}
