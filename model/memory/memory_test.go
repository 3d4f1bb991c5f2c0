package memory_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/memory"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func digest(text string) memory.Digest { return memory.DigestOf([]byte(text)) }

// rootOf is the digest of a version of the root in these tests: there is one content
// of each, and each descends from the one before.
func rootOf(version int64) memory.Digest { return digest(fmt.Sprint("root", version)) }

// lookAt is a look under a root, which descends from the remembered one.
func lookAt(basis memory.Record, root int64, roles map[model.RoleName]memory.Seen) memory.Look {
	l := memory.Look{Root: fmt.Append(nil, "root", root), Version: root, Digest: rootOf(root), Roles: roles}
	if l.Roles == nil {
		l.Roles = map[model.RoleName]memory.Seen{}
	}
	l.Roles[model.RoleRoot] = memory.Seen{Version: root, Digests: []memory.Digest{rootOf(root)}}
	l.Basis, _ = basis.RootDigest()
	return l
}

func seen(version int64, content string) memory.Seen {
	return memory.Seen{Version: version, Digests: []memory.Digest{digest(content)}}
}

// randomLook has seen some roles, some of them older than before, some with another
// content.
func randomLook(random *rand.Rand, basis memory.Record) memory.Look {
	roles := map[model.RoleName]memory.Seen{}
	for _, name := range []model.RoleName{"targets", "snapshot", "timestamp", "targets/a", "targets/b"} {
		switch random.IntN(6) {
		case 0:
		case 1:
			roles[name] = memory.Seen{Removed: 1 + random.Int64N(5)}
		default:
			s := seen(1+random.Int64N(5), fmt.Sprint(random.IntN(3)))
			s.Listed = random.Int64N(5)
			roles[name] = s
		}
	}
	// The root never goes back: a look that had read an older one would be refused.
	return lookAt(basis, basis.Roles[model.RoleRoot].Version+random.Int64N(3), roles)
}

// Whatever looks are merged, in whatever order, no version becomes lower, no
// equivocation is forgotten, and what was merged once changes nothing any more.
func TestMerge(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := memory.Begin(lookAt(memory.Record{}, 1, nil))
		for range random.IntN(4) {
			r = r.Merge(randomLook(random, r))
		}
		a, b := randomLook(random, r), randomLook(random, r)
		ab := r.Merge(a).Merge(b)
		for name, got := range map[string]memory.Record{
			"in the other order": r.Merge(b).Merge(a),
			"once more":          ab.Merge(a).Merge(b),
		} {
			if !got.Equal(ab) {
				t.Fatalf("seed %d, %s: %+v\nwant %+v", seed, name, got, ab)
			}
		}
		for _, before := range []memory.Record{r, r.Merge(a), r.Merge(b)} {
			grows(t, seed, before, ab)
		}
		for _, l := range []memory.Look{a, b} {
			for name, s := range l.Roles {
				if ab.Roles[name].Version < s.Version {
					t.Fatalf("seed %d: %s %d was seen, and %d is remembered", seed, name, s.Version, ab.Roles[name].Version)
				}
			}
		}
		if root, ok := ab.RootDigest(); !ok || root != rootOf(ab.Roles[model.RoleRoot].Version) {
			t.Fatalf("seed %d: the root is not that of its version", seed)
		}
	}
}

// grows checks that nothing of a record is lost in a later one.
func grows(t *testing.T, seed uint64, before, after memory.Record) {
	t.Helper()
	for name, was := range before.Roles {
		is := after.Roles[name]
		if is.Version < was.Version || is.Listed < was.Listed || is.Removed < was.Removed {
			t.Fatalf("seed %d: %s went from %+v to %+v", seed, name, was, is)
		}
		if is.Version == was.Version && len(is.Digests) < len(was.Digests) {
			t.Fatalf("seed %d: an equivocation of %s was forgotten", seed, name)
		}
	}
}

// A root that has replaced keys lets the other roles count anew, once: what later looks
// see is remembered as ever.
func TestAfresh(t *testing.T) {
	const stamp = model.RoleTimestamp
	before := memory.Begin(lookAt(memory.Record{}, 1, map[model.RoleName]memory.Seen{stamp: seen(900, "x"), "gone": seen(4, "x")}))
	rotated := lookAt(before, 2, map[model.RoleName]memory.Seen{stamp: seen(1, "y")})
	rotated.Afresh = true
	after := before.Merge(rotated)
	if got := after.Roles[stamp].Version; got != 1 {
		t.Errorf("the timestamp is remembered as version %d", got)
	}
	if _, ok := after.Roles["gone"]; ok {
		t.Error("a role that was not seen since is remembered")
	}
	later := after.Merge(lookAt(after, 2, map[model.RoleName]memory.Seen{stamp: seen(7, "z")}))
	if got := later.Merge(rotated); !got.Equal(later) {
		t.Errorf("the same look, merged again later, makes %+v of %+v", got, later)
	}
}

// A look that rests on another root than the remembered one does not fit: whether one
// descends from the other is not known.
func TestFits(t *testing.T) {
	none := memory.Record{}
	first := memory.Begin(lookAt(none, 1, nil))
	second := first.Merge(lookAt(first, 2, nil))
	for name, test := range map[string]struct {
		record memory.Record
		look   memory.Look
		want   bool
	}{
		"the first look":                        {none, lookAt(none, 1, nil), true},
		"the same root":                         {first, lookAt(first, 1, nil), true},
		"a later root":                          {first, lookAt(first, 2, nil), true},
		"somebody else has seen the same":       {second, lookAt(first, 2, nil), true},
		"somebody else has seen a later one":    {second, lookAt(first, 1, nil), false},
		"somebody else has begun":               {first, lookAt(none, 2, nil), false},
		"somebody else has begun with the same": {first, lookAt(none, 1, nil), true},
		"nothing is remembered any more":        {none, lookAt(first, 1, nil), false},
	} {
		if got := test.record.Fits(test.look); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAcceptRoot(t *testing.T) {
	old := memory.Begin(lookAt(memory.Record{}, 3, map[model.RoleName]memory.Seen{"targets": seen(9, "old")}))
	foreign := memory.Superseded{Digest: digest("docker"), Version: 1}
	other := lookAt(memory.Record{}, 1, map[model.RoleName]memory.Seen{"targets": seen(1, "new")})
	r := old.AcceptRoot(other, []memory.Superseded{foreign}, at)
	if r.Roles["targets"].Version != 1 || r.Roles[model.RoleRoot].Version != 1 {
		t.Errorf("versions of the old root of trust are still remembered: %+v", r.Roles)
	}
	if r.Anchors(rootOf(3)) || r.Anchors(foreign.Digest) || !r.Anchors(rootOf(1)) {
		t.Errorf("superseded: %+v", r.Superseded)
	}
	if len(r.Settled) != 1 || r.Settled[0] != (memory.Settlement{Role: model.RoleRoot, From: 3, To: 1, Digest: rootOf(1), At: at}) {
		t.Errorf("settled: %+v", r.Settled)
	}
	// What is merged later leaves that alone, and going back supersedes the other way.
	r = r.Merge(lookAt(r, 2, nil))
	if r.Anchors(rootOf(3)) || len(r.Settled) != 1 {
		t.Errorf("merging forgot what was accepted: %+v", r)
	}
	if r = r.AcceptRoot(lookAt(memory.Record{}, 3, nil), nil, at); !r.Anchors(rootOf(3)) || r.Anchors(rootOf(2)) || r.Anchors(foreign.Digest) {
		t.Errorf("going back: %+v", r.Superseded)
	}
}

func TestSupersede(t *testing.T) {
	own := memory.Begin(lookAt(memory.Record{}, 2, map[model.RoleName]memory.Seen{"targets": seen(9, "x")}))
	r := own.Supersede(lookAt(own, 2, nil), []memory.Superseded{{Digest: digest("docker"), Version: 7}}, at)
	if r.Roles["targets"].Version != 9 || r.Anchors(digest("docker")) || !r.Anchors(rootOf(2)) || len(r.Settled) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestAcceptRollback(t *testing.T) {
	listed := memory.Seen{Version: 5, Digests: []memory.Digest{digest("a5")}, Listed: 8}
	r := memory.Begin(lookAt(memory.Record{}, 1, map[model.RoleName]memory.Seen{"targets/a": listed, "targets/b": listed, "snapshot": seen(8, "s8")}))
	if !r.Roles["targets/a"].Dropped() {
		t.Fatal("a role that was listed is not missed")
	}
	now := seen(4, "a4")
	r = r.AcceptRollback("targets/a", &now, 3, at)
	if got := r.Roles["targets/a"]; got.Version != 4 || !got.Knows(digest("a4")) {
		t.Errorf("an older version: %+v", got)
	}
	r = r.AcceptRollback("targets/b", nil, 3, at)
	if got := r.Roles["targets/b"]; got.Dropped() || got.Version != 5 {
		t.Errorf("no longer listed: %+v", got)
	}
	if len(r.Settled) != 2 || r.Settled[0].From != 5 || r.Settled[0].To != 4 || r.Settled[0].Digest != digest("a4") {
		t.Errorf("settled: %+v", r.Settled)
	}
	// Where the snapshot itself goes back, what was dropped stays dropped, and nothing
	// else becomes so.
	r = r.Merge(lookAt(r, 1, map[model.RoleName]memory.Seen{"targets/c": {Version: 1, Digests: []memory.Digest{digest("c")}, Listed: 8}}))
	back := seen(3, "s3")
	r = r.AcceptRollback("snapshot", &back, 3, at)
	if c, b := r.Roles["targets/c"], r.Roles["targets/b"]; !c.Dropped() || b.Dropped() || c.Listed > 3 || b.Removed > 3 {
		t.Errorf("after a rollback of the snapshot: %+v, %+v", c, b)
	}
}

// A record survives being written and read.
func TestJSON(t *testing.T) {
	now := seen(2, "x")
	r := memory.Begin(lookAt(memory.Record{}, 3, map[model.RoleName]memory.Seen{"targets": {Version: 4, Digests: []memory.Digest{digest("a"), digest("b")}, Listed: 2, Removed: 1}})).
		AcceptRoot(lookAt(memory.Record{}, 1, nil), nil, at).AcceptRollback("targets", &now, 1, at)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back memory.Record
	if err := json.Unmarshal(text, &back); err != nil || !back.Equal(r) {
		t.Errorf("%v: %s", err, text)
	}
	if err := json.Unmarshal([]byte(`{"superseded":[{"digest":"abc"}]}`), &back); err == nil {
		t.Error("half a digest is read")
	}
}
