package tuf

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/e2e/peer"
)

// whileItIsPublished is how a review states that clients may fail for a moment.
const whileItIsPublished = "clients that read the repository while it is being published"

// A span is how long something took, and what came of it.
type span struct {
	from, to time.Time
	what     string
}

func (s span) overlaps(o span) bool { return s.from.Before(o.to) && o.from.Before(s.to) }

// A crowd are clients that read a repository over https, again and again: new ones at the first
// root and at the newest, and one that keeps what it has read.
type crowd struct {
	end  chan struct{}
	done sync.WaitGroup
	mu   sync.Mutex
	// reads counts those that succeeded, and failed are those that did not.
	reads  int
	failed []span
}

// reader is go-tuf over https, with a folder where it keeps what it reads, or without.
func (w *folderWorld) reader(server *peer.Server, root []byte, dir string) (*updater.Updater, error) {
	if kept, err := os.ReadFile(filepath.Join(dir, "root.json")); err == nil && dir != "" {
		root = kept
	}
	cfg, err := config.New(server.URL, root)
	if err != nil {
		return nil, err
	}
	cfg.DisableLocalCache, cfg.LocalMetadataDir, cfg.LocalTargetsDir = dir == "", dir, filepath.Join(dir, "targets")
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: server.PKI.Pool(), MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	if err := cfg.SetDefaultFetcherHTTPClient(client); err != nil {
		return nil, err
	}
	return updater.New(cfg)
}

// gather has clients begin to read.
func (w *folderWorld) gather(t *testing.T, server *peer.Server) *crowd {
	t.Helper()
	c := &crowd{end: make(chan struct{})}
	first := w.Roots(t)[0]
	for i, dir := range []string{"", "", t.TempDir()} {
		c.done.Go(func() {
			for {
				root := first
				if i == 1 {
					root = w.newestRoot()
				}
				s := span{from: time.Now(), what: fmt.Sprintf("client %d", i)}
				u, err := w.reader(server, root, dir)
				if err == nil {
					err = u.Refresh()
				}
				s.to = time.Now()
				c.mu.Lock()
				if err == nil {
					c.reads++
				} else {
					s.what += ": " + err.Error()
					c.failed = append(c.failed, s)
				}
				c.mu.Unlock()
				select {
				case <-c.end:
					return
				default:
				}
			}
		})
	}
	return c
}

// newestRoot is the last root of the folder; whole, for no file gets its name before it is.
func (w *folderWorld) newestRoot() []byte {
	var out []byte
	for n := 1; ; n++ {
		raw, err := os.ReadFile(filepath.Join(w.Dir, fmt.Sprintf("%d.root.json", n)))
		if err != nil {
			return out
		}
		out = raw
	}
}

// Clients read a folder over https while flows publish into it. With consistent snapshots none
// ever fails; without them, clients may fail at any publish but that of a root alone. Where they
// may, the review says so, and nowhere else do they. They succeed afterwards.
func TestReadWhileFlowsPublish(t *testing.T) {
	for name, plain := range map[string]bool{"with consistent snapshots": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFolderWorld(t)
			data := t.TempDir()
			w.program = w.program.With("XDG_DATA_HOME=" + data)
			w.change(t, "init", w.Dir)
			if plain {
				w.NameInPlain(t, filepath.Join(data, "trustdeck", "keys"))
				w.program = w.program.With("XDG_STATE_HOME=" + t.TempDir())
			}
			key := filepath.Join(t.TempDir(), "alice.pub")
			w.program.Run(t, "key", "generate", "--yes", "--dir", filepath.Dir(key), "alice")
			server := peer.Serve(t, http.FileServer(http.Dir(w.Dir)))
			crowd := w.gather(t, server)
			var states []span
			for _, step := range loop(w.Dir, key) {
				s := span{from: time.Now(), what: strings.Join(step.args[:2], " ")}
				r := w.program.Try(append(step.args, "--yes")...)
				s.to = time.Now()
				if r.Code != 0 {
					t.Errorf("%q: exit code %d\n%s", step.args, r.Code, r.Stderr)
				}
				stated := strings.Contains(r.Stderr, whileItIsPublished)
				if want := plain && !step.root; stated != want {
					t.Errorf("%q: the review says that clients may fail: %v, want %v\n%s", step.args, stated, want, r.Stderr)
				}
				if stated {
					states = append(states, s)
				}
				if u, err := w.reader(server, w.Roots(t)[0], ""); err != nil {
					t.Error(err)
				} else if err := u.Refresh(); err != nil {
					t.Errorf("after %q: %v", step.args, err)
				}
			}
			close(crowd.end)
			crowd.done.Wait()
			t.Logf("%d reads succeeded, and %d failed in the windows that reviews state", crowd.reads, len(crowd.failed))
			for _, f := range crowd.failed {
				if !covered(f, states) {
					t.Errorf("failed outside of the windows: %s", f.what)
				}
			}
			if crowd.reads < len(loop("", "")) {
				t.Errorf("clients have read %d times only", crowd.reads)
			}
		})
	}
}

func covered(f span, by []span) bool {
	for _, s := range by {
		if f.overlaps(s) {
			return true
		}
	}
	return false
}

// A published is a command that publishes; with root, nothing but a root, whose name has its
// version in any repository.
type published struct {
	args []string
	root bool
}

// loop are changes of every kind.
func loop(dir, key string) []published {
	return []published{
		{args: []string{"renew", dir, "root", "targets", "snapshot", "timestamp"}},
		{args: []string{"signer", "add", "--key", key, "alice", dir}},
		{args: []string{"target", "add", "--size", "10", "--sha256", strings.Repeat("0a", 32), "--role", "alice", dir, "alice/a"}},
		{args: []string{"rotate", "--root-keys", "2", "--root-threshold", "2", dir, "root"}, root: true},
		{args: []string{"threshold", dir, "root", "1"}, root: true},
		{args: []string{"rotate", dir, "targets"}},
		{args: []string{"target", "remove", dir, "alice/a"}},
		{args: []string{"rotate", dir, "snapshot"}},
		{args: []string{"delegation", "edit", "--path", "more/*", dir, "alice"}},
		{args: []string{"rotate", dir, "timestamp"}},
		{args: []string{"delegation", "remove", dir, "alice"}},
		{args: []string{"renew", dir, "timestamp"}},
	}
}
