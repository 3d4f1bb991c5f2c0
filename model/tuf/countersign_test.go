package tuf_test

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// robots gives snapshot and timestamp to a robot.
func robots(r *tuftest.Repository) {
	robot := tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/x"}))
	r.SetRole("snapshot", robot)
	r.SetRole("timestamp", robot)
	r.Plain = true
	r.Publish("root", "targets")
}

// Where administrators work on the files, and a robot signs the snapshot, what it has not listed
// yet is read, said, and not remembered. Everywhere else it is not read.
func TestAheadOfTheRobot(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	robots(r)
	before := r.Wire["targets.json"]
	r.AddTarget("targets", "new", "content")
	r.Signed["targets"]["version"] = 3
	r.Wire["targets.json"] = r.Sign(r.Signed["targets"], r.Signers["targets"]...)
	cfg := config()
	if role := look(r, cfg).Role("targets"); role.Version != 2 || role.Ahead {
		t.Errorf("elsewhere it is version %d", role.Version)
	}
	cfg.Working = true
	got := look(r, cfg)
	role := got.Role("targets")
	if role.Version != 3 || !role.Ahead || role.State != model.RoleVerified || !slices.Equal(role.Replaces, before) {
		t.Errorf("targets %d, ahead %t, is %s and replaces %d bytes", role.Version, role.Ahead, role.State, len(role.Replaces))
	}
	found(t, got, "targets", model.ProblemAhead, "clients don't get targets 3 yet: the snapshot lists version 2")
	l := r.Drive(tuf.NewLoad(cfg))
	l.Repository()
	if seen, ok := l.Look(); !ok || seen.Roles["targets"].Version != 0 {
		t.Errorf("it is remembered: %+v", seen.Roles)
	}
}

// What a version replaces is known only where the keys of today have signed it.
func TestReplacedIsVerified(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	robots(r)
	forged := tuftest.Ed25519()
	r.Wire["2.targets.json"] = r.Sign(r.Signed["targets"], forged)
	r.Signed["targets"]["version"] = 3
	r.Wire["targets.json"] = r.Sign(r.Signed["targets"], r.Signers["targets"]...)
	cfg := config()
	cfg.Working = true
	if role := look(r, cfg).Role("targets"); !role.Ahead || role.Replaces != nil {
		t.Errorf("ahead %t, replaces %d bytes", role.Ahead, len(role.Replaces))
	}
}

// ask writes a next version of a root that nobody has signed, and all are asked to.
func ask(r *tuftest.Repository) {
	r.Signed["root"]["version"] = tuftest.Version(r.Signed["root"]) + 1
	asked := []any{}
	for _, k := range r.Signers["root"] {
		asked = append(asked, tuftest.Object{"keyid": string(k.ID), "sig": "", "x-note": "asked"})
	}
	r.Wire["2.root.json"] = r.File(r.Signed["root"], asked...)
	r.Wire["root.json"] = r.Wire["2.root.json"]
}

// A root that people have yet to sign is an unfinished one where they work on it, and one that
// replaces the last without its keys everywhere else. All else is as before.
func TestAskedRoot(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	ask(r)
	cfg := config()
	found(t, look(r, cfg), "root", model.ProblemRootReplaced, "root 2 has 0 valid signatures from the keys of root 1")
	cfg.Working = true
	got := look(r, cfg)
	found(t, got, "root", model.ProblemThreshold, "root 2 has 0 valid signatures from the keys of root 1")
	if role := got.Role("root"); role.State != model.RoleBroken || !role.AwaitsSignatures() || !slices.Equal(role.Replaces, r.Wire["1.root.json"]) {
		t.Errorf("root is %s, awaits signatures %t, and replaces %d bytes", role.State, role.AwaitsSignatures(), len(role.Replaces))
	}
	for _, name := range []model.RoleName{"targets", "snapshot", "timestamp"} {
		if role := got.Role(name); role.State != model.RoleVerified {
			t.Errorf("%s is %s", name, role.State)
		}
	}
}

// A countersignature goes in the place of the empty one, and nothing else changes, be it a
// member that is not known.
func TestCountersign(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	ask(r)
	cfg := config()
	cfg.Working = true
	d := tuf.Dialect{}.Draft("", look(r, cfg), true)
	if err := d.Countersign("root"); err != nil {
		t.Fatal(err)
	}
	if got := d.Rewritten(); !slices.Equal(got, []model.RoleName{"root"}) {
		t.Errorf("rewritten: %v", got)
	}
	if before := d.Before("root"); before == nil || before.Version != 1 {
		t.Errorf("it replaces %+v", before)
	}
	key := r.Signers["root"][1]
	payload := d.Seal("root", tuftest.At)
	d.Sign("root", dialect.Signature{KeyID: key.ID, Sig: key.Sign(payload)})
	wire, err := d.Check("root", tuftest.At)
	if err != nil {
		t.Fatal(err)
	}
	var was, is struct {
		Signed     json.RawMessage
		Signatures []map[string]string
	}
	if json.Unmarshal(r.Wire["root.json"], &was) != nil || json.Unmarshal(wire, &is) != nil {
		t.Fatalf("%s", wire)
	}
	if string(was.Signed) != string(is.Signed) {
		t.Errorf("what is signed changed:\n%s", is.Signed)
	}
	for i, s := range is.Signatures {
		if s["x-note"] != "asked" || s["keyid"] != was.Signatures[i]["keyid"] || (s["sig"] != "") != (s["keyid"] == string(key.ID)) {
			t.Errorf("signature %d is %v", i, s)
		}
	}
	if by, ok := d.Signed("root"); !ok || len(by) != 0 {
		t.Errorf("it had the signatures of %v", by)
	}
}

// Where the snapshot lists the hash of a file, a further signature would make it another one.
func TestCountersignListed(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	d := tuf.Dialect{}.Draft("", open(r), true)
	if err := d.Countersign("targets"); err == nil || !strings.Contains(err.Error(), "lists version 1 with its hash") {
		t.Errorf("%v", err)
	}
}

// What a complete root replaces is shown to those who have yet to sign, where its keys have signed
// that: a forged one that lists them beside others does not pass for it.
func TestPrecedingRoot(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	genuine := r.Wire["1.root.json"]
	late, forger := tuftest.Ed25519(), tuftest.Ed25519()
	keys := r.Signers["root"]
	r.SetRole("root", tuftest.Quorum{Threshold: 2, Keys: append(slices.Clone(keys), late)})
	r.Signers["root"] = keys
	r.PublishOnly("root")
	whole, err := tuf.Parse("root", r.Wire["root.json"])
	if err != nil {
		t.Fatal(err)
	}
	given := []any{tuftest.Object{"keyid": string(late.ID), "sig": ""}}
	for _, s := range whole.Signatures {
		given = append(given, tuftest.Object{"keyid": string(s.KeyID), "sig": hex.EncodeToString(s.Sig)})
	}
	r.Wire["2.root.json"] = r.File(r.Signed["root"], given...)
	r.Wire["root.json"] = r.Wire["2.root.json"]
	cfg := config()
	cfg.Working = true
	cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorOwn, Source: "memory", Raw: r.Wire["2.root.json"]}}
	if role := look(r, cfg).Role("root"); role.State != model.RoleVerified || !role.AwaitsSignatures() || !slices.Equal(role.Replaces, genuine) {
		t.Errorf("root is %s, awaits signatures %t, replaces %d bytes", role.State, role.AwaitsSignatures(), len(role.Replaces))
	}
	forged := tuftest.New()
	forged.SetRole("root", tuftest.Quorum{Threshold: 1, Keys: append([]*tuftest.Key{forger}, keys...)})
	forged.Signed["root"]["version"] = 1
	r.Wire["1.root.json"] = forged.Sign(forged.Signed["root"], forger)
	if role := look(r, cfg).Role("root"); role.Replaces != nil {
		t.Error("a forged root passes for the one before")
	}
}

// A root that is remembered is shown as it is by now where people work on it: with the signatures
// that came since, and never with fewer than it needs.
func TestRootSignedSince(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	late := tuftest.Ed25519()
	keys := r.Signers["root"]
	r.SetRole("root", tuftest.Quorum{Threshold: 2, Keys: append(slices.Clone(keys), late)})
	r.Signers["root"] = keys
	r.PublishOnly("root")
	before := r.Wire["2.root.json"]
	cfg := config()
	cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorOwn, Source: "memory", Raw: before}}
	for name, c := range map[string]struct {
		now     []byte
		working bool
		want    []byte
	}{
		"a signature more":       {r.Sign(r.Signed["root"], append(slices.Clone(keys), late)...), true, nil},
		"where clients read":     {r.Sign(r.Signed["root"], append(slices.Clone(keys), late)...), false, before},
		"fewer than it needs":    {r.Sign(r.Signed["root"], late), true, before},
		"the same":               {before, true, before},
		"another of the version": {r.Sign(tuftest.New().Signed["root"], keys...), true, before},
	} {
		r.Wire["2.root.json"] = c.now
		cfg.Working = c.working
		want := c.want
		if want == nil {
			want = c.now
		}
		if role := look(r, cfg).Role("root"); !slices.Equal(role.Raw, want) {
			t.Errorf("%s: root is another one, and %s", name, role.State)
		}
	}
}
