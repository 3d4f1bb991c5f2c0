package bundle_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/plan"
)

// request compiles on the repository as it is now what a bundle was asked for.
func (s *scene) request(t *testing.T, b *bundle.Bundle) (*plan.Plan, plan.Request) {
	t.Helper()
	r := plan.Request{Dialect: s.Dialect, GUN: b.Repository, Repository: s.Repository, Changes: b.Changes}
	var here []model.PrivateKey // the operator has no other
	for _, k := range s.Keys[model.RoleSnapshot] {
		here = append(here, model.PrivateKey{ID: s.Dialect.CanonicalID(k.Listed)})
	}
	p, err := plan.Compile([]plan.Request{r}, here, now)
	if err != nil {
		t.Fatal(err)
	}
	return p, r
}

// tag publishes a target in the meantime.
func (s *scene) tag(t *testing.T, name string) {
	t.Helper()
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.AddTarget(model.RoleTargets, model.Target{Name: s.Prefix + name, Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
	if err := s.Publish(draft, dialecttest.At); err != nil {
		t.Fatal(err)
	}
}

// publishes publishes a ceremony on the repository as it is now.
func (s *scene) publishes(t *testing.T, o *bundle.Opened) {
	t.Helper()
	p, r := s.request(t, o.Bundle())
	sealed, err := o.Seal(p, 0, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Parts[0].Rewrites {
		if w.Signer != plan.SignedHere || !w.Role.ListsFiles() {
			continue
		}
		payload := must(sealed.Payload(w.Role, now))
		key := s.Keys[w.Role][0]
		if err := sealed.Sign(w.Role, must(s.Dialect.Sign(key.Listed, key.Private, payload))); err != nil {
			t.Fatal(err)
		}
		if err := sealed.Check(w.Role, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Upload(must(sealed.Files()), dialecttest.At.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

// Tags that are published while people sign a root make no difference: snapshot and timestamp are
// made with the others. Clients then find the new root and the tag.
func TestPublish(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		s.tag(t, "while")
		o := open(t, s.sign(t, b, "Ada", "Ben", "Cleo", "Dan"))
		if moved := o.Moved(s.Repository); len(moved) > 0 {
			t.Errorf("moved: %q", moved)
		}
		s.publishes(t, o)
		if root := s.Repository.Role(model.RoleRoot); root.Version != 3 || root.State != model.RoleVerified || len(s.Repository.Role(model.RoleTargets).Targets) != 1 {
			t.Errorf("root %d is %s: %+v", root.Version, root.State, root.Problems)
		}
		if err := s.Sound(); err != nil {
			t.Error(err)
		}
		if is, signed := s.Repository.Role(model.RoleRoot).Raw, must(o.Files())[model.RoleRoot]; !bytes.Equal(is, signed) {
			t.Errorf("published is\n%s\nand signed was\n%s", is, signed)
		}
	})
}

// Whichever copy of a ceremony was published, the ceremony is published. One that says something else
// is not, nor is a root that has too few signatures.
func TestPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b, other := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan")), s.bundle(s.rootOf(2, "Ada", "Ben", "Eve"))
		signed, half := open(t, s.sign(t, b, "Ada", "Ben", "Cleo")), open(t, s.sign(t, b, "Ada"))
		if signed.Published(s.Repository) || signed.Published(nil) {
			t.Error("it is published before it was published")
		}
		s.publishes(t, signed)
		for name, o := range map[string]*bundle.Opened{"the same": signed, "more signatures": open(t, s.sign(t, b, "Dan", "Cleo", "Ben", "Ada")), "too few signatures": half, "none": open(t, b)} {
			if !o.Published(s.Repository) {
				t.Errorf("a copy with %s is not published", name)
			}
		}
		if open(t, s.sign(t, other, "Ada", "Ben", "Cleo")).Published(s.Repository) {
			t.Error("a ceremony about another root is published")
		}
		practised := *b
		practised.Rehearsal = true
		if open(t, &practised).Published(s.Repository) {
			t.Error("a rehearsal is published")
		}
		root := s.Repository.Role(model.RoleRoot)
		raw := root.Raw
		if root.Raw = half.Partial(model.RoleRoot); signed.Published(s.Repository) {
			t.Error("a root with too few signatures is published")
		}
		root.Raw, root.State = raw, model.RoleBroken
		if signed.Published(s.Repository) {
			t.Error("a root that does not verify is published")
		}
	})
}

// A new root changes what others may sign: a ceremony of targets alone rests on the root too.
func TestRootMoves(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	o := open(t, s.bundle(model.Renew{Roles: []model.RoleName{model.RoleTargets}}))
	if moved := o.Moved(s.Repository); len(moved) > 0 {
		t.Errorf("%q", moved)
	}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.Bump(model.RoleRoot)
	if err := s.Publish(draft, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	if moved := o.Moved(s.Repository); !slices.Equal(moved, []model.RoleName{model.RoleRoot}) {
		t.Errorf("%q", moved)
	}
}

// What can't be published any more, or is not what was signed, is refused by name.
func TestNotPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := rotated(s)
		half := open(t, s.sign(t, b, "Ada"))
		o := open(t, s.sign(t, b, "Ada", "Ben"))
		targets := s.Keys[model.RoleTargets]
		s.signAs(t, o, targets[len(targets)-1])
		p, r := s.request(t, b)
		if _, err := o.Seal(p, 0, r); err != nil {
			t.Fatal(err)
		}
		seal := func(o *bundle.Opened, p *plan.Plan, r plan.Request) func() error {
			return func() error { _, err := o.Seal(p, 0, r); return err }
		}
		checkRefused(t, "signatures are missing", seal(half, p, r), bundle.Incomplete)
		other, asked := s.request(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Eve")))
		checkRefused(t, "other files are asked for", seal(o, other, asked), bundle.BadPayload)
		other, asked = s.request(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Eve"), b.Changes[1]))
		checkRefused(t, "another root is asked for", seal(o, other, asked), bundle.BadPayload)

		deleted := r
		deleted.Repository = nil
		checkRefused(t, "the repository was deleted", seal(o, p, deleted), bundle.BaseMoved)
		s.tag(t, "while")
		p, r = s.request(t, b)
		checkRefused(t, "targets were published", seal(o, p, r), bundle.BaseMoved)
	})
}
