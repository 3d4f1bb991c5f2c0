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
	case "deck sign":
		w.change("sign", "--digest", "sha256:"+digest, "--size", "10", w.gun+":"+w.newTag())
	case "revoke":
		w.change("revoke", w.gun+":"+w.someTag())
	case "copy":
		w.change("copy", w.gun+":"+w.someTag(), w.freeTag())
	case "target add":
		w.change("target", "add", "--size", "10", "--sha256", digest, "--role", role, w.gun, w.newTag())
	case "target remove":
		w.change("target", "remove", w.gun, w.someTag())
	case "rename":
		w.rename(key)
	case "passphrase":
		w.passphrase()
	case "new key":
		w.newKey(name)
		w.count()
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
	image, before := strings.TrimPrefix(w.gun, "docker.io/"), w.state()
	switch what {
	case "sign":
		w.signer(name).Try("addhash", "-p", w.gun, w.newTag(), "10", "--sha256", digest, "-r", "targets/releases", "-r", "targets/"+name)
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
		w.notary.Try("addhash", "-p", w.gun, w.newTag(), "10", "--sha256", digest)
	case "notary rotate targets":
		w.notary.Try("key", "rotate", w.gun, "targets")
	case "docker add":
		w.docker.Try("trust", "signer", "add", "--key", key.PublicFile, name, image)
	case "docker revoke":
		w.docker.Try("trust", "revoke", "-y", image+":v1")
	default:
		w.t.Fatalf("there is no step %q", what)
	}
	if w.state() != before {
		w.count()
	}
	w.forget()
}

// newTag is a tag that no step has signed.
func (w *world) newTag() string {
	w.tags++
	return fmt.Sprintf("v%d", w.tags)
}

// someTag is the first tag that a role lists, which several may do; v1 where there is none.
func (w *world) someTag() string {
	w.t.Helper()
	if tags := w.listed(); len(tags) > 0 {
		return tags[0]
	}
	return "v1"
}

// freeTag is v1, which others remove, where no role lists it; else a new tag.
func (w *world) freeTag() string {
	w.t.Helper()
	if slices.Contains(w.listed(), "v1") {
		return w.newTag()
	}
	return "v1"
}

// publish has notary stage several changes, and trustdeck publish those that it can.
func (w *world) publish(role string) {
	w.t.Helper()
	w.notary.Try("addhash", w.gun, w.newTag(), "10", "--sha256", digest, "-r", role)
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
