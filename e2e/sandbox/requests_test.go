package sandbox

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// requests are what is asked of the server, in usual and in odd spellings.
var requests = []row{
	{"reading", func(p *play) {
		p.get("tuf/root.json")
		p.author()
		for _, path := range []string{
			"tuf/root.json", "tuf/1.root.json", "tuf/01.root.json", "tuf/0.root.json", "tuf/2.root.json", "tuf/-1.root.json", "tuf/x.root.json",
			"tuf/targets.json", "tuf/1.targets.json",
			"tuf/snapshot.json", "tuf/1.snapshot.json", "tuf/timestamp.json", "tuf/1.timestamp.json", "tuf/9.timestamp.json",
			"tuf/targets/absent.json", "tuf/1.targets/absent.json", "tuf/targets/UPPER.json", "tuf/nothing.json", "tuf/releases.json",
			"tuf/", "tuf", "tuf/root", "tuf/root.JSON", "tuf/Root.json", "tuf/root.json/", "tuf/root.json?x=1",
			"nothing", "", "/v2/", "/_notary_server/health",
		} {
			p.get(path)
		}
	}},
	{"reading by hash", func(p *play) {
		p.author()
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil), docker.Releases: p.next(docker.Releases, nil)})
		for _, role := range []model.RoleName{model.RoleRoot, docker.Releases} {
			raw := p.repo.Files[role].Wire()
			short, long, middle := sha256.Sum256(raw), sha512.Sum512(raw), sha512.Sum384(raw)
			for _, sum := range [][]byte{short[:], long[:], middle[:], short[:31], make([]byte, 32)} {
				p.note("%s, a hash of %d bytes", role, len(sum))
				p.get("tuf/" + string(role) + "." + hex.EncodeToString(sum) + ".json")
			}
			p.get("tuf/1." + string(role) + "." + hex.EncodeToString(short[:]) + ".json")
		}
	}},
	{"methods", func(p *play) {
		p.author()
		for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPost} {
			for _, path := range []string{"tuf/root.json", "tuf/1.root.json", "changefeed"} {
				p.ask(method, path, "", nil)
			}
		}
		p.ask(http.MethodPut, "tuf/timestamp.key", "", nil)
		p.ask(http.MethodDelete, "tuf/timestamp.key", "", nil)
		p.ask(http.MethodPut, "tuf/", "", nil)
	}},
	{"names of repositories", func(p *play) {
		body := files{model.RoleRoot: notarytest.New("docker.io/acme/other", time.Now()).Files[model.RoleRoot].Wire()}
		for _, gun := range []string{"UPPER/case", "a%2fb", "ünï", "a:5000/b", "-a", "_", "a._-/b", strings.Repeat("a/", 120) + "a"} {
			p.gun = model.GUN(gun)
			p.get("tuf/root.json")
			p.get("tuf/timestamp.key")
			p.get("changefeed?records=1")
			p.upload(body)
			p.ask(http.MethodDelete, "tuf/", "", nil)
		}
	}},
	{"keys of the server", func(p *play) {
		same := func(what string, a, b []byte) { p.note("%s: the same key: %v", what, bytes.Equal(a, b)) }
		first := p.get("tuf/timestamp.key")
		same("asked twice", first, p.get("tuf/timestamp.key"))
		same("rotated before it has signed", first, p.ask(http.MethodPost, "tuf/timestamp.key", "", nil))
		same("of another role", first, p.get("tuf/snapshot.key"))
		p.author()
		same("of a repository", first, p.get("tuf/timestamp.key"))
		next := p.ask(http.MethodPost, "tuf/timestamp.key", "", nil)
		same("rotated", first, next)
		same("rotated again", next, p.ask(http.MethodPost, "tuf/timestamp.key", "application/json", strings.NewReader("{}")))
		same("asked after that", first, p.get("tuf/timestamp.key"))
		p.ask(http.MethodDelete, "tuf/", "", nil)
		same("of a repository that is gone", next, p.get("tuf/timestamp.key"))
		for _, path := range []string{"tuf/targets.key", "tuf/root.key", "tuf/targets/releases.key", "tuf/.key"} {
			p.get(path)
			p.ask(http.MethodPost, path, "", nil)
		}
	}},
	{"deleting", func(p *play) {
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.author()
		p.ask(http.MethodDelete, "tuf", "", nil)
		p.ask(http.MethodDelete, "tuf/root.json", "", nil)
		p.get("tuf/root.json")
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.get("tuf/root.json")
		p.get("tuf/1.root.json")
		p.get("changefeed?records=9")
		p.author()
		p.get("changefeed?records=9")
	}},
	{"changefeed", func(p *play) {
		p.get("changefeed?records=10")
		p.author()
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		for _, query := range []string{
			"records=10", "records=2", "records=0", "records=-1", "records=-2", "records=+1", "records=%201", "records=1&records=2",
			"change_id=-1&records=1", "change_id=0&records=2", "change_id=-1&records=-1", "change_id=&records=1", "change_id=-7&records=1",
			"", "records=x", "records=1.5", "records=99999999999", "records=10&change_id=x", "records=10&change_id=99999999", "records=-1&change_id=99999999",
			"records=10&other=1",
		} {
			p.get("changefeed?" + query)
		}
		p.ask(http.MethodDelete, "tuf/", "", nil)
		p.get("changefeed?records=-1")
		p.get("/v2/_trust/changefeed?records=0&change_id=99999999")
		p.get("/v2/_trust/changefeed")
		p.get("changefeed/?records=1")
	}},
}
