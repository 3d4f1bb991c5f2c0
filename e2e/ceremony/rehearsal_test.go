package ceremony

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
	"github.com/theupdateframework/notary/trustpinning"
	"github.com/theupdateframework/notary/tuf/data"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// client says why a client that trusts one root refuses the next; nil where it takes it.
type client func(prev, next []byte) error

// A ceremony replaces the keys of a root. What it signs a real client takes; what the same people
// sign in a rehearsal, for the same payload, it refuses.
func TestRehearsedRootsAreRefused(t *testing.T) {
	t.Run("notary", func(t *testing.T) {
		const gun = "registry.example.org/acme/app"
		now := time.Now().UTC().Truncate(time.Second)
		repo := notarytest.New(gun, now)
		certified := func() dialecttest.Key {
			k := notarytest.Certified(notarytest.NewKey(), gun, now.Add(-time.Hour), now.AddDate(10, 0, 0))
			return dialecttest.Key{Listed: k.PublicKey, Private: k.Private}
		}
		old := repo.Keys[model.RoleRoot][0]
		rehearse(t, &occasion{
			dialect: docker.Dialect{}, gun: gun, now: now, repository: repo.Read(), root: repo.Wire()[model.RoleRoot],
			former: []dialecttest.Key{{Listed: old.PublicKey, Private: old.Private}}, next: []dialecttest.Key{certified(), certified(), certified()},
		}, takenByNotary(gun))
	})
	t.Run("go-tuf", func(t *testing.T) {
		w, err := dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))
		if err != nil {
			t.Fatal(err)
		}
		o := &occasion{
			dialect: tuf.Dialect{}, gun: dialecttest.GUN, now: dialecttest.At, repository: w.Repository,
			root: w.Files[model.RoleRoot], former: w.Keys[model.RoleRoot],
		}
		for range 3 {
			key, err := w.NewKey(model.RoleRoot)
			if err != nil {
				t.Fatal(err)
			}
			o.next = append(o.next, key)
		}
		rehearse(t, o, takenByGoTUF)
	})
}

func takenByGoTUF(prev, next []byte) error {
	trusted, err := trustedmetadata.New(prev)
	if err != nil {
		return err
	}
	_, err = trusted.UpdateRoot(next)
	return err
}

// takenByNotary asks the code by which notary and docker decide.
func takenByNotary(gun data.GUN) client {
	return func(prev, next []byte) error {
		var known data.Signed
		if err := json.Unmarshal(prev, &known); err != nil {
			return err
		}
		root, err := data.RootFromSigned(&known)
		if err != nil {
			return err
		}
		var asked data.Signed
		if err := json.Unmarshal(next, &asked); err != nil {
			return err
		}
		_, err = trustpinning.ValidateRoot(root, &asked, gun, trustpinning.TrustPinConfig{})
		return err
	}
}

// occasion is a root that is replaced.
type occasion struct {
	dialect      dialect.Writable
	gun          model.GUN
	now          time.Time
	repository   *model.Repository
	root         []byte
	former, next []dialecttest.Key
}

// bundle is what is signed: a root of which two of the next keys sign.
func (o *occasion) bundle(t *testing.T) *bundle.Bundle {
	t.Helper()
	change := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 2}}
	for _, k := range o.next {
		change.Keys.Keys = append(change.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: k.Listed})
	}
	r := plan.Request{Dialect: o.dialect, GUN: o.gun, Repository: o.repository, Changes: []model.Change{change}}
	p, err := plan.Compile([]plan.Request{r}, nil, o.now)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := plan.Seal(p, 0, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.New(p, 0, r, sealed, [][]byte{o.root}, o.now)
	if err != nil {
		t.Fatal(err)
	}
	b.Title = "Replace the root keys"
	b.Dates = bundle.Dates{Opens: o.now, Target: o.now, LastSafe: o.now, Expires: o.now.Add(24 * time.Hour)}
	return b
}

// signed is the root with the signatures of everyone.
func (o *occasion) signed(t *testing.T, b *bundle.Bundle) []byte {
	t.Helper()
	opened, err := bundle.Open(b, map[model.Dialect]dialect.Writable{b.Dialect: o.dialect}, o.now)
	if err != nil {
		t.Fatal(err)
	}
	var all []dialect.Signature
	for _, k := range append(o.former, o.next...) {
		for _, task := range opened.Tasks(o.dialect.CanonicalID(k.Listed)) {
			sig, err := o.dialect.Sign(task.Key, k.Private, task.Message)
			if err != nil {
				t.Fatal(err)
			}
			if err := opened.Add(task.Role, sig); err != nil {
				t.Fatal(err)
			}
			all = append(all, sig)
		}
	}
	if !opened.Complete() {
		t.Fatal("signatures are missing")
	}
	wire, err := o.dialect.Join(model.RoleRoot, b.Payloads[0].Bytes, all, o.root)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func rehearse(t *testing.T, o *occasion, take client) {
	t.Helper()
	b := o.bundle(t)
	if err := take(o.root, o.signed(t, b)); err != nil {
		t.Errorf("the root of the ceremony is refused: %v", err)
	}
	b.Rehearsal = true
	err := take(o.root, o.signed(t, b))
	if err == nil {
		t.Error("the root of the rehearsal is taken")
	}
	t.Logf("the client says: %v", err)
}

// A rehearsal needs no keys beforehand: each request makes one, which is called rehearsal and thrown away in
// the end. Nothing of it is published, and no such key gets into a real ceremony.
func TestRehearsalMakesKeys(t *testing.T) {
	t.Parallel()
	work, dir := t.TempDir(), t.TempDir()
	file := func(name string) string { return filepath.Join(work, name) }
	olga := seat(t, "Olga", true, "own")
	start := []string{"ceremony", "start", "--rehearsal", "--threshold", "2", "--to", file("rehearsal"), dir}
	for _, role := range []string{"targets", "snapshot", "timestamp"} {
		olga.run("ceremony", "request", "--name", "Olga", "--role", role, "--rehearsal", "--key", "new", dir, file(role))
		start = append(start, "--add", file(role))
	}
	people := []*desk{seat(t, "Ada", false, "own"), seat(t, "Ben", false, "own")}
	for _, d := range people {
		d.run("ceremony", "request", "--name", d.name, "--rehearsal", "--key", "new", dir, file(d.name))
		start = append(start, "--add", file(d.name))
	}
	olga.run(start...)
	for _, d := range people {
		d.sign(file("rehearsal"))
	}
	for _, id := range olga.keys("rehearsal") {
		olga.try("ceremony", "sign", "--yes", "--time", time.Now().UTC().Format(time.RFC3339), "--key", id, file("rehearsal"))
	}
	if is := olga.told(olga.run("ceremony", "show", "-o", "json", file("rehearsal"))); is.Stage != "complete" || !is.Rehearsal {
		t.Errorf("%s: %s", is.Stage, is.Now)
	}
	for says, args := range map[string][]string{
		"nothing of it is ever published": {"ceremony", "publish", "--yes", file("rehearsal")},
		"its key is to be thrown away":    {"ceremony", "start", "--to", file("real"), "--add", file("Ada"), dir},
		`"new" is not one of the choices`: {"ceremony", "request", "--name", "Ben", "--key", "new", dir, file("new")},
	} {
		if r := olga.try(args...); r.Code != 2 || !strings.Contains(r.Stderr, says) {
			t.Errorf("%q: exit code %d, want %q\n%s", args, r.Code, says, r.Stderr)
		}
	}
	ada := people[0]
	ada.run("key", "remove", "--yes", "--backup", "none", ada.key("rehearsal"))
	if left := ada.keys("rehearsal"); len(left) > 0 {
		t.Errorf("Ada still has %q", left)
	}
	peer.Need(t, "notary")
	trust := seat(t, "Cleo", true, "trust")
	trust.run("ceremony", "request", "--name", "Cleo", "--rehearsal", "--key", "new", "docker.io/acme/rehearsed", file("Cleo"))
	if listed := peer.Notary(t, peer.MemoryServer(t), filepath.Join(trust.program.Home, ".docker", "trust")).Run(t, "key", "list"); !strings.Contains(listed, "rehearsal") {
		t.Errorf("notary lists\n%s", listed)
	}
}
