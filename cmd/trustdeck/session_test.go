package main

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/model/report"
)

// serveCorpus is a trust server over TLS; its certificate is in the file.
func serveCorpus(t *testing.T) (server *httptest.Server, ca string) {
	t.Helper()
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
		gun, file, found := strings.Cut(path, "/_trust/tuf/")
		if !ok || !found {
			_, _ = w.Write([]byte("{}"))
			return
		}
		// Names by hash are answered with the current file: it is the one.
		parts := strings.Split(file, ".")
		_, repository, _ := strings.Cut(gun, "/")
		content, err := os.ReadFile(filepath.Join(corpus, "repositories", filepath.FromSlash(repository), filepath.FromSlash(parts[0])+".json"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}))
	// Clients that do not trust it end the handshake, as they should.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

// live runs a command line on the real parts, in an empty home.
func live(t *testing.T, home string, env map[string]string, args ...string) outcome {
	t.Helper()
	r := newRig(t)
	r.env = env
	a := r.app()
	a.open = openSession
	a.world.Home = home
	a.world.ReadFile = os.ReadFile
	var stdout, stderr strings.Builder
	a.out, a.err = &stdout, &stderr
	code := run(args, a)
	return outcome{stdout.String(), stderr.String(), code}
}

func sources(t *testing.T, o outcome) []string {
	t.Helper()
	var answer report.Inspect
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatalf("%v: %s", err, o.stderr)
	}
	var names []string
	for _, r := range answer.Repositories {
		if r.Source != nil {
			names = append(names, r.Source.Kind+" "+r.Source.Name)
		}
	}
	return names
}

func TestOneServerForAll(t *testing.T) {
	server, ca := serveCorpus(t)
	host := strings.TrimPrefix(server.URL, "https://")
	at := readAt(t).Format(time.RFC3339)
	home := t.TempDir()

	if o := live(t, home, nil, "inspect", "acme/signers", "--server", server.URL, "--no-cache"); o.code != 5 || !strings.Contains(o.stderr, "not trusted") {
		t.Errorf("an unknown authority: %+v", o)
	}
	o := live(t, home, nil, "inspect", "acme/signers", "--server", server.URL, "--tlscacert", ca, "--at", at, "-o", "json")
	if o.code != 0 || strings.Join(sources(t, o), " ") != "server "+host {
		t.Errorf("authority by flag: %+v", o)
	}
	docker := filepath.Join(t.TempDir(), "docker")
	tls := filepath.Join(docker, "tls", host)
	if err := os.MkdirAll(tls, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tls, "ca.crt"), []byte(read(t, ca)), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"DOCKER_CONFIG": docker, "DOCKER_CONTENT_TRUST_SERVER": server.URL}
	if o := live(t, t.TempDir(), env, "inspect", "acme/signers", "--at", at); o.code != 0 {
		t.Errorf("authority in docker's folder: %+v", o)
	}

	// What was read is there when the server is gone, as what it is.
	server.Close()
	o = live(t, home, nil, "inspect", "acme/signers", "--server", server.URL, "--tlscacert", ca, "--at", at, "-o", "json")
	if o.code != 5 || strings.Join(sources(t, o), " ") != "cache "+host || !strings.Contains(o.stdout, `"stale": true`) {
		t.Errorf("from the cache: %+v", o)
	}
	if o := live(t, home, nil, "inspect", "--docker", "acme/signers", "--server", server.URL, "--at", at); o.code != 1 || o.stdout != "[]\n" {
		t.Errorf("as docker, cached data is none: %+v", o)
	}
	if o := live(t, home, nil, "__complete", "--server", server.URL, "tags", ""); !strings.HasPrefix(o.stdout, "docker.io/acme/signers\n") {
		t.Errorf("the cache is not offered: %+v", o)
	}
	if o := live(t, home, nil, "inspect", "acme/signers", "--server", server.URL, "--at", at, "--no-cache"); o.code != 5 || o.stdout != "" {
		t.Errorf("without the cache: %+v", o)
	}
}

func TestEachRegistryHasItsServer(t *testing.T) {
	first, firstCA := serveCorpus(t)
	second, secondCA := serveCorpus(t)
	both := filepath.Join(t.TempDir(), "both.crt")
	if err := os.WriteFile(both, []byte(read(t, firstCA)+read(t, secondCA)), 0o600); err != nil {
		t.Fatal(err)
	}
	guns := []string{strings.TrimPrefix(first.URL, "https://") + "/acme/signers", strings.TrimPrefix(second.URL, "https://") + "/acme/nosigners"}
	// NOTARY_AUTH is not for servers that a name leads to: it is not even read.
	env := map[string]string{"NOTARY_AUTH": "not base64"}
	o := live(t, t.TempDir(), env, "inspect", guns[0], guns[1], "--tlscacert", both, "--at", readAt(t).Format(time.RFC3339), "-o", "json")
	if got := sources(t, o); len(got) != 2 || got[0] != "server "+first.URL || got[1] != "server "+second.URL {
		t.Errorf("sources %v; standard error %s", got, o.stderr)
	}
	o = live(t, t.TempDir(), nil, "repos")
	if o.code != 0 || !strings.Contains(o.stderr, "no server is set") {
		t.Errorf("repos without a server: %+v", o)
	}
	if o := live(t, t.TempDir(), env, "repos", "--server", first.URL); o.code != 2 || !strings.Contains(o.stderr, "NOTARY_AUTH") {
		t.Errorf("NOTARY_AUTH with one server: %+v", o)
	}
}

// From a server into an archive, and from the archive without the server.
func TestArchiveAndBack(t *testing.T) {
	r := newRig(t)
	dir := filepath.Join(t.TempDir(), "archive")
	o := r.run("archive", "acme/signers", "docker.io/acme/undersigned", "--to", dir)
	if o.code != 0 || !strings.Contains(o.stdout, "docker.io/acme/undersigned") {
		t.Fatalf("archive: %+v", o)
	}
	if o := r.run("archive", "--all", "--to", dir, "-o", "json"); o.code != 0 || !strings.Contains(o.stdout, `"complete": true`) {
		t.Errorf("again, everything: %+v", o)
	}
	for _, args := range [][]string{
		{"repos"}, {"tags", "acme/signers"}, {"inspect", "acme/signers:both"}, {"inspect", "--docker", "acme/signers:both"},
	} {
		o := live(t, t.TempDir(), nil, append([]string{"--archive", dir}, args...)...)
		if o.code != 0 || !strings.Contains(o.stdout, "acme/signers") && args[0] != "tags" {
			t.Errorf("%v: %+v", args, o)
		}
		if args[0] == "tags" || len(args) == 3 {
			if want := newRig(t).run(args...).stdout; o.stdout != want {
				t.Errorf("%v from the archive:\n%s\nand from the server:\n%s", args, o.stdout, want)
			}
		}
	}
	if o := live(t, t.TempDir(), nil, "--archive", t.TempDir(), "repos"); o.code != 1 || !strings.Contains(o.stderr, "not an archive") {
		t.Errorf("a folder that is no archive: %+v", o)
	}
}
