package tuf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// delegated is a repository with one delegation, to alice.
func delegated() *tuftest.Repository {
	r := tuftest.New()
	r.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), paths("alice/*"))
	r.AddTarget("alice", "alice/app", "content")
	r.Publish("targets", "alice")
	return r
}

// Every rule of the client workflow, broken once: what is said, and what becomes of the role.
func TestRules(t *testing.T) {
	t.Parallel()
	const today = "2026-11-28T12:00:00Z"
	for name, c := range map[string]struct {
		change func(*tuftest.Repository)
		role   model.RoleName
		code   model.ProblemCode
		words  string
		state  model.RoleState
		// opinion is where go-tuf differs.
		opinion string
	}{
		"no timestamp": {func(r *tuftest.Repository) { delete(r.Wire, "timestamp.json") }, "timestamp", model.ProblemMissing, "there is no file", model.RoleMissing, ""},
		"no snapshot":  {func(r *tuftest.Repository) { delete(r.Wire, "2.snapshot.json"); delete(r.Wire, "snapshot.json") }, "snapshot", model.ProblemMissing, "there is no file", model.RoleMissing, ""},
		"only the plain name": {
			func(r *tuftest.Repository) { delete(r.Wire, "2.snapshot.json") }, "snapshot", model.ProblemMissing,
			"clients ask for 2.snapshot.json, which is missing", model.RoleBroken, "",
		},
		"half a file":   {func(r *tuftest.Repository) { r.Put("alice", []byte(`{"signed":`)); publishListing(r) }, "alice", model.ProblemMalformed, "ends before it is complete", model.RoleUnreadable, ""},
		"nothing in it": {func(r *tuftest.Repository) { r.Put("alice", nil); publishListing(r) }, "alice", model.ProblemMalformed, "doesn't start with a JSON object", model.RoleUnreadable, ""},
		"an old timestamp's snapshot": {func(r *tuftest.Repository) {
			old := r.Wire["2.snapshot.json"]
			r.Plain = true // with a length, it depends on that of two signatures what is said first
			r.Publish()
			r.Wire["3.snapshot.json"] = old
		}, "snapshot", model.ProblemVersion, "snapshot is version 2, but the timestamp lists 3", model.RoleBroken, ""},
		"another length": {func(r *tuftest.Repository) { r.Wire["1.alice.json"] = append(r.Wire["1.alice.json"], '\n') }, "alice", model.ProblemUnavailable, "larger than its limit", model.RoleBroken, ""},
		"another hash":   {func(r *tuftest.Repository) { r.Edit("alice", "\n ", "\n\t") }, "alice", model.ProblemHash, "the SHA-256 of alice doesn", model.RoleBroken, ""},
		"no hash that is known": {func(r *tuftest.Repository) {
			r.Signed["snapshot"]["meta"].(tuftest.Object)["alice.json"] = tuftest.Object{"version": 1, "hashes": tuftest.Object{"md5": "00"}}
			r.Publish()
		}, "alice", model.ProblemHash, `an unsupported hash of alice: "md5"`, model.RoleBroken, ""},
		"not listed": {func(r *tuftest.Repository) {
			delete(r.Signed["snapshot"]["meta"].(tuftest.Object), "alice.json")
			r.Publish()
		}, "alice", model.ProblemNotInSnapshot, "the snapshot does not list alice", model.RoleMissing, ""},
		"targets not listed": {func(r *tuftest.Repository) {
			delete(r.Signed["snapshot"]["meta"].(tuftest.Object), "targets.json")
			r.Publish()
		}, "targets", model.ProblemNotInSnapshot, "the snapshot does not list targets", model.RoleBroken, ""},
		"too few signatures": {
			func(r *tuftest.Repository) { r.Signers["root"] = r.Signers["root"][:1]; r.Publish("root") }, "root", model.ProblemThreshold,
			"root has 1 valid signature of the 2 that it needs", model.RoleBroken, "",
		},
		"no signatures": {func(r *tuftest.Repository) { r.Signers["alice"] = nil; r.Publish("alice") }, "alice", model.ProblemThreshold, "alice has 0 valid signatures of the 1", model.RoleBroken, ""},
		"by another key": {
			func(r *tuftest.Repository) { r.Signers["alice"] = r.Signers["targets"]; r.Publish("alice") }, "alice", model.ProblemForeignSignature,
			"which may not sign it", model.RoleBroken, "",
		},
		"one key under two IDs": {func(r *tuftest.Repository) {
			k := tuftest.P256()
			r.SetRole("targets", tuftest.By(k, k.As("00ff")))
			r.Publish("root", "targets")
		}, "targets", model.ProblemThreshold, "targets has 1 valid signature of the 2", model.RoleBroken, ""},
		"two signatures under one ID": {func(r *tuftest.Repository) {
			r.Signers["alice"] = append(r.Signers["alice"], r.Signers["alice"][0])
			r.Publish("alice")
		}, "alice", model.ProblemSignature, "two signatures under one key ID", model.RoleBroken, ""},
		"a key that is not there": {func(r *tuftest.Repository) {
			roles := r.Signed["root"]["roles"].(tuftest.Object)
			roles["targets"].(tuftest.Object)["keyids"] = []string{"ab", string(r.Signers["targets"][0].ID)}
			r.Publish("root")
		}, "targets", model.ProblemKey, "key ab, which the file of root doesn't contain", model.RoleVerified, "go-tuf refuses targets (a key that should sign is not in the file)"},
		"an ID that is no hash": {
			func(r *tuftest.Repository) {
				r.SetRole("targets", tuftest.By(tuftest.P256().As("0a0b")))
				r.Publish("root", "targets")
			},
			"targets", model.ProblemKeyID, "is listed as 0a0b instead of the hash of its object", model.RoleVerified, "",
		},
		"too few keys": {
			func(r *tuftest.Repository) {
				r.SetRole("targets", tuftest.Quorum{Threshold: 2, Keys: r.Signers["targets"]})
				r.Publish("root")
			},
			"targets", model.ProblemTooFewKeys, "has only 1 key and needs signatures from 2", model.RoleBroken, "",
		},
		"outside its paths": {func(r *tuftest.Repository) { r.AddTarget("alice", "bob/app", "x"); r.Publish("alice") }, "alice", model.ProblemPath, `for example "bob/app"`, model.RoleVerified, ""},
		"expired":           {func(r *tuftest.Repository) { r.Signed["alice"]["expires"] = today; r.Publish("alice") }, "alice", model.ProblemExpired, "alice expired at 2026-11-28 12:00 UTC", model.RoleVerified, ""},
		"another role's file": {
			func(r *tuftest.Repository) { r.Put("alice", r.Wire["timestamp.json"]); publishListing(r) }, "alice", model.ProblemWrongType,
			`must be of type "targets"`, model.RoleUnreadable, "",
		},
		"a broken delegator": {func(r *tuftest.Repository) { r.Signers["targets"] = nil; r.Publish("targets") }, "alice", model.ProblemUnverified, "because targets is not trusted", model.RoleBroken, ""},
		"named twice": {func(r *tuftest.Repository) {
			r.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), paths("x"))
			r.Publish("targets")
		}, "targets", model.ProblemDelegation, "delegates to alice more than once", model.RoleVerified, ""},
		"a pattern of two readings": {func(r *tuftest.Repository) {
			r.Delegate("targets", "bob", tuftest.By(r.Signers["alice"]...), paths("[!a]*"))
			r.Publish("targets", "bob")
		}, "targets", model.ProblemClients, `delegates "[!a]*" to bob: clients read such a pattern differently`, model.RoleVerified, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := delegated()
			c.change(r)
			got := open(r)
			found(t, got, c.role, c.code, c.words)
			if role := got.Role(c.role); role == nil || role.State != c.state {
				t.Errorf("%s is %s", c.role, role.State)
			}
			if text := opinions(got); text != c.opinion {
				t.Errorf("%q, want %q", text, c.opinion)
			}
		})
	}
}

// publishListing signs snapshot and timestamp as they are to be.
func publishListing(r *tuftest.Repository) { r.Publish() }

func TestPending(t *testing.T) {
	t.Parallel()
	r := delegated()
	signed := r.Signed["alice"]
	wire := string(r.Sign(signed, r.Signers["alice"]...))
	key := tuftest.P256()
	r.Delegate("targets", "alice", tuftest.By(key), paths("x"))
	r.Signed["targets"]["delegations"].(tuftest.Object)["roles"] = []any{tuftest.Object{
		"name": "alice", "keyids": []string{string(r.Signers["alice"][0].ID), string(key.ID)}, "threshold": 1, "terminating": false, "paths": []string{"alice/*"},
	}}
	r.Put("alice", []byte(strings.Replace(wire, `"signatures": [`, `"signatures": [{"keyid":"`+string(key.ID)+`","sig":""},`, 1)))
	r.Publish("targets")
	got := open(r)
	sound(t, got)
	if s := got.Role("alice").Signatures; len(s) != 2 || s[0].State != model.SignaturePending || s[1].State != model.SignatureValid {
		t.Errorf("%+v", s)
	}
	if !slices.ContainsFunc(got.Role("alice").Problems, func(p model.Problem) bool {
		return p.Code == model.ProblemPending && p.Severity == model.Notice && p.Text == "alice waits for a signature by key "+key.ID.Short()
	}) {
		t.Errorf("%+v", got.Role("alice").Problems)
	}
}

// A root is signed by keys of the root before it as well, which need not be at hand: where its own keys
// have signed, that is said of a key that it doesn't list.
func TestRootHasOlderSignatures(t *testing.T) {
	t.Parallel()
	r := delegated()
	r.Put("root", r.Sign(r.Signed["root"], append([]*tuftest.Key{tuftest.P256()}, r.Signers["root"]...)...))
	r.Publish()
	got := open(r)
	root := got.Role("root")
	if root.Signatures[0].State != model.SignatureUnknownKey || len(root.Problems) != 1 || !strings.Contains(root.Problems[0].Text, "keys of the root before it sign it too") {
		t.Errorf("%+v, %+v", root.Signatures[0], root.Problems)
	}
}

// Texts name a key by the ID that tables have for it, and not by the one under which a file
// lists it.
func TestTextsNameKeysAsTablesDo(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	alice, bob := tuftest.P256().As("0a0b"), tuftest.P256().As("0c0d")
	r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{alice, bob}})
	bob.Sign = func([]byte) []byte { return nil }
	r.Publish("root", "targets")
	got := open(r)
	key, ok := got.Key("0c0d")
	if !ok || key.ID == "0c0d" {
		t.Fatalf("%+v", key)
	}
	found(t, got, "targets", model.ProblemPending, "targets waits for a signature by key "+key.ID.Short())
	found(t, got, "targets", model.ProblemKeyID, "the key "+key.ID.Short()+" of targets is listed as 0c0d")

	alice.Sign = bob.Sign
	r.Publish("targets")
	got = open(r)
	other, _ := got.Key("0a0b")
	found(t, got, "targets", model.ProblemPending, "targets waits for signatures by key "+other.ID.Short()+" and key "+key.ID.Short())
}

// What tuf-on-ci and Repository Service for TUF note in metadata.
func TestHolders(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	person := tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-keyowner": "@alice"})
	named := tuftest.P256().With(tuftest.Object{"name": "bob"})
	service := tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/x"})
	r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{person, named}})
	r.SetRole("timestamp", tuftest.By(service))
	r.Signed["targets"]["x-tuf-on-ci-signing-period"] = 30
	r.Signed["targets"]["x-tuf-on-ci-expiry-period"] = 90
	r.Signed["root"]["x-tuf-on-ci-expiry-period"] = "365"
	r.Signed["root"]["roles"].(tuftest.Object)["timestamp"].(tuftest.Object)["x-tuf-on-ci-signing-period"] = 1
	r.Publish("root", "targets")
	got := open(r)
	sound(t, got)
	for _, c := range []struct {
		key    *tuftest.Key
		holder string
		online bool
	}{{person, "@alice", false}, {named, "bob", false}, {service, "", true}} {
		if k, ok := got.Key(c.key.ID); !ok || k.Holder != c.holder || k.Online != c.online {
			t.Errorf("%+v", k)
		}
	}
	for role, want := range map[model.RoleName]struct {
		online bool
		opens  time.Time
		days   int
	}{"targets": {false, tuftest.At.AddDate(0, 0, 60), 90}, "timestamp": {true, tuftest.At, 0}, "root": {false, time.Time{}, 0}} {
		if got := got.Role(role); got.Online != want.online || !got.SigningOpens.Equal(want.opens) || got.Lifetime != time.Duration(want.days)*24*time.Hour {
			t.Errorf("%s is online: %t, is to be signed from %s, and lasts %s", role, got.Online, got.SigningOpens, got.Lifetime)
		}
	}
}

// Where a service signs, an administrator is told to look at it.
func TestExpiredOnline(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.SetRole("timestamp", tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/x"})))
	r.Publish("root")
	cfg := config()
	cfg.At = tuftest.At.AddDate(0, 0, 2)
	if p := found(t, look(r, cfg), "timestamp", model.ProblemExpired, "timestamp expired"); !strings.HasPrefix(p.Remedy, "run the service that has its key") {
		t.Errorf("%q", p.Remedy)
	}
}

// One key in four forms is one key with four IDs.
func TestFormsOfAKey(t *testing.T) {
	t.Parallel()
	k := tuftest.P256()
	forms := []*tuftest.Key{k, k.With(tuftest.Object{"keytype": "ecdsa-sha2-nistp256"}), k.With(tuftest.Object{"keyid_hash_algorithms": []string{"sha256"}}), k.With(tuftest.Object{"name": "carol"})}
	r := tuftest.New()
	for i, role := range []model.RoleName{"root", "targets", "snapshot", "timestamp"} {
		r.SetRole(role, tuftest.By(forms[i]))
	}
	r.Publish("root", "targets")
	got := open(r)
	sound(t, got)
	key, ok := got.Key(k.ID)
	if !ok || len(key.ListedAs) != 4 || key.Holder != "carol" || len(key.Roles) != 4 || key.ID != k.ID {
		t.Errorf("%+v", key)
	}
	root, err := tuf.Dialect{}.Parse("root", r.Wire["root.json"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := dialect.NameIn(tuf.Dialect{}, forms[1].ID, root.Metadata), "key "+k.ID.Short()+" (listed as "+forms[1].ID.Short()+")"; got != want {
		t.Errorf("it is called %q, want %q", got, want)
	}
}

// remember looks at a repository, and returns what is to be remembered of it.
func remember(t *testing.T, r *tuftest.Repository, before memory.Record) memory.Record {
	t.Helper()
	cfg := config()
	cfg.Memory = before
	l := r.Drive(tuf.Dialect{}.Load(cfg))
	l.Repository()
	got, ok := l.Look()
	if !ok || !before.Fits(got) {
		t.Fatalf("nothing to remember, or it does not fit: %t", ok)
	}
	return before.Merge(got)
}

func TestRollback(t *testing.T) {
	t.Parallel()
	r := delegated()
	old := r.Clone()
	r.Publish("targets", "alice")
	record := remember(t, r, memory.Record{})
	with := config()
	with.Memory = record
	sound(t, look(r, with))
	got := look(old, with)
	for _, role := range []model.RoleName{"timestamp", "snapshot", "targets", "alice"} {
		found(t, got, role, model.ProblemRollback, fmt.Sprintf("%s is version", role))
	}

	// A new snapshot must not list an older file.
	fresh := old.Clone()
	for range 3 {
		fresh.Publish()
	}
	found(t, look(fresh, with), "snapshot", model.ProblemRollback, "the snapshot lists version 1 of alice, but version 2 was seen before")

	// Nor other content of the same version.
	twice := r.Clone()
	twice.Signed["alice"]["version"] = 1
	twice.AddTarget("alice", "alice/other", "x")
	twice.Publish("alice")
	found(t, look(twice, with), "alice", model.ProblemEquivocation, "two validly signed contents for version 2")

	// Nor drop one.
	dropped := r.Clone()
	delete(dropped.Signed["snapshot"]["meta"].(tuftest.Object), "alice.json")
	dropped.Publish()
	found(t, look(dropped, with), "alice", model.ProblemDropped, "the snapshot no longer lists it")
}

// After new keys for the timestamp all versions count anew, as the specification asks for
// (5.3.11), and later they are remembered as ever.
func TestRecoveryFromFastForward(t *testing.T) {
	t.Parallel()
	r := delegated()
	restored := r.Clone()
	for _, role := range []model.RoleName{"timestamp", "snapshot"} {
		r.Signed[role]["version"] = 1_000_000
	}
	r.Publish()
	record := remember(t, r, memory.Record{})
	with := config()
	with.Memory = record

	restored.Publish("root")
	found(t, look(restored, with), "timestamp", model.ProblemRollback, "version 1000001 was seen before")

	restored.SetRole("timestamp", tuftest.By(tuftest.P256()))
	restored.Publish("root")
	sound(t, look(restored, with))
	record = remember(t, restored, record)
	if got := record.Roles["timestamp"].Version; got > 10 {
		t.Errorf("the timestamp is remembered as %d", got)
	}
	with.Memory = record
	sound(t, look(restored, with))
	older := restored.Clone()
	restored.Publish()
	with.Memory = remember(t, restored, record)
	found(t, look(older, with), "timestamp", model.ProblemRollback, "was seen before")
}

// Files in the cache save requests where they are the listed ones.
func TestCache(t *testing.T) {
	t.Parallel()
	r := delegated()
	cfg := config()
	cfg.Cached = map[model.RoleName]dialect.Stored{}
	first := r.Drive(tuf.Dialect{}.Load(cfg))
	for role, raw := range first.Raw() {
		cfg.Cached[role] = dialect.Stored{Raw: raw}
	}
	l := tuf.Dialect{}.Load(cfg)
	var asked []string
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			asked = append(asked, fmt.Sprint(w.Role, w.Version))
			raw, fault := r.Read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	sound(t, l.Repository())
	if got := strings.Join(asked, " "); got != "root1 root0 root2 timestamp0" {
		t.Errorf("asked for %s", got)
	}
}

// The order of requests is that of the specification.
func TestOrderOfRequests(t *testing.T) {
	t.Parallel()
	r := delegated()
	r.Publish("root")
	l := tuf.NewLoad(anchored(r, 1))
	var asked []string
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			asked = append(asked, fmt.Sprint(w.Role, w.Version))
			raw, fault := r.Read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	if got := strings.Join(asked, " "); got != "root2 root3 timestamp0 snapshot3 targets2 alice1" {
		t.Errorf("asked for %s", got)
	}
}
