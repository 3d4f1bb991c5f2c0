package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/plan"
)

// status is who has signed, quorum by quorum: "old 1/2 Ada* Ben - new 0/2 Ada ...".
func status(o *bundle.Opened, role model.RoleName) string {
	var words []string
	for _, q := range o.Quorums(role) {
		word := map[bool]string{true: "old", false: "new"}[q.Former]
		word += " " + strings.Repeat("I", q.Signed()) + strings.Repeat(".", q.Missing())
		for _, m := range q.Members {
			name := m.Person
			if m.Signed {
				name += "*"
			}
			if m.Leaves {
				name = "-" + name
			}
			if m.Joins {
				name = "+" + name
			}
			word += " " + name
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

// One of three custodians is replaced. Each signs on a machine of their own, the one who leaves
// too, and the files are merged in every order.
func TestOneOfThreeReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		o := open(t, b)
		if got, want := status(o, model.RoleRoot), "old .. Ada Ben -Cleo; new .. Ada Ben +Dan"; got != want {
			t.Errorf("before anyone has signed: %s, want %s", got, want)
		}
		if a := o.Absence(); a.Any != 1 || len(a.Needed) > 0 || !slices.Equal(a.Pairs, [][2]string{{"Ada", "Ben"}, {"Ada", "Cleo"}, {"Ada", "Dan"}, {"Ben", "Cleo"}, {"Ben", "Dan"}}) {
			t.Errorf("absent may be %+v", a)
		}
		var parts []*bundle.Bundle
		for _, name := range []string{"Cleo", "Ada", "Dan"} {
			parts = append(parts, s.sign(t, b, name))
		}
		if got, want := status(open(t, parts[0]), model.RoleRoot), "old I. Ada Ben -Cleo*; new .. Ada Ben +Dan"; got != want {
			t.Errorf("a key that leaves: %s, want %s", got, want)
		}
		if got, want := status(open(t, parts[2]), model.RoleRoot), "old .. Ada Ben -Cleo; new I. Ada Ben +Dan*"; got != want {
			t.Errorf("a key that joins: %s, want %s", got, want)
		}
		var merged []byte
		for _, order := range orders(parts) {
			o := open(t, order[0])
			if err := o.Merge(order[1:]...); err != nil {
				t.Fatal(err)
			}
			if err := o.Merge(order...); err != nil {
				t.Errorf("merged again: %v", err)
			}
			text := o.Bundle().Encode()
			if merged != nil && !bytes.Equal(merged, text) {
				t.Error("the order in which files are merged makes a difference")
			}
			merged = text
		}
		o = open(t, must(bundle.Decode(merged)))
		if got, want := status(o, model.RoleRoot), "old II Ada* Ben -Cleo*; new II Ada* Ben +Dan*"; got != want || !o.Complete() {
			t.Errorf("all have signed: %s, want %s, complete %t", got, want, o.Complete())
		}
		checkPublished(t, s, o)
	})
}

// checkPublished has the dialect judge what was signed, as clients of the older roots do.
func checkPublished(t *testing.T, s *scene, o *bundle.Opened) {
	t.Helper()
	files, err := o.Files()
	if err != nil {
		t.Fatal(err)
	}
	next := must(s.Dialect.Parse(model.RoleRoot, files[model.RoleRoot]))
	if len(s.roots) > 0 {
		prev := must(s.Dialect.Parse(model.RoleRoot, s.roots[len(s.roots)-1]))
		if p := s.Dialect.Succeeds(dialecttest.GUN, now, prev, next); p != nil {
			t.Errorf("it is no successor: %s", p.Text)
		}
	}
	for role, raw := range files {
		if text := s.Dialect.Deviation(must(s.Dialect.Parse(role, raw)), raw); text != "" {
			t.Errorf("%s: %s", role, text)
		}
	}
}

// Of five custodians two are replaced, of whom one takes part; three must sign in each group.
func TestTwoOfFiveReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 3, 5)
		b := s.bundle(s.rootOf(3, "Ada", "Ben", "Cleo", "Finn", "Gus"))
		o := open(t, b)
		if a := o.Absence(); a.Any != 2 || len(a.Pairs) > 0 || len(a.Needed) > 0 {
			t.Errorf("absent may be %+v", a)
		}
		if o.MayBeAbsent("Ada", "Ben", "Cleo") || !o.MayBeAbsent("Dan", "Eve", "Finn", "Gus") {
			t.Error("who stays is not told from who moves")
		}
		b = s.sign(t, b, "Dan", "Ada", "Ben")
		if got, want := status(open(t, b), model.RoleRoot), "old III Ada* Ben* Cleo -Dan* -Eve; new II. Ada* Ben* Cleo +Finn +Gus"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		o = open(t, b)
		if a := o.Absence(); a.Any != 2 || len(a.Needed) > 0 || o.MayBeAbsent("Cleo", "Finn", "Gus") {
			t.Errorf("when only the new group lacks one, absent may be %+v", a)
		}
		if _, err := o.Files(); bundle.ReasonOf(err) != bundle.Incomplete {
			t.Errorf("with a signature missing: %v", err)
		}
		root := []model.RoleName{model.RoleRoot}
		if got, want := o.Waiting(), []bundle.Waiting{{Who: "Cleo", Roles: root}, {Who: "Finn", Roles: root}, {Who: "Gus", Roles: root}}; !reflect.DeepEqual(got, want) {
			t.Errorf("it waits for %v", got)
		}
		o = open(t, s.sign(t, b, "Gus"))
		if !o.Complete() || len(o.Waiting()) > 0 {
			t.Errorf("%s", status(o, model.RoleRoot))
		}
		checkPublished(t, s, o)
	})
}

// A new repository has no root to follow. Its root and targets are signed together.
func TestNewRepository(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		s.Repository, s.roots = nil, nil
		init := model.InitRepository{Root: s.rootOf(2, "Ada", "Ben", "Cleo").(model.RotateKey).Keys} //nolint:forcetypeassert // it is one
		one := func(role model.RoleName) model.RoleKeys {
			return model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: s.Keys[role][0].Listed}}}
		}
		init.Targets, init.Snapshot, init.Timestamp = one(model.RoleTargets), one(model.RoleSnapshot), one(model.RoleTimestamp)
		b := s.bundle(init)
		if subject.Dialect.ServerKeys() {
			for symbol, key := range b.Keys { // the server has told its keys
				t.Logf("%s is %s", symbol, key.ID.Short())
			}
		}
		b = s.sign(t, b, "Ada", "Cleo")
		o := open(t, b)
		if o.Complete() || !slices.Equal(o.Roles(), []model.RoleName{model.RoleRoot, model.RoleTargets}) {
			t.Errorf("%q: %s", o.Roles(), status(o, model.RoleRoot))
		}
		s.signAs(t, o, s.Keys[model.RoleTargets][0])
		checkPublished(t, s, o)
		for _, row := range o.Summary() {
			if row.Difference != plan.Added {
				t.Errorf("%s is %s", row.Role, row.Difference)
			}
		}
	})
}

// A renewal has one quorum, and says that nothing else changes.
func TestRenewal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(model.Renew{Roles: []model.RoleName{model.RoleRoot}})
		o := open(t, s.sign(t, b, "Ben", "Cleo"))
		if got := status(o, model.RoleRoot); got != "new II Ada Ben* Cleo*" {
			t.Errorf("%s", got)
		}
		if r := o.Reviews()[0]; r.From != 2 || r.To != 3 || !slices.Equal(r.Lines, []string{"contents unchanged"}) || len(r.Beyond) > 0 {
			t.Errorf("%+v", r)
		}
		checkPublished(t, s, o)
	})
}

// The roots that were published are shown with those who have signed them, so that people can
// compare one with what they know.
func TestRoots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		roots := open(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))).Roots()
		if len(roots) != 2 || roots[1].Version != 2 || roots[1].Digest != sha256.Sum256(s.roots[1]) || roots[1].Quorum.Threshold != 2 {
			t.Errorf("%+v", roots)
		}
		var signed []string
		for _, m := range roots[1].Quorum.Members {
			signed = append(signed, fmt.Sprint(m.Person, m.Signed))
		}
		if want := []string{"Adatrue", "Bentrue", "Cleofalse"}; !slices.Equal(signed, want) {
			t.Errorf("%q, want %q", signed, want)
		}
	})
}

// Someone makes a chain of their own in which the custodians' keys and theirs sign the root, and a
// payload that is the next one of the real root. In the forged bundle it changes nothing; with the
// signatures of custodians it would add the forger's key to the real root. That no custodian has
// signed the forged root gives it away.
func TestForgedChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		forger := must(s.NewKey(model.RoleRoot))
		s.Keys[model.RoleRoot] = append(s.Keys[model.RoleRoot], forger)
		draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
		draft.SetRole(model.RoleRoot, 1, append(s.listed("Ada", "Ben", "Cleo"), forger.Listed)...)
		lie := draft.Seal(model.RoleRoot, now) // root 3
		fake := bytes.Replace(lie, []byte(`ersion":3`), []byte(`ersion":2`), 1)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		b.Payloads[0].Bytes = lie
		b.Roots = [][]byte{must(s.Dialect.Join(model.RoleRoot, fake, []dialect.Signature{must(s.Dialect.Sign(forger.Listed, forger.Private, fake))}, nil))}
		o := open(t, b)
		if lines := o.Reviews()[0].Lines; !slices.Equal(lines, []string{"contents unchanged"}) {
			t.Fatalf("the forger has not thought of everything: %q", lines)
		}
		genuine := open(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Dan")))
		for _, name := range []string{"Ada", "Ben"} {
			id := s.Dialect.CanonicalID(s.people[name].Listed)
			if genuine.Anchored("other", id) != 2 || o.Anchored(id) != 0 {
				t.Errorf("%s has signed root %d, and root %d of the forged chain", name, genuine.Anchored(id), o.Anchored(id))
			}
		}
		if genuine.Anchored(s.Dialect.CanonicalID(s.people["Gus"].Listed)) != 0 || genuine.Anchored() != 0 {
			t.Error("one who has never signed has")
		}
	})
}

// A file that waits for signatures names the keys that are still asked, as some programs write it.
func TestPartial(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	o := open(t, s.sign(t, b, "Ada", "Cleo"))
	next := must(s.Dialect.Parse(model.RoleRoot, o.Partial(model.RoleRoot)))
	verdict := s.Dialect.Issuer(next).Judge(next)
	want := model.Retype[model.KeyID]([]string{string(s.Dialect.CanonicalID(s.people["Ben"].Listed)), string(s.Dialect.CanonicalID(s.people["Dan"].Listed))})
	if slices.Sort(want); verdict.Met || len(verdict.Signers) != 1 || !slices.Equal(slices.Sorted(slices.Values(verdict.Pending)), want) {
		t.Errorf("%+v", verdict)
	}
	b.Rehearsal = true
	if open(t, b).Partial(model.RoleRoot) != nil || o.Partial(model.RoleTargets) != nil {
		t.Error("a rehearsal has a file")
	}
}

// What no quorum asks for is not collected, and that is said before anyone signs.
func TestNotCollected(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	for _, change := range []model.Change{
		model.Countersign{Roles: []model.RoleName{model.RoleTargets}},
		model.RotateKey{Role: model.RoleRoot, CosignRoots: 1},
	} {
		r := plan.Request{Dialect: s.Dialect, GUN: dialecttest.GUN, Repository: s.Repository, Changes: []model.Change{s.rootOf(2, "Ada", "Ben", "Dan")}}
		p := must(plan.Compile([]plan.Request{r}, nil, now))
		sealed := must(plan.Seal(p, 0, r, nil))
		r.Changes = []model.Change{change}
		if _, err := bundle.New(p, 0, r, sealed, s.roots, now); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%+v: %v", change, err)
		}
	}
}
