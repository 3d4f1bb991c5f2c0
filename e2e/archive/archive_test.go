package archive

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// manifest is as much of an archive's table of contents as a stranger needs.
type manifest struct {
	Repositories []struct {
		GUN      model.GUN
		Folder   string
		Complete bool
		Roles    []struct {
			Role     string
			Versions []struct {
				Version int64
				File    string
			}
		}
	}
}

func readManifest(t *testing.T, dir string) manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// files lists what is archived of a repository, as "N.ROLE", with the bytes.
func (m manifest) files(t *testing.T, dir string, gun model.GUN) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, r := range m.Repositories {
		if r.GUN != gun {
			continue
		}
		for _, role := range r.Roles {
			for _, v := range role.Versions {
				data, err := os.ReadFile(filepath.Join(dir, r.Folder, v.File))
				if err != nil {
					t.Fatal(err)
				}
				out[fmt.Sprintf("%d.%s", v.Version, role.Role)] = data
			}
		}
	}
	return out
}

// everything asks a server, by plain HTTP, for versions 1 to 40 of each of the
// roles: more than any repository here has.
func everything(t *testing.T, server *peer.Server, gun model.GUN, roles ...string) map[string][]byte {
	t.Helper()
	client := server.Client()
	out := map[string][]byte{}
	for _, role := range append([]string{"root", "targets", "snapshot", "timestamp"}, roles...) {
		for version := range 40 {
			name := fmt.Sprintf("%d.%s", version+1, role)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/v2/%s/_trust/tuf/%s.json", server.URL, gun, name), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == http.StatusOK {
				out[name] = data
			}
		}
	}
	return out
}

// saver runs "trustdeck archive" against a server.
type saver struct {
	*peer.Client
	leading []string
	dir     string
}

func newSaver(t *testing.T, server *peer.Server, address, dir string) saver {
	t.Helper()
	return saver{peer.Trustdeck(t), []string{"archive", "--server", address, "--tlscacert", server.PKI.CAFile(), "--to", dir}, dir}
}

// run archives and returns the exit code and what was said.
func (s saver) run(guns ...model.GUN) peer.Result {
	args := slices.Clone(s.leading)
	for _, gun := range guns {
		args = append(args, string(gun))
	}
	return s.Try(args...)
}

// mustRun fails a test where archiving does.
func (s saver) mustRun(t *testing.T, guns ...model.GUN) {
	t.Helper()
	if r := s.run(guns...); r.Code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", r.Code, r.Stdout, r.Stderr)
	}
}

// TestArchiveOfRealServer archives what real clients have made, compares every
// byte with the server, and reads it when the server is gone.
func TestArchiveOfRealServer(t *testing.T) {
	peer.Need(t, "notary", "openssl")
	server := peer.MemoryServer(t)
	p := newPublisher(t, server)
	p.base()
	p.tools()
	p.playground()
	dir := filepath.Join(t.TempDir(), "archive")
	s := newSaver(t, server, server.URL, dir)
	roles := map[model.GUN][]string{
		base: nil, playground: {"targets/ivan"},
		tools: {"targets/releases", "targets/grace", "targets/platform", "targets/platform/ci"},
	}
	compare := func() {
		t.Helper()
		s.mustRun(t, base, tools, playground)
		m := readManifest(t, dir)
		for gun, delegations := range roles {
			got, want := m.files(t, dir, gun), everything(t, server, gun, delegations...)
			if !maps.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("%s: archived %v, the server has %v", gun, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		}
	}
	compare()
	p.add(p.notary, tools, "targets/releases", "cli-4.1")
	p.notary.Run(t, "witness", "-p", string(playground), "targets")
	compare()

	server.Process.Stop()
	if r := s.run(base); r.Code != 5 {
		t.Errorf("archiving from a server that is gone: %d, %s", r.Code, r.Stderr)
	}
	td := peer.Trustdeck(t)
	td.Run(t, "--archive", dir, "inspect", string(base), string(tools), string(playground))
	if tags := td.Run(t, "--archive", dir, "tags", string(tools)); !strings.Contains(tags, "cli-4.1") {
		t.Errorf("tags:\n%s", tags)
	}
	strangerReads(t, dir, readManifest(t, dir))
}

// strangerReads checks an archive with programs that everybody has.
func strangerReads(t *testing.T, dir string, m manifest) {
	t.Helper()
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	for _, r := range m.Repositories {
		certificates, err := filepath.Glob(filepath.Join(dir, r.Folder, "certificates", "*.pem"))
		if err != nil || len(certificates) == 0 {
			t.Errorf("%s: certificates %v, %v", r.GUN, certificates, err)
		}
		for _, file := range certificates {
			fingerprint := strings.ToLower(strings.ReplaceAll(run("openssl", "x509", "-in", file, "-noout", "-fingerprint", "-sha256"), ":", ""))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			block, _ := pem.Decode(text)
			page, err := os.ReadFile(filepath.Join(dir, r.Folder, "report.md"))
			sum := fmt.Sprintf("%x", sha256.Sum256(block.Bytes))
			if err != nil || !strings.Contains(string(page), sum) || !strings.Contains(fingerprint, sum) {
				t.Errorf("%s: openssl says %s, the report does not name %s (%v)", file, fingerprint, sum, err)
			}
		}
	}
}

// TestKillAndResume kills the program while a server keeps it waiting, and then
// lets it go on.
func TestKillAndResume(t *testing.T) {
	peer.Need(t, "notary")
	server := peer.MemoryServer(t)
	p := newPublisher(t, server)
	p.base()
	gate := newGate(t, server, 15)
	dir := filepath.Join(t.TempDir(), "archive")
	s := newSaver(t, server, gate.URL, dir)
	s.leading = append(s.leading, "--parallel", "2", "--timeout", "5m")

	args := append(slices.Clone(s.leading), string(base))
	cmd := exec.Command(s.Program, args...)
	cmd.Env = s.Env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-gate.closed
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	gate.open()

	td := peer.Trustdeck(t)
	if r := td.Try("--archive", dir, "repos", "-o", "json"); !strings.Contains(r.Stdout, string(base)) {
		t.Errorf("the interrupted archive cannot be read: %+v", r)
	}
	before := gate.count.Load()
	s.mustRun(t, base)
	want := everything(t, server, base)
	if got := readManifest(t, dir).files(t, dir, base); !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("archived %v, the server has %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	resumed := gate.count.Load() - before
	whole := newSaver(t, server, gate.URL, filepath.Join(t.TempDir(), "whole"))
	before = gate.count.Load()
	whole.mustRun(t, base)
	if all := gate.count.Load() - before; resumed >= all-5 {
		t.Errorf("resumed with %d requests; all of it takes %d", resumed, all)
	}
}

// A gate is a proxy that keeps everybody waiting after some requests.
type gate struct {
	*httptest.Server
	count atomic.Int64
	// closed is closed when the first request has to wait.
	closed, opened chan struct{}
}

func (g *gate) open() { close(g.opened) }

func newGate(t *testing.T, server *peer.Server, after int64) *gate {
	t.Helper()
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.Transport = server.Client().Transport
	g := &gate{closed: make(chan struct{}), opened: make(chan struct{})}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := g.count.Add(1)
		if n == after {
			close(g.closed)
		}
		if n >= after {
			select {
			case <-g.opened:
			case <-r.Context().Done():
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	issued, err := server.PKI.Issue("gate")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.LoadX509KeyPair(issued.CertFile, issued.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	g.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

// TestDeletedAndMadeAnew: the second repository of a name does not take the
// place of the first, and whoever archives it is told.
func TestDeletedAndMadeAnew(t *testing.T) {
	peer.Need(t, "notary")
	server := peer.MemoryServer(t)
	p := newPublisher(t, server)
	p.legacy()
	dir := filepath.Join(t.TempDir(), "archive")
	s := newSaver(t, server, server.URL, dir)
	s.mustRun(t, legacy)
	first := readManifest(t, dir).files(t, dir, legacy)

	p.notary.Run(t, "delete", "--remote", string(legacy))
	r := s.run(legacy)
	if r.Code == 0 || !strings.Contains(r.Stderr, "does not have trust data") {
		t.Errorf("a repository that is gone: %+v", r)
	}
	if got := readManifest(t, dir).files(t, dir, legacy); !maps.EqualFunc(got, first, bytes.Equal) {
		t.Error("what was saved of the deleted repository is not there any more")
	}

	p.notary = peer.Notary(t, server, t.TempDir())
	p.legacy()
	r = s.run(legacy)
	all, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil || !strings.Contains(string(all), "the server has changed version 1 of root") {
		t.Errorf("the report does not say that the repository was replaced: %v\n%s\n%s", err, r.Stdout, r.Stderr)
	}
	second := everything(t, server, legacy)
	for name, want := range second {
		if bytes.Equal(first[name], want) {
			t.Fatalf("%s is the same in both repositories", name)
		}
	}
	for name, want := range first {
		if !contains(t, dir, want) {
			t.Errorf("%s of the first repository is not there any more", name)
		}
	}
	for name, want := range second {
		if !contains(t, dir, want) {
			t.Errorf("%s of the second repository was not saved", name)
		}
	}
}

// contains reports whether some file of an archive has these bytes.
func contains(t *testing.T, dir string, want []byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || found {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Equal(data, want)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestProductionServer: a server with a signer, a database and ECDSA keys, and
// with tokens.
func TestProductionServer(t *testing.T) {
	peer.Need(t, "notary")
	server := peer.ProductionServer(t, peer.TokenAuth())
	p := newPublisher(t, server)
	p.base()
	dir := filepath.Join(t.TempDir(), "archive")
	s := newSaver(t, server, server.URL, dir)
	account := peer.Administrator.Name + ":" + peer.Administrator.Password
	s.Client = s.With("NOTARY_AUTH=" + base64.StdEncoding.EncodeToString([]byte(account)))
	s.mustRun(t, base)
	m := readManifest(t, dir)
	if got := m.files(t, dir, base); len(got) < 20 || !m.Repositories[0].Complete {
		t.Errorf("archived %v", slices.Sorted(maps.Keys(got)))
	}
}
