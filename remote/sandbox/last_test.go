package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"trustdeck/remote/sandbox"
)

const manifest = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`

// A world with a folder is the same after a restart: files, history, keys,
// images, and the certificate that clients trust.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	world, err := sandbox.Start(sandbox.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	v := client(t, world)
	repo := v.repository()
	v.hold(repo, snapshot)
	if code, detail := v.upload(wire(repo, root, targets)); code != "" {
		t.Fatal(code, detail)
	}
	if err := world.Admin().Manifest("acme/app", "1.0", []byte(manifest)); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/v2/" + string(gun) + "/_trust/tuf/root.json", "/v2/" + string(gun) + "/_trust/tuf/1.snapshot.json",
		"/v2/" + string(gun) + "/_trust/tuf/timestamp.json", "/v2/" + string(gun) + "/_trust/tuf/snapshot.key",
		"/v2/_trust/changefeed?records=10", "/v2/acme/app/manifests/1.0",
	}
	var before []answer
	for _, path := range paths {
		before = append(before, v.get(path))
	}
	authority := world.CA()
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}

	v = visit(t, sandbox.Config{Dir: dir})
	if !bytes.Equal(authority, v.world.CA()) {
		t.Error("the certificate is another one")
	}
	for i, path := range paths {
		after := v.get(path)
		if after.status != http.StatusOK || !bytes.Equal(before[i].body, after.body) {
			t.Errorf("%s: before %d %s\nafter %d %s", path, before[i].status, before[i].body, after.status, after.body)
		}
	}
	repo.Tag(targets, "1.0", "image")
	repo.Seal(targets)
	if code, detail := v.upload(wire(repo, targets)); code != "" {
		t.Error("publishing after the restart:", code, detail)
	}
}

// A journal that ends anywhere in its last record is opened as it was before that
// record.
func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	world, err := sandbox.Start(sandbox.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	v := client(t, world)
	repo := v.repository()
	if code, detail := v.upload(wire(repo, root, targets, snapshot)); code != "" {
		t.Fatal(code, detail)
	}
	path := filepath.Join(dir, "journal")
	whole := read(t, path)
	repo.Seal(targets)
	if code, detail := v.upload(wire(repo, targets, snapshot)); code != "" {
		t.Fatal(code, detail)
	}
	longer := read(t, path)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	for at := len(whole); at < len(longer); at += 97 {
		if err := os.WriteFile(path, longer[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		world, err := sandbox.Start(sandbox.Config{Dir: dir})
		if err != nil {
			t.Fatalf("cut at %d: %v", at, err)
		}
		v := client(t, world)
		if got := v.parsed(targets).Version; got != 1 {
			t.Errorf("cut at %d: targets %d", at, got)
		}
		if err := world.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, path), whole) {
			t.Fatalf("cut at %d: the torn record is still there", at)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A folder that cannot be a world is refused with a sentence, and stays as it is.
func TestDamagedFolder(t *testing.T) {
	for name, row := range map[string]struct{ file, content, want string }{
		"journal": {"journal", "garbage\nmore garbage\n", "is damaged at line 1"},
		"key":     {"server.crt", "garbage", "server.key"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, row.file)
			if err := os.WriteFile(path, []byte(row.content), 0o600); err != nil {
				t.Fatal(err)
			}
			world, err := sandbox.Start(sandbox.Config{Dir: dir})
			if err == nil {
				_ = world.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %q; want %q", err, row.want)
			}
			if string(read(t, path)) != row.content {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOneServerPerFolder(t *testing.T) {
	dir := t.TempDir()
	visit(t, sandbox.Config{Dir: dir})
	if world, err := sandbox.Start(sandbox.Config{Dir: dir}); err == nil {
		_ = world.Close()
		t.Error("a second server has opened the folder")
	} else if !strings.Contains(err.Error(), dir) {
		t.Errorf("error %q does not name the folder", err)
	}
}

func TestLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.org:0", "127.0.0.1"} {
		if world, err := sandbox.Start(sandbox.Config{Addr: addr}); err == nil {
			_ = world.Close()
			t.Errorf("listening on %s", addr)
		}
	}
}

// With users, nothing is done without a token for it.
func TestToken(t *testing.T) {
	v := visit(t, sandbox.Config{Users: map[string]string{"alice": "secret"}})
	path := "/v2/" + string(gun) + "/_trust/tuf/root.json"
	a := v.get(path)
	want := `Bearer realm="` + v.world.URL() + `/practice/token",service="trustdeck-sandbox",scope="repository:docker.io/acme/app:pull"`
	if got := a.header.Get("WWW-Authenticate"); a.status != http.StatusUnauthorized || got != want {
		t.Errorf("%d, challenge %s; want %s", a.status, got, want)
	}
	for name, row := range map[string]struct {
		userinfo, scope string
		token, status   int
	}{
		"the right password":            {"alice:secret", "repository:docker.io/acme/app:pull", 200, 404},
		"more than is needed":           {"alice:secret", "repository:docker.io/acme/app:pull,push", 200, 404},
		"a wrong password":              {"alice:guess", "repository:docker.io/acme/app:pull", 401, 401},
		"an unknown name":               {"mallory:secret", "repository:docker.io/acme/app:pull", 401, 401},
		"a guest":                       {"", "repository:docker.io/acme/app:pull", 200, 401},
		"a token for another":           {"alice:secret", "repository:docker.io/acme/other:pull", 200, 401},
		"a token for something else":    {"alice:secret", "repository:docker.io/acme/app:push", 200, 401},
		"a scope that cannot be parsed": {"alice:secret", "everything", 200, 401},
	} {
		t.Run(name, func(t *testing.T) {
			v := &visitor{t: t, world: v.world, http: v.http}
			request, err := http.NewRequest(http.MethodGet, v.world.URL()+"/practice/token?service=s&scope="+row.scope, nil)
			if err != nil {
				t.Fatal(err)
			}
			if name, password, ok := strings.Cut(row.userinfo, ":"); ok {
				request.SetBasicAuth(name, password)
			}
			response, err := v.http.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode != row.token {
				t.Fatalf("token: %d, want %d", response.StatusCode, row.token)
			}
			var body struct{ Token string }
			if row.token == http.StatusOK {
				if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
					t.Fatal(err)
				}
			}
			v.token = body.Token
			if a := v.get(path); a.status != row.status {
				t.Errorf("root: %d, want %d", a.status, row.status)
			}
		})
	}
}

// An upload that breaks off publishes nothing.
func TestBrokenUpload(t *testing.T) {
	v := visit(t, sandbox.Config{})
	body, contentType := form(wire(v.repository(), root, targets, snapshot))
	path := "/v2/" + string(gun) + "/_trust/tuf/"
	broken := io.MultiReader(io.LimitReader(body, 700), iotest.ErrReader(errors.New("the client is gone")))
	if a, err := v.try(http.MethodPost, path, contentType, broken); err == nil {
		t.Errorf("answered %d", a.status)
	}
	if a := v.get(path + "root.json"); a.status != http.StatusNotFound {
		t.Errorf("root: %d", a.status)
	}
}
