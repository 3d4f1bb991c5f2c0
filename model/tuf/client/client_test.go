package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/client"
	"trustdeck/model/tuf/tuftest"
)

// A world is a repository and what a client keeps of it.
type world struct {
	*tuftest.Repository
	state map[model.RoleName][]byte
	// events are requests, and what is kept and forgotten, in order.
	events []string
	// contents are served for targets, by their name with a hash, and artifacts are kept.
	contents, artifacts map[string][]byte
}

func newWorld() *world {
	w := &world{Repository: tuftest.New(), state: map[model.RoleName][]byte{}, contents: map[string][]byte{}, artifacts: map[string][]byte{}}
	w.state["root"] = w.Wire["1.root.json"]
	return w
}

func (w *world) note(format string, args ...any) {
	w.events = append(w.events, fmt.Sprintf(format, args...))
}

func (w *world) Metadata(_ context.Context, ref port.Ref) ([]byte, error) {
	w.note("ask %s %d", ref.Role, ref.Version)
	raw, fault := w.Read(dialect.Want{Role: ref.Role, Version: ref.Version, Limit: ref.Limit})
	if fault != nil {
		return nil, fault
	}
	return raw, nil
}

func (w *world) Target(_ context.Context, path, hash string, _ int64) ([]byte, error) {
	w.note("fetch %s", path)
	content, ok := w.contents[hash+"."+path]
	if !ok {
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: path, Text: "it does not exist"}
	}
	return content, nil
}

func (w *world) Load(role model.RoleName) ([]byte, error) { return w.state[role], nil }

func (w *world) Store(role model.RoleName, raw []byte) error {
	w.note("keep %s", role)
	w.state[role] = raw
	return nil
}

func (w *world) Forget(role model.RoleName) error {
	w.note("forget %s", role)
	delete(w.state, role)
	return nil
}

// downloads are the artifacts of a world.
type downloads struct{ *world }

func (d downloads) Load(path string, _ int64) ([]byte, error) { return d.artifacts[path], nil }

func (d downloads) Store(path string, content []byte) error {
	d.artifacts[path] = content
	return nil
}

// refresh runs a client as a new process does.
func (w *world) refresh(t *testing.T) (*client.Client, error) {
	t.Helper()
	w.events = nil
	c, err := client.New(w, w, tuftest.At)
	if err != nil {
		return nil, err
	}
	return c, c.Refresh(t.Context())
}

// did fails unless these events came about since the last refresh began.
func (w *world) did(t *testing.T, events ...string) {
	t.Helper()
	if !slices.Equal(w.events, events) {
		t.Errorf("%q\nwant\n%q", w.events, events)
	}
}

// What is verified is kept at once, and what is still current is not asked for again.
func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if _, err := w.refresh(t); err != nil {
		t.Fatal(err)
	}
	w.did(t, "ask root 2", "ask timestamp 0", "keep timestamp", "ask snapshot 1", "keep snapshot", "ask targets 1", "keep targets")
	if _, err := w.refresh(t); err != nil {
		t.Fatal(err)
	}
	w.did(t, "ask root 2", "ask timestamp 0")
	for role, raw := range w.state {
		if string(raw) != string(w.Wire[string(role)+".json"]) {
			t.Errorf("%s is not kept as it came", role)
		}
	}
}

// Keys of the timestamp or the snapshot that are replaced take with them what was trusted of
// both, before the new root is kept.
func TestRotationForgets(t *testing.T) {
	t.Parallel()
	for _, role := range []model.RoleName{"timestamp", "snapshot"} {
		w := newWorld()
		if _, err := w.refresh(t); err != nil {
			t.Fatal(err)
		}
		w.SetRole(role, tuftest.By(tuftest.P256()))
		w.Publish("root")
		delete(w.Wire, "timestamp.json")
		if _, err := w.refresh(t); model.KindOf(err) != model.FaultNotFound {
			t.Error(err)
		}
		w.did(t, "ask root 2", "forget timestamp", "forget snapshot", "keep root", "ask root 3", "ask timestamp 0")
	}
}

// Every rule broken once: the problem is named, and what came before it is kept.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world)
		role   model.RoleName
		code   model.ProblemCode
		keeps  string
	}{
		"root without its keys":     {func(w *world) { w.Signers["root"] = w.Signers["root"][:1]; w.Publish("root") }, "root", model.ProblemRootReplaced, "root 1"},
		"root that is not readable": {func(w *world) { w.Wire["2.root.json"] = []byte("{") }, "root", model.ProblemMalformed, "root 1"},
		"expired root":              {func(w *world) { w.Signed["root"]["expires"] = "2026-11-28T12:00:00Z"; w.Publish("root") }, "root", model.ProblemExpired, "root 2"},
		"timestamp of another key":  {func(w *world) { w.Signers["timestamp"] = w.Signers["targets"]; w.Publish() }, "timestamp", model.ProblemThreshold, "root 1"},
		"two signatures of one key": {func(w *world) {
			w.Signers["timestamp"] = append(w.Signers["timestamp"], w.Signers["timestamp"]...)
			w.Publish()
		}, "timestamp", model.ProblemSignature, "root 1"},
		"expired timestamp":          {func(w *world) { w.Signed["timestamp"]["expires"] = "2026-11-01T12:00:00Z"; w.Publish() }, "timestamp", model.ProblemExpired, "root 1"},
		"snapshot of another length": {func(w *world) { w.Wire["1.snapshot.json"] = w.Wire["1.snapshot.json"][1:] }, "snapshot", model.ProblemLength, "root 1, timestamp 1"},
		"snapshot of another hash":   {func(w *world) { w.Edit("snapshot", "\n ", "\n\t") }, "snapshot", model.ProblemHash, "root 1, timestamp 1"},
		"unknown hashes alone": {func(w *world) {
			w.Signed["timestamp"]["meta"].(tuftest.Object)["snapshot.json"] = tuftest.Object{"version": 1, "hashes": tuftest.Object{"md5": "00"}}
			w.PublishOnly("timestamp")
		}, "snapshot", model.ProblemHash, "root 1, timestamp 2"},
		"targets of another version": {func(w *world) {
			w.Plain = true
			w.Publish("targets")
			w.Wire["2.targets.json"] = w.Wire["1.targets.json"]
		}, "targets", model.ProblemVersion, "root 1, snapshot 2, timestamp 2"},
		"targets that are not listed": {func(w *world) {
			delete(w.Signed["snapshot"]["meta"].(tuftest.Object), "targets.json")
			w.Publish()
		}, "targets", model.ProblemNotInSnapshot, "root 1, snapshot 2, timestamp 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.change(w)
			_, err := w.refresh(t)
			refused, ok := errors.AsType[*tuf.RefusedError](err)
			if !ok || refused.Role != c.role || refused.Code != c.code {
				t.Errorf("%v (%+v)", err, refused)
			}
			var kept []string
			for _, role := range slices.Sorted(maps.Keys(w.state)) {
				f, err := tuf.Parse(role, w.state[role])
				if err != nil {
					t.Fatal(err)
				}
				kept = append(kept, fmt.Sprint(role, " ", f.Version))
			}
			if got := strings.Join(kept, ", "); got != c.keeps {
				t.Errorf("kept is %s, want %s", got, c.keeps)
			}
		})
	}
}

// What was seen bounds what is taken, whatever the server says.
func TestOlderThanSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world)
		role   model.RoleName
		code   model.ProblemCode
	}{
		"timestamp": {func(w *world) { w.Signed["timestamp"]["version"] = 0; w.PublishOnly("timestamp") }, "timestamp", model.ProblemRollback},
		"snapshot":  {func(w *world) { w.Signed["snapshot"]["version"] = 0; w.Publish() }, "timestamp", model.ProblemRollback},
		"targets":   {func(w *world) { w.Signed["targets"]["version"] = 0; w.Publish("targets") }, "snapshot", model.ProblemRollback},
		"a delegation": {func(w *world) {
			delete(w.Signed["snapshot"]["meta"].(tuftest.Object), "alice.json")
			w.Publish()
		}, "snapshot", model.ProblemDropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"*"}})
			w.Publish("targets", "alice")
			if _, err := w.refresh(t); err != nil {
				t.Fatal(err)
			}
			c.change(w)
			_, err := w.refresh(t)
			if refused, ok := errors.AsType[*tuf.RefusedError](err); !ok || refused.Role != c.role || refused.Code != c.code {
				t.Errorf("%v (%+v)", err, refused)
			}
		})
	}
}

// A client begins with a root that is trusted, and signed by itself.
func TestNew(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.state["root"] = w.Sign(w.Signed["root"], w.Signers["root"][0])
	if _, err := w.refresh(t); err == nil || !strings.Contains(err.Error(), "the trusted root: root 1 has 1 valid signature") {
		t.Error(err)
	}
	delete(w.state, "root")
	if _, err := w.refresh(t); model.KindOf(err) != model.FaultLocal || model.HintOf(err) == "" {
		t.Error(err)
	}
	w.did(t)
}

// A search asks for one role after the other, and for none that it does not need.
func TestFindAsks(t *testing.T) {
	t.Parallel()
	w := newWorld()
	key := tuftest.By(tuftest.Ed25519())
	delegate := func(from, to model.RoleName, terminating bool, paths ...string) {
		w.Delegate(from, to, key, tuftest.Object{"paths": paths, "terminating": terminating})
	}
	delegate("targets", "a", false, "a/*", "both/*")
	delegate("targets", "b", true, "b/*", "both/*")
	delegate("targets", "c", false, "*/*")
	delegate("a", "deep", false, "*/*")
	delegate("deep", "a", false, "*/*")
	w.AddTarget("targets", "top", "x")
	w.AddTarget("deep", "a/deep", "x")
	w.AddTarget("c", "c/x", "x")
	w.Publish("targets", "a", "b", "c", "deep")
	for path, want := range map[string]string{
		"top": "", "none": "", "a/deep": "a deep", "a/none": "a deep c", "b/none": "b", "both/x": "a deep b", "c/x": "c",
	} {
		maps.DeleteFunc(w.state, func(role model.RoleName, _ []byte) bool { return role.Delegation() })
		c, err := w.refresh(t)
		if err != nil {
			t.Fatal(err)
		}
		w.events = nil
		got, err := c.Find(t.Context(), path)
		if found := slices.Contains([]string{"top", "a/deep", "c/x"}, path); (got != nil) != found || (err == nil) != found {
			t.Errorf("%s: %v, %v", path, got, err)
		}
		var events []string
		for _, role := range strings.Fields(want) {
			events = append(events, "ask "+role+" 1", "keep "+role)
		}
		w.did(t, events...)
	}
}

// A search makes up for what was not refreshed.
func TestFindRefreshes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c, err := client.New(w, w, tuftest.At)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), "missing"); model.KindOf(err) != model.FaultNotFound || len(w.state) != 4 {
		t.Errorf("%v; %d files are kept", err, len(w.state))
	}
	delete(w.Wire, "timestamp.json")
	if c, err = client.New(w, w, tuftest.At); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), "missing"); model.KindOf(err) != model.FaultNotFound || !strings.Contains(err.Error(), "timestamp.json") {
		t.Error(err)
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	w := newWorld()
	put := func(path, content string) {
		w.AddTarget("targets", path, content)
		sum := sha256.Sum256([]byte(content))
		w.contents[hex.EncodeToString(sum[:])+"."+path] = []byte(content)
	}
	put("app", "content")
	put("other", "content")
	w.AddTarget("targets", "huge", "content")
	w.Signed["targets"]["targets"].(tuftest.Object)["huge"].(tuftest.Object)["length"] = client.MaxTarget + 1
	w.AddTarget("targets", "unknown", "content")
	w.Signed["targets"]["targets"].(tuftest.Object)["unknown"].(tuftest.Object)["hashes"] = tuftest.Object{"md5": "00"}
	w.Publish("targets")
	for name := range w.contents {
		if strings.HasSuffix(name, ".other") {
			w.contents[name] = []byte("CONTENT")
		}
	}
	c, err := w.refresh(t)
	if err != nil {
		t.Fatal(err)
	}
	w.events = nil
	for _, step := range []struct {
		path, says string
		kind       model.FaultKind
	}{
		{"app", "", ""},
		{"app", "", ""},
		{"other", "the content of other doesn't match its listed hash", model.FaultBadData},
		{"huge", "the download limit is", model.FaultBadData},
		{"unknown", "neither a SHA-256 nor a SHA-512", model.FaultBadData},
		{"missing", "no role that the search reaches lists this target", model.FaultNotFound},
	} {
		err := c.Download(t.Context(), step.path, downloads{w})
		if model.KindOf(err) != step.kind || err != nil && !strings.Contains(err.Error(), step.says) {
			t.Errorf("%s: %v", step.path, err)
		}
	}
	w.did(t, "fetch app", "fetch other")
	if len(w.artifacts) != 1 || string(w.artifacts["app"]) != "content" {
		t.Errorf("%q", w.artifacts)
	}
}

// A role counts over a delegation whose keys have signed it, and over no other, though it was
// read before.
func TestEachDelegationGrants(t *testing.T) {
	t.Parallel()
	w := newWorld()
	good := tuftest.Ed25519()
	for _, name := range []model.RoleName{"first", "second"} {
		w.Delegate("targets", name, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{string(name) + "/*"}})
	}
	w.Delegate("first", "shared", tuftest.By(good), tuftest.Object{"paths": []string{"*/*"}})
	w.Delegate("second", "shared", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"*/*"}})
	w.AddTarget("shared", "first/app", "content")
	w.AddTarget("shared", "second/app", "content")
	w.Publish("targets", "first", "second", "shared")
	c, err := w.refresh(t)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Find(t.Context(), "first/app"); err != nil {
			t.Error(err)
		}
		_, err = c.Find(t.Context(), "second/app")
		if refused, ok := errors.AsType[*tuf.RefusedError](err); !ok || refused.Role != "shared" || refused.Code != model.ProblemThreshold {
			t.Error(err)
		}
	}
}

// Whatever byte of a file is another one, a client finds what it is to find, or nothing.
func TestAlteredBytes(t *testing.T) {
	t.Parallel()
	every := 7
	if testing.Short() {
		every = 61
	}
	w := newWorld()
	w.Compact = true
	w.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"*"}})
	w.AddTarget("alice", "app", "content")
	w.Publish("root", "targets", "alice")
	sum := sha256.Sum256([]byte("content"))
	refused := 0
	for _, name := range []string{"2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "1.alice.json"} {
		sound := w.Wire[name]
		for i := 0; i < len(sound); i += every {
			altered := slices.Clone(sound)
			altered[i] ^= 1 << (i % 7)
			w.Wire[name] = altered
			clear(w.state)
			w.state["root"] = w.Wire["1.root.json"]
			c, err := w.refresh(t)
			var target *model.Target
			if err == nil {
				target, err = c.Find(t.Context(), "app")
			}
			if err != nil {
				refused++
			} else if !slices.Equal(target.Hashes.SHA256, sum[:]) || target.Length != int64(len("content")) {
				t.Errorf("%s, byte %d: %+v", name, i, target)
			}
		}
		w.Wire[name] = sound
	}
	if refused == 0 {
		t.Error("nothing is refused")
	}
}
