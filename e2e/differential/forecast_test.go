package differential

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/report"
)

// rootSpec is a root with a new key: in how many days it expires and its certificate ends.
// Known has it signed by the keys of all roots before, as Notary signs while it has them.
type rootSpec struct {
	expires, ends int
	known         bool
}

// A future is a repository of which something expires, in days from now: 0 for never. What
// has a negative number has not expired two months ago, when the forecast is made.
type future struct {
	name     string
	roots    []rootSpec
	targets  int
	snapshot int
	// fails are the clients that fail now: new, with the last root, with the one before ...
	fails []bool
}

func futures() []future {
	fine := rootSpec{}
	return []future{
		{name: "all is fine", roots: []rootSpec{fine, fine, fine}, fails: []bool{false, false, false, false}},
		{name: "targets have expired", roots: []rootSpec{fine, fine}, targets: -30, fails: []bool{true, true, true}},
		{name: "the snapshot has expired", roots: []rootSpec{fine, fine}, snapshot: -30, fails: []bool{true, true, true}},
		{name: "targets will expire", roots: []rootSpec{fine, fine}, targets: 30, fails: []bool{false, false, false}},
		{name: "the root has expired", roots: []rootSpec{fine, {expires: -30}}, fails: []bool{true, true, true}},
		{name: "an older root has expired", roots: []rootSpec{{expires: -30}, fine, fine}, fails: []bool{false, false, false, true}},
		{name: "an older root will expire", roots: []rootSpec{{expires: 30}, fine, fine}, fails: []bool{false, false, false, false}},
		{name: "an older root that leads to the last has expired", roots: []rootSpec{{expires: -30}, fine, {known: true}}, fails: []bool{false, false, false, false}},
		{name: "a root on the way has expired", roots: []rootSpec{fine, {expires: -30}, fine}, fails: []bool{false, false, false, false}},
		{name: "the certificate has ended", roots: []rootSpec{fine, {ends: -30}}, fails: []bool{true, true, true}},
		{name: "the certificate will end", roots: []rootSpec{fine, {ends: 30}}, fails: []bool{false, false, false}},
		{name: "the certificate of an older root has ended", roots: []rootSpec{{ends: -30}, fine, fine}, fails: []bool{false, false, false, true}},
		{name: "the certificate of a root on the way has ended", roots: []rootSpec{fine, {ends: -30}, fine}, fails: []bool{false, false, true, true}},
		{name: "the same, and the first root leads to the last", roots: []rootSpec{fine, {ends: -30}, {known: true}}, fails: []bool{false, false, true, false}},
	}
}

// in is so many days from now, or a time that is far away.
func (f future) in(days int) time.Time {
	if days == 0 {
		days = 1000
	}
	return time.Now().AddDate(0, 0, days)
}

// serve makes the repository, and returns the roots too, the newest last.
func (f future) serve() (s server, roots [][]byte) {
	repo := notarytest.New(gun, time.Now())
	s = server{files: map[string][]byte{}, hidden: map[string]bool{}, swapped: map[string]bool{}}
	root := repo.Files[model.RoleRoot]
	var signers []notarytest.Key
	for i, spec := range f.roots {
		key := notarytest.Certified(notarytest.NewKey(), string(gun), begin, f.in(spec.ends))
		repo.Keys[model.RoleRoot] = []notarytest.Key{key}
		repo.NameKeys()
		root.Version, root.Expires = int64(i+1), f.in(spec.expires)
		if n := len(signers); n > 1 && !spec.known {
			signers = signers[n-1:]
		}
		signers = append(signers, key)
		notarytest.SignFile(root, signers...)
		roots = append(roots, root.Wire())
		s.files[fmt.Sprintf("%d.root", i+1)] = root.Wire()
	}
	for role, days := range map[model.RoleName]int{model.RoleTargets: f.targets, model.RoleSnapshot: f.snapshot} {
		file := repo.Files[role]
		if role == model.RoleSnapshot {
			repo.SealSnapshot()
		}
		file.Expires = f.in(days)
		notarytest.SignFile(file, repo.Keys[role]...)
	}
	// Targets may have been signed after the snapshot was made.
	repo.SealSnapshot()
	snapshot := repo.Files[model.RoleSnapshot]
	snapshot.Expires = f.in(f.snapshot)
	notarytest.SignFile(snapshot, repo.Keys[model.RoleSnapshot]...)
	repo.SealTimestamp()
	for role, raw := range repo.Wire() {
		s.files[string(role)] = raw
	}
	return s, roots
}

// What was forecast two months ago is what notary and docker do now, with no root, with
// the last one, and with each before.
func TestForecastComesTrue(t *testing.T) {
	peer.Need(t, "notary", "docker")
	for _, f := range futures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s, roots := f.serve()
			at := peer.Serve(t, http.HandlerFunc(s.serve))
			before := time.Now().AddDate(0, 0, -60)
			o := peer.Trustdeck(t).Try("forecast", string(gun), "-o", "json", "--server", at.URL, "--tlscacert", at.PKI.CAFile(), "--at", before.Format(time.RFC3339))
			var answer report.Forecast
			if err := json.Unmarshal([]byte(o.Stdout), &answer); err != nil || o.Code != 0 || len(answer.Clients) != len(f.fails) {
				t.Fatalf("%v: %+v", err, o)
			}
			for i, client := range answer.Clients {
				var known []byte
				if i > 0 {
					known = roots[len(roots)-i]
				}
				for name, result := range clientsWith(t, at, known) {
					if (result.Code != 0) != f.fails[i] {
						t.Errorf("%s %d: %s exits %d\n%s%s", client.Client, client.Root, name, result.Code, result.Stdout, result.Stderr)
					}
				}
				checkFolder(t, at, known, f.fails[i])
				if forecast := !client.At.IsZero() && client.At.Before(time.Now()); forecast != f.fails[i] {
					t.Errorf("%s %d: the forecast is %+v", client.Client, client.Root, client.Fails)
				}
			}
		})
	}
}

// clientsWith runs notary and docker, each with a root in its trust folder; nil for none.
func clientsWith(t *testing.T, at *peer.Server, known []byte) map[string]peer.Result {
	t.Helper()
	notary, docker := t.TempDir(), t.TempDir()
	know(t, notary, known)
	know(t, filepath.Join(docker, "trust"), known)
	return map[string]peer.Result{
		"notary": peer.Notary(t, at, notary).Try("list", string(gun)),
		"docker": peer.Docker(t, at, docker).Try("trust", "inspect", string(gun)),
	}
}

// metadata is the folder of a trust folder that holds what clients have seen of gun.
func metadata(trust string) string { return filepath.Join(trust, "tuf", string(gun), "metadata") }

// know puts a root into a trust folder, as clients leave it there; nil puts none.
func know(t *testing.T, trust string, root []byte) {
	t.Helper()
	if root == nil {
		return
	}
	if err := os.MkdirAll(metadata(trust), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(metadata(trust), "root.json"), root, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkFolder fails unless trustdeck says of a trust folder whether the clients that use it refuse
// the repository; and unless what it advises helps them, where nothing but the root in the folder
// is in their way.
func checkFolder(t *testing.T, at *peer.Server, known []byte, refused bool) {
	t.Helper()
	trust := t.TempDir()
	know(t, trust, known)
	look := func() (verified, cut bool) {
		o := peer.Trustdeck(t).Try("inspect", string(gun), "-o", "json", "--server", at.URL, "--tlscacert", at.PKI.CAFile(), "--trust-dir", trust)
		var answer report.Inspect
		if err := json.Unmarshal([]byte(o.Stdout), &answer); err != nil || len(answer.Repositories) != 1 {
			t.Fatalf("%v: %+v", err, o)
		}
		return answer.Repositories[0].Verified, strings.Contains(o.Stdout, "refuse the repository on this machine")
	}
	verified, cut := look()
	if (!verified || cut) != refused {
		t.Errorf("with the root in the folder: verified %t, cut off %t; clients refuse: %t", verified, cut, refused)
	}
	if !cut {
		return
	}
	if err := os.RemoveAll(metadata(trust)); err != nil {
		t.Fatal(err)
	}
	peer.Notary(t, at, trust).Run(t, "list", string(gun))
	if verified, cut := look(); !verified || cut {
		t.Errorf("without it: verified %t, cut off %t", verified, cut)
	}
}
