package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A play is one row of the table on one server: clients with empty folders, a
// repository of their own, and the record of what they did and saw.
type play struct {
	t      *testing.T
	server *peer.Server
	http   *http.Client
	gun    model.GUN
	// notary and docker have a trust folder each; second is another notary.
	notary, second, docker *peer.Client
	// repo is what the row authors itself; its files are published by upload.
	repo *notarytest.Repo

	record strings.Builder
}

func newPlay(t *testing.T, server *peer.Server, name string) *play {
	t.Helper()
	p := &play{
		t: t, server: server, http: server.Client(), gun: model.GUN("docker.io/acme/" + name),
		notary: peer.Notary(t, server, t.TempDir()), second: peer.Notary(t, server, t.TempDir()),
		docker: peer.Docker(t, server, t.TempDir()),
	}
	return p
}

// image is the repository as docker names it.
func (p *play) image() string { return strings.TrimPrefix(string(p.gun), "docker.io/") }

func (p *play) note(format string, args ...any) { fmt.Fprintf(&p.record, format+"\n", args...) }

// run has a client run a command and notes how it ended. GUN and IMAGE in the
// arguments stand for the repository.
func (p *play) run(c *peer.Client, command string, more ...string) peer.Result {
	p.t.Helper()
	args := append(strings.Fields(command), more...)
	for i, arg := range args {
		args[i] = strings.NewReplacer("GUN", string(p.gun), "IMAGE", p.image()).Replace(arg)
	}
	r := c.Try(args...)
	p.note("$ %s %s\nexit code %d\n%s%s", filepath.Base(c.Program), command, r.Code, r.Stdout, r.Stderr)
	return r
}

// ask makes a request and notes the answer. The path is below the repository
// unless it begins with a slash.
func (p *play) ask(method, path, contentType string, body io.Reader) []byte {
	p.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/v2/" + string(p.gun) + "/_trust/" + path
	}
	request, err := http.NewRequest(method, p.server.URL+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := p.http.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.note("> %s %s\n%d", method, path, response.StatusCode)
	for _, name := range []string{"Cache-Control", "Content-Type", "Pragma"} {
		if value := response.Header.Get(name); value != "" {
			p.note("%s: %s", name, value)
		}
	}
	if modified := response.Header.Get("Last-Modified"); modified != "" {
		_, err := time.Parse(time.RFC1123, modified)
		p.note("Last-Modified is RFC 1123: %v, UTC: %v", err == nil, strings.HasSuffix(modified, " UTC"))
	}
	p.note("%s", raw)
	return raw
}

func (p *play) get(path string) []byte { p.t.Helper(); return p.ask(http.MethodGet, path, "", nil) }

// author begins a repository that is written here; the server's keys are asked
// for first.
func (p *play) author() {
	p.t.Helper()
	p.repo = notarytest.New(p.gun, time.Now())
	peer.Publish(p.t, p.server, p.http, p.repo)
	// The snapshot is the server's: what is authored next builds on it.
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets} {
		p.repo.Files[role].Version = 1
	}
}

// upload publishes files as they are.
func (p *play) upload(files map[model.RoleName][]byte) {
	p.t.Helper()
	body, contentType := form(files)
	p.ask(http.MethodPost, "tuf/", contentType, body)
}

func form(files map[model.RoleName][]byte) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for role, raw := range files {
		part, _ := w.CreateFormFile("files", string(role)) // a buffer takes everything
		_, _ = part.Write(raw)
	}
	_ = w.Close()
	return &body, w.FormDataContentType()
}

// next signs a new version of a role with its keys and returns its wire form.
func (p *play) next(role model.RoleName, change func(*notary.File)) []byte {
	f := p.repo.Files[role]
	f.Version++
	f.Expires = time.Now().UTC().Add(notary.Lifetime(role))
	if change != nil {
		change(f)
	}
	notarytest.SignFile(f, p.repo.Keys[role]...)
	return f.Wire()
}

// look reads the repository back as trustdeck does.
func (p *play) look() *model.Repository {
	p.t.Helper()
	tls := transport.TLSFiles{CA: p.server.PKI.CAFile()}
	client, err := notaryserver.New(notaryserver.Config{URL: p.server.URL, TLS: tls.For})
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	desk := &admin.Desk{Remote: client, Clock: time.Now, Health: health.DefaultOptions()}
	view := desk.Open(p.t.Context(), p.gun)
	if view.Fault != nil {
		p.note("= %s: %s", view.Fault.Kind, view.Fault.Text)
		return nil
	}
	for _, role := range view.Repository.Roles {
		var types []string
		for _, id := range role.Keys {
			key, _ := view.Repository.Key(id)
			types = append(types, key.Algorithm)
		}
		p.note("= %s %d %s, %d of %v, %d tags", role.Name, role.Version, role.State, role.Threshold, types, len(role.Targets))
	}
	for _, problem := range view.Repository.AllProblems() {
		p.note("= problem %s", problem.Code)
	}
	return view.Repository
}

// publicKey makes a key pair, and returns the file of its public half.
func (p *play) publicKey() string {
	p.t.Helper()
	_, path := p.keyPair()
	return path
}

func (p *play) keyPair() (notarytest.Key, string) {
	p.t.Helper()
	key := notarytest.NewKey()
	der, err := x509.MarshalPKIXPublicKey(key.Private.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	path := filepath.Join(p.t.TempDir(), "key.pub")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return key, path
}

// give puts an unencrypted private key into a trust folder.
func (p *play) give(home string, key notarytest.Key, role string) {
	p.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := notary.BareKeyID(key.Private.(*ecdsa.PrivateKey).Public())
	if err != nil {
		p.t.Fatal(err)
	}
	dir := filepath.Join(home, "private")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	block := &pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"role": role}, Bytes: der}
	if err := os.WriteFile(filepath.Join(dir, string(id)+".key"), pem.EncodeToMemory(block), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// What differs from run to run is masked in the record.
var masks = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	// The real server compares the hashes in random order.
	{regexp.MustCompile(`sha(256|512) checksum for (\S+) did not match: expected \w+`), `checksum for $2 did not match`},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`/tmp/[^\s"]*`), "PATH"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HEX"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "HEX12"},
	// A file lists its keys by their IDs.
	{regexp.MustCompile(`"keytype":"ecdsa-x509"`), `"keytype":"ecdsa"`},
	{regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`), "BASE64"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(`\w{3} \w{3} \d{1,2} [\d:]{8} \w+ \d{4}`), "TIME"},
	{regexp.MustCompile(`"ID":"\d+"`), `"ID":"N"`},
	// A moment may end with zeros, which are not written.
	{regexp.MustCompile(`"length":\d+`), `"length":N`},
	{regexp.MustCompile(`change_id=\d+`), "change_id=N"},
}

// seen is the record without what differs from run to run.
func (p *play) seen() string {
	text := p.record.String()
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.mask)
	}
	return text
}
