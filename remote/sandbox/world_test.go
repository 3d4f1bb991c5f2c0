package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

const gun = model.GUN("docker.io/acme/app")

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A visitor is a client of a world that speaks plain HTTP.
type visitor struct {
	t     *testing.T
	world *sandbox.World
	http  *http.Client
	// token is sent where it is not empty.
	token string
}

func visit(t *testing.T, cfg sandbox.Config) *visitor {
	t.Helper()
	world, err := sandbox.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return client(t, world)
}

func client(t *testing.T, world *sandbox.World) *visitor {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(world.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, world: world, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (v *visitor) do(method, path, contentType string, body io.Reader) answer {
	v.t.Helper()
	a, err := v.try(method, path, contentType, body)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func (v *visitor) try(method, path, contentType string, body io.Reader) (answer, error) {
	request, err := http.NewRequest(method, v.world.URL()+path, body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", contentType)
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := v.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, text}, err
}

func (v *visitor) get(path string) answer { v.t.Helper(); return v.do(http.MethodGet, path, "", nil) }

// file reads a file of the repository, which must be there.
func (v *visitor) file(name string) []byte {
	v.t.Helper()
	a := v.get("/v2/" + string(gun) + "/_trust/tuf/" + name + ".json")
	if a.status != http.StatusOK {
		v.t.Fatalf("GET %s: %d %s", name, a.status, a.body)
	}
	return a.body
}

func (v *visitor) parsed(role model.RoleName) *notary.File {
	v.t.Helper()
	f, err := notary.Parse(role, v.file(string(role)))
	if err != nil {
		v.t.Fatal(err)
	}
	return f
}

// upload publishes files and returns the code of the refusal, or nothing.
func (v *visitor) upload(files map[model.RoleName][]byte) (code, detail string) {
	v.t.Helper()
	body, contentType := form(files)
	a := v.do(http.MethodPost, "/v2/"+string(gun)+"/_trust/tuf/", contentType, body)
	return refusal(v.t, a)
}

func form(files map[model.RoleName][]byte) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for role, raw := range files {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="files"; filename=%q`, role))
		part, _ := w.CreatePart(header) // a buffer takes everything
		_, _ = part.Write(raw)
	}
	_ = w.Close()
	return &body, w.FormDataContentType()
}

func refusal(t *testing.T, a answer) (code, detail string) {
	t.Helper()
	if a.status == http.StatusOK {
		return "", ""
	}
	var body struct {
		Errors []struct {
			Code   string
			Detail json.RawMessage
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil || len(body.Errors) != 1 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return body.Errors[0].Code, string(body.Errors[0].Detail)
}

// repository is authored here; the server holds its timestamp key.
func (v *visitor) repository() *notarytest.Repo {
	v.t.Helper()
	repo := notarytest.New(gun, start)
	v.hold(repo, model.RoleTimestamp)
	return repo
}

// hold gives the server the keys of roles.
func (v *visitor) hold(repo *notarytest.Repo, roles ...model.RoleName) {
	v.t.Helper()
	keys := map[model.RoleName]crypto.Signer{}
	for _, role := range roles {
		keys[role] = repo.Keys[role][0].Private
	}
	if err := v.world.Admin().Seed(sandbox.Seed{GUN: gun, Keys: keys}); err != nil {
		v.t.Fatal(err)
	}
}

// wire picks the wire form of roles.
func wire(repo *notarytest.Repo, roles ...model.RoleName) map[model.RoleName][]byte {
	out := map[model.RoleName][]byte{}
	for _, role := range roles {
		out[role] = repo.Files[role].Wire()
	}
	return out
}
