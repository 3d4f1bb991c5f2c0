package sandbox

import (
	"context"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// connect returns trustdeck's own client of a server. Where the server asks who
// is there, it is the Administrator.
func connect(t *testing.T, server *peer.Server) *notaryserver.Client {
	t.Helper()
	tls := transport.TLSFiles{CA: server.PKI.CAFile()}
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: tls.For, Credentials: administrator{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

type administrator struct{}

func (administrator) Find(context.Context, string) (transport.Login, error) {
	return transport.Login{User: peer.Administrator.Name, Password: peer.Administrator.Password}, nil
}

// open reads a repository as somebody who has never seen it.
func open(t *testing.T, client *notaryserver.Client, gun model.GUN) admin.Look {
	t.Helper()
	// One request at a time: the real server may end when it reads for two.
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: client, Clock: time.Now, Health: health.DefaultOptions(), Parallel: 1}
	return service.Open(t.Context(), gun)
}

// broken lists what does not verify in a repository that was read.
func broken(view admin.Look) []string {
	if view.Fault != nil {
		return []string{view.Fault.Error()}
	}
	var out []string
	for _, p := range view.Repository.AllProblems() {
		if p.Severity == model.Failure {
			out = append(out, string(p.Code)+": "+p.Text)
		}
	}
	return out
}
