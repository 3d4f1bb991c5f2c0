package tuf

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// canonical is what a signature is made over.
func canonical(x *trial, signed tuftest.Object) []byte {
	x.Helper()
	payload, err := cjson.EncodeCanonical(signed)
	if err != nil {
		x.Fatal(err)
	}
	return payload
}

func TestDownload(t *testing.T) {
	t.Parallel()
	const path, content = "target_file.txt", "target file contents"
	rows := []row{
		{"client_downloads_expected_file", func(x *trial) {
			x.init()
			x.offer("targets", path, content)
			x.Publish("targets")
			x.refresh(0)
			x.has()
			x.download(0, path)
			x.has(content)
		}},
		{"client_downloads_expected_file_in_sub_dir", func(x *trial) {
			x.init()
			x.offer("targets", "path/to/a/"+path, content)
			x.Publish("targets")
			x.download(0, "path/to/a/"+path)
			x.has(content)
		}},
		{"repository_substitutes_target_file", func(x *trial) {
			x.init()
			x.offer("targets", path, content)
			x.offer("targets", "another_"+path, "content")
			x.Publish("targets")
			x.download(0, path)
			for name := range x.site.targets {
				x.site.targets[name] = []byte("malicious data - should not download")
			}
			x.download(0, path)
			x.has(content)
			x.download(1, "another_"+path)
			x.has(content)
		}},
		{"multiple_changes_to_target", func(x *trial) {
			x.init()
			have := []string{content}
			x.offer("targets", path, content)
			x.Publish("targets")
			x.download(0, path)
			x.has(content)
			for i := range 11 {
				modified, added, name := fmt.Sprintf("modified file contents %d", i), fmt.Sprintf("new file contents %d", i), fmt.Sprintf("new-target-%d", i)
				x.offer("targets", path, modified)
				x.offer("targets", name, added)
				x.Publish("targets")
				if i%5 != 0 {
					continue
				}
				have[0] = modified
				x.download(0, path)
				x.has(slices.Clone(have)...)
				have = append(have, added)
				x.download(0, name)
				x.has(slices.Clone(have)...)
				for file := range x.site.targets {
					x.site.targets[file] = []byte("malicious contents")
				}
				x.Publish("targets")
				x.download(0, path)
				x.has(slices.Clone(have)...)
			}
		}},
		{"download_with_unknown_hash_algorithm", func(x *trial) {
			x.init()
			withHashes(x, path, content, "unknown-hash")
			x.download(1, path)
			x.has()
		}},
		{"artifact_cache", func(x *trial) {
			x.init()
			x.offer("targets", path, content)
			x.Publish("targets")
			x.download(0, path)
			x.site.requests()
			x.download(0, path)
			x.asked("2.root.json", "timestamp.json")
		}},
		// Beyond the suite.
		{"without consistent snapshots", func(x *trial) {
			x.Signed["root"]["consistent_snapshot"] = false
			x.offer("targets", "a/"+path, content)
			x.Publish("root", "targets")
			x.init()
			x.download(0, "a/"+path)
			x.trusts("root 2", "snapshot 2", "targets 2", "timestamp 2")
			x.fetches("a/" + path)
			x.has(content)
			x.download(1, "missing")
			x.asked("3.root.json", "timestamp.json")
		}},
		{"unusual paths", func(x *trial) {
			names := []string{"a b/ü.txt", "100%/?#", "//x", "dir/", "a:b@c"}
			x.init()
			for _, name := range names {
				x.offer("targets", name, "content of "+name)
			}
			x.offer("targets", "../outside", "outside")
			x.Publish("targets")
			var want []string
			for _, name := range names {
				x.download(0, name)
				want = append(want, "content of "+name)
			}
			x.download(1, "../outside")
			x.has(want...)
		}},
		{"long names and an empty target", func(x *trial) {
			x.init()
			long := "long/" + string(slices.Repeat([]byte("a"), 300))
			x.offer("targets", long, content)
			x.offer("targets", "empty", "")
			x.Publish("targets")
			x.download(0, long, "empty", long)
			x.has("", content)
		}},
		{"a longer file than is listed", func(x *trial) {
			x.init()
			x.offer("targets", path, content)
			x.Publish("targets")
			for name := range x.site.targets {
				x.site.targets[name] = append(x.site.targets[name], "and more"...)
			}
			x.download(1, path)
			x.has()
		}},
		{"the server fails", func(x *trial) {
			x.init()
			x.site.status["2.root.json"] = 500
			x.refresh(1)
			x.asked("2.root.json")
			x.site.status["2.root.json"] = 403
			x.refresh(0)
		}},
		{"wrong usage ends with 1 too", func(x *trial) {
			for _, args := range [][]string{
				{},
				{"--unknown"},
				{"unknown"},
				{"init"},
				{"init", "missing"},
				{"refresh"},
				{"refresh", "more"},
				{"--metadata-url", x.site.URL, "refresh"},
				{"--metadata-url", x.site.URL, "download"},
				{"--metadata-url", "http://192.0.2.1/", "refresh"},
			} {
				x.run(1, args...)
			}
			x.asked()
			x.init()
			x.run(1, "--metadata-url", "http://192.0.2.1/", "refresh")
			x.run(1, "--metadata-url", "http://127.0.0.1:1/", "refresh")
		}},
		{"a damaged state", func(x *trial) {
			begun(x)
			for _, role := range []model.RoleName{"timestamp", "snapshot", "targets"} {
				x.damage(role)
			}
			x.refresh(0)
			x.keepsCurrent(topLevel...)
			x.damage("root")
			x.refresh(1)
		}},
	}
	for _, names := range [][]string{{"sha256"}, {"sha512"}, {"sha256", "sha512"}} {
		rows = append(rows, row{fmt.Sprintf("download_with_hash_algorithms%q", names), func(x *trial) {
			x.init()
			withHashes(x, path, content, names...)
			x.download(0, path)
			_, fetched := x.site.requests()
			if len(fetched) != 1 {
				x.Errorf("fetched %q", fetched)
			}
			x.has(content)
		}})
	}
	playAll(t, rows)
}

// withHashes lists a target with hashes of these names; an unknown one is a SHA-512.
func withHashes(x *trial, path, content string, names ...string) {
	x.AddTarget("targets", path, content)
	hashes := tuftest.Object{}
	for _, name := range names {
		short, long := sha256.Sum256([]byte(content)), sha512.Sum512([]byte(content))
		hash := hex.EncodeToString(long[:])
		if name == "sha256" {
			hash = hex.EncodeToString(short[:])
		}
		hashes[name] = hash
		x.site.targets[hashedName(path, hash)] = []byte(content)
	}
	x.Signed["targets"]["targets"].(tuftest.Object)[path].(tuftest.Object)["hashes"] = hashes
	x.Publish("targets")
}
