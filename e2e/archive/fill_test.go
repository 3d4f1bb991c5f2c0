package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

func TestMain(m *testing.M) { peer.Main(m) }

// The repositories of the sample. remote/archive/sample_test.go says what each
// shows.
const (
	web        model.GUN = "docker.io/acme/web"
	base       model.GUN = "docker.io/acme/base"
	api        model.GUN = "docker.io/acme/api"
	worker     model.GUN = "docker.io/acme/worker"
	legacy     model.GUN = "docker.io/acme/legacy"
	catalog    model.GUN = "docker.io/acme/catalog"
	tools      model.GUN = "registry.example.org/platform/tools"
	pay        model.GUN = "registry.example.org/pay/ledger"
	gateway    model.GUN = "registry.example.org/edge/gateway"
	playground model.GUN = "localhost:5000/dev/playground"
)

func sampleNames() []model.GUN {
	return []model.GUN{web, base, api, worker, legacy, catalog, tools, pay, gateway, playground}
}

// The sample is archived with a clock that is some days ahead, so that what has
// expired and what was changed did so days ago and not seconds. No file is
// touched by that: a server accepts only what is valid now.
const (
	day   = 24 * time.Hour
	ahead = 3 * day
)

// A publisher administers repositories on one server, with both clients. The
// notary client works in docker's trust folder too, as administrators do.
type publisher struct {
	t        *testing.T
	server   *peer.Server
	notary   *peer.Client
	docker   *peer.Client
	inDocker *peer.Client
	keys     string
	contents int
}

func newPublisher(t *testing.T, server *peer.Server) *publisher {
	t.Helper()
	p := &publisher{t: t, server: server, keys: t.TempDir()}
	p.notary = peer.Notary(t, server, t.TempDir())
	p.docker = peer.Docker(t, server, t.TempDir())
	p.inDocker = peer.Notary(t, server, filepath.Join(p.docker.Home, "trust")).With(
		"NOTARY_TARGETS_PASSPHRASE="+peer.RepositoryPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.RepositoryPassphrase)
	return p
}

// fill makes all repositories of the sample.
func (p *publisher) fill() {
	p.ledger()
	p.web()
	p.base()
	p.api()
	p.worker()
	p.legacy()
	p.catalog()
	p.tools()
	p.gateway()
	p.playground()
}

// add stages tags with notary in a role and publishes them together.
func (p *publisher) add(n *peer.Client, gun model.GUN, role string, tags ...string) {
	p.t.Helper()
	for _, tag := range tags {
		p.contents++
		sum := sha256.Sum256(fmt.Appendf(nil, "image %d", p.contents))
		n.Run(p.t, "addhash", string(gun), tag, strconv.Itoa(1500+p.contents), "--sha256", hex.EncodeToString(sum[:]), "-r", role)
	}
	n.Run(p.t, "publish", string(gun))
}

// signers adds signers with "docker trust", which makes the repository, and
// returns their key IDs.
func (p *publisher) signers(gun model.GUN, names ...string) map[string]string {
	p.t.Helper()
	ids := map[string]string{}
	for _, name := range names {
		public := filepath.Join(p.keys, name+".pub")
		if r := p.docker.Try("trust", "key", "generate", name, "--dir", p.keys); r.Code != 0 && !strings.Contains(r.Stderr, "already exists") {
			p.t.Fatalf("docker trust key generate %s: %s", name, r.Stderr)
		}
		p.docker.Run(p.t, "trust", "signer", "add", "--key", public, name, string(gun))
		ids[name] = peer.PublicKeyID(p.t, public)
	}
	return ids
}

// web: three signers, everything in order.
func (p *publisher) web() {
	p.signers(web, "alice", "bob", "carol")
	for _, tag := range []string{"1.0", "1.1", "2.0"} {
		p.add(p.inDocker, web, "targets/releases", tag)
		p.docker.Run(p.t, "trust", "sign", string(web)+":"+tag)
	}
}

// base: every key was rotated, the root twice.
func (p *publisher) base() {
	p.notary.Run(p.t, "init", "-p", string(base))
	p.add(p.notary, base, "targets", "bookworm", "bullseye")
	for _, args := range [][]string{{string(base), "root"}, {"-r", string(base), "snapshot"}, {string(base), "targets"}, {"-r", string(base), "timestamp"}, {string(base), "root"}} {
		p.notary.Answering("yes\n").Run(p.t, append([]string{"key", "rotate"}, args...)...)
	}
	p.add(p.notary, base, "targets", "trixie")
}

// api: the key of one of two signers is not in targets/releases.
func (p *publisher) api() {
	ids := p.signers(api, "alice", "dave")
	p.add(p.inDocker, api, "targets/releases", "v1")
	p.docker.Run(p.t, "trust", "sign", string(api)+":v1")
	p.inDocker.Run(p.t, "delegation", "remove", "-y", "-p", string(api), "targets/releases", ids["dave"])
	p.add(p.inDocker, api, "targets/dave", "v2")
}

// worker: the only key that has signed targets/releases was replaced, and nobody
// has signed anew.
func (p *publisher) worker() {
	erin, frank := peer.BareKey(p.t, p.keys, "erin"), peer.BareKey(p.t, p.keys, "frank")
	p.notary.Run(p.t, "init", "-p", string(worker))
	p.notary.Run(p.t, "key", "import", "--role", "erin", erin.PrivateFile)
	p.notary.Run(p.t, "delegation", "add", "-p", string(worker), "targets/releases", erin.PublicFile, "--all-paths")
	p.add(p.notary, worker, "targets/releases", "3.1", "3.2")
	p.notary.Run(p.t, "delegation", "add", string(worker), "targets/releases", frank.PublicFile)
	p.notary.Run(p.t, "delegation", "remove", "-y", string(worker), "targets/releases", erin.ID)
	p.notary.Run(p.t, "publish", string(worker))
}

// legacy: no delegations, and the client holds the snapshot key.
func (p *publisher) legacy() {
	p.notary.Run(p.t, "init", "-p", string(legacy))
	p.add(p.notary, legacy, "targets", "1.0", "stable")
	p.notary.Run(p.t, "remove", "-p", string(legacy), "1.0")
}

// catalog: sixty tags.
func (p *publisher) catalog() {
	p.signers(catalog, "alice")
	var tags []string
	for i := range 60 {
		tags = append(tags, fmt.Sprintf("%d.%d.%d", 1+i/20, i/5%4, i%5))
	}
	p.add(p.inDocker, catalog, "targets/releases", tags...)
}

// tools: nested delegations with paths, one with an RSA certificate.
func (p *publisher) tools() {
	grace, heidi := peer.BareKey(p.t, p.keys, "grace"), peer.CertifiedKey(p.t, p.keys, "heidi")
	n := p.notary
	n.Run(p.t, "init", "-p", string(tools))
	n.Run(p.t, "key", "rotate", "-r", string(tools), "snapshot")
	n.Run(p.t, "key", "import", "--role", "grace", grace.PrivateFile)
	n.Run(p.t, "key", "import", "--role", "heidi", heidi.PrivateFile)
	n.Run(p.t, "delegation", "add", string(tools), "targets/releases", grace.PublicFile, heidi.PublicFile, "--all-paths")
	n.Run(p.t, "delegation", "add", string(tools), "targets/grace", grace.PublicFile, "--all-paths")
	n.Run(p.t, "delegation", "add", string(tools), "targets/platform", heidi.PublicFile, "--paths", "cli-,ci-")
	n.Run(p.t, "publish", string(tools))
	n.Run(p.t, "delegation", "add", "-p", string(tools), "targets/platform/ci", grace.PublicFile, "--paths", "ci-")
	p.add(n, tools, "targets/releases", "cli-4.0", "ci-2026.11")
	p.add(n, tools, "targets/platform", "cli-4.0")
	p.add(n, tools, "targets/platform/ci", "ci-nightly")
}

// playground: a delegation that was removed again, under a name that needs
// escaping.
func (p *publisher) playground() {
	ivan := peer.BareKey(p.t, p.keys, "ivan")
	n := p.notary
	n.Run(p.t, "init", "-p", string(playground))
	n.Run(p.t, "key", "import", "--role", "ivan", ivan.PrivateFile)
	n.Run(p.t, "delegation", "add", "-p", string(playground), "targets/ivan", ivan.PublicFile, "--all-paths")
	p.add(n, playground, "targets/ivan", "try")
	n.Run(p.t, "delegation", "remove", "-y", "-p", string(playground), "targets/ivan")
	p.add(n, playground, "targets", "latest")
}

// ledger: targets that expired two days before the date of the sample. Notary's
// clients write no such thing, so the files come from trustdeck's own writer; the
// server has accepted them while they were valid.
func (p *publisher) ledger() {
	r := notarytest.New(pay, time.Now())
	judy := notarytest.NewKey()
	r.Delegate("targets/judy", 1, []string{""}, judy)
	r.Delegate(docker.Releases, 1, []string{""}, judy)
	for _, role := range []model.RoleName{"targets/judy", docker.Releases} {
		r.Tag(role, "2026.1", "ledger 2026.1")
	}
	peer.Publish(p.t, p.server, p.server.Client(), r)
	p.upload(r, model.RoleTargets, time.Now().Add(ahead-2*day))
}

// gateway: two of three keys must sign targets/releases, which expires
// twelve days after the date of the sample.
func (p *publisher) gateway() {
	r := notarytest.New(gateway, time.Now())
	mallory, niaj, olivia := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	r.Delegate("targets/mallory", 1, []string{""}, mallory)
	r.Delegate("targets/niaj", 1, []string{""}, niaj)
	r.Delegate("targets/olivia", 1, []string{""}, olivia)
	r.Delegate(docker.Releases, 2, []string{""}, mallory, niaj, olivia)
	for _, role := range []model.RoleName{"targets/mallory", "targets/niaj", docker.Releases} {
		r.Tag(role, "7.2", "gateway 7.2")
	}
	peer.Publish(p.t, p.server, p.server.Client(), r)
	r.Keys[docker.Releases] = []notarytest.Key{mallory, niaj}
	p.upload(r, docker.Releases, time.Now().Add(ahead+12*day+time.Hour))
}

// upload publishes the next version of one role.
func (p *publisher) upload(r *notarytest.Repo, role model.RoleName, expires time.Time) {
	p.t.Helper()
	f := r.Files[role]
	f.Version++
	f.Expires = expires.UTC()
	notarytest.SignFile(f, r.Keys[role]...)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files", string(role))
	if err == nil {
		_, err = part.Write(f.Wire())
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	url := p.server.URL + "/v2/" + string(r.GUN) + "/_trust/tuf/"
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, url, &body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := p.server.Client().Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %s", r.GUN, role, resp.Status)
	}
}
