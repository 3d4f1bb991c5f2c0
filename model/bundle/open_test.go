package bundle_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
)

// rotated is a bundle in which root and targets are signed: two custodians move, and targets gets
// another key.
func rotated(s *scene) *bundle.Bundle {
	key := must(s.NewKey(model.RoleTargets))
	s.Keys[model.RoleTargets] = append(s.Keys[model.RoleTargets], key)
	targets := model.RotateKey{Role: model.RoleTargets, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: key.Listed}}}}
	return s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"), targets)
}

// replaced edits the text of a payload.
func replaced(was, is string) func(*bundle.Bundle) {
	return func(b *bundle.Bundle) {
		edited := bytes.Replace(b.Payloads[0].Bytes, []byte(was), []byte(is), 1)
		if bytes.Equal(edited, b.Payloads[0].Bytes) {
			panic(was + " is not in it")
		}
		b.Payloads[0].Bytes = edited
	}
}

// Whatever a bundle is altered in, it is refused for the right reason.
func TestRefusedAsItIsOpened(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s, other := newScene(subject, 2, 3), newScene(subject, 2, 3)
		valid := s.sign(t, rotated(s), "Ada", "Dan")
		open(t, valid)
		version, threshold, expires := `"version":3`, `"threshold":2`, `"expires":"20`
		if subject.Dialect.ServerKeys() && !subject.Dialect.Certifies() { // the invented one
			version, threshold, expires = `"Version":3`, `"Threshold":2`, `"Expires":"20`
		}
		sign := func(role model.RoleName, key dialecttest.Key, message []byte) bundle.Signature {
			return bundle.Signature{Role: role, Signature: must(s.Dialect.Sign(key.Listed, key.Private, message))}
		}
		for why, c := range map[string]struct {
			edit   func(*bundle.Bundle)
			reason bundle.Reason
		}{
			"a dialect of another program": {func(b *bundle.Bundle) { b.Dialect = "uptane" }, bundle.UnknownDialect},
			"a root that is no root":       {func(b *bundle.Bundle) { b.Roots[0] = []byte("x") }, bundle.BadRoots},
			"an empty root":                {func(b *bundle.Bundle) { b.Roots[1] = nil }, bundle.BadRoots},
			"roots of two repositories":    {func(b *bundle.Bundle) { b.Roots[0] = other.roots[0] }, bundle.BadRoots},
			"a root twice":                 {func(b *bundle.Bundle) { b.Roots = append(b.Roots, b.Roots[1]) }, bundle.BadRoots},
			"roots in disorder":            {func(b *bundle.Bundle) { slices.Reverse(b.Roots) }, bundle.BadRoots},
			"a root that someone has altered": {func(b *bundle.Bundle) {
				b.Roots[1][len(b.Roots[1])/2] ^= 1
			}, bundle.BadRoots},
			"the last root is missing":                    {func(b *bundle.Bundle) { b.Roots = b.Roots[:1] }, bundle.WrongVersion},
			"no root at all":                              {func(b *bundle.Bundle) { b.Roots = nil }, bundle.BadBase},
			"no root and no file":                         {func(b *bundle.Bundle) { b.Roots, b.Base = nil, nil }, bundle.WrongVersion},
			"the published targets are missing":           {func(b *bundle.Bundle) { b.Base = nil }, bundle.BadBase},
			"the published targets are not readable":      {func(b *bundle.Bundle) { b.Base[0].Raw = b.Base[0].Raw[1:] }, bundle.BadBase},
			"a published file is of a role that can't be": {func(b *bundle.Bundle) { b.Base[0].Role = "\n" }, bundle.BadBase},
			"a published file that nothing needs":         {func(b *bundle.Bundle) { b.Payloads, b.Signatures = b.Payloads[:1], nil }, bundle.BadBase},
			"a payload that is not readable":              {func(b *bundle.Bundle) { b.Payloads[0].Bytes = b.Payloads[0].Bytes[1:] }, bundle.BadPayload},
			"an empty payload":                            {func(b *bundle.Bundle) { b.Payloads[0].Bytes = nil }, bundle.BadPayload},
			"a payload of another role":                   {func(b *bundle.Bundle) { b.Payloads[0].Bytes = b.Payloads[1].Bytes }, bundle.BadPayload},
			"a payload with white space":                  {func(b *bundle.Bundle) { b.Payloads[0].Bytes = append(b.Payloads[0].Bytes, ' ') }, bundle.BadPayload},
			"a payload of a role that can't be":           {func(b *bundle.Bundle) { b.Payloads[1].Role, b.Signatures = "\n", nil }, bundle.BadPayload},
			"a payload that nothing delegates to": {func(b *bundle.Bundle) {
				b.Payloads[1].Role, b.Signatures, b.Base = "targets/x", nil, nil
			}, bundle.BadPayload},
			"a version is left out":     {replaced(version, version[:len(version)-1]+"4"), bundle.WrongVersion},
			"the same version again":    {replaced(version, version[:len(version)-1]+"2"), bundle.WrongVersion},
			"more signatures than keys": {replaced(threshold, threshold[:len(threshold)-1]+"4"), bundle.CannotBeSigned},
			"no one can sign targets again": {func(b *bundle.Bundle) {
				draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
				draft.SetRole(model.RoleTargets, 2, s.Keys[model.RoleTargets][0].Listed)
				b.Payloads[0].Bytes, b.Signatures = draft.Seal(model.RoleRoot, now), nil
				b.Payloads, b.Base = b.Payloads[:1], nil
			}, bundle.CannotBeSigned},
			"an expiry in the past":               {replaced(expires, expires[:len(expires)-2]+"19"), bundle.Expired},
			"the ceremony has expired":            {func(b *bundle.Bundle) { b.Dates = bundle.Dates{Opens: now, Target: now, LastSafe: now, Expires: now} }, bundle.Expired},
			"the ceremony lasts longer":           {func(b *bundle.Bundle) { b.Dates.Expires = now.AddDate(100, 0, 0) }, bundle.BadPayload},
			"a file that is valid when it is not": {func(b *bundle.Bundle) { b.Payloads[0].From = now.AddDate(100, 0, 0) }, bundle.BadPayload},
			"a signature by a stranger": {func(b *bundle.Bundle) {
				b.Signatures[0] = sign(model.RoleRoot, s.people["Gus"], b.Payloads[0].Bytes)
			}, bundle.ForeignKey},
			"a signature under another's ID": {func(b *bundle.Bundle) {
				b.Signatures[0].Signature = sign(model.RoleRoot, s.people["Gus"], b.Payloads[0].Bytes).Signature
				b.Signatures[0].KeyID = s.people["Ben"].Listed.ID
			}, bundle.WrongPayload},
			"a signature of the other payload": {func(b *bundle.Bundle) {
				b.Signatures[0] = sign(model.RoleRoot, s.people["Ben"], b.Payloads[1].Bytes)
			}, bundle.WrongPayload},
			"a custodian signs targets": {func(b *bundle.Bundle) {
				b.Signatures[0] = sign(model.RoleTargets, s.people["Ben"], b.Payloads[1].Bytes)
			}, bundle.ForeignKey},
			"a signature of another kind": {func(b *bundle.Bundle) { b.Signatures[0].Method += "x" }, bundle.WrongPayload},
			"an empty signature":          {func(b *bundle.Bundle) { b.Signatures[0].Sig = nil }, bundle.WrongPayload},
			"a signature of a rehearsal":  {func(b *bundle.Bundle) { b.Rehearsal = true }, bundle.RehearsalAndReal},
		} {
			edited := must(bundle.Decode(valid.Encode()))
			c.edit(edited)
			checkRefused(t, why, func() error { _, err := bundle.Open(edited, known, now); return err }, c.reason)
		}
		checkRefused(t, "a dialect that is not known here", func() error { _, err := bundle.Open(valid, nil, now); return err }, bundle.UnknownDialect)
	})
}

// A published file that is not signed as it must be is no file to compare with: anyone may have
// made it to hide what is signed. All of the payload is then new.
func TestForgedBase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s, thief := newScene(subject, 2, 3), newScene(subject, 2, 3)
		edges := must(subject.Dialect.SignerEdges(subject.Signer))
		if err := thief.Grant(dialecttest.At, edges[0]); err != nil { // targets 2 names the thief's signer
			t.Fatal(err)
		}
		b := s.bundle(model.Witness{Roles: []model.RoleName{model.RoleTargets}})
		genuine := open(t, b).Reviews()[0]
		if genuine.Unverified != "" || !slices.Equal(genuine.Lines, []string{"contents unchanged"}) {
			t.Errorf("%+v", genuine)
		}
		// The forger has targets 3 grant what targets 2 has granted, as it seems.
		forged := must(subject.Dialect.Parse(model.RoleTargets, thief.Files[model.RoleTargets]))
		draft := subject.Dialect.Draft(dialecttest.GUN, thief.Repository, true)
		draft.Bump(model.RoleTargets)
		b.Payloads[0].Bytes = draft.Seal(model.RoleTargets, now)
		b.Base[0].Raw = thief.Files[model.RoleTargets]
		o := open(t, b)
		if r := o.Reviews()[0]; r.Unverified == "" || r.From != forged.Version || slices.Equal(r.Lines, genuine.Lines) {
			t.Errorf("%+v", r)
		}
		if i := slices.IndexFunc(o.Summary(), func(row planRow) bool { return row.Role == edges[0].Name }); i < 0 || o.Summary()[i].Difference != "added" {
			t.Errorf("the signer that nobody has added is not shown: %+v", o.Summary())
		}
	})
}

// A delegation is signed by those whom its delegator names, whose published file comes with it.
func TestDelegation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		edges := must(subject.Dialect.SignerEdges(subject.Signer))
		own := edges[0]
		if err := s.Grant(dialecttest.At, own); err != nil {
			t.Fatal(err)
		}
		b := s.bundle(model.Witness{Roles: []model.RoleName{own.Name}})
		if len(b.Base) != 2 {
			t.Fatalf("it carries %d files", len(b.Base))
		}
		o := open(t, b)
		s.signAs(t, o, s.Keys[own.Name][0])
		if files, err := o.Files(); err != nil || len(files) != 1 {
			t.Errorf("%v", err)
		}
		for why, c := range map[string]struct {
			edit   func(*bundle.Bundle)
			reason bundle.Reason
		}{
			"its delegator is missing": {func(b *bundle.Bundle) {
				b.Base = slices.DeleteFunc(b.Base, func(f bundle.File) bool { return f.Role == model.RoleTargets })
			}, bundle.BadPayload},
			"its delegator is not signed": {func(b *bundle.Bundle) {
				i := slices.IndexFunc(b.Base, func(f bundle.File) bool { return f.Role == model.RoleTargets })
				targets := must(subject.Dialect.Parse(model.RoleTargets, b.Base[i].Raw))
				b.Base[i].Raw = must(subject.Dialect.Join(model.RoleTargets, targets.Payload, []dialect.Signature{{KeyID: "x", Sig: []byte("x")}}, nil))
			}, bundle.BadBase},
		} {
			edited := must(bundle.Decode(b.Encode()))
			c.edit(edited)
			checkRefused(t, why, func() error { _, err := bundle.Open(edited, known, now); return err }, c.reason)
		}
	})
}

// So is the first file of a delegation: where none is published yet, that of its delegator comes alone.
func TestDelegationWithoutFile(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	own := must(s.Dialect.SignerEdges(s.Signer))[0]
	s.Keys[own.Name] = []dialecttest.Key{must(s.NewKey(own.Name))}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.Delegate(own, s.Keys[own.Name][0].Listed)
	if err := s.Publish(draft, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	b := s.bundle(model.NewAddTarget(own.Name, model.Target{Name: "v1", Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}}))
	if len(b.Base) != 1 || b.Base[0].Role != own.From {
		t.Errorf("it carries %d files", len(b.Base))
	}
	o := open(t, b)
	s.signAs(t, o, s.Keys[own.Name][0])
	s.publishes(t, o)
	if !o.Published(s.Repository) {
		t.Error("it is not published")
	}
}

// stride is how far apart the bytes are that a test changes: with EVERY_BYTE=1 it changes all.
func stride(usual, short int) int {
	switch {
	case os.Getenv("EVERY_BYTE") != "":
		return 1
	case testing.Short():
		return short
	default:
		return usual
	}
}

// Roles that only delegate to each other are never searched, whatever they ask for.
func TestCircle(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tuf", "ledger"} {
		s := newScene(subjects[name], 2, 3)
		path := []string{"*"}
		if err := s.Grant(dialecttest.At,
			model.Delegation{From: model.RoleTargets, Name: "a", Threshold: 1, Paths: path},
			model.Delegation{From: "a", Name: "b", Threshold: 1, Paths: path},
			model.Delegation{From: "b", Name: "a", Threshold: 1, Paths: path},
		); err != nil {
			t.Fatal(err)
		}
		b := s.bundle(model.Witness{Roles: []model.RoleName{"a", "b"}})
		if o := open(t, b); len(o.Quorums("a")) != 2 || len(o.Quorums("b")) != 1 {
			t.Errorf("%+v", o.Quorums("a"))
		}
		b.Base = slices.DeleteFunc(b.Base, func(f bundle.File) bool { return f.Role == model.RoleTargets })
		checkRefused(t, name, func() error { _, err := bundle.Open(b, known, now); return err }, bundle.BadPayload)
	}
}

// Any byte that changes is noticed: the file is refused, or its fingerprint in words is another
// one, and it is not merged with the others. So is a file that is cut off.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	every := stride(97, 2999)
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.sign(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Dan")), "Ada", "Cleo")
		text, digest := b.Encode(), b.Digest()
		for i := 0; i < len(text); i += every {
			for _, c := range []byte{text[i] ^ 1, text[i] ^ 32, 'A', '"', 0} {
				altered := slices.Clone(text)
				if altered[i] = c; c == text[i] {
					continue
				}
				got, err := bundle.Decode(altered)
				if err == nil {
					_, err = bundle.Open(got, known, now)
				}
				switch {
				case err != nil && (bundle.ReasonOf(err) == "" || model.HintOf(err) == ""):
					t.Errorf("byte %d: %v", i, err)
				case err != nil || bytes.Equal(got.Encode(), text):
				case got.Digest() == digest:
					t.Errorf("byte %d is %q instead of %q, and nobody notices: %q", i, c, text[i], text[max(0, i-40):i])
				case open(t, b).Merge(got) == nil:
					t.Errorf("byte %d is %q instead of %q, and the file is merged", i, c, text[i])
				}
			}
			if _, err := bundle.Decode(text[:i]); err == nil && len(bytes.TrimSpace(text[i:])) > 0 {
				t.Errorf("cut off after byte %d it is read", i)
			}
		}
	})
}

// Nothing that is signed stays unsaid: any other payload that can be read is refused, or has
// another review.
func TestNothingUnsaid(t *testing.T) {
	t.Parallel()
	every := stride(31, 599)
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		key := must(s.NewKey(model.RoleTargets))
		s.Keys[model.RoleName(subject.Signer)] = []dialecttest.Key{key}
		sum := bytes.Repeat([]byte{7}, 32)
		b := s.bundle(
			s.rootOf(2, "Ada", "Ben", "Dan"),
			model.AddSigner{Name: subject.Signer, Keys: []model.PublicKey{key.Listed}},
			model.NewAddTarget(model.RoleTargets, model.Target{Name: subject.Prefix + "a", Length: 4, Hashes: model.Hashes{SHA256: sum}}),
		)
		said := shownOf(open(t, b))
		for n := range b.Payloads {
			payload := b.Payloads[n].Bytes
			for i := 0; i < len(payload); i += every {
				for _, bit := range []byte{1, 2, 32} {
					b.Payloads[n].Bytes = slices.Clone(payload)
					b.Payloads[n].Bytes[i] ^= bit
					if o, err := bundle.Open(b, known, now); err == nil && shownOf(o) == said {
						t.Errorf("%s is signed with %q instead of %q, and nothing is said of it", b.Payloads[n].Role, b.Payloads[n].Bytes[max(0, i-30):i+1], payload[max(0, i-30):i+1])
					}
				}
			}
			b.Payloads[n].Bytes = payload
		}
	})
}

// shownOf is all that people are told of what changes.
func shownOf(o *bundle.Opened) string {
	var out strings.Builder
	for _, r := range o.Reviews() {
		out.WriteString(dump(r))
	}
	for _, row := range o.Summary() {
		out.WriteString(dump(row))
	}
	return out.String()
}

// What stays silent in time: a bundle opens until it expires, and not a moment longer.
func TestExpiry(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["ledger"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	if _, err := bundle.Open(b, known, b.Dates.Expires.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	_, err := bundle.Open(b, known, b.Dates.Expires)
	if bundle.ReasonOf(err) != bundle.Expired || model.KindOf(err) != model.FaultStale {
		t.Errorf("%v", err)
	}
}
