package tuf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// rotated is a repository whose root has been replaced so often: version 1 and n more, each
// by keys of its own.
func rotated(n int) *tuftest.Repository {
	r := tuftest.New()
	for range n {
		next := tuftest.By(tuftest.Ed25519(), tuftest.Ed25519())
		r.SetRole("root", next)
		r.PublishOnly("root")
		r.Signers["root"] = next.Keys
	}
	return r
}

// anchored begins with a version of the root.
func anchored(r *tuftest.Repository, version int) dialect.Config {
	cfg := config()
	cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: "a folder", Raw: r.Wire[fmt.Sprintf("%d.root.json", version)]}}
	return cfg
}

// A first root that nobody can check, because its keys are of a type that is not verified with:
// the newest is shown, with what can be said of it, and nothing is trusted.
func TestRootThatCannotBeBegunWith(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	unknown := tuftest.Ed25519().With(tuftest.Object{"keytype": "sigstore-oidc", "scheme": "Fulcio"})
	r.SetRole("root", tuftest.By(unknown))
	r.Signers["root"] = []*tuftest.Key{unknown}
	r.PublishOnly("root")
	r.Wire["1.root.json"] = []byte(strings.Replace(string(r.Wire["2.root.json"]), `"version": 2`, `"version": 1`, 1))
	next := tuftest.By(tuftest.Ed25519())
	r.SetRole("root", next)
	r.PublishOnly("root")
	got := open(r)
	root := got.Roles[0]
	if root.Version != 3 || root.State != model.RoleBroken || root.Valid != 1 {
		t.Errorf("root %d is %s, with %d valid signatures", root.Version, root.Condition(), root.Valid)
	}
	found(t, got, "root", model.ProblemThreshold, "root 1 has 0 valid signatures from its own keys")
	found(t, got, "targets", model.ProblemUnverified, "because the root is not trusted")
	for _, p := range got.AllProblems() {
		if p.Code == model.ProblemRootReplaced || strings.Contains(p.Text, "go-tuf accepts") {
			t.Errorf("%s: %s", p.Code, p.Text)
		}
	}
	if (tuf.Dialect{}).Refusal(got) == nil {
		t.Error("clients are said to accept it")
	}
}

func TestRootWalk(t *testing.T) {
	t.Parallel()
	r := rotated(4)
	for name, c := range map[string]struct {
		cfg    dialect.Config
		change func(*tuftest.Repository)
		walked []int64
		state  model.RoleState
		code   model.ProblemCode
		words  string
	}{
		"from the first":     {cfg: config(), walked: []int64{1, 2, 3, 4, 5}, state: model.RoleVerified},
		"from an anchor":     {cfg: anchored(r, 3), walked: []int64{3, 4, 5}, state: model.RoleVerified},
		"from the newest":    {cfg: anchored(r, 5), walked: []int64{5}, state: model.RoleVerified},
		"without the first":  {config(), func(r *tuftest.Repository) { delete(r.Wire, "1.root.json") }, []int64{5}, model.RoleVerified, model.ProblemMissing, "some roots before version 5 are missing, so trustdeck trusts it without checking"},
		"with a hole":        {config(), func(r *tuftest.Repository) { delete(r.Wire, "3.root.json") }, []int64{5}, model.RoleVerified, model.ProblemMissing, "some roots before version 5 are missing, so trustdeck trusts it without checking"},
		"without the plain":  {config(), func(r *tuftest.Repository) { delete(r.Wire, "root.json") }, []int64{1, 2, 3, 4, 5}, model.RoleVerified, "", ""},
		"behind an anchor":   {anchored(r, 2), func(r *tuftest.Repository) { delete(r.Wire, "3.root.json") }, []int64{2}, model.RoleVerified, "", ""},
		"a version too many": {anchored(r, 3), func(r *tuftest.Repository) { r.Wire["4.root.json"] = r.Wire["5.root.json"] }, nil, model.RoleBroken, model.ProblemVersion, "the file of root 4 states version 5"},
		"unreadable":         {anchored(r, 3), func(r *tuftest.Repository) { r.Wire["4.root.json"] = []byte("{") }, nil, model.RoleBroken, model.ProblemMalformed, "root 4, which follows the one shown, is not readable"},
		"by others": {anchored(r, 4), func(r *tuftest.Repository) {
			other := rotated(4)
			r.Wire["5.root.json"] = other.Wire["5.root.json"]
		}, nil, model.RoleBroken, model.ProblemRootReplaced, "root 5 has 0 valid signatures from the keys of root 4"},
		"not by its own": {anchored(r, 4), func(r *tuftest.Repository) {
			text := string(r.Wire["5.root.json"])
			own := r.Signers["root"][0].ID
			i := strings.LastIndex(text[:strings.Index(text, `"signed"`)], string(own))
			r.Wire["5.root.json"] = []byte(text[:i] + strings.Repeat("0", len(own)) + text[i+len(own):])
		}, nil, model.RoleBroken, model.ProblemThreshold, "root 5 has 1 valid signature from its own keys; it needs 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := r.Clone()
			if c.change != nil {
				c.change(here)
			}
			got := look(here, c.cfg)
			root := got.Role("root")
			if root.State != c.state || !slices.Equal(got.Anchor.Walked, c.walked) {
				t.Errorf("root is %s, walked %d:\n%s", root.State, got.Anchor.Walked, list(got.AllProblems()))
			}
			if c.words != "" {
				role := model.RoleName("root")
				if c.code == model.ProblemMissing {
					role = ""
				}
				found(t, got, role, c.code, c.words)
			}
		})
	}
}

// Where a new root does not follow, its files are judged by the keys of the last that does.
func TestKeysOfTheLastSoundRoot(t *testing.T) {
	t.Parallel()
	r := rotated(1)
	attacker := rotated(3)
	r.Wire["3.root.json"] = attacker.Wire["3.root.json"]
	got := open(r)
	if got.Role("root").State != model.RoleBroken || got.Role("root").Version != 3 {
		t.Errorf("root %d is %s", got.Role("root").Version, got.Role("root").State)
	}
	if state := got.Role("timestamp").State; state != model.RoleVerified {
		t.Errorf("the timestamp is %s:\n%s", state, list(got.AllProblems()))
	}
	if p := (tuf.Dialect{}).Refusal(got); p == nil || p.Role != "root" {
		t.Errorf("refused for %+v", p)
	}
}

func TestSignaturesOfFormerRoots(t *testing.T) {
	t.Parallel()
	got := open(rotated(1))
	var states []string
	for _, s := range got.Role("root").Signatures {
		states = append(states, s.State.String())
	}
	if want := "valid valid previous key previous key"; strings.Join(states, " ") != want {
		t.Errorf("%q", states)
	}
}

// A walk is no longer than it is for go-tuf.
func TestLongWalk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it walks through as many roots as are read")
	}
	r := tuftest.New()
	for range tuf.MaxRootVersions + 5 {
		r.PublishOnly("root")
	}
	got := look(r, anchored(r, 1))
	found(t, got, "", model.ProblemLimit, "root 257 is 256 versions after the starting root")
	sound(t, look(r, anchored(r, 7)))
	// Without an anchor the current root is as good as any.
	if got := open(r); got.Role("root").Version != tuf.MaxRootVersions+6 || got.Role("root").State != model.RoleVerified {
		t.Errorf("root %d is %s", got.Role("root").Version, got.Role("root").State)
	}
}

func TestPins(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	pinned := func(keys ...*tuftest.Key) dialect.Config {
		cfg := config()
		cfg.NoFirstUse = true
		cfg.Pin.Pattern = "tuf.example.org/*"
		for _, k := range keys {
			cfg.Pin.Certs = append(cfg.Pin.Certs, k.ID)
		}
		return cfg
	}
	got := look(r, pinned(r.Signers["root"]...))
	sound(t, got)
	if got.Anchor.Kind != model.AnchorPin || got.Anchor.Source != "tuf.example.org/*" {
		t.Errorf("%+v", got.Anchor)
	}
	found(t, look(r, pinned(r.Signers["root"][0])), "root", model.ProblemPin, "root 1 has 1 valid signature from the keys pinned")
	got = look(r, pinned(tuftest.P256()))
	found(t, got, "root", model.ProblemPin, "root 1 has none of the keys pinned")
	if got.Role("timestamp").State == model.RoleVerified {
		t.Error("a timestamp is verified by a root that is not trusted")
	}
	unpinned := config()
	unpinned.NoFirstUse = true
	found(t, look(r, unpinned), "root", model.ProblemPin, "trust on first use is off")
}

// Two anchors must lead from one to the other; what is disputed is not remembered.
func TestAnchorsDisagree(t *testing.T) {
	t.Parallel()
	r, other := rotated(3), rotated(1)
	cfg := anchored(r, 4)
	cfg.Anchors = append(cfg.Anchors, dialect.Anchor{Kind: model.AnchorTrustDir, Source: "another folder", Raw: r.Wire["2.root.json"]})
	sound(t, look(r, cfg))
	cfg.Anchors[1].Raw = other.Wire["2.root.json"]
	load := r.Drive(tuf.Dialect{}.Load(cfg))
	found(t, load.Repository(), "", model.ProblemAnchors, "root 4, known from a folder, does not descend from root 2, known from another folder")
	if _, ok := load.Look(); ok {
		t.Error("a disputed root is remembered")
	}
	known := load.Known()
	if len(known) != 2 || known[0].Problem != nil || known[1].Problem == nil || len(known[0].Keys) != 2 {
		t.Errorf("%+v", known)
	}
	cfg.Anchors[1].Raw = nil
	found(t, look(r, cfg), "", model.ProblemAnchors, "the root known from another folder is damaged")
}

// A server that cannot be reached is asked once, and one that fails later is said to.
func TestFaults(t *testing.T) {
	t.Parallel()
	drive := func(fault func(w dialect.Want) *model.Fault) (*tuf.Load, int) {
		r, asked := rotated(1), 0
		l := tuf.NewLoad(anchored(r, 1))
		for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
			for _, w := range wants {
				asked++
				raw, missing := r.Read(w)
				if f := fault(w); f != nil {
					raw, missing = nil, f
				}
				l.Give(w, raw, time.Time{}, missing)
			}
		}
		return l, asked
	}
	down := &model.Fault{Kind: model.FaultUnreachable, Text: "no route"}
	l, asked := drive(func(dialect.Want) *model.Fault { return down })
	if asked != 1 || l.Fault() != down || l.Absent() {
		t.Errorf("asked %d times, %v", asked, l.Fault())
	}
	busy := &model.Fault{Kind: model.FaultServer, Text: "busy"}
	l, _ = drive(func(w dialect.Want) *model.Fault {
		if w.Role == "root" && w.Version == 3 {
			return busy
		}
		return nil
	})
	found(t, l.Repository(), "root", model.ProblemUnavailable, "whether there is a root 3 could not be read: busy")
	l, _ = drive(func(w dialect.Want) *model.Fault {
		if w.Role == "snapshot" {
			return busy
		}
		return nil
	})
	got := l.Repository()
	found(t, got, "snapshot", model.ProblemUnavailable, "busy")
	if role := got.Role("targets"); role.Raw == nil || role.Valid != 1 {
		t.Error("without a snapshot, targets is not read")
	}
	gone := &model.Fault{Kind: model.FaultNotFound, Text: "nothing"}
	l, _ = drive(func(dialect.Want) *model.Fault { return gone })
	if !l.Absent() || l.Fault() == nil {
		t.Error("a repository that is not there is not absent")
	}
}
