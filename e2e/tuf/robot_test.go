package tuf

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/e2e/peer"
	"trustdeck/model/tuf/tuftest"
)

// A robotWorld is a repository as tuf-on-ci keeps it: administrators work on the files of a
// folder, and a robot signs snapshot and timestamp, and publishes what clients read.
type robotWorld struct {
	*tuftest.Repository
	t       *testing.T
	program *peer.Client
	// home is the folder of the repository, and site what is published.
	home string
	site *peer.Folder
	// hands are the keys of those who sign root and targets.
	hands map[string]*tuftest.Key
}

// people are those who sign root and targets, two of three.
var people = []string{"ana", "ben", "cleo"}

func newRobotWorld(t *testing.T) *robotWorld {
	t.Helper()
	w := &robotWorld{Repository: tuftest.New(), t: t, home: t.TempDir(), site: peer.ServeFolder(t, t.TempDir()), hands: map[string]*tuftest.Key{}}
	w.program = peer.Trustdeck(t).With("XDG_DATA_HOME=" + t.TempDir())
	quorum := tuftest.Quorum{Threshold: 2}
	for _, name := range people {
		w.hands[name] = tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-keyowner": "@" + name})
		quorum.Keys = append(quorum.Keys, w.hands[name])
	}
	robot := tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/x"}))
	w.Plain = true
	w.SetRole("root", quorum)
	w.SetRole("targets", quorum)
	w.SetRole("snapshot", robot)
	w.SetRole("timestamp", robot)
	w.AddTarget("targets", "app", "1")
	for _, signed := range w.Signed {
		signed["expires"] = time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
		signed["x-tuf-on-ci-expiry-period"], signed["x-tuf-on-ci-signing-period"] = 365, 60
	}
	w.Publish("root", "targets")
	for _, name := range []string{"root.json", "targets.json"} {
		w.write(name, w.Wire[name])
	}
	for _, name := range []string{"1.root.json", "2.root.json"} {
		w.write("root_history/"+name, w.Wire[name])
	}
	w.robot()
	return w
}

func (w *robotWorld) write(name string, raw []byte) {
	w.t.Helper()
	path := filepath.Join(w.home, "metadata", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *robotWorld) read(name string) []byte {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.home, "metadata", filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// robot signs snapshot and timestamp of what is in the folder, and publishes all.
func (w *robotWorld) robot() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, "metadata", "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	meta := w.Signed["snapshot"]["meta"].(tuftest.Object)
	for _, path := range files {
		name := filepath.Base(path)
		if slices.Contains([]string{"root.json", "snapshot.json", "timestamp.json"}, name) {
			continue
		}
		raw := w.read(name)
		meta[name] = tuftest.Object{"version": versionIn(w.t, raw)}
		w.publish(fmt.Sprintf("%d.%s", versionIn(w.t, raw), name), raw)
	}
	roots, _ := filepath.Glob(filepath.Join(w.home, "metadata", "root_history", "*.json"))
	for _, path := range roots {
		w.publish(filepath.Base(path), w.read("root_history/"+filepath.Base(path)))
	}
	w.PublishOnly("snapshot")
	w.PublishOnly("timestamp")
	for _, role := range []string{"snapshot.json", "timestamp.json"} {
		w.write(role, w.Wire[role])
	}
	w.publish(fmt.Sprintf("%d.snapshot.json", tuftest.Version(w.Signed["snapshot"])), w.Wire["snapshot.json"])
	w.publish("timestamp.json", w.Wire["timestamp.json"])
}

func (w *robotWorld) publish(name string, raw []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.site.Dir, name), raw, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func versionIn(t *testing.T, raw []byte) int {
	t.Helper()
	var file struct{ Signed struct{ Version int } }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Signed.Version
}

// as is the program of some of the people: each has one key file.
func (w *robotWorld) as(names ...string) []string {
	w.t.Helper()
	var flags []string
	for _, name := range names {
		path := filepath.Join(w.t.TempDir(), name+".key")
		if err := os.WriteFile(path, w.hands[name].File(), 0o600); err != nil {
			w.t.Fatal(err)
		}
		flags = append(flags, "--key-file", path)
	}
	return flags
}

// finds reports whether go-tuf, which knows the first root, finds a target that is published.
func (w *robotWorld) finds(target string) bool {
	w.t.Helper()
	u := w.client()
	if err := u.Refresh(); err != nil {
		w.t.Fatal(err)
	}
	_, err := u.GetTargetInfo(target)
	return err == nil
}

// client is go-tuf, which knows the first root.
func (w *robotWorld) client() *updater.Updater {
	w.t.Helper()
	return w.site.Updater(w.t, w.Wire["1.root.json"])
}

// A change of a folder whose snapshot and timestamp a robot signs leaves both to it: clients get
// it once the robot has run, and nothing before.
func TestRobotSignsTheRest(t *testing.T) {
	w := newRobotWorld(t)
	content := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(content, []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	snapshot, timestamp := w.read("snapshot.json"), w.read("timestamp.json")
	r := w.program.Try(append(w.as("ana", "ben"), "target", "add", "--role", "targets", w.home, "app/new", content, "--yes")...)
	if r.Code != 0 || !strings.Contains(r.Stderr, "Clients get it once the robot has signed snapshot and timestamp.") {
		t.Fatalf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	if !slices.Equal(snapshot, w.read("snapshot.json")) || !slices.Equal(timestamp, w.read("timestamp.json")) {
		t.Error("what the robot signs was changed")
	}
	if w.finds("app/new") {
		t.Error("go-tuf finds the target before the robot has run")
	}
	r = w.program.Try("inspect", w.home)
	if !strings.Contains(r.Stdout+r.Stderr, "clients don't get targets 3 yet: the snapshot lists version 2") {
		t.Errorf("inspect does not say what waits for the robot: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	w.robot()
	if !w.finds("app/new") || !w.finds("app") {
		t.Error("go-tuf does not find the targets once the robot has run")
	}
}

// asks puts a new root of a sign/ branch into the folder, as tuf-on-ci's robot does: nobody has
// signed it, and all are asked to.
func (w *robotWorld) asks() {
	w.t.Helper()
	root := w.Signed["root"]
	root["version"] = tuftest.Version(root) + 1
	pending := []any{}
	for _, name := range people {
		pending = append(pending, tuftest.Object{"keyid": string(w.hands[name].ID), "sig": ""})
	}
	w.write("root.json", w.File(root, pending...))
}

// Two of three people sign the root of a sign/ branch, one after the other, each with one key.
// What they are asked is said before; the signatures of others are left alone; clients accept
// the root in the end.
func TestSignBranch(t *testing.T) {
	w := newRobotWorld(t)
	w.asks()
	r := w.program.Try("inspect", w.home)
	for _, want := range []string{"root has 0 valid signatures", "root waits for "} {
		if !strings.Contains(r.Stdout+r.Stderr, want) {
			t.Errorf("inspect doesn't say %q: exit code %d\n%s%s", want, r.Code, r.Stdout, r.Stderr)
		}
	}
	sign := func(who string, want ...string) {
		t.Helper()
		r := w.program.Try(append(w.as(who), "countersign", w.home, "root", "--yes")...)
		for _, w := range want {
			if r.Code != 0 || !strings.Contains(r.Stderr, w) {
				t.Fatalf("%s: %q is missing: exit code %d\n%s%s", who, w, r.Code, r.Stdout, r.Stderr)
			}
		}
	}
	before := signaturesIn(t, w.read("root.json"))
	sign("ben", "root then needs 1 signature more")
	after := signaturesIn(t, w.read("root.json"))
	for id, sig := range before {
		if id != string(w.hands["ben"].ID) && after[id] != sig {
			t.Errorf("the signature of another one was changed: %s", id)
		}
	}
	if after[string(w.hands["ben"].ID)] == "" {
		t.Error("ben's signature is missing")
	}
	r = w.program.Try(append(w.as("ben"), "countersign", w.home, "--yes")...)
	if r.Code == 0 {
		t.Errorf("ben signs twice: %s%s", r.Stdout, r.Stderr)
	}
	sign("cleo", "with your signatures it has all that it needs")
	w.robot()
	if !w.finds("app") {
		t.Error("go-tuf refuses the root")
	}
	if got := versionIn(t, w.read("root_history/3.root.json")); got != 3 {
		t.Errorf("the history has root %d as its third", got)
	}
}

func signaturesIn(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	var file struct{ Signatures []struct{ KeyID, Sig string } }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range file.Signatures {
		out[s.KeyID] = s.Sig
	}
	return out
}

// What is to be committed is said; what waits for the robot is not handed over for an upload, and
// all that is published is, in the order in which clients need it.
func TestCommitAndUpload(t *testing.T) {
	w := newRobotWorld(t)
	if err := os.Mkdir(filepath.Join(w.home, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	content, site := filepath.Join(t.TempDir(), "content"), filepath.Join(t.TempDir(), "site")
	if err := os.WriteFile(content, []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.program.Try(append(w.as("ana", "ben"), "target", "add", "--role", "targets", w.home, "app/new", content, "--yes")...)
	if want := "Commit in " + w.home + ": metadata/targets.json"; r.Code != 0 || !strings.Contains(r.Stderr, want) {
		t.Errorf("%q is missing: exit code %d\n%s%s", want, r.Code, r.Stdout, r.Stderr)
	}
	r = w.program.Try("publish", "--to", site, w.home)
	if _, err := os.Stat(site); r.Code == 0 || err == nil || !strings.Contains(r.Stderr, "targets 3 is not published yet") {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	w.robot()
	var answer struct{ Files []string }
	r = w.program.Try("publish", "--to", site, w.home, "-o", "json")
	if err := json.Unmarshal([]byte(r.Stdout), &answer); err != nil {
		t.Fatalf("exit code %d: %v\n%s%s", r.Code, err, r.Stdout, r.Stderr)
	}
	if n := len(answer.Files); n < 5 || answer.Files[n-1] != "timestamp.json" || !slices.Contains(answer.Files, "3.targets.json") {
		t.Errorf("to be uploaded: %q", answer.Files)
	}
	w.site = peer.ServeFolder(t, site)
	if !w.finds("app/new") {
		t.Error("go-tuf does not find the target in what is uploaded")
	}
}

// Where a new root gives the robot another key, the review says what becomes of clients that have
// the root before the robot has run with the key.
func TestRobotGetsAnotherKey(t *testing.T) {
	w := newRobotWorld(t)
	robot := tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "gcpkms:projects/y"}))
	w.SetRole("snapshot", robot)
	w.SetRole("timestamp", robot)
	w.asks()
	const want = "clients that have the new root refuse the repository until the robot has signed snapshot and timestamp with its new key"
	r := w.program.Try(append(w.as("ana", "cleo"), "countersign", w.home, "--yes")...)
	if r.Code != 0 || !strings.Contains(r.Stderr, want) {
		t.Fatalf("%q is missing: exit code %d\n%s%s", want, r.Code, r.Stdout, r.Stderr)
	}
	w.publish("3.root.json", w.read("root.json"))
	if err := w.client().Refresh(); err == nil {
		t.Error("go-tuf takes the timestamp of the old key")
	}
	w.robot()
	if !w.finds("app") {
		t.Error("go-tuf does not find the target once the robot has run")
	}
}

// The keys of the robot are its own: trustdeck replaces none, makes none, and says who can.
func TestRobotKeepsItsKeys(t *testing.T) {
	w := newRobotWorld(t)
	before := listing(t, filepath.Join(w.home, "metadata"))
	for _, role := range []string{"snapshot", "timestamp"} {
		r := w.program.Try(append(w.as("ana", "ben"), "rotate", w.home, role, "--yes")...)
		for _, want := range []string{"a robot signs " + role + ", and has its only keys", "Have its service ask for a root with another key, and countersign that."} {
			if r.Code != 2 || !strings.Contains(r.Stderr, want) {
				t.Errorf("%q is missing: exit code %d\n%s%s", want, r.Code, r.Stdout, r.Stderr)
			}
		}
	}
	if got := listing(t, filepath.Join(w.home, "metadata")); !slices.Equal(got, before) {
		t.Errorf("the folder has %q, and had %q", got, before)
	}
	if keys := w.program.Run(t, "keys"); strings.Contains(keys, "snapshot") || strings.Contains(keys, "timestamp") {
		t.Errorf("keys were made:\n%s", keys)
	}
}
