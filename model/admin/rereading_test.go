package admin_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// counting counts how often each file was read by its hash since the last publish. garbled,
// where set, is the role of which another file comes than the one asked for.
type counting struct {
	*workshop
	mu      sync.Mutex
	hashed  map[model.RoleName]int
	garbled model.RoleName
}

func (c *counting) Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error {
	c.hashed = map[model.RoleName]int{}
	return c.workshop.Publish(ctx, gun, files)
}

func (c *counting) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	f, err := c.workshop.Read(ctx, gun, ref)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ref.SHA256 != "" {
		c.hashed[ref.Role]++
	}
	if ref.Role == c.garbled {
		f.Bytes = append(slices.Clone(f.Bytes), '\n')
	}
	return f, err
}

func newCounting(t *testing.T) *counting {
	c := &counting{workshop: newWorkshop(t), hashed: map[model.RoleName]int{}}
	c.service.Remote, c.service.Publisher = c, c
	return c
}

// What was published is read back as several clients see it. Each of its files comes from
// the server, and comes once.
func TestWhatIsPublishedIsReadBackOnce(t *testing.T) {
	c := newCounting(t)
	c.service.Cache = &shelf{saved: map[model.GUN]port.Saved{}}
	out := c.do(model.AddTarget{Role: docker.Releases, Name: "2.0", Length: 3, SHA256: bytes.Repeat([]byte{1}, 32)})
	if proof := out.Parts[0].Proof; !proof.Holds() || proof.Fresh == nil || proof.Known == nil {
		t.Errorf("%+v", proof)
	}
	want := map[model.RoleName]int{model.RoleTargets: 1, docker.Releases: 1, model.RoleSnapshot: 1}
	if !maps.Equal(c.hashed, want) {
		t.Errorf("read by hash: %v", c.hashed)
	}
}

// Only a file that has the hash it was asked for by is kept for the looks that follow.
func TestWrongFileIsNotShared(t *testing.T) {
	c := newCounting(t)
	c.garbled = docker.Releases
	server := c.service.Rereading(gun)
	for range 2 {
		if r, err := server.OpenAs(t.Context(), nil); err != nil || r.Role(docker.Releases).Usable() {
			t.Errorf("%+v, %v", r, err)
		}
	}
	c.garbled = ""
	if r, err := server.OpenAs(t.Context(), nil); err != nil || !r.Role(docker.Releases).Usable() {
		t.Errorf("%+v, %v", r, err)
	}
	if c.hashed[docker.Releases] != 3 || c.hashed[model.RoleTargets] != 1 {
		t.Errorf("read by hash: %v", c.hashed)
	}
}

// A file that is known by its hash is as long as it is: a look that reads less of it is
// told by the server.
func TestSharedFileKeepsToTheLimit(t *testing.T) {
	c := newCounting(t)
	server := c.service.Rereading(gun)
	r, err := server.OpenAs(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ref := port.Ref{Role: model.RoleTargets, SHA256: hexOf(r.Role(model.RoleTargets).SHA256)}
	for i, limit := range []int64{10, 1 << 20} {
		ref.Limit = limit
		if _, err := server.Read(t.Context(), ref); err != nil || c.hashed[model.RoleTargets] != 2 {
			t.Errorf("%d: %v, %v", i, err, c.hashed)
		}
	}
}
