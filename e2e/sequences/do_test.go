package sequences

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"trustdeck/e2e/peer"
)

// do does a step. What the other clients refuse is no fault: what matters is what they
// leave.
func (w *world) do(s step) {
	w.t.Helper()
	name, role := s.whom, "targets/"+s.whom
	if name == "releases" {
		name = "alice"
	}
	key := w.keys[name]
	switch s.what {
	case "add":
		w.change("signer", "add", "--key", key.PublicFile, name, w.gun)
	case "remove":
		w.change("signer", "remove", name, w.gun)
	case "off-board":
		w.change("off-board", "--who", name+"@"+key.ID, w.gun)
	case "rotate":
		w.change("rotate", "--key", key.PublicFile, w.gun, "targets/"+name)
	case "fresh":
		w.change("witness", "--content", "fresh", w.gun, role)
	case "witness":
		w.change("witness", w.gun, role)
	case "renew":
		w.change("renew", w.gun, "targets")
	case "rotate targets":
		w.change("rotate", w.gun, "targets")
	case "delegate":
		w.change("delegation", "add", "--key", key.PublicFile, "--all-paths", w.gun, role)
	case "narrow":
		w.change("delegation", "edit", "--not-all-paths", "--path", "v1", w.gun, role)
	case "undelegate":
		w.change("delegation", "remove", w.gun, role)
	case "unkey":
		w.change("delegation", "edit", "--remove-key", key.ID, w.gun, role)
	case "purge":
		w.change("delegation", "purge", key.ID, w.gun)
	case "two":
		w.change("delegation", "add", "--key", w.keys["alice"].PublicFile, "--key", w.keys["bob"].PublicFile, "--all-paths", w.gun, role)
		w.change("threshold", w.gun, role, "2")
	case "one":
		w.change("threshold", w.gun, role, "1")
	case "publish":
		w.publish(role)
	case "new key":
		w.newKey(name)
	case "send away":
		w.sendAway(name)
	case "call":
		w.call(name)
	default:
		w.others(s.what, name, role, key)
	}
}

// others are steps of notary and docker.
func (w *world) others(what, name, role string, key peer.Key) {
	w.t.Helper()
	image := strings.TrimPrefix(w.gun, "docker.io/")
	switch what {
	case "sign":
		w.tags++
		w.signer(name).Try("addhash", "-p", w.gun, fmt.Sprintf("v%d", w.tags), "10", "--sha256", digest, "-r", "targets/releases", "-r", "targets/"+name)
	case "unsign":
		w.signer(name).Try("remove", "-p", w.gun, "v1", "-r", "targets/releases", "-r", "targets/"+name)
	case "notary add":
		w.notary.Try("delegation", "add", "-p", w.gun, role, key.PublicFile, "--all-paths")
	case "notary drop":
		w.notary.Try("delegation", "remove", "-p", "-y", w.gun, role)
	case "notary unkey":
		w.notary.Try("delegation", "remove", "-p", "-y", w.gun, "targets/releases", key.ID)
	case "notary witness":
		w.notary.Try("witness", "-p", w.gun, role)
	case "notary tag":
		w.tags++
		w.notary.Try("addhash", "-p", w.gun, fmt.Sprintf("v%d", w.tags), "10", "--sha256", digest)
	case "notary rotate targets":
		w.notary.Try("key", "rotate", w.gun, "targets")
	case "docker add":
		w.docker.Try("trust", "signer", "add", "--key", key.PublicFile, name, image)
	case "docker revoke":
		w.docker.Try("trust", "revoke", "-y", image+":v1")
	default:
		w.t.Fatalf("there is no step %q", what)
	}
	w.forget()
}

// publish has notary stage several changes, and trustdeck publish those that it can.
func (w *world) publish(role string) {
	w.t.Helper()
	w.tags++
	w.notary.Try("addhash", w.gun, fmt.Sprintf("v%d", w.tags), "10", "--sha256", digest, "-r", role)
	w.notary.Try("witness", w.gun, role)
	w.notary.Try("remove", w.gun, "v1", "-r", role)
	w.notary.Try("delegation", "add", w.gun, role, w.keys["bob"].PublicFile)
	args := []string{"publish", w.gun}
	for range 4 { // of the staged changes, one after the other is named that can't be applied
		r := w.quiet(append(slices.Clone(args), "-f", filepath.Join(w.t.TempDir(), "plan.json"))...)
		m := dropping.FindStringSubmatch(r.Stderr)
		if m == nil {
			break
		}
		args = append(args, "--drop", m[1])
	}
	w.change(args...)
	w.forget()
}

var dropping = regexp.MustCompile(`--drop (\d+)`)

// forget drops what a client has staged and could not publish: it would come with the next
// change.
func (w *world) forget() {
	for _, client := range append([]*peer.Client{w.notary}, w.away["alice"], w.away["bob"]) {
		if client != nil {
			client.Try("reset", w.gun, "--all")
		}
	}
}

// sendAway has a signer keep the key in a folder of their own.
func (w *world) sendAway(name string) {
	w.t.Helper()
	if w.away[name] != nil {
		return
	}
	folder := w.t.TempDir()
	w.away[name] = same(peer.Notary(w.t, w.server, folder))
	w.signer(name).Run(w.t, "key", "import", "--role", name, w.keys[name].PrivateFile)
	w.notary.Answering("y\n").Try("key", "remove", w.keys[name].ID)
	if left, err := filepath.Glob(filepath.Join(w.folder, "trust", "private", w.keys[name].ID+".key")); err != nil || len(left) > 0 {
		w.t.Fatalf("the key of %s is still here: %v, %v", name, left, err)
	}
}

// call has a signer sign with the administrator's folder again.
func (w *world) call(name string) {
	w.t.Helper()
	if w.away[name] == nil {
		return
	}
	delete(w.away, name)
	w.notary.Run(w.t, "key", "import", "--role", name, w.keys[name].PrivateFile)
}
