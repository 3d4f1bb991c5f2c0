package bundle_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"io"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/plan"
	"trustdeck/model/quorum"
)

// A signature that is there already is no error; of two by one key that are both valid, all copies
// keep the same.
func TestRepeatedSignature(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		a, c := open(t, b), open(t, b)
		key := s.people["Ada"]
		message := a.Tasks(s.Dialect.CanonicalID(key.Listed))[0].Message
		var all []dialect.Signature
		for range 4 { // a key that makes another signature each time
			all = append(all, must(s.Dialect.Sign(key.Listed, hedged{key.Private}, message)))
		}
		for _, sig := range slices.Concat(all, all) {
			if err := a.Add(model.RoleRoot, sig); err != nil {
				t.Fatal(err)
			}
		}
		slices.Reverse(all)
		for _, sig := range all {
			if err := c.Add(model.RoleRoot, sig); err != nil {
				t.Fatal(err)
			}
		}
		if q := a.Quorums(model.RoleRoot); q[0].Signed() != 1 || q[1].Signed() != 1 || len(a.Bundle().Signatures) != 1 {
			t.Errorf("%s", status(a, model.RoleRoot))
		}
		if !bytes.Equal(a.Bundle().Encode(), c.Bundle().Encode()) {
			t.Error("two copies keep different signatures")
		}
		for _, task := range a.Tasks(s.Dialect.CanonicalID(key.Listed)) {
			if !task.Signed || task.Version != 3 {
				t.Errorf("%+v", task)
			}
		}
	})
}

// What is no copy of the same ceremony is refused by name, and nothing is taken of it.
func TestNotMerged(t *testing.T) {
	t.Parallel()
	s, other := newScene(subjects["tuf"], 2, 3), newScene(subjects["tuf"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	for why, c := range map[string]struct {
		edit   func(*bundle.Bundle)
		reason bundle.Reason
	}{
		"another repository": {func(b *bundle.Bundle) { b.Repository += "2" }, bundle.OtherRepository},
		"a rehearsal":        {func(b *bundle.Bundle) { b.Rehearsal, b.Signatures = true, nil }, bundle.RehearsalAndReal},
		"another date":       {func(b *bundle.Bundle) { b.Dates.Target = b.Dates.Target.Add(time.Hour) }, bundle.AlteredCopy},
		"another name":       {func(b *bundle.Bundle) { b.Participants[0].Name = "Mallory" }, bundle.AlteredCopy},
		"another payload":    {func(b *bundle.Bundle) { b.Payloads, b.Signatures = other.bundle(other.rootOf(1, "Ada")).Payloads, nil }, bundle.AlteredCopy},
		"another ceremony": {func(b *bundle.Bundle) {
			b.Title, b.Payloads, b.Signatures = "Renew root", other.bundle(other.rootOf(1, "Ada")).Payloads, nil
		}, bundle.OtherCeremony},
		"a signature too many": {func(b *bundle.Bundle) { b.Signatures[0].Sig = []byte("x") }, bundle.WrongPayload},
	} {
		edited := must(bundle.Decode(s.sign(t, b, "Ada", "Ben").Encode()))
		c.edit(edited)
		o := open(t, b)
		checkRefused(t, why, func() error { return o.Merge(s.sign(t, b, "Cleo"), edited) }, c.reason)
		if n := len(o.Bundle().Signatures); n > 0 {
			t.Errorf("%s: %d signatures were taken", why, n)
		}
	}
}

// In a rehearsal everything goes as in a ceremony, and nothing that comes of it is a signature of
// metadata; nor does a real signature count in a rehearsal.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		ceremony := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		rehearsed := must(bundle.Decode(ceremony.Encode()))
		rehearsed.Rehearsal = true
		practised := s.sign(t, rehearsed, "Ada", "Ben", "Dan")
		o := open(t, practised)
		if !o.Complete() || len(o.Summary()) == 0 {
			t.Errorf("%s", status(o, model.RoleRoot))
		}
		checkRefused(t, "a rehearsal is published", func() error { _, err := o.Files(); return err }, bundle.RehearsalAndReal)

		prev := must(s.Dialect.Parse(model.RoleRoot, s.roots[1]))
		var signatures []dialect.Signature
		for _, sig := range practised.Signatures {
			signatures = append(signatures, sig.Signature)
		}
		wire := must(s.Dialect.Join(model.RoleRoot, practised.Payloads[0].Bytes, signatures, nil))
		if p := s.Dialect.Succeeds(dialecttest.GUN, now, prev, must(s.Dialect.Parse(model.RoleRoot, wire))); p == nil {
			t.Error("a client takes the rehearsed root")
		}
		if _, err := s.Dialect.ParsePayload(model.RoleRoot, practised.Message(practised.Payloads[0])); err == nil {
			t.Error("what was signed can be taken for metadata")
		}
		genuine := s.sign(t, ceremony, "Ada").Signatures[0]
		checkRefused(t, "a real signature in a rehearsal", func() error { return o.Add(genuine.Role, genuine.Signature) }, bundle.RehearsalAndReal)
		signed := practised.Signatures[0]
		checkRefused(t, "a rehearsed signature", func() error { return open(t, ceremony).Add(signed.Role, signed.Signature) }, bundle.RehearsalAndReal)
		practised.Rehearsal = false
		checkRefused(t, "a rehearsal without its mark", func() error { _, err := bundle.Open(practised, known, now); return err }, bundle.RehearsalAndReal)
	})
}

// A root key that has two certificates is one key, whichever of them its signature names.
func TestKeyUnderTwoIDs(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	ada := s.people["Ada"]
	serial := [16]byte{1}
	twin := must(s.Dialect.Certified(must(s.Dialect.NewCertificate(dialecttest.GUN, ada.Private, serial, dialecttest.At.Add(-time.Minute)))))
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.SetRole(model.RoleRoot, 2, ada.Listed, twin, s.people["Ben"].Listed)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	b.Payloads[0].Bytes = draft.Seal(model.RoleRoot, dialecttest.At.Add(24*time.Hour))
	o := open(t, b)
	if q := o.Quorums(model.RoleRoot)[1]; len(q.Members) != 2 || len(q.Members[0].Listed)+len(q.Members[1].Listed) != 3 {
		t.Fatalf("%+v", q)
	}
	tasks := o.Tasks(s.Dialect.CanonicalID(ada.Listed))
	if len(tasks) != 2 {
		t.Errorf("the key is asked for %d signatures", len(tasks))
	}
	s.signAs(t, o, ada)
	if q := o.Quorums(model.RoleRoot)[1]; q.Signed() != 1 || q.Missing() != 1 {
		t.Errorf("%s", status(o, model.RoleRoot))
	}
	s.signAs(t, o, s.people["Ben"])
	if !o.Complete() {
		t.Errorf("%s", status(o, model.RoleRoot))
	}
}

// A certificate under which clients don't take a key is none that the key is asked to sign under.
func TestUnusableCertificate(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	ada := s.people["Ada"]
	foreign := must(s.Dialect.Certified(must(s.Dialect.NewCertificate("registry.example.org/acme/other", ada.Private, [16]byte{4}, dialecttest.At.Add(-time.Minute)))))
	for _, order := range orders([]model.PublicKey{ada.Listed, foreign}) {
		draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
		draft.SetRole(model.RoleRoot, 2, append(order, s.people["Ben"].Listed)...)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		b.Payloads[0].Bytes = draft.Seal(model.RoleRoot, dialecttest.At.Add(24*time.Hour))
		o := open(t, b)
		tasks := o.Tasks(s.Dialect.CanonicalID(ada.Listed))
		if len(tasks) != 1 || tasks[0].Key.ID != ada.Listed.ID {
			t.Errorf("%+v", tasks)
		}
		checkRefused(t, "another repository's certificate", func() error {
			return o.Add(model.RoleRoot, must(s.Dialect.Sign(foreign, ada.Private, tasks[0].Message)))
		}, bundle.ForeignKey)
	}
}

// A new certificate of the same key has another ID: under the old one its signature counts for the
// old root alone, and the key is asked for both.
func TestRenewedCertificate(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	ada := s.people["Ada"]
	renewed := must(s.Dialect.Certified(must(s.Dialect.NewCertificate(dialecttest.GUN, ada.Private, [16]byte{2}, dialecttest.At.Add(-time.Minute)))))
	change := s.rootOf(2, "Ben", "Cleo").(model.RotateKey) //nolint:forcetypeassert // it is one
	change.Keys.Keys = append(change.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: renewed})
	b := s.bundle(change)
	b.Participants[0].Keys = append(b.Participants[0].Keys, bundle.Held{ID: renewed.ID, Serial: "12345670"})
	o := open(t, b)
	tasks := o.Tasks(s.Dialect.CanonicalID(ada.Listed))
	if len(tasks) != 2 {
		t.Fatalf("the key is asked for %d signatures", len(tasks))
	}
	if err := o.Add(model.RoleRoot, must(s.Dialect.Sign(ada.Listed, ada.Private, tasks[0].Message))); err != nil {
		t.Fatal(err)
	}
	if got, want := status(o, model.RoleRoot), "old I. Ada* Ben Cleo; new .. Ben Cleo Ada"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s.signAs(t, o, ada)
	if got, want := status(o, model.RoleRoot), "old I. Ada* Ben Cleo; new I. Ben Cleo Ada*"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Who may be absent is what package quorum works out of the same groups.
func TestAbsenceIsExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		threshold, people, next int
		after                   []string
	}{
		{1, 1, 1, []string{"Ben"}},
		{2, 2, 1, []string{"Ada", "Ben"}},
		{2, 3, 2, []string{"Ada", "Ben", "Dan"}},
		{3, 5, 3, []string{"Ada", "Ben", "Cleo", "Finn", "Gus"}},
		{2, 5, 4, []string{"Ada", "Ben", "Eve", "Finn", "Gus"}},
		{1, 6, 1, []string{"Gus", "Ada"}},
	} {
		s := newScene(subjects["tuf"], c.threshold, c.people)
		b := s.bundle(s.rootOf(c.next, c.after...))
		o := open(t, b)
		want := examined(s, o)
		for _, a := range names {
			for _, other := range names {
				if got, want := o.MayBeAbsent(a, other), want(a, other); got != want {
					t.Errorf("%d of %d to %d of %d: without %s and %s: %t, want %t", c.threshold, c.people, c.next, len(c.after), a, other, got, want)
				}
			}
		}
	}
}

// examined asks package quorum whether people may lose their keys.
func examined(s *scene, o *bundle.Opened) func(people ...string) bool {
	r := &model.Repository{Roles: []model.Role{{Name: model.RoleRoot}}}
	for _, q := range o.Quorums(model.RoleRoot) {
		edge := model.Delegation{From: model.RoleRoot, Name: model.RoleRoot, Threshold: int64(q.Threshold)}
		for _, m := range q.Members {
			edge.KeyIDs = append(edge.KeyIDs, m.Listed[0].ID)
			r.Keys = append(r.Keys, s.Dialect.Describe(m.Listed[0]))
		}
		r.Roles[0].Parents = append(r.Roles[0].Parents, edge)
	}
	role := quorum.Examine(r, quorum.Known{})[0]
	return func(people ...string) bool {
		var lost []*quorum.Key
		for _, k := range role.Keys {
			if slices.ContainsFunc(people, func(name string) bool { return s.Dialect.CanonicalID(s.people[name].Listed) == k.ID() }) {
				lost = append(lost, k)
			}
		}
		return role.MayLose(lost...)
	}
}

// The rows are those that the plan has shown, with people in the place of keys.
func TestSummaryIsThePlans(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		change := s.rootOf(2, "Ada", "Ben", "Dan")
		r := plan.Request{Dialect: s.Dialect, GUN: dialecttest.GUN, Repository: s.Repository, Changes: []model.Change{change}}
		p := must(plan.Compile([]plan.Request{r}, nil, dialecttest.At.Add(24*time.Hour)))
		want := p.Parts[0].Summary[0]
		got := open(t, s.bundle(change)).Summary()[0]
		for i := range got.Edges[0].Keys {
			k := &got.Edges[0].Keys[i]
			if s.Dialect.CanonicalID(s.people[k.Name].Listed) != k.ID {
				t.Errorf("key %s is %q's", k.ID, k.Name)
			}
			k.Name = ""
		}
		want.ExpiresAfter = got.ExpiresAfter // to the second, in some dialects
		if dump(got) != dump(want) {
			t.Errorf("the row is\n%swant\n%s", dump(got), dump(want))
		}
	})
}

// hedged is a key whose signatures differ each time, as those of tokens do.
type hedged struct{ crypto.Signer }

func (h hedged) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.Signer.Sign(rand.Reader, digest, opts)
}
