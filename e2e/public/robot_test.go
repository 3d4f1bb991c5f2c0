package public

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model/tuf/tuftest"
)

// robot does what the service of a repository does after each change: it signs a new snapshot of
// what is in the folder, and a timestamp, as far as they are its own.
func (w *world) robot() {
	w.t.Helper()
	for _, role := range []string{"snapshot", "timestamp"} {
		newest := w.newest() // with what was signed just now
		keys := w.online(newest["root.json"].signed, role)
		if len(keys) == 0 {
			continue
		}
		file := newest[role+".json"]
		meta, _ := file.signed["meta"].(tuftest.Object)
		for name, entry := range w.listing(newest, role, meta) {
			meta[name] = entry
		}
		file.signed["version"] = file.version() + 1
		w.sign(file, keys)
	}
}

// newest are the newest files of the folder by the names by which files are listed.
func (w *world) newest() map[string]*source {
	w.t.Helper()
	all, err := sourcesIn(w.metadata())
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]*source{}
	for _, s := range all {
		if have := out[s.listedAs()]; have == nil || have.version() < s.version() {
			out[s.listedAs()] = s
		}
	}
	return out
}

// online are the IDs of the keys with which a service signs a role, where enough are its.
func (w *world) online(root tuftest.Object, role string) []string {
	var out []string
	ids, _ := member(root, "roles", role, "keyids").([]any)
	for _, id := range ids {
		key, _ := member(root, "keys", fmt.Sprint(id)).(tuftest.Object)
		if key["x-tuf-on-ci-online-uri"] != nil || key["x-rstuf-online-key-uri"] != nil {
			out = append(out, fmt.Sprint(id))
		}
	}
	if len(out) < number(member(root, "roles", role, "threshold")) {
		return nil
	}
	return out
}

// listing is what a new snapshot or timestamp says of the files in the folder, in the form in
// which it lists files.
func (w *world) listing(newest map[string]*source, role string, meta tuftest.Object) tuftest.Object {
	w.t.Helper()
	out := tuftest.Object{}
	for name, s := range newest {
		kind := kinds[s.kind()]
		if role == "snapshot" && kind != "targets" || role == "timestamp" && kind != "snapshot" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(w.metadata(), filepath.FromSlash(s.name)))
		if err != nil {
			w.t.Fatal(err)
		}
		form, ok := meta[name].(tuftest.Object)
		if !ok {
			form, _ = meta["targets.json"].(tuftest.Object)
		}
		entry := maps.Clone(form)
		if hashes, ok := entry["hashes"].(tuftest.Object); ok {
			entry["hashes"] = maps.Clone(hashes)
		}
		entry["version"] = s.signed["version"]
		describe(entry, raw)
		out[name] = entry
	}
	return out
}

// sign writes a new version of a file beside the one before, or in its place.
func (w *world) sign(file *source, keys []string) {
	w.t.Helper()
	payload, err := cjson.EncodeCanonical(file.signed)
	if err != nil {
		w.t.Fatal(err)
	}
	signatures := []any{}
	for _, id := range slices.Sorted(slices.Values(keys)) {
		if w.owners[id] != nil {
			signatures = append(signatures, w.signature(tuftest.Object{"keyid": id, "sig": "00"}, payload))
		}
	}
	raw := styled(file.raw, tuftest.Object{"signed": file.signed, "signatures": signatures})
	names := []string{file.name}
	if before, listed, _ := versioned(file.name); before > 0 {
		names = []string{fmt.Sprintf("%d.%s", file.version(), listed)}
		if _, err := os.Stat(filepath.Join(w.metadata(), listed)); err == nil {
			names = append(names, listed)
		}
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(w.metadata(), filepath.FromSlash(name)), raw, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}
