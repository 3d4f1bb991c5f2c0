package public

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// A step is what administrators do to a copy with one flow.
type step struct {
	// flow is its ID.
	flow string
	do   func(*world)
}

// steps are all flows that trustdeck offers for a repository in a folder. Together they take
// back what they added.
var steps = []step{
	{"renew", func(w *world) { w.change(append([]string{"renew", w.home}, w.renewable()...)...) }},
	{"countersign", func(w *world) {
		if w.asks() {
			w.change("countersign", w.home, "root")
		}
	}},
	{"target-add", func(w *world) {
		w.add("targets", "app/new", "1")
		w.add("targets", "app/new", "2")
	}},
	{"copy", func(w *world) {
		w.wants("app/copied")
		w.change("copy", "--source", "app/new", "--tag", "app/copied", w.home)
	}},
	{"revoke", func(w *world) {
		w.change("revoke", "--tag", "app/copied", w.home)
		w.change("target", "remove", "--role", "targets", w.home, "app/new")
	}},
	{"signer-add", func(w *world) {
		if w.binned() {
			w.refused("targets delegates to hash bins", "signer", "add", "--key", w.hand("zoe").public, "zoe", w.home)
			return
		}
		w.change("signer", "add", "--key", w.hand("zoe").public, "zoe", w.home)
		w.add("zoe", "zoe/a", "1")
		w.change("signer", "add", "--key", w.hand("yan").public, "yan", w.home)
	}},
	{"delegation-add", func(w *world) {
		if w.binned() {
			w.refused("targets delegates to hash bins", "delegation", "add", "--key", w.hand("sub").public, "--path", "*", w.home, "sub")
			return
		}
		delegates(w)
	}},
	{"delegation-edit", func(w *world) {
		if w.binned() {
			return
		}
		w.change("delegation", "edit", "--path", "zoe/u?", "--not-terminating", w.home, "sub")
		w.change("delegation", "edit", "--key", w.hand("yan").public, "--threshold", "2", w.home, "sub")
		w.add("sub", "zoe/sb", "2")
		for _, role := range w.own() {
			w.change("delegation", "edit", "--path", "extra/*", w.home, role)
			w.change("delegation", "edit", "--remove-path", "extra/*", w.home, role)
		}
	}},
	{"threshold", func(w *world) {
		if !w.binned() {
			w.change("threshold", w.home, "sub", "1")
		}
		for _, role := range []model.RoleName{"root", "targets"} {
			was := w.look().Role(role)
			if len(slices.Compact(slices.Sorted(slices.Values(was.Keys)))) > was.Threshold { // a key may have two IDs
				w.change("threshold", w.home, string(role), fmt.Sprint(was.Threshold+1))
				w.change("threshold", w.home, string(role), fmt.Sprint(was.Threshold))
			}
		}
	}},
	{"witness", func(w *world) {
		w.change(append([]string{"witness", w.home, "targets"}, w.own()...)...)
		if !w.binned() {
			w.change("witness", "--content", "fresh", w.home, "sub")
		}
	}},
	{"rotate", func(w *world) {
		if !w.binned() {
			w.change("rotate", "--key", w.hand("xia").public, w.home, "zoe")
		}
		for _, role := range []string{"targets", "root", "snapshot", "timestamp", "root"} {
			args := []string{"rotate", w.home, role}
			if w.left(role) {
				w.refused("a robot signs "+role, args...)
				continue
			}
			if was := w.look().Role(model.RoleName(role)); len(slices.Compact(slices.Sorted(slices.Values(was.Keys)))) > 1 {
				args = append(args, "--replace", string(was.Keys[0]))
			}
			w.change(args...)
		}
		w.change(append([]string{"renew", w.home}, w.renewable()...)...)
	}},
	{"renew", func(w *world) {
		w.change("renew", w.home, "targets", "--lifetime", "200d")
		if targets := w.look().Role("targets"); targets.Lifetime != 200*24*time.Hour {
			w.t.Errorf("a version of targets is valid for %s", targets.Lifetime)
		}
	}},
	{"token-replace", func(w *world) {
		w.changeUnbinned("token", "replace", "--old", string(w.hand("xia").id), "--new", string(w.hand("wil").id), w.home)
	}},
	{"delegation-purge", func(w *world) { w.changeUnbinned("delegation", "purge", string(w.hand("sub").id), w.home) }},
	{"delegation-remove", func(w *world) { w.changeUnbinned("delegation", "remove", w.home, "sub") }},
	{"signer-remove", func(w *world) { w.changeUnbinned("signer", "remove", "zoe", w.home) }},
	{"restate", func(w *world) {
		if len((tuf.Dialect{}).Restatable(w.look())) == 0 {
			w.refused("every key is listed in today's form already", "restate", w.home)
			return
		}
		w.change("restate", w.home)
	}},
	{"off-board", func(w *world) { w.changeUnbinned("off-board", "--who", "yan@"+string(w.hand("yan").id), w.home) }},
}

// delegates adds delegations of all forms.
func delegates(w *world) {
	w.change("delegation", "add", "--from", "zoe", "--key", w.hand("sub").public, "--path", "zoe/s?", "--terminating", w.home, "sub")
	w.add("sub", "zoe/sa", "1")
	const byHash, binned = "by/hash", "zoe/sx"
	w.change("delegation", "add", "--key", w.hand("sub").public, "--hash-prefix", fmt.Sprintf("%.2x", sha256.Sum256([]byte(byHash)))[:2], w.home, "hashed")
	w.add("hashed", byHash, "1")
	w.change("delegation", "add", "--from", "sub", "--key", w.hand("sub").public, "--bins", "2", w.home, "bin")
	w.add(fmt.Sprintf("bin-%x", sha256.Sum256([]byte(binned))[0]>>6), binned, "1")
}

// binned tells whether the repository has hash bins in place of other delegations.
func (w *world) binned() bool {
	return slices.ContainsFunc(w.look().Role(model.RoleTargets).Delegations, func(d model.Delegation) bool { return d.Bins != nil })
}

// changeUnbinned is change, in a repository to which signers were added.
func (w *world) changeUnbinned(args ...string) {
	w.t.Helper()
	if !w.binned() {
		w.change(args...)
	}
}

// hand is somebody who came with a key.
func (w *world) hand(name string) hand {
	w.t.Helper()
	h, ok := w.hands[name]
	if !ok {
		h = w.newcomer(name)
		w.hands[name] = h
	}
	return h
}

// add has a role list a target.
func (w *world) add(role, path, content string) {
	w.t.Helper()
	file := filepath.Join(w.keysDir, "content")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.wants(path)
	w.change("target", "add", "--role", role, w.home, path, file)
}

// wants has readers search for a path from now on.
func (w *world) wants(path string) {
	if !slices.Contains(w.paths, path) {
		w.paths = append(w.paths, path)
	}
}

// left tells whether a role is left to a robot.
func (w *world) left(role string) bool {
	return (role == "snapshot" || role == "timestamp") && len(w.online(w.newest()["root.json"].signed, role)) > 0
}

// renewable are the roles that administrators sign.
func (w *world) renewable() []string {
	w.t.Helper()
	var out []string
	for _, role := range w.look().Roles {
		if !role.Online && role.Version > 0 {
			out = append(out, string(role.Name))
		}
	}
	return out
}

// own are the first delegations by paths that the repository had before anything was changed. On
// the command line, a name that starts with a dot is the path of a repository.
func (w *world) own() []string {
	w.t.Helper()
	var out []string
	for _, d := range w.look().Role(model.RoleTargets).Delegations {
		if w.hands[string(d.Name)].public == "" && d.Bins == nil && len(d.Paths) > 0 && len(out) < 2 && d.Name != "hashed" && d.Name[0] != '.' {
			out = append(out, string(d.Name))
		}
	}
	return out
}

// asks has people asked to sign a root: the next one on a branch, as tuf-on-ci does, and otherwise
// the newest, where some have yet to sign it. It tells whether anybody was asked.
func (w *world) asks() bool {
	w.t.Helper()
	root := w.newest()["root.json"]
	if !w.working() {
		return slices.ContainsFunc(root.signatures, func(s any) bool { return s.(tuftest.Object)["sig"] == "" })
	}
	root.signed["version"] = root.version() + 1
	pending := []any{}
	for _, id := range member(root.signed, "roles", "root", "keyids").([]any) {
		pending = append(pending, tuftest.Object{"keyid": id, "sig": ""})
	}
	raw := styled(root.raw, tuftest.Object{"signed": root.signed, "signatures": pending})
	if err := os.WriteFile(filepath.Join(w.metadata(), "root.json"), raw, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return true
}
