package sandbox

import (
	"net/http"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// uploads are what clients would not send by themselves: every rule of the server
// is broken here, and some that it does not have.
var uploads = []row{
	{"a lost race", func(p *play) {
		p.author()
		stale := p.next(model.RoleTargets, nil)
		p.upload(files{model.RoleTargets: stale})
		p.upload(files{model.RoleTargets: stale})
		p.repo.Files[model.RoleTargets].Version = 0
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		// What came with it is lost too.
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.upload(files{docker.Releases: p.next(docker.Releases, nil), model.RoleTargets: stale})
		p.get("tuf/targets/releases.json")
	}},
	{"gaps in versions", func(p *play) {
		p.author()
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, func(f *notary.File) { f.Version = 7 })})
		p.upload(files{model.RoleRoot: p.next(model.RoleRoot, func(f *notary.File) { f.Version = 7 })})
		p.repo.Files[model.RoleRoot].Version = 0
		p.upload(files{model.RoleRoot: p.next(model.RoleRoot, nil)})
		p.upload(files{model.RoleRoot: p.next(model.RoleRoot, nil)})
		p.get("tuf/2.targets.json")
		p.get("tuf/7.targets.json")
	}},
	{"expired files", func(p *play) {
		p.authorWhole()
		past := func(f *notary.File) { f.Expires = time.Now().Add(-time.Hour) }
		for _, role := range []model.RoleName{model.RoleTargets, model.RoleRoot} {
			set := files{role: p.next(role, past)}
			set[model.RoleSnapshot] = p.nextSnapshot(nil)
			p.upload(set)
			p.repo.Files[role].Version--
			p.next(role, nil)
		}
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(past)})
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		set := files{model.RoleRoot: p.repo.Files[model.RoleRoot].Wire(), model.RoleTargets: p.next(model.RoleTargets, nil), docker.Releases: p.next(docker.Releases, past)}
		set[model.RoleSnapshot] = p.nextSnapshot(nil)
		p.upload(set)
	}},
	{"a snapshot that runs out", func(p *play) {
		p.authorWhole()
		var until time.Time
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(func(f *notary.File) {
			until = time.Now().Add(2 * time.Second)
			f.Expires = until
		})})
		p.get("tuf/timestamp.json")
		<-time.After(time.Until(until.Add(10 * time.Millisecond)))
		p.get("tuf/timestamp.json")
		p.get("tuf/snapshot.json")
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(nil)})
		p.get("tuf/timestamp.json")
	}},
	{"wrong signatures", func(p *play) {
		p.author()
		p.repo.Keys[model.RoleTargets] = []notarytest.Key{notarytest.NewKey()}
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.upload(files{docker.Releases: p.next(docker.Releases, nil)})
		p.repo.Keys[model.RoleRoot] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), string(p.gun), time.Now(), time.Now().Add(time.Hour))}
		p.upload(files{model.RoleRoot: p.next(model.RoleRoot, nil)})
	}},
	{"a signature of something else", func(p *play) {
		p.author()
		p.next(model.RoleTargets, nil)
		f := p.repo.Files[model.RoleTargets]
		f.Version++
		p.upload(files{model.RoleTargets: f.Wire()})
		p.next(model.RoleTargets, nil)
		f.Signatures[0].KeyID = model.KeyID(strings.Repeat("0", 64))
		p.upload(files{model.RoleTargets: f.Wire()})
	}},
	{"more signatures than needed", func(p *play) {
		p.author()
		p.repo.Keys[model.RoleTargets] = append(p.repo.Keys[model.RoleTargets], notarytest.NewKey())
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
	}},
	{"a root of another repository", func(p *play) {
		p.author()
		other := notarytest.New("docker.io/acme/other", time.Now())
		p.upload(files{model.RoleRoot: other.Files[model.RoleRoot].Wire()})
	}},
	{"nothing to build on", func(p *play) {
		p.repo = notarytest.New(p.gun, time.Now())
		root, targets := p.repo.Files[model.RoleRoot].Wire(), p.repo.Files[model.RoleTargets].Wire()
		p.upload(files{model.RoleTargets: targets})
		p.upload(files{docker.Releases: targets})
		p.upload(files{model.RoleRoot: root})
		p.upload(files{model.RoleRoot: root, model.RoleTargets: targets})
		p.upload(files{model.RoleRoot: root, model.RoleTargets: targets, model.RoleSnapshot: p.repo.Files[model.RoleSnapshot].Wire()})
		p.upload(nil)
	}},
	{"nothing at all", func(p *play) {
		p.author()
		p.upload(nil)
	}},
	{"a snapshot of other files", func(p *play) {
		p.authorWhole()
		wrong := func(sum func(*model.Hashes)) func(*notary.File) {
			return func(f *notary.File) {
				for i := range f.Meta {
					if f.Meta[i].Role == model.RoleTargets {
						sum(&f.Meta[i].Hashes)
					}
				}
			}
		}
		for _, sum := range []func(*model.Hashes){
			func(h *model.Hashes) { h.SHA256, h.SHA512 = make([]byte, 32), make([]byte, 64) },
			func(h *model.Hashes) { h.SHA256 = make([]byte, 32) },
			func(h *model.Hashes) { h.SHA512 = make([]byte, 64) },
			func(h *model.Hashes) { h.SHA512 = nil },
		} {
			set := files{model.RoleTargets: p.next(model.RoleTargets, nil)}
			set[model.RoleSnapshot] = p.nextSnapshot(wrong(sum))
			p.upload(set)
		}
	}},
	{"a snapshot by itself", func(p *play) {
		p.authorWhole()
		p.upload(files{model.RoleSnapshot: p.repo.Files[model.RoleSnapshot].Wire()})
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(nil)})
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(func(f *notary.File) { f.Version = 2 })})
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(func(f *notary.File) { f.Version = 9 })})
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(func(f *notary.File) {
			f.Meta = append(f.Meta, notary.Entry("targets/nobody", []byte("nothing")))
		})})
		p.repo.Keys[model.RoleSnapshot] = []notarytest.Key{notarytest.NewKey()}
		p.upload(files{model.RoleSnapshot: p.nextSnapshot(nil)})
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
	}},
	{"a timestamp is the server's", func(p *play) {
		p.author()
		p.upload(files{model.RoleTimestamp: []byte("{}")})
		p.upload(files{model.RoleTimestamp: notarytest.New(p.gun, time.Now()).Files[model.RoleTimestamp].Wire()})
		p.get("tuf/2.timestamp.json")
	}},
	{"uploads that are none", func(p *play) {
		p.ask(http.MethodPost, "tuf/", "application/json", strings.NewReader("{}"))
		p.ask(http.MethodPost, "tuf/", "", nil)
		p.ask(http.MethodPost, "tuf/", "multipart/form-data", strings.NewReader("{}"))
		p.upload(files{model.RoleRoot: []byte("{")})
		p.upload(files{model.RoleRoot: nil})
		p.upload(files{"releases": []byte("{}")})
		p.upload(files{"targets/A": []byte("{}")})
		p.upload(files{"": []byte("{}")})
	}},
	{"names of parts", func(p *play) {
		p.author()
		wire := string(p.next(model.RoleTargets, nil))
		for _, disposition := range []string{
			`form-data; name="files"`, `form-data; name="files"; filename=""`, `form-data; name="files"; filename="../targets"`,
			`form-data; name="files"; filename="/targets"`, `form-data; name="files"; filename="targets/"`, `form-data; name="files"; filename="targets//a"`,
			`form-data; name="files"; filename="targets/../a"`, `form-data; name="files"; filename="Targets"`, `form-data; name="files"; filename="targets.JSON"`,
			`form-data; name="files"; filename="` + strings.Repeat("targets/", 40) + `a"`, `attachment`, `nonsense;;`,
			`form-data; name="x"; filename="targets.json"`,
		} {
			p.uploadParts([2]string{disposition, wire})
		}
		later := string(p.next(model.RoleTargets, nil))
		p.uploadParts(
			[2]string{`form-data; name="files"; filename="targets"`, string(p.next(model.RoleTargets, nil))},
			[2]string{`form-data; name="files"; filename="targets"`, later},
		)
	}},
}
