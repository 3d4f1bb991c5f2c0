package tuf_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// What the specification asks for is the type ecdsa or rsa, PEM, a scheme, and the hash of the
// object as the ID. What else is said of a key stays; what cannot be used stays as it is.
func TestRestate(t *testing.T) {
	t.Parallel()
	owner := tuftest.Object{"x-tuf-on-ci-keyowner": "@ana", "keyid_hash_algorithms": []any{"sha256"}}
	for name, c := range map[string]struct {
		key     *tuftest.Key
		becomes tuftest.Object // nil where it stays
	}{
		"of today":             {key: tuftest.P256().With(owner)},
		"Ed25519":              {key: tuftest.Ed25519()},
		"PKCS #1 v1.5":         {key: tuftest.PKCS1()},
		"of an unknown type":   {key: tuftest.Keyless()},
		"for another curve":    {key: tuftest.WrongCurve()},
		"under another ID":     {tuftest.P256().With(owner).As("ana"), tuftest.Object{}},
		"a type with a curve":  {tuftest.OldP256().With(owner), tuftest.Object{"keytype": "ecdsa"}},
		"a point":              {tuftest.HexP256().With(owner), tuftest.Object{"keytype": "ecdsa"}},
		"a type in capitals":   {tuftest.OldRSA(), tuftest.Object{"keytype": "rsa"}},
		"a key with no scheme": {tuftest.P256().With(tuftest.Object{"scheme": nil}), tuftest.Object{"scheme": "ecdsa-sha2-nistp256"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tuftest.New()
			other := tuftest.Ed25519()
			r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{other, c.key}})
			r.Signers["targets"] = []*tuftest.Key{other}
			r.Publish("root", "targets")
			before := open(r)
			may := slices.Contains(tuf.Dialect{}.Restatable(before), model.RoleRoot)
			draft := tuf.Dialect{}.Draft("x", before, true)
			if changed := draft.Restate(model.RoleRoot); changed != (c.becomes != nil) || may != changed {
				t.Fatalf("restated: %t, and it may be: %t", changed, may)
			}
			if c.becomes == nil {
				return
			}
			is := draft.After(model.RoleRoot)
			edge := is.Delegation(model.RoleTargets)
			was := draft.Before(model.RoleRoot).Key(c.key.ID)
			now := is.Key(edge.KeyIDs[1])
			if edge.KeyIDs[0] != other.ID || edge.Threshold != 1 || is.Key(c.key.ID) != nil {
				t.Errorf("targets is signed by %v, and the root lists %+v", edge.KeyIDs, is.Keys)
			}
			want := c.key.With(c.becomes).With(tuftest.Object{"keyval": tuftest.Object{"public": string(now.Public)}})
			if now.ID != want.ID {
				t.Errorf("the ID is %s, want %s", now.ID, want.ID)
			}
			if (tuf.Dialect{}).CanonicalID(*was) != (tuf.Dialect{}).CanonicalID(*now) || now.Holder != was.Holder {
				t.Errorf("it is another key: %+v, %+v", was, now)
			}
			if string(now.Type) != strings.ToLower(strings.TrimSuffix(string(was.Type), "-sha2-nistp256")) || now.Scheme == "" {
				t.Errorf("it is listed as %+v", now)
			}
			if again := draft.Restate(model.RoleRoot); again {
				t.Error("it is restated twice")
			}
		})
	}
}

// Two forms of one key become one key, which counts once.
func TestRestateOneKeyInTwoForms(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	key := tuftest.OldP256()
	r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{key.As("one"), key.As("two")}})
	r.Publish("root", "targets")
	draft := tuf.Dialect{}.Draft("x", open(r), true)
	draft.Restate(model.RoleRoot)
	if ids := draft.After(model.RoleRoot).Delegation(model.RoleTargets).KeyIDs; len(ids) != 1 {
		t.Errorf("targets is signed by %v", ids)
	}
}

// Hash bins have one list of keys, which is restated for all of them.
func TestRestateBins(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	bins := r.DelegateBins("targets", 1, "bin", tuftest.By(tuftest.OldP256()))
	r.Publish(append([]model.RoleName{"targets"}, bins...)...)
	got := open(r)
	if may := (tuf.Dialect{}).Restatable(got); !slices.Equal(may, []model.RoleName{model.RoleTargets}) {
		t.Errorf("%v can be restated", may)
	}
	draft := tuf.Dialect{}.Draft("x", got, true)
	was := draft.Listed(bins[1])
	if !draft.Restate(model.RoleTargets) || draft.Listed(bins[1])[0].ID == was[0].ID || len(draft.Listed(bins[0])) != 1 {
		t.Errorf("%+v became %+v", was, draft.Listed(bins[1]))
	}
}
