package practice

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/remote/sandbox"
)

// team is a repository that docker users have signed for some months: alice and
// bob sign, and the tags are released.
func team(name string, at time.Time) *repo {
	r := newRepo(name, at.Add(-200*day))
	r.signer("alice")
	r.signer("bob")
	r.publish(root, targets)
	for i, tag := range []string{"1.0", "1.1", "1.2"} {
		r.after(30 * day)
		who := model.RoleName("targets/alice")
		if i == 1 {
			who = "targets/bob"
		}
		r.tag(tag, who, releases)
		r.publish(who, releases)
	}
	return r
}

func healthy(s *Scenario, at time.Time) {
	r := team("base/alpine", at)
	r.after(60 * day)
	r.tag("latest", "targets/alice", releases)
	r.publish("targets/alice", releases)
	s.add(r, targets, "targets/alice")
	s.cache(r, root)
}

func expiringSoon(s *Scenario, at time.Time) {
	// Half a day more, so that it is 12 days for as long as somebody looks.
	r := newRepo("web/frontend", at.Add(12*day+12*time.Hour-notary.Lifetime("targets/ci-bot")))
	r.signer("alice")
	r.signer("ci-bot")
	r.publish(root, targets)
	r.tag("2.0", "targets/ci-bot", releases)
	r.publish("targets/ci-bot", releases)
	r.now = at.Add(-20 * day)
	r.tag("2.1", "targets/alice", releases)
	r.publish(targets, "targets/alice", releases)
	s.add(r, targets, "targets/ci-bot")
}

func targetsExpired(s *Scenario, at time.Time) {
	r := newRepo("pay/api", at.Add(-2*day-notary.Lifetime(targets)))
	r.serverSnapshot = true
	r.signer("alice")
	r.publish(root, targets)
	r.now = at.Add(-40 * day)
	r.tag("4.7", "targets/alice", releases)
	r.publish("targets/alice", releases)
	s.add(r, targets, "targets/alice")
}

func releasesUnsigned(s *Scenario, at time.Time) {
	r := newRepo("pay/ledger", at.Add(-100*day))
	r.signer("alice")
	erin := r.signer("erin")
	r.publish(root, targets)
	r.after(10 * day)
	r.tag("1.4", "targets/erin", releases)
	r.seal("targets/erin", erin)
	r.seal(releases, erin)
	r.release(map[model.RoleName][]byte{"targets/erin": r.files["targets/erin"].Wire(), releases: r.files[releases].Wire()})
	// Her key is taken away, and nobody signs releases again.
	r.now = at.Add(-3 * day)
	r.revoke(releases, erin)
	r.undelegate("targets/erin")
	r.files[snapshot].Meta = slices.DeleteFunc(r.files[snapshot].Meta, func(m model.MetaEntry) bool { return m.Role == "targets/erin" })
	r.publish(targets)
	s.add(r, targets, "targets/alice")
}

func notInReleases(s *Scenario, at time.Time) {
	r := team("web/gateway", at)
	r.after(20 * day)
	r.delegate("targets/carol", everything, newKey("web/gateway carol"))
	r.tag("1.3", "targets/carol")
	r.publish(targets, "targets/carol")
	s.add(r, targets, "targets/carol")
}

func offBoarding(s *Scenario, at time.Time) {
	r := newRepo("web/landing", at.Add(-300*day))
	r.signer("alice")
	r.signer("dave")
	r.publish(root, targets)
	r.after(30 * day)
	r.tag("3.0", "targets/alice", releases)
	r.publish("targets/alice", releases)
	r.now = at.Add(-9 * day)
	r.undelegate("targets/dave")
	r.publish(targets)
	s.add(r, targets, "targets/alice")
}

func rotated(s *Scenario, at time.Time) {
	r := team("ops/vault", at.Add(-30*day))
	first := r.files[root].Wire()
	for i := range 5 {
		r.after(10 * day)
		old := r.keys[root]
		r.keys[root] = []key{newKey(fmt.Sprintf("root %d", i+2)).certified(r.gun, r.now)}
		r.name(nil)
		r.seal(root, slices.Concat(old, r.keys[root])...)
		r.release(map[model.RoleName][]byte{root: r.files[root].Wire()})
	}
	s.add(r, targets)
	s.Keys = append(s.Keys, Key{Label: "root", Private: r.keys[root][0].private})
	s.Files["tuf/"+string(r.gun)+"/metadata/root.json"] = first
}

func twoOfThree(s *Scenario, at time.Time) {
	r := newRepo("ops/ceremony", at.Add(-120*day))
	for _, name := range []string{"custodian 2", "custodian 3"} {
		r.keys[root] = append(r.keys[root], newKey(name).certified(r.gun, r.now))
	}
	r.name(map[model.RoleName]int64{root: 2})
	r.signer("alice")
	r.seal(root, r.keys[root][:2]...)
	r.seal(targets, r.keys[targets]...)
	r.release(map[model.RoleName][]byte{root: r.files[root].Wire(), targets: r.files[targets].Wire()})
	r.after(5 * day)
	r.tag("1.0", "targets/alice", releases)
	r.publish("targets/alice", releases)
	s.add(r, targets)
}

func nested(s *Scenario, at time.Time) {
	r := newRepo("data/platform", at.Add(-90*day))
	r.delegate("targets/etl", []string{"etl-"}, newKey("etl"))
	r.delegate(releases, everything, newKey("etl"))
	r.publish(root, targets)
	r.file("targets/etl")
	r.delegate("targets/etl/nightly", []string{"etl-nightly-"}, newKey("nightly"))
	r.tag("etl-2026", "targets/etl", releases)
	r.tag("loader-1", "targets/etl")
	r.file("targets/etl/nightly")
	r.tag("etl-nightly-41", "targets/etl/nightly")
	r.tag("weekly-7", "targets/etl/nightly")
	r.after(4 * day)
	r.publish("targets/etl", "targets/etl/nightly", releases)
	s.add(r, targets)
	s.Keys = append(s.Keys, Key{Label: "etl", Private: newKey("etl").private})
}

func tampered(s *Scenario, at time.Time) {
	r := team("tools/lint", at)
	r.after(40 * day)
	r.tag("2.0", "targets/alice", releases)
	r.publish("targets/alice", releases)
	// Somebody has pushed another image under the name since.
	r.images = append(r.images, Image{Name: r.path(), Tag: "2.0", Raw: manifest(r.gun, "2.0", ", and not the one that was signed")})
	s.add(r, targets, "targets/alice")
}

func notInitialised(s *Scenario, _ time.Time) {
	gun := model.GUN(host + "data/scratch")
	s.Named = append(s.Named, gun)
	s.Images = append(s.Images, Image{Name: "data/scratch", Tag: "latest", Raw: manifest(gun, "latest", "")})
}

// manyTags is how many tags the lesson about many tags has.
const manyTags = 5_000

func many(s *Scenario, at time.Time) {
	r := newRepo("base/everything", at.Add(-700*day))
	r.signer("ci-bot")
	r.publish(root, targets)
	f := r.file(releases)
	for i := range manyTags {
		tag := fmt.Sprintf("build-%05d", i+1)
		short := sha256.Sum256([]byte(tag))
		f.Targets = append(f.Targets, model.Target{Name: tag, Length: 528, Hashes: model.Hashes{SHA256: short[:]}})
	}
	r.file("targets/ci-bot").Targets = slices.Clone(f.Targets)
	r.now = at.Add(-25 * time.Hour)
	r.tag("build-05001", "targets/ci-bot", releases)
	r.publish("targets/ci-bot", releases)
	s.add(r, targets)
}

func ownSnapshot(s *Scenario, at time.Time) {
	r := newRepo("ops/backup", at.Add(-60*day))
	r.keys[snapshot] = []key{newKey("ops/backup snapshot")}
	r.files[root].Keys = nil
	r.name(nil)
	r.serverSnapshot = false
	r.publish(root, targets)
	r.after(5 * day)
	r.tag("0.9", targets)
	r.publish(targets)
	s.add(r, targets, snapshot)
}

func stagedOnly(s *Scenario, at time.Time) {
	r := team("tools/sbom", at)
	s.add(r, targets, "targets/bob")
	s.cache(r, root, targets, snapshot, timestamp, "targets/alice", "targets/bob", releases)
	raw := manifest(r.gun, "1.3", "")
	entry := notary.Entry("", raw)
	data := fmt.Sprintf(`{"length":%d,"hashes":{"sha256":"%s"}}`, len(raw), base64.StdEncoding.EncodeToString(entry.Hashes.SHA256))
	s.Images = append(s.Images, Image{Name: r.path(), Tag: "1.3", Raw: raw})
	s.staged(r.gun, at.Add(-2*day), 1, fmt.Sprintf(`{"action":"create","role":"targets/bob","type":"target","path":"1.3","data":"%s"}`,
		base64.StdEncoding.EncodeToString([]byte(data))))
	s.staged(r.gun, at.Add(-2*day+time.Minute), 2, `{"action":"delete","role":"targets/releases","type":"target","path":"1.0","data":null}`)
}

// neverPublished was initialised here, and the server knows nothing of it.
func neverPublished(s *Scenario, at time.Time) {
	r := newRepo("data/kafka", at.Add(-6*day))
	r.keys[snapshot] = []key{newKey("data/kafka snapshot")}
	r.files[root].Keys = nil
	r.name(nil)
	r.publish(root, targets)
	s.cache(r, root, targets, snapshot)
	for _, role := range []model.RoleName{targets, snapshot} {
		s.Keys = append(s.Keys, Key{Label: string(role), GUN: r.gun, Private: r.keys[role][0].private})
	}
	s.Seeds = append(s.Seeds, sandbox.Seed{GUN: r.gun, Keys: r.seed().Keys})
	s.Named = append(s.Named, r.gun)
}
