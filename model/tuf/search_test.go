package tuf_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// paths is the part of a delegation that says what it is for.
func paths(patterns ...string) tuftest.Object { return tuftest.Object{"paths": patterns} }

func terminating(patterns ...string) tuftest.Object {
	return tuftest.Object{"paths": patterns, "terminating": true}
}

// prefixOf is the beginning of the hash of a path.
func prefixOf(path string, digits int) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:])[:digits]
}

// walked lists the steps of a search: "  bob no match", by depth.
func walked(r *model.Repository, path string) string {
	var out []string
	for _, s := range (tuf.Dialect{}).Search(r, path).Steps {
		out = append(out, fmt.Sprintf("%s%s>%s %s", strings.Repeat(".", s.Depth), s.Edge.From, s.Edge.Name, s.Outcome))
		if s.Reason == "" {
			out = append(out, "without a reason")
		}
	}
	return strings.Join(out, ", ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	key := tuftest.By(tuftest.Ed25519())
	r := tuftest.New()
	r.AddTarget("targets", "top", "x")
	r.Delegate("targets", "a", key, paths("a/*", "both/*"))
	r.Delegate("targets", "b", key, terminating("b/*", "both/*"))
	r.Delegate("targets", "c", key, paths("*", "*/*", "*/*/*"))
	r.Delegate("targets", "hash", key, tuftest.Object{"path_hash_prefixes": []string{"00", prefixOf("hashed", 4)}})
	r.Delegate("a", "a-deep", key, paths("a/*"))
	r.Delegate("a-deep", "a", key, paths("a/*"))
	r.Delegate("c", "b", key, paths("*/*"))
	r.AddTarget("a-deep", "a/deep", "x")
	r.AddTarget("b", "c/over-b", "x")
	r.AddTarget("c", "b/hidden", "x")
	r.AddTarget("c", "one/two/three", "x")
	r.AddTarget("hash", "hashed", "x")
	r.Publish("targets", "a", "b", "c", "hash", "a-deep")
	got := open(r)
	for path, want := range map[string]string{
		"top":           "root>targets found",
		"a/deep":        "root>targets absent, .targets>a absent, ..a>a-deep found",
		"a/none":        "root>targets absent, .targets>a absent, ..a>a-deep absent, ...a-deep>a visited, .targets>b no match, .targets>c absent, ..c>b absent, .targets>hash no match",
		"b/hidden":      "root>targets absent, .targets>a no match, .targets>b absent, .targets>c cut off, .targets>hash cut off",
		"both/x":        "root>targets absent, .targets>a absent, ..a>a-deep no match, .targets>b absent, .targets>c cut off, .targets>hash cut off",
		"c/over-b":      "root>targets absent, .targets>a no match, .targets>b no match, .targets>c absent, ..c>b found",
		"one/two/three": "root>targets absent, .targets>a no match, .targets>b no match, .targets>c found",
		"hashed":        "root>targets absent, .targets>a no match, .targets>b no match, .targets>c absent, ..c>b no match, .targets>hash found",
	} {
		if steps := walked(got, path); steps != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, steps, want)
		}
		ends := strings.HasSuffix(want, "found")
		if res := (tuf.Dialect{}).Resolve(got, path); res.OK != ends || res.Reason == "" {
			t.Errorf("%s: %+v", path, res)
		}
	}
	for _, tag := range (tuf.Dialect{}).Tags(got) {
		if res := (tuf.Dialect{}).Resolve(got, tag.Name); tag.Pulled != res.OK || tag.Pulled && !slices.Contains(tag.Roles, res.Role) {
			t.Errorf("%s is found %t, and listed as %+v", tag.Name, res.OK, tag)
		}
	}
	found(t, got, "targets", model.ProblemClients, "(T4)")
}

// A role at which a search cannot go on ends it, and nothing before that.
func TestSearchFails(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	good, other := tuftest.By(tuftest.Ed25519()), tuftest.By(tuftest.Ed25519())
	r.Delegate("targets", "good", good, paths("x/*"))
	r.Delegate("targets", "bad", good, paths("*/*"))
	r.Delegate("targets", "late", good, paths("*/*"))
	r.AddTarget("good", "x/1", "x")
	r.AddTarget("late", "x/2", "x")
	r.Signers["bad"] = other.Keys
	r.Publish("targets", "good", "bad", "late")
	got := open(r)
	if steps := walked(got, "x/1"); steps != "root>targets absent, .targets>good found" {
		t.Error(steps)
	}
	if steps := walked(got, "x/2"); steps != "root>targets absent, .targets>good absent, .targets>bad failed" {
		t.Error(steps)
	}
	if res := (tuf.Dialect{}).Resolve(got, "x/2"); res.OK || res.Problem == nil || res.Problem.Code != model.ProblemThreshold {
		t.Errorf("%+v", res)
	}
	if p := (tuf.Dialect{}).Refusal(got); p != nil {
		t.Errorf("the repository is refused: %s", p.Text)
	}
}

// Trust belongs to the edge: the same file is good by one delegation and not by the other.
func TestTwoDelegators(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	one, two := tuftest.By(tuftest.Ed25519()), tuftest.By(tuftest.Ed25519())
	r.Delegate("targets", "left", one, paths("left/*"))
	r.Delegate("targets", "right", one, paths("right/*"))
	r.Delegate("left", "shared", one, paths("*/*"))
	r.Delegate("right", "shared", two, paths("*/*"))
	r.AddTarget("shared", "left/x", "x")
	r.AddTarget("shared", "right/x", "x")
	r.Publish("targets", "left", "right", "shared")
	got := open(r)
	shared := got.Role("shared")
	if want := []model.Grant{{Valid: 1, Met: true}, {}}; shared.State != model.RoleVerified || !slices.Equal(shared.Grants, want) || len(shared.Parents) != 2 {
		t.Errorf("shared is %s by %+v", shared.State, shared.Grants)
	}
	if res := (tuf.Dialect{}).Resolve(got, "left/x"); !res.OK {
		t.Errorf("over the good edge: %+v", res)
	}
	if res := (tuf.Dialect{}).Resolve(got, "right/x"); res.OK || res.Problem == nil {
		t.Errorf("over the bad edge: %+v", res)
	}
	found(t, got, "shared", model.ProblemThreshold, "(T9)")

	// A delegator that is broken grants nothing, whatever it names.
	r.Signers["left"] = two.Keys
	r.Publish("left")
	if role := open(r).Role("shared"); role.State != model.RoleBroken || role.Grants[0].Met {
		t.Errorf("by a broken delegator, shared is %s by %+v", role.State, role.Grants)
	}
}

func TestHashBins(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{1, 3, 4, 5, 8} {
		r := tuftest.New()
		bins := r.DelegateBins("targets", bits, "bin", tuftest.By(tuftest.Ed25519()))
		const path = "some/target"
		index := 0
		_, _ = fmt.Sscanf(prefixOf(path, 8), "%x", &index)
		bin := bins[index>>(32-bits)]
		r.AddTarget(bin, path, "x")
		r.Publish(append([]model.RoleName{"targets"}, bins...)...)
		got := open(r)
		sound(t, got)
		if res := (tuf.Dialect{}).Resolve(got, path); !res.OK || res.Role != bin {
			t.Errorf("%d bits: %+v", bits, res)
		}
		if steps := strings.Count(walked(got, path), "no match"); steps > 1<<bits-1 {
			t.Errorf("%d bits: %d bins do not match", bits, steps)
		}
		if len(got.Signers) != 0 {
			t.Errorf("the bins are signers: %v", got.Signers)
		}
	}
}

// Of 2^32 bins those are read that the snapshot lists.
func TestManyBins(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	key := tuftest.By(tuftest.Ed25519())
	r.DelegateBins("targets", 1, "bin", key)
	succinct := r.Signed["targets"]["delegations"].(tuftest.Object)["succinct_roles"].(tuftest.Object)
	succinct["bit_length"] = 32
	bin := model.RoleName("bin-" + prefixOf("a/b", 8))
	r.Signed[bin], r.Signers[bin] = r.Signed["bin-0"], key.Keys
	r.AddTarget(bin, "a/b", "x")
	r.Publish("targets", bin)
	got := open(r)
	sound(t, got)
	if res := (tuf.Dialect{}).Resolve(got, "a/b"); !res.OK || res.Role != bin {
		t.Errorf("%+v", res)
	}
}

// Clients look into so many roles and no more.
func TestSearchLimit(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	key := tuftest.By(tuftest.Ed25519())
	from := model.RoleName("targets")
	names := []model.RoleName{from}
	for i := range tuf.MaxVisited + 1 {
		to := model.RoleName(fmt.Sprintf("level-%02d", i))
		r.Delegate(from, to, key, paths("*"))
		from, names = to, append(names, to)
	}
	r.AddTarget(names[tuf.MaxVisited], "reached", "x")
	r.AddTarget(names[tuf.MaxVisited+1], "missed", "x")
	r.Publish(names...)
	got := open(r)
	if res := (tuf.Dialect{}).Resolve(got, "reached"); !res.OK {
		t.Errorf("%+v", res)
	}
	s := (tuf.Dialect{}).Search(got, "missed")
	if s.Resolution.OK || s.Steps[len(s.Steps)-1].Outcome != model.SearchLimit {
		t.Errorf("%+v", s.Resolution)
	}
	// What no search gets to is not read either: a chain of delegations costs a request each.
	found(t, got, "", model.ProblemLimit, string(names[tuf.MaxVisited+1])+" is skipped")
	if got.Role(names[tuf.MaxVisited]) == nil || got.Role(names[tuf.MaxVisited+1]) != nil {
		t.Error("it ends at another depth")
	}
}

// Patterns and names that are made to cost much end in an answer that says so.
func TestHostilePatterns(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes all the work that a search may take")
	}
	r := tuftest.New()
	patterns := make([]string, 400)
	for i := range patterns {
		patterns[i] = strings.Repeat("*a", 500) + fmt.Sprint(i)
	}
	r.Delegate("targets", "it", tuftest.By(tuftest.Ed25519()), paths(patterns...))
	for i := range 60 {
		r.AddTarget("it", strings.Repeat("a", 4000)+fmt.Sprint("x", i), "x")
	}
	r.Publish("targets", "it")
	got := open(r)
	found(t, got, "", model.ProblemLimit, "too many paths and targets to compare every target")
	for _, tag := range (tuf.Dialect{}).Tags(got) {
		if tag.Pulled {
			t.Errorf("%.20s is found", tag.Name)
		}
	}
}
