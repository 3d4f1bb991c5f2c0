package sandbox

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A play is one row of the table on one server: clients with empty folders, a
// repository of their own, and the record of what they did and saw.
type play struct {
	writer
	t *testing.T
	// notary and docker have a trust folder each; second is another notary.
	notary, second, docker *peer.Client
	// authorization is a header of its requests; empty leaves it out.
	authorization string

	// record holds each step with its outcome.
	record []string
}

func newPlay(t *testing.T, server *peer.Server, name string) *play {
	t.Helper()
	p := &play{
		t:      t,
		writer: writer{server: server, http: server.Client(), gun: model.GUN("docker.io/acme/" + name)},
		notary: peer.Notary(t, server, t.TempDir()), second: peer.Notary(t, server, t.TempDir()),
		docker: peer.Docker(t, server, t.TempDir()),
	}
	p.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return p
}

// image is the repository as docker names it.
func (p *play) image() string { return strings.TrimPrefix(string(p.gun), "docker.io/") }

// note adds a step to the record.
func (p *play) note(format string, args ...any) {
	p.record = append(p.record, fmt.Sprintf(format, args...))
}

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
	if p.authorization != "" {
		request.Header.Set("Authorization", p.authorization)
	}
	response, err := p.http.Do(request)
	if err != nil {
		p.note("> %s %s\nno answer", method, path)
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var step strings.Builder
	fmt.Fprintf(&step, "> %s %s\n%d\n", method, path, response.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(response.Header)) {
		value := response.Header.Get(name)
		switch name {
		case "Date", "Content-Length": // each server has its own
		case "Last-Modified":
			_, err := time.Parse(time.RFC1123, value)
			fmt.Fprintf(&step, "Last-Modified is RFC 1123: %v, UTC: %v\n", err == nil, strings.HasSuffix(value, " UTC"))
		default:
			fmt.Fprintf(&step, "%s: %s\n", name, value)
		}
	}
	step.Write(raw)
	p.note("%s", step.String())
	return raw
}

func (p *play) get(path string) []byte { p.t.Helper(); return p.ask(http.MethodGet, path, "", nil) }

// look reads the repository back as trustdeck does.
func (p *play) look() {
	p.t.Helper()
	view := open(p.t, connect(p.t, p.server), p.gun)
	if view.Fault != nil {
		p.note("= %s: %s", view.Fault.Kind, view.Fault.Text)
		return
	}
	step := []string{"= what trustdeck reads"}
	for _, role := range view.Repository.Roles {
		var types []string
		for _, id := range role.Keys {
			key, _ := view.Repository.Key(id)
			types = append(types, key.Algorithm)
		}
		step = append(step, fmt.Sprintf("%s %d %s, %d of %v, %d tags", role.Name, role.Version, role.State, role.Threshold, types, len(role.Targets)))
	}
	for _, problem := range view.Repository.AllProblems() {
		step = append(step, "problem "+string(problem.Code))
	}
	p.note("%s", strings.Join(step, "\n"))
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
	bare, err := notary.Bare(key.Private.(*ecdsa.PrivateKey).Public())
	if err != nil {
		p.t.Fatal(err)
	}
	dir := filepath.Join(home, "private")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	block := &pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"role": role}, Bytes: der}
	if err := os.WriteFile(filepath.Join(dir, string(bare.ID)+".key"), pem.EncodeToMemory(block), 0o600); err != nil {
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
	{regexp.MustCompile(`:pull,push"`), `:push,pull"`}, // in random order
	{regexp.MustCompile(`realm="[^"]*",service="[^"]*"`), `realm="REALM",service="SERVICE"`},
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
func (p *play) seen() []string {
	seen := slices.Clone(p.record)
	for i := range seen {
		for _, m := range masks {
			seen[i] = m.pattern.ReplaceAllString(seen[i], m.mask)
		}
	}
	return seen
}
