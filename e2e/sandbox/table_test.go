package sandbox

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Whatever real clients do, the practice server and the real one, with its signer
// and its database, give the same outcome.
func TestSideBySide(t *testing.T) {
	production := peer.ProductionServer(t)
	practice, _ := peer.Sandbox(t, sandbox.Config{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(row.name, " ", "-")
			want, got := newPlay(t, production, name), newPlay(t, practice, name)
			row.do(want)
			want.look()
			row.do(got)
			got.look()
			if diff := differences(want.seen(), got.seen()); diff != "" {
				t.Errorf("the practice server (+) differs from the real one (-):\n%s", diff)
			}
			if want.record.Len() == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

// differences lists the lines that only one of two texts has, with what leads to
// them.
func differences(want, got string) string {
	if want == got {
		return ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for _, line := range a[max(0, i-3):i] {
		out = append(out, "  "+line)
	}
	for _, line := range a[i:min(len(a), i+12)] {
		out = append(out, "- "+line)
	}
	for _, line := range b[i:min(len(b), i+12)] {
		out = append(out, "+ "+line)
	}
	return strings.Join(out, "\n")
}

var rows = []struct {
	name string
	do   func(*play)
}{
	{"init and publish", func(p *play) {
		p.run(p.notary, "init GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "publish GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "init GUN")
	}},
	{"init with a root key", func(p *play) {
		first := p.image()
		p.run(p.notary, "init -p docker.io/"+first+"-first")
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "init -p GUN --rootkey", filepath.Join(p.t.TempDir(), "none.pem"))
	}},
	{"add and remove", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
		p.run(p.notary, "addhash GUN v2 10 --sha256 "+digest)
		p.run(p.notary, "status GUN")
		p.run(p.notary, "publish GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "lookup GUN v1")
		p.run(p.notary, "remove -p GUN v1")
		p.run(p.second, "list GUN")
		p.run(p.second, "lookup GUN v1")
	}},
	{"delegations", func(p *play) {
		alice, bob := p.publicKey(), p.publicKey()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", alice)
		p.run(p.notary, "delegation add -p GUN targets/alice --paths a,b", alice, bob)
		p.run(p.second, "delegation list GUN")
		p.run(p.notary, "delegation remove -p GUN targets/alice --paths a")
		p.run(p.notary, "delegation remove -p -y GUN targets/alice")
		p.run(p.notary, "delegation add -p GUN targets/absent/deep --all-paths", alice)
		p.run(p.notary, "delegation add -p GUN targets/UPPER --all-paths", alice)
		p.run(p.second, "delegation list GUN")
	}},
	{"sign with a delegation key", func(p *play) {
		key, public := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "key rotate GUN snapshot -r")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", public)
		p.give(p.second.Home, key, "releases")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
		p.run(p.second, "witness -p GUN targets/releases")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "delegation purge -p GUN --key "+string(key.ID))
		p.run(p.second, "list GUN")
	}},
	{"a delegate cannot sign a client's snapshot", func(p *play) {
		key, public := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", public)
		p.give(p.second.Home, key, "releases")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
	}},
	{"witness", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "witness -p GUN targets")
		p.run(p.notary, "witness -p GUN targets/nobody")
	}},
	{"rotate", func(p *play) {
		p.run(p.notary, "init -p GUN")
		for _, what := range []string{"targets", "snapshot", "snapshot -r", "timestamp -r", "snapshot", "timestamp"} {
			p.run(p.notary, "key rotate GUN "+what)
			p.look()
		}
		p.run(p.notary.Answering("yes\n"), "key rotate GUN root")
		p.look()
		p.run(p.notary.Answering("yes\n"), "key rotate GUN root")
		p.run(p.second, "list GUN")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
	}},
	{"rotate twice without publishing", func(p *play) {
		p.get("tuf/timestamp.key")
		p.get("tuf/timestamp.key")
		p.ask(http.MethodPost, "tuf/timestamp.key", "", nil)
		p.ask(http.MethodPost, "tuf/snapshot.key", "", nil)
		p.get("tuf/targets.key")
		p.ask(http.MethodPost, "tuf/root.key", "", nil)
	}},
	{"docker signs", func(p *play) {
		_, carol := p.keyPair()
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust signer add carol IMAGE --key", carol)
		p.look()
		p.run(p.docker, "trust signer add carol IMAGE --key", carol)
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.run(p.docker, "trust signer remove carol IMAGE")
		p.run(p.docker, "trust inspect --pretty IMAGE")
	}},
	{"docker signs a released tag", func(p *play) {
		key, public := p.keyPair()
		p.run(p.docker, "trust signer add dave IMAGE --key", public)
		p.give(filepath.Join(p.docker.Home, "trust"), key, "dave")
		p.give(p.second.Home, key, "dave")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
		p.run(p.docker, "trust sign IMAGE:v1")
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.run(p.docker, "trust revoke IMAGE:v1")
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust revoke -y IMAGE")
	}},
	{"delete", func(p *play) {
		p.run(p.notary, "delete GUN --remote")
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "delete GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "delete GUN --remote")
		p.run(p.second, "list GUN")
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.run(p.notary, "init -p GUN")
	}},
	{"a lost race", func(p *play) {
		p.author()
		stale := p.next(model.RoleTargets, nil)
		p.upload(map[model.RoleName][]byte{model.RoleTargets: stale})
		p.upload(map[model.RoleName][]byte{model.RoleTargets: stale})
		p.repo.Files[model.RoleTargets].Version = 0
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, nil)})
	}},
	{"gaps in versions", func(p *play) {
		p.author()
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, func(f *notary.File) { f.Version = 7 })})
		p.upload(map[model.RoleName][]byte{model.RoleRoot: p.next(model.RoleRoot, func(f *notary.File) { f.Version = 7 })})
		p.repo.Files[model.RoleRoot].Version = 0
		p.upload(map[model.RoleName][]byte{model.RoleRoot: p.next(model.RoleRoot, nil)})
		p.upload(map[model.RoleName][]byte{model.RoleRoot: p.next(model.RoleRoot, nil)})
	}},
	{"expired targets", func(p *play) {
		p.author()
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, func(f *notary.File) { f.Expires = time.Now().Add(-time.Hour) })})
	}},
	{"wrong signatures", func(p *play) {
		p.author()
		p.repo.Keys[model.RoleTargets] = []notarytest.Key{notarytest.NewKey()}
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.repo.Delegate(model.RoleReleases, 1, []string{""}, notarytest.NewKey())
		p.upload(map[model.RoleName][]byte{model.RoleReleases: p.next(model.RoleReleases, nil)})
		p.repo.Keys[model.RoleRoot] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), string(p.gun), time.Now(), time.Now().Add(time.Hour))}
		p.upload(map[model.RoleName][]byte{model.RoleRoot: p.next(model.RoleRoot, nil)})
	}},
	{"a root of another repository", func(p *play) {
		p.author()
		other := notarytest.New("docker.io/acme/other", time.Now())
		p.upload(map[model.RoleName][]byte{model.RoleRoot: other.Files[model.RoleRoot].Wire()})
	}},
	{"nothing to build on", func(p *play) {
		p.repo = notarytest.New(p.gun, time.Now())
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.repo.Files[model.RoleTargets].Wire()})
		p.upload(map[model.RoleName][]byte{model.RoleRoot: p.repo.Files[model.RoleRoot].Wire()})
		p.upload(map[model.RoleName][]byte{
			model.RoleRoot: p.repo.Files[model.RoleRoot].Wire(), model.RoleTargets: p.repo.Files[model.RoleTargets].Wire(),
		})
		p.upload(map[model.RoleName][]byte{
			model.RoleRoot: p.repo.Files[model.RoleRoot].Wire(), model.RoleTargets: p.repo.Files[model.RoleTargets].Wire(),
			model.RoleSnapshot: p.repo.Files[model.RoleSnapshot].Wire(),
		})
		p.upload(nil)
	}},
	{"a snapshot of other files", func(p *play) {
		p.repo = notarytest.New(p.gun, time.Now())
		files := map[model.RoleName][]byte{
			model.RoleRoot: p.repo.Files[model.RoleRoot].Wire(), model.RoleSnapshot: p.repo.Files[model.RoleSnapshot].Wire(),
			model.RoleTargets: p.next(model.RoleTargets, nil),
		}
		p.upload(files)
	}},
	{"uploads that are none", func(p *play) {
		p.ask(http.MethodPost, "tuf/", "application/json", strings.NewReader("{}"))
		p.upload(map[model.RoleName][]byte{model.RoleRoot: []byte("{")})
		p.upload(map[model.RoleName][]byte{"releases": []byte("{}")})
		p.upload(map[model.RoleName][]byte{"targets/A": []byte("{}")})
		p.upload(map[model.RoleName][]byte{"": []byte("{}")})
	}},
	{"reading", func(p *play) {
		p.get("tuf/root.json")
		p.author()
		for _, path := range []string{
			"tuf/root.json", "tuf/1.root.json", "tuf/01.root.json", "tuf/0.root.json", "tuf/2.root.json", "tuf/targets.json",
			"tuf/snapshot.json", "tuf/timestamp.json", "tuf/1.timestamp.json", "tuf/targets/absent.json", "tuf/nothing.json", "tuf/", "tuf/root",
			"tuf/root." + digest + ".json", "tuf/root." + strings.ToUpper(digest) + ".json", "tuf/root.abc.json", "nothing", "/v2/", "/_notary_server/health",
		} {
			p.get(path)
		}
	}},
	{"changefeed", func(p *play) {
		p.get("changefeed?records=10")
		p.author()
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.upload(map[model.RoleName][]byte{model.RoleTargets: p.next(model.RoleTargets, nil)})
		for _, query := range []string{
			"records=10", "records=2", "records=0", "records=-1", "records=-2", "change_id=-1&records=1", "change_id=0&records=2",
			"", "records=x", "records=10&change_id=x", "records=10&change_id=99999999",
		} {
			p.get("changefeed?" + query)
		}
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.get("changefeed?records=-1")
	}},
}

// The one thing in which the practice server is stricter: bytes that Notary would
// not write. The real server takes them, and serves files whose hashes its own
// snapshot does not state.
func TestNotNotarysBytes(t *testing.T) {
	practice, _ := peer.Sandbox(t, sandbox.Config{})
	for name, server := range map[string]*peer.Server{"real": peer.ProductionServer(t), "practice": practice} {
		p := newPlay(t, server, "bytes")
		p.author()
		wire := p.next(model.RoleTargets, nil)
		p.record.Reset()
		p.upload(map[model.RoleName][]byte{model.RoleTargets: append(wire, '\n')})
		refused := strings.Contains(p.seen(), "INVALID_UPDATE") && strings.Contains(p.seen(), "is not spelled as Notary writes it")
		if refused != (name == "practice") {
			t.Errorf("the %s server answers\n%s", name, p.seen())
		}
	}
}
