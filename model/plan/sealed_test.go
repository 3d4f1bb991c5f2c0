package plan_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/plan"
)

// again writes what is sealed and reads it.
func again(t *testing.T, s *plan.Sealed, p *plan.Plan, r plan.Request) *plan.Sealed {
	t.Helper()
	text := s.Encode()
	out, err := plan.ReadSealed(text, p, 0, r, now)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Encode(), text) {
		t.Errorf("written again it is\n%s\nwas\n%s", out.Encode(), text)
	}
	return out
}

// ceremony is a root that gets two of three new keys, sealed.
type ceremony struct {
	world   *dialecttest.World
	plan    *plan.Plan
	request plan.Request
	sealed  *plan.Sealed
	// keys are the private halves, by the ID under which they are listed.
	keys map[model.KeyID]dialecttest.Key
}

func newCeremony(t *testing.T) *ceremony {
	t.Helper()
	c := &ceremony{world: ledgerWorld(t), keys: map[model.KeyID]dialecttest.Key{}}
	var here []model.PrivateKey
	for _, keys := range c.world.Keys {
		for _, k := range keys {
			c.keys[k.Listed.ID] = k
			here = append(here, model.PrivateKey{ID: c.world.Dialect.CanonicalID(k.Listed)})
		}
	}
	made := model.KeyChoice{Source: model.KeyNew}
	c.request = plan.Request{
		Dialect: c.world.Dialect, GUN: dialecttest.GUN, Repository: c.world.Repository,
		Changes: []model.Change{model.RotateKey{
			Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 2, Keys: []model.KeyChoice{made, made, made}},
		}},
	}
	var err error
	if c.plan, err = plan.Compile([]plan.Request{c.request}, here, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	binding := plan.Binding{}
	for _, m := range c.plan.Parts[0].NewKeys {
		key, err := c.world.NewKey(m.Role)
		if err != nil {
			t.Fatal(err)
		}
		c.keys[key.Listed.ID] = key
		binding[m.Symbol] = key.Listed
	}
	if c.sealed, err = plan.Seal(c.plan, 0, c.request, binding); err != nil {
		t.Fatal(err)
	}
	return c
}

// sign signs a role with the listed key, and hands the file on.
func (c *ceremony) sign(t *testing.T, role model.RoleName, id model.KeyID) {
	t.Helper()
	payload, err := c.sealed.Payload(role, dialecttest.At.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := c.world.Dialect.Sign(c.keys[id].Listed, c.keys[id].Private, payload)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.sealed.Sign(role, sig); err != nil {
		t.Fatal(err)
	}
	c.sealed = c.read(t)
}

func (c *ceremony) read(t *testing.T) *plan.Sealed {
	t.Helper()
	s, err := plan.ReadSealed(c.sealed.Encode(), c.plan, 0, c.request, dialecttest.At)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signers are the keys of a root's quorums, those of the root that is replaced first.
func (c *ceremony) signers() (former, next []model.KeyID) {
	for _, k := range c.sealed.Keys() {
		next = append(next, k.ID)
	}
	slices.Sort(next)
	return c.world.Repository.Role(model.RoleRoot).Keys, next
}

// Two custodians of the old root and two of the new one sign, each on a machine of their
// own; then the snapshot is sealed, and all of it can be published.
func TestSignaturesTravel(t *testing.T) {
	t.Parallel()
	c := newCeremony(t)
	former, next := c.signers()
	for n, id := range []model.KeyID{former[0], former[1], next[0], next[1]} {
		if _, err := c.sealed.Files(); err == nil {
			t.Fatalf("after %d signatures it can be published", n)
		}
		if _, err := c.sealed.Payload(model.RoleSnapshot, dialecttest.At); err == nil {
			t.Fatalf("after %d signatures the snapshot can be sealed", n)
		}
		c.sign(t, model.RoleRoot, id)
	}
	c.sign(t, model.RoleSnapshot, c.world.Keys[model.RoleSnapshot][0].Listed.ID)
	files, err := c.sealed.Files()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range c.plan.Parts[0].NewKeys {
		if i == 0 {
			c.world.Keys[m.Role] = nil
		}
		c.world.Keys[m.Role] = append(c.world.Keys[m.Role], c.keys[c.sealed.Keys()[m.Symbol].ID])
	}
	if err := c.world.Upload(files, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	if err := c.world.Sound(); err != nil {
		t.Error(err)
	}
}

// What a signature must be is said when it is added.
func TestSignatureRefused(t *testing.T) {
	t.Parallel()
	c := newCeremony(t)
	former, next := c.signers()
	payload, err := c.sealed.Payload(model.RoleRoot, dialecttest.At)
	if err != nil {
		t.Fatal(err)
	}
	by := func(listed, private model.KeyID, text []byte) dialect.Signature {
		sig, err := c.world.Dialect.Sign(model.PublicKey{ID: listed}, c.keys[private].Private, text)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	targets := c.world.Keys[model.RoleTargets][0].Listed.ID
	for _, row := range []struct {
		name string
		role model.RoleName
		sig  dialect.Signature
		want string
	}{
		{"of other bytes", model.RoleRoot, by(former[0], former[0], []byte("other")), "does not match root 2"},
		{"by another key under this ID", model.RoleRoot, by(former[0], next[0], payload), "does not match root 2"},
		{"by a key of another role", model.RoleRoot, by(targets, targets, payload), "does not count for root"},
		{"of a file that is not sealed", model.RoleSnapshot, by(targets, targets, payload), "snapshot is not sealed yet"},
		{"of a file that is not signed", model.RoleTargets, by(targets, targets, payload), "targets is not signed in this plan"},
	} {
		if err := c.sealed.Sign(row.role, row.sig); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
	for _, id := range []model.KeyID{former[0], former[1], next[0], next[1]} {
		c.sign(t, model.RoleRoot, id)
	}
	if _, err := c.sealed.Payload(model.RoleSnapshot, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	late := by(next[2], next[2], payload)
	if err := c.sealed.Sign(model.RoleRoot, late); err == nil || !strings.Contains(err.Error(), "the snapshot already covers") {
		t.Errorf("after the snapshot: %v", err)
	}
}

// Nothing of a file of signatures is believed.
func TestReadSealedRefuses(t *testing.T) {
	t.Parallel()
	c := newCeremony(t)
	former, _ := c.signers()
	c.sign(t, model.RoleRoot, former[0])
	text := string(c.sealed.Encode())
	// in gives the part of the file below a path, to be changed.
	in := func(change func(file map[string]any)) string {
		var file map[string]any
		if err := json.Unmarshal([]byte(text), &file); err != nil {
			t.Fatal(err)
		}
		change(file)
		out, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	item := func(in any, name string, i int) map[string]any {
		return in.(map[string]any)[name].([]any)[i].(map[string]any) //nolint:forcetypeassert // of our own file
	}
	attacker, err := c.world.NewKey(model.RoleRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text, want string
		kind             model.FaultKind
	}{
		{"no JSON", "{", "unexpected EOF", model.FaultBadData},
		{"something after it", text + "{}", "there is data after its end", model.FaultBadData},
		{"another schema", in(func(f map[string]any) { f["schema"] = "trustdeck/v9" }), "trustdeck/v9", model.FaultBadData},
		{"an unknown member", in(func(f map[string]any) { f["more"] = 1 }), "unknown field", model.FaultBadData},
		{"another plan", in(func(f map[string]any) { f["plan"] = strings.Repeat("0", 64) }), "another plan", model.FaultStale},
		{"another repository", in(func(f map[string]any) { f["gun"] = "other" }), "another plan", model.FaultStale},
		{"a key too few", in(func(f map[string]any) { f["keys"] = f["keys"].([]any)[1:] }), "names 2 keys", model.FaultBadData},
		{"a key twice", in(func(f map[string]any) { item(f, "keys", 0)["symbol"] = item(f, "keys", 1)["symbol"] }), "names 3 keys", model.FaultBadData},
		{"a key of no plan", in(func(f map[string]any) { item(f, "keys", 0)["symbol"] = "other" }), "does not name new root key", model.FaultBadData},
		{"another key", in(func(f map[string]any) { item(f, "keys", 0)["key"] = attacker.Listed }), "doesn't match the plan", model.FaultBadData},
		{"no key", in(func(f map[string]any) { item(f, "keys", 0)["key"] = model.PublicKey{ID: "x"} }), "cannot be used", model.FaultBadData},
		{"another payload", in(func(f map[string]any) { item(f, "files", 0)["payload"] = "e30=" }), "doesn't match the plan", model.FaultBadData},
		{"valid for longer", in(func(f map[string]any) { item(f, "files", 0)["from"] = "2099-01-01T00:00:00Z" }), "doesn't match the plan", model.FaultBadData},
		{"another role", in(func(f map[string]any) { item(f, "files", 0)["role"] = "targets" }), "targets is not the file", model.FaultBadData},
		{"another signature", in(func(f map[string]any) {
			item(item(f, "files", 0), "signatures", 0)["sig"] = "AAAA"
		}), "does not match root 2", model.FaultBadData},
		{"a stranger's signature", in(func(f map[string]any) {
			item(item(f, "files", 0), "signatures", 0)["keyid"] = attacker.Listed.ID
		}), "does not count for root", model.FaultBadData},
	} {
		_, err := plan.ReadSealed([]byte(row.text), c.plan, 0, c.request, dialecttest.At)
		if err == nil || !strings.Contains(err.Error(), row.want) || model.KindOf(err) != row.kind || model.HintOf(err) == "" {
			t.Errorf("%s: %v (%s), want %q (%s)", row.name, err, model.KindOf(err), row.want, row.kind)
		}
	}
}

func FuzzReadSealed(f *testing.F) {
	var c *ceremony
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c == nil {
			c = newCeremony(t)
			former, _ := c.signers()
			c.sign(t, model.RoleRoot, former[0])
		}
		for _, text := range [][]byte{text, bytes.Replace(c.sealed.Encode(), []byte(`"root"`), text, 1)} {
			s, err := plan.ReadSealed(text, c.plan, 0, c.request, dialecttest.At)
			if err != nil {
				if model.HintOf(err) == "" {
					t.Errorf("%v has no way out", err)
				}
				continue
			}
			if _, err := plan.ReadSealed(s.Encode(), c.plan, 0, c.request, dialecttest.At); err != nil {
				t.Errorf("it does not read again: %v", err)
			}
		}
	})
}
