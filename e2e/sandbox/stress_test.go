package sandbox

import (
	"crypto"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/transport"
)

// stressFor is how long the clients work; the environment variable STRESS makes
// it longer: make stress takes a minute.
const stressFor = 5 * time.Second

const (
	stressClients = 16
	sharedGUN     = model.GUN("docker.io/acme/shared")
)

// An arena is a world with repositories that several clients publish to.
type arena struct {
	t      *testing.T
	server *peer.Server
	world  *sandbox.World
	// accepted counts the publishes that the server took, by repository.
	accepted map[model.GUN]*atomic.Int64
	lost     atomic.Int64
}

// Sixteen clients at once publish to repositories of their own and to a shared
// one, and read all of them: whatever the server has accepted is there, losers of
// a race are told so, and nobody ever reads a repository that does not verify.
func TestSixteenClients(t *testing.T) {
	limit := stressFor
	if text := os.Getenv("STRESS"); text != "" {
		var err error
		if limit, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	a := &arena{t: t, accepted: map[model.GUN]*atomic.Int64{}}
	a.server, a.world = peer.Sandbox(t, sandbox.Config{})
	guns := []model.GUN{sharedGUN}
	for i := range stressClients {
		guns = append(guns, model.GUN(fmt.Sprintf("docker.io/acme/own-%d", i)))
	}
	repos := map[model.GUN]*notarytest.Repo{}
	for _, gun := range guns {
		repos[gun] = a.begin(gun)
	}
	end := time.Now().Add(limit)
	var group sync.WaitGroup
	for i := range stressClients {
		group.Go(func() { a.client(end, repos[guns[i+1]], repos[sharedGUN], guns) })
	}
	group.Wait()
	total := int64(0)
	for _, gun := range guns {
		total += a.check(gun)
	}
	t.Logf("%d publishes accepted, %d races lost, in %s", total, a.lost.Load(), limit)
	if total < stressClients {
		t.Errorf("only %d publishes were accepted", total)
	}
}

// begin publishes a repository whose snapshot and timestamp the server signs.
func (a *arena) begin(gun model.GUN) *notarytest.Repo {
	a.t.Helper()
	repo := notarytest.New(gun, time.Now())
	err := a.world.Door().Seed(sandbox.Seed{GUN: gun, Keys: map[model.RoleName]crypto.Signer{
		model.RoleTimestamp: repo.Keys[model.RoleTimestamp][0].Private, model.RoleSnapshot: repo.Keys[model.RoleSnapshot][0].Private,
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	a.accepted[gun] = &atomic.Int64{}
	client := a.connect()
	defer client.Close()
	files := map[model.RoleName][]byte{model.RoleRoot: repo.Files[model.RoleRoot].Wire(), model.RoleTargets: repo.Files[model.RoleTargets].Wire()}
	if err := client.Publish(a.t.Context(), gun, files); err != nil {
		a.t.Fatal(err)
	}
	a.accepted[gun].Add(1)
	return repo
}

func (a *arena) connect() *notaryserver.Client {
	tls := transport.TLSFiles{CA: a.server.PKI.CAFile()}
	client, err := notaryserver.New(notaryserver.Config{URL: a.server.URL, TLS: tls.For})
	if err != nil {
		a.t.Fatal(err)
	}
	return client
}

// client works until the end: its own repository, the shared one, and reading.
func (a *arena) client(end time.Time, own, shared *notarytest.Repo, guns []model.GUN) {
	client := a.connect()
	defer client.Close()
	desk := &admin.Desk{Remote: client, Clock: time.Now, Health: health.DefaultOptions()}
	for n := 0; time.Now().Before(end); n++ {
		if err := a.publish(client, own, int64(n+2)); err != nil {
			a.t.Errorf("publishing to a repository of one's own: %v", err)
			return
		}
		current := desk.Open(a.t.Context(), sharedGUN)
		if current.Fault != nil {
			a.t.Errorf("the shared repository: %v", current.Fault)
			return
		}
		switch err := a.publish(client, shared, current.Repository.Role(model.RoleTargets).Version+1); model.KindOf(err) {
		case "":
		case model.FaultStale:
			a.lost.Add(1)
		default:
			a.t.Errorf("publishing to the shared repository: %v", err)
		}
		view := desk.Open(a.t.Context(), guns[rand.IntN(len(guns))])
		if view.Fault != nil || len(view.Repository.AllProblems()) > 0 {
			a.t.Errorf("a torn read of %s: %v %v", view.GUN, view.Fault, view.Repository)
		}
	}
}

// publish signs a new version of targets and sends it.
func (a *arena) publish(client *notaryserver.Client, repo *notarytest.Repo, version int64) error {
	f := &notary.File{Role: model.RoleTargets, Version: version, Expires: time.Now().Add(24 * time.Hour), Roles: []notary.RoleSpec{}}
	notarytest.SignFile(f, repo.Keys[model.RoleTargets]...)
	err := client.Publish(a.t.Context(), repo.GUN, map[model.RoleName][]byte{model.RoleTargets: f.Wire()})
	if err == nil {
		a.accepted[repo.GUN].Add(1)
	}
	return err
}

// check finds every accepted publish of a repository: in the changefeed, by its
// version and by its hash.
func (a *arena) check(gun model.GUN) int64 {
	client := a.connect()
	defer client.Close()
	accepted := a.accepted[gun].Load()
	changes, err := client.Changes(a.t.Context(), gun)
	if err != nil {
		a.t.Fatal(err)
	}
	if int64(len(changes)) != accepted {
		a.t.Errorf("%s: %d publishes accepted, %d in the changefeed", gun, accepted, len(changes))
	}
	for i, c := range changes {
		file, err := client.Read(a.t.Context(), gun, admin.Ref{Role: model.RoleTimestamp, SHA256: strings.ToLower(c.SHA256), Limit: notary.MaxTimestamp})
		if err != nil || c.Version != int64(i+1) {
			a.t.Errorf("%s: change %d is timestamp %d, %v", gun, i+1, c.Version, err)
			continue
		}
		if f, err := notary.Parse(model.RoleTimestamp, file.Bytes); err != nil || f.Version != c.Version {
			a.t.Errorf("%s: timestamp %d: %v", gun, c.Version, err)
		}
	}
	for n := int64(1); n <= accepted; n++ {
		if _, err := client.Read(a.t.Context(), gun, admin.Ref{Role: model.RoleTargets, Version: n, Limit: notary.MaxFile}); err != nil {
			a.t.Errorf("%s: targets %d of %d: %v", gun, n, accepted, err)
		}
	}
	return accepted
}
