package archive

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	archiving "trustdeck/model/admin/archive"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/remote/archive"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

var update = flag.Bool("update", false, "put the archive that TestSample makes in place of the sample of remote/archive")

// sampleServer is what the sample gives as its server: the real one was on a
// loopback port that nobody can look up.
const sampleServer = "https://notary.example.org"

// The sample is a part of the source, and must not be noticed in it.
const sampleLimit = 300 << 10

// renamed is a remote by another name.
type renamed struct {
	port.Remote
	name string
}

func (r renamed) Source() model.Source { return model.Source{Name: r.name} }

// TestSample fills a server with repositories that each show something, and
// archives them.
func TestSample(t *testing.T) {
	peer.Need(t, "notary", peer.DockerTrust)
	server := peer.MemoryServer(t)
	newPublisher(t, server).fill()
	dir := t.TempDir()
	clock := func() time.Time { return time.Now().Add(ahead) }
	result := save(t, renamed{remote(t, server), sampleServer}, clock, dir, sampleNames()...)
	if !result.Complete() {
		t.Errorf("not complete: %+v", result)
	}
	size := 0
	for _, name := range sampleFiles(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		size += int(info.Size())
	}
	if size > sampleLimit {
		t.Errorf("the sample has %d bytes, more than %d", size, sampleLimit)
	}
	if *update {
		install(t, dir, filepath.Join("..", "..", "remote", "archive", "testdata", "sample"))
	}
}

// remote is trustdeck's own client of a server.
func remote(t *testing.T, server *peer.Server) *notaryserver.Client {
	t.Helper()
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: transport.TLSFiles{CA: server.PKI.CAFile()}.For})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func save(t *testing.T, from port.Remote, clock port.Clock, dir string, guns ...model.GUN) archiving.Result {
	t.Helper()
	vault, err := archive.Create(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := vault.Close(); err != nil {
			t.Error(err)
		}
	}()
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: from, Clock: clock, Health: health.DefaultOptions()}
	result, err := (&archiving.Service{Admin: service, Vault: vault}).Save(t.Context(), guns, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sampleFiles are the files of an archive that the program needs: reports are
// made for people, and can be made again.
func sampleFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), "report.") && e.Name() != "writer.lock" {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// install puts an archive in place of the sample.
func install(t *testing.T, dir, sample string) {
	t.Helper()
	if err := os.RemoveAll(sample); err != nil {
		t.Fatal(err)
	}
	for _, name := range sampleFiles(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(sample, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
