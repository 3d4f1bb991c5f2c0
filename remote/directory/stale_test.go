package directory_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// What somebody else has published first is never overwritten.
func TestPublishIsStale(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		layout string
		// other is what somebody else has published.
		other map[string]string
		text  string
	}{
		"the same version":                    {"consistent", map[string]string{"4.targets.json": meta("targets", 4)}, "4.targets.json: version 4 of targets is there already"},
		"a later version":                     {"consistent", map[string]string{"5.a%2Fb.json": meta("targets", 5)}, "version 5 of a/b is there already"},
		"a later timestamp":                   {"consistent", map[string]string{"timestamp.json": meta("timestamp", 9)}, "timestamp.json: version 9 of timestamp"},
		"the same root":                       {"consistent", map[string]string{"4.root.json": meta("root", 4)}, "4.root.json: version 4 of root"},
		"a later root":                        {"consistent", map[string]string{"9.root.json": meta("root", 9)}, "version 9 of root"},
		"a root before":                       {"consistent", map[string]string{"3.root.json": ""}, "root 4 doesn't follow root 2"},
		"the same version, by its name":       {"not consistent", map[string]string{"targets.json": meta("targets", 4)}, "targets.json: version 4 of targets"},
		"a later version, by its name":        {"not consistent", map[string]string{"a%2Fb.json": meta("targets", 7)}, "a%2Fb.json: version 7 of a/b"},
		"a later version among the copies":    {"in metadata", map[string]string{"metadata/snapshot.json": meta("snapshot", 8)}, "snapshot.json: version 8 of snapshot"},
		"a root in the history":               {"of tuf-on-ci", map[string]string{"metadata/root_history/4.root.json": meta("root", 4)}, "4.root.json: version 4 of root"},
		"another draft of the same version":   {"of tuf-on-ci", map[string]string{"metadata/targets.json": meta("targets", 4)}, "targets.json: version 4 of targets"},
		"a role by another client's spelling": {"consistent", map[string]string{"2.a%2Fb.json": meta("targets", 2), "8.a%2Fb.json": meta("targets", 8)}, "version 8 of a/b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := grown(layouts[c.layout].consistent)
			dir := lay(t, r, layouts[c.layout].name)
			changed(r)
			for at, text := range c.other {
				err := os.WriteFile(filepath.Join(dir, at), []byte(text), 0o600)
				if text == "" {
					err = os.Remove(filepath.Join(dir, at))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			before := contents(t, dir)
			check(t, directory.NewFolder(dir, gun).Publish(t.Context(), gun, everything(r)), model.FaultStale, c.text)
			if !maps.Equal(contents(t, dir), before) {
				t.Error("something was written")
			}
		})
	}
}

// Several people sign a version in the working files of tuf-on-ci: a signature is added, and
// none is lost.
func TestPublishSignature(t *testing.T) {
	t.Parallel()
	r := grown(true)
	alice, bob := tuftest.P256(), tuftest.P256()
	r.SetRole(model.RoleTargets, tuftest.By(alice, bob))
	r.Publish(model.RoleRoot, model.RoleTargets)
	signed := r.Signed[model.RoleTargets]
	pending := func(k *tuftest.Key) any { return tuftest.Object{"keyid": string(k.ID), "sig": ""} }
	whole := r.Sign(signed, alice, bob)
	for name, c := range map[string]struct {
		before, now []byte
		stale       bool
	}{
		"the first":               {r.File(signed, pending(alice), pending(bob)), r.Sign(signed, bob), false},
		"the second":              {r.Sign(signed, alice), whole, false},
		"again by the same":       {r.Sign(signed, alice), r.Sign(signed, alice), false},
		"one that another loses":  {r.Sign(signed, alice), r.Sign(signed, bob), true},
		"of something else":       {r.Sign(signed, alice), r.Sign(tuftest.Object{"_type": "targets", "version": signed["version"], "targets": tuftest.Object{}}, alice, bob), true},
		"of what was published":   {whole, r.Sign(signed, alice), true},
		"spelled in another way":  {r.File(signed, pending(alice)), bytes.ReplaceAll(whole, []byte("\n"), nil), false},
		"of what is not readable": {[]byte("{}"), whole, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := lay(t, r, layouts["of tuf-on-ci"].name)
			at := filepath.Join(dir, "metadata", "targets.json")
			if err := os.WriteFile(at, c.before, 0o600); err != nil {
				t.Fatal(err)
			}
			err := directory.NewFolder(dir, gun).Publish(t.Context(), gun, map[model.RoleName][]byte{model.RoleTargets: c.now})
			got, _ := os.ReadFile(at)
			switch {
			case c.stale && (err == nil || !bytes.Equal(got, c.before)):
				t.Errorf("it was written: %v", err)
			case !c.stale && (err != nil || !bytes.Equal(got, c.now)):
				t.Errorf("it was not written: %v", err)
			}
			if c.stale && name != "of what is not readable" {
				check(t, err, model.FaultStale, "targets.json: version 4 of targets is there already")
			}
		})
	}
}

// A root that is published gets the signature of one who was asked; no other content, and no other
// published file, takes its place. An upload brings it along.
func TestPublishSignatureOfRoot(t *testing.T) {
	t.Parallel()
	r, site := grown(true), t.TempDir()
	dir := lay(t, r, layouts["consistent"].name)
	folder := directory.NewFolder(dir, gun)
	if _, err := folder.Upload(t.Context(), gun, site); err != nil {
		t.Fatal(err)
	}
	root := r.Signed[model.RoleRoot]
	more := r.Sign(root, append(r.Signers[model.RoleRoot], tuftest.P256())...)
	publish := func(role model.RoleName, raw []byte) error {
		return folder.Publish(t.Context(), gun, map[model.RoleName][]byte{role: raw})
	}
	if err := publish(model.RoleRoot, more); err != nil {
		t.Fatal(err)
	}
	name := "3.root.json"
	if raw, _ := os.ReadFile(filepath.Join(dir, name)); !bytes.Equal(raw, more) {
		t.Error("the signature is not there")
	}
	if names, err := folder.Upload(t.Context(), gun, site); err != nil || !slices.Contains(names, name) {
		t.Errorf("to be uploaded: %q, %v", names, err)
	}
	check(t, publish(model.RoleRoot, r.Wire[name]), model.FaultStale, name+": version 3 of root is there already")
	targets := r.Sign(r.Signed[model.RoleTargets], append(r.Signers[model.RoleTargets], tuftest.P256())...)
	check(t, publish(model.RoleTargets, targets), model.FaultStale, "version 3 of targets is there already")
}

// Cancelled work writes nothing, and neither does what cannot be published.
func TestPublishNothing(t *testing.T) {
	t.Parallel()
	dir, _, r := begin(t, "consistent")
	before := contents(t, dir)
	folder := directory.NewFolder(dir, gun)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := folder.Publish(ctx, gun, everything(r)); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("cancelled: %v", err)
	}
	check(t, folder.Publish(t.Context(), "other", everything(r)), model.FaultNotFound, "it is not the repository in")
	for name, raw := range map[string]string{"not JSON": "{", "no version": `{"signed":{"_type":"targets"}}`, "another kind": meta("root", 4), "a version too high": meta("targets", 1<<60)} {
		files := everything(r)
		files[model.RoleTargets] = []byte(raw)
		if err := folder.Publish(t.Context(), gun, files); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := folder.Publish(t.Context(), gun, nil); err != nil {
		t.Errorf("no files: %v", err)
	}
	if !maps.Equal(contents(t, dir), before) {
		t.Error("something was written")
	}
}

// No server holds keys for a folder, and who signs the snapshot nobody here knows.
func TestFolderHasNoServer(t *testing.T) {
	t.Parallel()
	folder := directory.NewFolder(put(t), gun)
	_, err := folder.ServerKey(t.Context(), gun, model.RoleTimestamp)
	check(t, err, model.FaultUsage, "a folder has no server")
	_, err = folder.NewServerKey(t.Context(), gun, model.RoleTimestamp)
	check(t, err, model.FaultUsage, "a folder has no server")
	if signs, known, err := folder.SignsSnapshot(t.Context(), gun, nil); signs || known || err != nil {
		t.Errorf("%v, %v, %v", signs, known, err)
	}
}
