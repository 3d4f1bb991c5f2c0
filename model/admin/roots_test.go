package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/quorum"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// linkText is a link in one line: quorums, what has changed, and why it is refused.
func linkText(l admin.RootLink, names map[model.KeyID]string) string {
	group := func(q *admin.RootQuorum) string {
		if q == nil {
			return "-"
		}
		var keys []string
		for _, k := range q.Keys {
			keys = append(keys, names[k.ID]+map[admin.RootKeyState]string{admin.RootKeySigned: "*", admin.RootKeyPending: "?"}[k.State])
		}
		slices.Sort(keys)
		return fmt.Sprintf("%d/%d %v %s", q.Signed, q.Threshold, q.Met, strings.Join(keys, " "))
	}
	out := fmt.Sprintf("%d: old %s, own %s, +%d -%d ~%d", l.Version, group(l.Old), group(l.Own), len(l.Added), len(l.Removed), len(l.Relisted))
	for _, p := range []*model.Problem{l.Refused, l.Problem} {
		if p != nil {
			out += ": " + p.Text
		}
	}
	return out
}

// Roots go from two keys to one, to two of three, to the same keys of which one is listed in
// another form, and to one that only a has signed and b is asked to.
func TestRootsOfTUF(t *testing.T) {
	repo := tuftest.New()
	a, b, c := tuftest.P256(), tuftest.Ed25519(), tuftest.P256()
	owned := b.With(map[string]any{"x-tuf-on-ci-keyowner": "@bob"})
	for _, q := range []tuftest.Quorum{tuftest.By(a), {Threshold: 2, Keys: []*tuftest.Key{a, b, c}}, {Threshold: 2, Keys: []*tuftest.Key{a, owned, c}}} {
		repo.SetRole(model.RoleRoot, q)
		repo.Publish(model.RoleRoot)
	}
	signed := repo.Signed[model.RoleRoot]
	signed["version"] = tuftest.Version(signed) + 1
	var file struct {
		Signed     any   `json:"signed"`
		Signatures []any `json:"signatures"`
	}
	if err := json.Unmarshal(repo.Sign(signed, a), &file); err != nil {
		t.Fatal(err)
	}
	file.Signatures = append(file.Signatures, tuftest.Object{"keyid": owned.ID, "sig": ""})
	wire, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	repo.Wire["5.root.json"] = wire
	service := &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: published{newMemory(), repo}, Clock: func() time.Time { return tuftest.At }}
	view := service.Open(t.Context(), "tuf.example.org/repo")
	chain, err := service.Roots(t.Context(), view.Repository)
	if err != nil {
		t.Fatal(err)
	}
	names := map[model.KeyID]string{}
	for id, h := range chain.Holders(view.Repository, quorum.Known{Holders: map[string]string{string(a.ID): "a", string(c.ID): "c"}}) {
		if h.Kind == quorum.HolderNamed {
			names[id] = h.Name
		}
	}
	checkLinks(t, chain, names, `
5: old 1/2 false @bob? a* c, own 1/2 false @bob? a* c, +0 -0 ~0: root 5 has 1 valid signature from the keys of root 4, which requires 2
4: old 3/2 true @bob* a* c*, own 3/2 true @bob* a* c*, +0 -0 ~1
3: old 1/1 true a*, own 3/2 true @bob* a* c*, +2 -0 ~0
2: old 2/2 true * *, own 1/1 true a*, +1 -2 ~0
1: old -, own 2/2 true * *, +0 -0 ~0
absent 0`)
	if !chain.Broken() {
		t.Error("the chain is not called broken")
	}
}

// checkLinks compares a chain with lines.
func checkLinks(t *testing.T, chain admin.RootChain, names map[model.KeyID]string, want string) {
	t.Helper()
	var got strings.Builder
	for _, l := range chain.Links {
		got.WriteString("\n" + linkText(l, names))
	}
	fmt.Fprintf(&got, "\nabsent %d", chain.Absent)
	if got.String() != want {
		t.Errorf("got:%s\nwant:%s", got.String(), want)
	}
}

// Roots that are not there end the chain, or make a gap in it.
func TestRootsOfNotary(t *testing.T) {
	repo := notarytest.New(gun, now)
	rerooted(repo, 400)
	rerooted(repo, 300)
	m := newMemory(repo)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: m, Clock: func() time.Time { return now }}
	look := func(want string) {
		t.Helper()
		chain, err := service.Roots(t.Context(), service.Open(t.Context(), gun).Repository)
		if err != nil {
			t.Fatal(err)
		}
		checkLinks(t, chain, nil, want)
	}
	look(`
3: old 1/1 true *, own 1/1 true *, +1 -1 ~0
2: old 1/1 true *, own 1/1 true *, +1 -1 ~0
1: old -, own 1/1 true *, +0 -0 ~0
absent 0`)
	delete(m.repos[gun], "1.root")
	look(`
3: old 1/1 true *, own 1/1 true *, +1 -1 ~0
2: old -, own 1/1 true *, +0 -0 ~0
absent 1`)
	m.repos[gun]["2.root"] = []byte("{")
	look(`
3: old -, own 1/1 true *, +0 -0 ~0: the root before it is missing
2: old -, own -, +0 -0 ~0: root: at byte 1: the text ends where a key should be
absent 1`)
}

// A first root that its own keys have not signed is refused, and so is the end of a context.
func TestRootsThatCannotBeRead(t *testing.T) {
	repo := notarytest.New(gun, now)
	rerooted(repo, 300)
	m := newMemory(repo)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: m, Clock: func() time.Time { return now }}
	view := service.Open(t.Context(), gun)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := service.Roots(ctx, view.Repository); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	root := repo.Files[model.RoleRoot]
	root.Version = 1
	notarytest.SignFile(root, notarytest.NewKey())
	m.repos[gun]["1.root"] = root.Wire()
	chain, err := service.Roots(t.Context(), view.Repository)
	if err != nil || len(chain.Links) != 2 || chain.Links[1].Refused == nil || chain.Links[1].Own.Met {
		t.Errorf("got %+v, %v", chain.Links, err)
	}
}
