package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
)

// stressFor is how long the clients work; the environment variable STRESS makes
// it longer: make stress takes a minute.
const stressFor = 5 * time.Second

const (
	stressClients = 16
	sharedGUN     = model.GUN("docker.io/acme/shared")
)

// The books say what the server has accepted.
type books struct {
	sync.Mutex
	// accepted holds the files of each upload.
	accepted map[model.GUN][]files
	lost     int
	reads    int
}

// Sixteen clients at once make repositories of their own, publish to them and
// rotate their keys, publish to a shared one, and read all of them: nobody ever
// reads a repository that does not verify or that is older than what he has seen,
// losers of a race are told so, and whatever was accepted is there after a restart.
func TestSixteenClients(t *testing.T) {
	limit := stressFor
	if text := os.Getenv("STRESS"); text != "" {
		var err error
		if limit, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	world, server := start(t, dir)
	b := &books{accepted: map[model.GUN][]files{}}
	shared := newStressClient(t, server, b, sharedGUN)
	shared.begin()
	end := time.Now().Add(limit)
	var group sync.WaitGroup
	for i := range stressClients {
		c := newStressClient(t, server, b, model.GUN(fmt.Sprintf("docker.io/acme/own-%d", i)))
		c.shared = shared.repo.Keys[model.RoleTargets]
		group.Go(func() { c.work(end) })
	}
	group.Wait()
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}

	world, server = start(t, dir)
	t.Cleanup(func() { _ = world.Close() }) // nothing depends on it any more
	total := 0
	for gun, uploads := range b.accepted {
		total += len(uploads)
		client := connect(t, server)
		group.Go(func() { check(t, client, gun, uploads) })
	}
	group.Wait()
	t.Logf("%d uploads accepted, %d races lost, %d reads, in %s", total, b.lost, b.reads, limit)
	if total < 3*stressClients || b.lost == 0 {
		t.Errorf("only %d uploads were accepted and %d races lost", total, b.lost)
	}
}

// start serves the practice world of a folder in this process.
func start(t *testing.T, dir string) (*sandbox.World, *peer.Server) {
	t.Helper()
	world, err := sandbox.Start(sandbox.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return world, peer.SandboxAt(t, world.URL(), world.CA())
}

// A stressClient has a repository of its own, and the targets key of the shared
// one.
type stressClient struct {
	writer
	*books
	t      *testing.T
	remote *notaryserver.Client
	shared []notarytest.Key
	// seen holds the versions that it has read last.
	seen map[model.GUN]map[model.RoleName]int64
}

func newStressClient(t *testing.T, server *peer.Server, b *books, gun model.GUN) *stressClient {
	t.Helper()
	return &stressClient{
		writer: writer{server: server, http: server.Client(), gun: gun},
		books:  b, t: t, remote: connect(t, server), seen: map[model.GUN]map[model.RoleName]int64{},
	}
}

// begin publishes the repository of the client.
func (c *stressClient) begin() {
	if err := c.prepare(model.RoleSnapshot, model.RoleTimestamp); err != nil {
		c.t.Error(err)
		return
	}
	c.publish(files{model.RoleRoot: c.next(model.RoleRoot, nil), model.RoleTargets: c.next(model.RoleTargets, nil)})
}

// work goes on until the end, or until something is wrong.
func (c *stressClient) work(end time.Time) {
	c.begin()
	for n := 0; time.Now().Before(end) && !c.t.Failed(); n++ {
		c.publish(c.change(n))
		c.race()
		c.read(c.pick())
	}
}

// change authors the next upload to the client's own repository.
func (c *stressClient) change(n int) files {
	switch n % 8 {
	case 1:
		if n == 1 {
			c.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
			return files{model.RoleTargets: c.next(model.RoleTargets, nil), docker.Releases: c.next(docker.Releases, nil)}
		}
		return files{docker.Releases: c.next(docker.Releases, nil)}
	case 3:
		root := c.nextRoot(model.RoleTargets, []notarytest.Key{notarytest.NewKey()})
		return files{model.RoleRoot: root, model.RoleTargets: c.next(model.RoleTargets, nil)}
	case 5:
		role := []model.RoleName{model.RoleTimestamp, model.RoleSnapshot}[n/8%2]
		if err := peer.RotateServerKeys(c.server, c.http, c.repo, role); err != nil {
			c.t.Error(err)
		}
		return files{model.RoleRoot: c.next(model.RoleRoot, nil)}
	case 7:
		old, own := c.repo.Keys[model.RoleRoot], []notarytest.Key{c.certified()}
		return files{model.RoleRoot: c.nextRoot(model.RoleRoot, own, append(own, old...)...)}
	default:
		c.repo.Tag(model.RoleTargets, fmt.Sprintf("v%d", n%20), fmt.Sprint(n))
		return files{model.RoleTargets: c.next(model.RoleTargets, nil)}
	}
}

// publish sends an upload that must be accepted.
func (c *stressClient) publish(set files) {
	if err := c.remote.Publish(c.t.Context(), c.gun, set); err != nil {
		c.t.Errorf("publish %v to %s: %v", slices.Sorted(maps.Keys(set)), c.gun, err)
		return
	}
	c.book(c.gun, set)
}

func (c *stressClient) book(gun model.GUN, set files) {
	c.Lock()
	defer c.Unlock()
	c.accepted[gun] = append(c.accepted[gun], set)
}

// race publishes to the shared repository what follows on what is there, and may
// be too late. It speaks HTTP by itself.
func (c *stressClient) race() {
	view := c.read(sharedGUN)
	if view.Repository == nil {
		return
	}
	f := &notary.File{Metadata: model.Metadata{
		Role: model.RoleTargets, Version: view.Repository.Role(model.RoleTargets).Version + 1,
		Expires: time.Now().UTC().Add(time.Hour), Roles: []model.Delegation{},
	}}
	notarytest.SignFile(f, c.shared...)
	set := files{model.RoleTargets: f.Wire()}
	body, contentType := form(set)
	response, err := c.http.Post(c.server.URL+"/v2/"+string(sharedGUN)+"/_trust/tuf/", contentType, body)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		c.t.Error(err)
	case response.StatusCode == http.StatusOK:
		c.book(sharedGUN, set)
	case response.StatusCode == http.StatusBadRequest && strings.Contains(string(answer), `"code":"VERSION"`):
		c.Lock()
		c.lost++
		c.Unlock()
	default:
		c.t.Errorf("the loser of a race is told %d %s", response.StatusCode, answer)
	}
}

// pick chooses a repository that is there.
func (c *stressClient) pick() model.GUN {
	c.Lock()
	defer c.Unlock()
	guns := slices.Collect(maps.Keys(c.accepted))
	return guns[rand.IntN(len(guns))]
}

// read reads a repository, which must verify and not be older than before.
func (c *stressClient) read(gun model.GUN) admin.Look {
	view := open(c.t, c.remote, gun)
	if wrong := broken(view); len(wrong) > 0 {
		c.t.Errorf("a torn read of %s: %v", gun, wrong)
		return view
	}
	if c.seen[gun] == nil {
		c.seen[gun] = map[model.RoleName]int64{}
	}
	for _, role := range view.Repository.Roles {
		if before := c.seen[gun][role.Name]; role.Version < before {
			c.t.Errorf("%s of %s was version %d and is %d", role.Name, gun, before, role.Version)
		}
		c.seen[gun][role.Name] = role.Version
	}
	c.Lock()
	defer c.Unlock()
	c.reads++
	return view
}

// check finds every accepted upload: each has an entry in the changefeed, in the
// order of versions, and each file is there by its version and by its hash.
func check(t *testing.T, client *notaryserver.Client, gun model.GUN, uploads []files) {
	if wrong := broken(open(t, client, gun)); len(wrong) > 0 {
		t.Errorf("%s in the end: %v", gun, wrong)
	}
	changes, err := client.Changes(t.Context(), gun)
	if err != nil || len(changes) != len(uploads) {
		t.Errorf("%s: %d uploads accepted, %d in the changefeed, %v", gun, len(uploads), len(changes), err)
	}
	for i, c := range changes {
		file, err := client.Read(t.Context(), gun, port.Ref{Role: model.RoleTimestamp, SHA256: strings.ToLower(c.SHA256), Limit: notary.MaxTimestamp})
		if err != nil || c.Version != int64(i+1) {
			t.Errorf("%s: change %d is timestamp %d, %v", gun, i+1, c.Version, err)
			continue
		}
		if f, err := notary.Parse(model.RoleTimestamp, file.Bytes); err != nil || f.Version != c.Version {
			t.Errorf("%s: timestamp %d: %v", gun, c.Version, err)
		}
	}
	for _, set := range uploads {
		for role, raw := range set {
			f, err := notary.Parse(role, raw)
			if err != nil {
				t.Error(err)
				continue
			}
			sum := sha256.Sum256(raw)
			for _, ref := range []port.Ref{
				{Role: role, Version: f.Version, Limit: notary.MaxFile},
				{Role: role, SHA256: hex.EncodeToString(sum[:]), Limit: notary.MaxFile},
			} {
				if file, err := client.Read(t.Context(), gun, ref); err != nil || !bytes.Equal(file.Bytes, raw) {
					t.Errorf("%s: %s %d is not as it was accepted: %v", gun, role, f.Version, err)
				}
			}
		}
	}
}
