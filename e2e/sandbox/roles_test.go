package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// roles are about whose signature counts for what.
var roles = []row{
	{"a new root needs the old one", func(p *play) {
		p.author()
		old, next := p.repo.Keys[model.RoleRoot], []notarytest.Key{p.certified()}
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleRoot, next)})
		p.repo.Files[model.RoleRoot].Version = 1
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleRoot, next, notarytest.NewKey())})
		p.repo.Files[model.RoleRoot].Version = 1
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleRoot, next, append(old, next...)...)})
		p.get("tuf/1.root.json")
		p.get("tuf/2.root.json")
	}},
	{"certificates of a root", func(p *play) {
		p.author()
		now, year := time.Now(), time.Now().AddDate(1, 0, 0)
		old := p.repo.Keys[model.RoleRoot]
		for _, next := range []notarytest.Key{
			notarytest.Certified(notarytest.NewKey(), "docker.io/acme/other", now, year),
			notarytest.Certified(notarytest.NewKey(), string(p.gun), now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)),
			notarytest.Certified(notarytest.NewKey(), string(p.gun), now.AddDate(0, 0, 2), year),
			notarytest.NewKey(),
			notarytest.Certified(notarytest.NewKey(), "docker.io/acme/*", now, year),
		} {
			p.repo.Files[model.RoleRoot].Version = 1
			p.upload(files{model.RoleRoot: p.nextRoot(model.RoleRoot, []notarytest.Key{next}, append(old[:1:1], next)...)})
		}
	}},
	{"two of two", func(p *play) {
		p.begin(model.RoleSnapshot, model.RoleTimestamp)
		both := []notarytest.Key{p.certified(), p.certified()}
		p.repo.Keys[model.RoleRoot], p.repo.Keys[model.RoleTargets] = both, []notarytest.Key{notarytest.NewKey(), notarytest.NewKey()}
		root := p.repo.Files[model.RoleRoot]
		root.Keys = nil
		p.repo.NameKeys()
		p.threshold(2, model.RoleRoot)
		p.threshold(2, model.RoleTargets)
		p.next(model.RoleRoot, nil)
		targets := p.next(model.RoleTargets, nil)
		notarytest.SignFile(root, both[0])
		p.upload(files{model.RoleRoot: root.Wire(), model.RoleTargets: targets})
		notarytest.SignFile(root, both[0], both[0])
		p.upload(files{model.RoleRoot: root.Wire(), model.RoleTargets: targets})
		notarytest.SignFile(root, both...)
		p.upload(files{model.RoleRoot: root.Wire(), model.RoleTargets: targets})
		all := p.repo.Keys[model.RoleTargets]
		p.repo.Keys[model.RoleTargets] = all[:1]
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.repo.Keys[model.RoleTargets] = all
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		// One of the two cannot do without the other.
		p.threshold(1, model.RoleRoot)
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleRoot, both[:1])})
	}},
	{"more needed than there are", func(p *play) {
		p.author()
		p.threshold(2, model.RoleTargets)
		p.upload(files{model.RoleRoot: p.next(model.RoleRoot, nil)})
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
	}},
	{"another targets key", func(p *play) {
		p.author()
		next := []notarytest.Key{notarytest.NewKey()}
		// Alone, it leaves targets that nobody believes.
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleTargets, next)})
		p.look()
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
	}},
	{"a timestamp key of somebody else", func(p *play) {
		p.author()
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleTimestamp, []notarytest.Key{notarytest.NewKey()})})
		p.repo.Files[model.RoleRoot].Version = 1
		p.upload(files{model.RoleRoot: p.nextRoot(model.RoleSnapshot, []notarytest.Key{notarytest.NewKey()})})
	}},
	{"kinds of keys", func(p *play) {
		p.author()
		p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			p.t.Fatal(err)
		}
		large, err := notarytest.Wrap(p384)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, key := range []notarytest.Key{notarytest.NewEd25519Key(), notarytest.NewRSAKey(2048), large, p.certified()} {
			p.upload(files{
				model.RoleRoot:    p.nextRoot(model.RoleTargets, []notarytest.Key{key}),
				model.RoleTargets: p.next(model.RoleTargets, nil),
			})
		}
	}},
	{"delegations by upload", func(p *play) {
		p.author()
		key, child := notarytest.NewKey(), notarytest.NewKey()
		p.repo.Delegate("targets/a", 1, []string{"a/"}, key)
		absent := p.next("targets/a", nil)
		p.upload(files{"targets/a": absent})
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.look()
		// Names outside its paths are for readers to leave out.
		p.repo.Tag("targets/a", "b/1.0", "one")
		p.repo.Tag("targets/a", "a/1.0", "two")
		p.upload(files{"targets/a": p.next("targets/a", nil)})
		p.repo.Delegate("targets/a/b", 1, []string{"a/b"}, child)
		p.upload(files{"targets/a": p.next("targets/a", nil), "targets/a/b": p.next("targets/a/b", nil)})
		p.upload(files{"targets/a/b": p.next("targets/a/b", nil)})
		p.get("tuf/targets/a.json")
		p.get("tuf/2.targets/a/b.json")
		// A role that is taken away leaves its file behind.
		p.repo.Files[model.RoleTargets].Roles = nil
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.get("tuf/targets/a.json")
	}},
	{"a delegation that was removed and is named again", func(p *play) {
		p.author()
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.repo.Tag(docker.Releases, "1.0", "one")
		first := p.next(docker.Releases, nil)
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil), docker.Releases: first})
		p.repo.Files[model.RoleTargets].Roles = nil
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.get("tuf/targets/releases.json")
		p.get("tuf/1.targets/releases.json")
		p.get("tuf/2.targets/releases.json")
		// Its file is listed again, whoever's keys it gets, and its version is taken.
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil)})
		p.look()
		p.upload(files{docker.Releases: p.next(docker.Releases, nil)})
		p.upload(files{docker.Releases: p.next(docker.Releases, nil)})
		p.look()
	}},
	{"a delegation without keys", func(p *play) {
		p.author()
		p.repo.Delegate(docker.Releases, 1, []string{""}, notarytest.NewKey())
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil), docker.Releases: p.next(docker.Releases, nil)})
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, func(f *notary.File) { f.Roles[0].KeyIDs, f.Keys = nil, nil })})
		p.upload(files{docker.Releases: p.next(docker.Releases, nil)})
	}},
	{"a delegation that needs two", func(p *play) {
		p.author()
		alice, bob := notarytest.NewKey(), notarytest.NewKey()
		p.repo.Delegate(docker.Releases, 2, []string{""}, alice, bob)
		p.upload(files{model.RoleTargets: p.next(model.RoleTargets, nil), docker.Releases: p.next(docker.Releases, nil)})
		p.repo.Keys[docker.Releases] = []notarytest.Key{alice}
		p.upload(files{docker.Releases: p.next(docker.Releases, nil)})
	}},
}
