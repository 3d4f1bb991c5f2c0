package public

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/sandbox/practice"
)

// shapes write repositories as other programs keep them, with what is known of them only there:
// layouts, members of their own, keys, delegations, and a history.
var shapes = map[string]func(*testing.T, string){
	// root_history, names of holders, a robot, roots that change from hexadecimal points to
	// PEM and from one signature to two, listings without hashes.
	"tuf-on-ci": func(t *testing.T, dir string) {
		r := tuftest.New()
		r.Plain = true
		hash := tuftest.Object{"keyid_hash_algorithms": []string{"sha256", "sha512"}}
		r.SetRole("root", tuftest.By(tuftest.HexP256().With(hash)))
		r.PublishOnly("root")
		quorum := tuftest.Quorum{Threshold: 2, Keys: []*tuftest.Key{owned(tuftest.OldP256(), "ana"), owned(tuftest.P256(), "ben"), owned(tuftest.Ed25519(), "cleo")}}
		robot := tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/x"}))
		r.SetRole("root", quorum)
		r.PublishOnly("root")
		r.Signers["root"] = quorum.Keys[:2]
		r.SetRole("targets", quorum)
		r.SetRole("snapshot", robot)
		r.SetRole("timestamp", robot)
		r.Delegate("targets", "dana", tuftest.By(owned(tuftest.OldP256(), "dana")), tuftest.Object{"paths": []string{"dana/*", "dana/*/*"}})
		r.AddTarget("targets", "app", "1")
		r.AddTarget("dana", "dana/lib", "1")
		for _, signed := range r.Signed {
			signed["x-tuf-on-ci-expiry-period"], signed["x-tuf-on-ci-signing-period"] = 365, 60
		}
		r.Publish("root", "targets", "dana")
		write(t, r, dir, func(name string) string {
			switch version, listed, _ := versioned(name); {
			case listed == "root.json" && version > 0:
				return "metadata/root_history/" + name
			case version > 0:
				return ""
			default:
				return "metadata/" + name
			}
		})
	},
	// Hash bins, a service that holds the keys of all but the root.
	"Repository Service for TUF": func(t *testing.T, dir string) {
		r := tuftest.New()
		online := tuftest.By(tuftest.Ed25519().With(tuftest.Object{"x-rstuf-online-key-uri": "fn:x", "x-rstuf-key-name": "online"}))
		r.SetRole("root", tuftest.Quorum{Threshold: 2, Keys: []*tuftest.Key{
			tuftest.PSS().With(tuftest.Object{"x-rstuf-key-name": "ana"}), tuftest.Ed25519().With(tuftest.Object{"x-rstuf-key-name": "ben"}),
		}})
		for _, role := range []model.RoleName{"targets", "snapshot", "timestamp"} {
			r.SetRole(role, online)
		}
		bins := r.DelegateBins("targets", 2, "bins", online)
		for _, path := range []string{"a", "b/c", "b/d"} {
			r.AddTarget(model.RoleName(fmt.Sprintf("bins-%x", sum([]byte(path))[0]>>6)), path, path)
		}
		r.Publish(append([]model.RoleName{"root", "targets"}, bins...)...)
		write(t, r, dir, func(name string) string {
			if version, _, _ := versioned(name); version == 0 && name != "timestamp.json" {
				return ""
			}
			return name
		})
	},
	// RSA without salt, no consistent snapshots, nested delegations of two of three.
	"The Archive Framework": func(t *testing.T, dir string) {
		r := tuftest.New()
		r.Signed["root"]["consistent_snapshot"] = false
		key := func(name string) *tuftest.Key { return tuftest.PKCS1().With(tuftest.Object{"name": name}) }
		three := tuftest.Quorum{Threshold: 2, Keys: []*tuftest.Key{key("ana"), key("ben"), key("cleo")}}
		r.SetRole("root", three)
		r.SetRole("targets", three)
		r.Delegate("targets", "law", three, tuftest.Object{"paths": []string{"law/*"}})
		r.Delegate("law", "codes", tuftest.By(tuftest.PSS()), tuftest.Object{"paths": []string{"law/c*"}, "terminating": true})
		r.AddTarget("law", "law/a", "1")
		r.AddTarget("codes", "law/c", "1")
		r.Publish("root", "targets", "law", "codes")
		write(t, r, dir, func(name string) string {
			if version, listed, _ := versioned(name); version > 0 && listed != "root.json" {
				return ""
			}
			return "metadata/" + name
		})
	},
	// No consistent snapshots, with keys that all readers know.
	"python-tuf": func(t *testing.T, dir string) {
		r := tuftest.New()
		r.Signed["root"]["consistent_snapshot"] = false
		r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{tuftest.PSS(), tuftest.OldP256()}})
		r.Delegate("targets", "role1", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"file?.txt"}})
		r.Delegate("role1", "role2", tuftest.By(tuftest.PSS()), tuftest.Object{"paths": []string{"*"}, "terminating": true})
		r.AddTarget("role1", "file1.txt", "1")
		r.AddTarget("role2", "file3.txt", "3")
		r.Publish("root", "targets", "role1", "role2")
		write(t, r, dir, func(name string) string {
			if version, listed, _ := versioned(name); version > 0 && listed != "root.json" {
				return ""
			}
			return name
		})
	},
}

func owned(k *tuftest.Key, name string) *tuftest.Key {
	return k.With(tuftest.Object{"x-tuf-on-ci-keyowner": "@" + name})
}

// write writes the files of a repository into a folder, under other names; "" is for one that is
// left out.
func write(t *testing.T, r *tuftest.Repository, dir string, rename func(string) string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(r.Wire)) {
		path := filepath.Join(dir, filepath.FromSlash(rename(name)))
		if path == dir {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, r.Wire[name], 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// folders are what is copied, by name: those that the environment variable
// TRUSTDECK_PUBLIC names, the shapes, and the repositories of the practice world.
func folders(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, shape := range shapes {
		out[name] = t.TempDir()
		shape(t, out[name])
	}
	for gun, files := range practice.Build(time.Now()).Directories {
		dir := t.TempDir()
		for name, raw := range files {
			if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out["practice "+string(gun)] = dir
	}
	for _, dir := range filepath.SplitList(os.Getenv("TRUSTDECK_PUBLIC")) {
		out[strings.ReplaceAll(strings.Trim(dir, "/"), "/", " ")] = dir
	}
	return out
}
