package tuf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/memory"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// requests are what a client asks for that looks for a target.
func requests(r *tuftest.Repository, remembered memory.Record, target string) (string, *tuf.Load) {
	cfg := anchored(r, 1)
	cfg.Memory = remembered
	l := tuf.NewClient(cfg, target)
	var out []string
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			name := string(w.Role)
			if w.Version != 0 {
				name = fmt.Sprintf("%d.%s", w.Version, w.Role)
			}
			out = append(out, name)
			raw, fault := r.Read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	return strings.Join(out, " "), l
}

// A client asks for one file after the other, and for none that it does not need.
func TestClientRequests(t *testing.T) {
	t.Parallel()
	key := tuftest.By(tuftest.Ed25519())
	r := tuftest.New()
	r.AddTarget("targets", "top", "x")
	r.Delegate("targets", "a", key, paths("a/*", "both/*"))
	r.Delegate("targets", "b", key, terminating("b/*", "both/*"))
	r.Delegate("targets", "c", key, paths("*/*"))
	r.Delegate("a", "deep", key, paths("*/*"))
	r.Delegate("deep", "a", key, paths("*/*"))
	r.AddTarget("deep", "a/deep", "x")
	r.AddTarget("c", "c/x", "x")
	r.Publish("targets", "a", "b", "c", "deep")
	r.Publish("root")
	for target, want := range map[string]string{
		"":       "",
		"top":    "",
		"a/deep": " 1.a 1.deep",
		"a/none": " 1.a 1.deep 1.c",
		"b/none": " 1.b",
		"both/x": " 1.a 1.deep 1.b",
		"c/x":    " 1.c",
		"none":   "",
	} {
		got, l := requests(r, memory.Record{}, target)
		if got != "2.root 3.root timestamp 3.snapshot 2.targets"+want {
			t.Errorf("%q: asks for %s", target, got)
		}
		repository := l.Repository()
		found := strings.HasSuffix(target, "p") || target == "c/x"
		if res := (tuf.Dialect{}).Resolve(repository, target); res.OK != found {
			t.Errorf("%q: %+v", target, res)
		}
	}
}

// A client stops at the first file that it does not accept.
func TestClientStops(t *testing.T) {
	t.Parallel()
	other := tuftest.New()
	for name, c := range map[string]struct {
		change func(*tuftest.Repository)
		want   string
	}{
		"sound":                  {func(*tuftest.Repository) {}, "2.root timestamp 2.snapshot 2.targets 1.alice"},
		"another root":           {func(r *tuftest.Repository) { other := rotated(2); r.Wire["2.root.json"] = other.Wire["2.root.json"] }, "2.root"},
		"an expired root":        {func(r *tuftest.Repository) { r.Signed["root"]["expires"] = "2026-11-28T12:00:00Z"; r.Publish("root") }, "2.root 3.root"},
		"no timestamp":           {func(r *tuftest.Repository) { delete(r.Wire, "timestamp.json") }, "2.root timestamp"},
		"another's timestamp":    {func(r *tuftest.Repository) { r.Wire["timestamp.json"] = other.Wire["timestamp.json"] }, "2.root timestamp"},
		"an expired timestamp":   {func(r *tuftest.Repository) { r.Signed["timestamp"]["expires"] = "2026-11-28T12:00:00Z"; r.Publish() }, "2.root timestamp"},
		"no snapshot":            {func(r *tuftest.Repository) { delete(r.Wire, "2.snapshot.json") }, "2.root timestamp 2.snapshot"},
		"an altered snapshot":    {func(r *tuftest.Repository) { r.Edit("snapshot", "1.0.31", "1.0.32") }, "2.root timestamp 2.snapshot"},
		"targets by others":      {func(r *tuftest.Repository) { r.Signers["targets"] = other.Signers["targets"]; r.Publish("targets") }, "2.root timestamp 3.snapshot 3.targets"},
		"a delegation by others": {func(r *tuftest.Repository) { r.Signers["alice"] = other.Signers["targets"]; r.Publish("alice") }, "2.root timestamp 3.snapshot 2.targets 2.alice"},
		"a delegation not listed": {func(r *tuftest.Repository) {
			delete(r.Signed["snapshot"]["meta"].(tuftest.Object), "alice.json")
			r.Publish()
		}, "2.root timestamp 3.snapshot 2.targets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := delegated()
			c.change(r)
			got, l := requests(r, memory.Record{}, "alice/app")
			if got != c.want {
				t.Errorf("asks for %s, want %s", got, c.want)
			}
			if res := (tuf.Dialect{}).Resolve(l.Repository(), "alice/app"); res.OK != (name == "sound") {
				t.Errorf("%+v", res)
			}
		})
	}
}

// What was seen before is not undone.
func TestClientRemembers(t *testing.T) {
	t.Parallel()
	r := delegated()
	old := r.Clone()
	r.Publish("targets")
	record := remember(t, r, memory.Record{})
	if got, _ := requests(old, record, "alice/app"); got != "2.root timestamp" {
		t.Errorf("asks for %s", got)
	}
	for range 3 {
		old.Publish()
	}
	if got, _ := requests(old, record, "alice/app"); got != "2.root timestamp 5.snapshot" {
		t.Errorf("asks for %s", got)
	}
	old.SetRole(model.RoleSnapshot, tuftest.By(tuftest.Ed25519()))
	old.Publish("root")
	if got, _ := requests(old, record, "alice/app"); got != "2.root 3.root timestamp 6.snapshot 2.targets 1.alice" {
		t.Errorf("after new keys: asks for %s", got)
	}
}
