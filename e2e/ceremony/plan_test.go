package ceremony

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A lost token is retired: its owner plans that on her machine, and others, whose signatures the root needs,
// sign that plan in a ceremony.
func TestReplaceTokenByPlan(t *testing.T) {
	t.Parallel()
	t.Run("folder", func(t *testing.T) {
		w, dir := newTeamInFolder(t)
		w.replaceKey(t)
		followed(t, peer.ServeFolder(t, dir))
	})
	t.Run("server", func(t *testing.T) {
		w, _, old := newTeamOnServer(t, "docker.io/acme/retired")
		w.replaceKey(t)
		old.Run(t, "list", w.repository)
	})
}

// Two people sign a role together: what the operator plans is signed on their machines, which have no
// network, in a ceremony, and published by her.
func TestDelegationByPlan(t *testing.T) {
	t.Parallel()
	t.Run("folder", func(t *testing.T) {
		w, dir := newTeamInFolder(t)
		w.olga.run(w.delegate(t, "builds", "-f", w.file("add.json"))...)
		w.start(t, w.olga, "add.json", "add")
		w.olga.sign(w.file("add"), "--root", w.known("add"))
		w.both(t, "add")
		w.build(t, "builds")
		folder := peer.ServeFolder(t, dir)
		if found, err := peer.Finds(folder.Updater(t, folder.Roots(t)[0]), "binary"); err != nil || !found {
			t.Errorf("go-tuf finds it: %t, %v", found, err)
		}
	})
	t.Run("server", func(t *testing.T) {
		w, server, old := newTeamOnServer(t, "docker.io/acme/together")
		w.olga.run(w.delegate(t, "targets/builds", "--yes")...) // the role has no file before its first target
		w.build(t, "targets/builds")
		for name, reader := range map[string]*peer.Client{"a client that has the first targets": old, "a new client": peer.Notary(t, server, t.TempDir())} {
			if list := reader.Run(t, "list", w.repository); !regexp.MustCompile(`(?m)^binary .* targets/builds$`).MatchString(list) {
				t.Errorf("%s lists\n%s", name, list)
			}
		}
	})
}

// delegate is the command line by which Dan and Eve, who get keys, are to sign a role together.
func (w *team) delegate(t *testing.T, role string, more ...string) []string {
	t.Helper()
	out := []string{"delegation", "add", "--threshold", "2", "--path", "binary"}
	for _, name := range []string{"Dan", "Eve"} {
		w.people[name] = seat(t, name, false, w.folder)
		w.people[name].run("key", "generate", "--yes", "--folder", w.folder, "--public", w.file(name+".pub"), "builds")
		out = append(out, "--key", w.file(name+".pub"))
	}
	return slices.Concat(out, more, w.place, []string{w.repository, role})
}

// build has them sign a target.
func (w *team) build(t *testing.T, role string) {
	t.Helper()
	binary := w.file("binary")
	if err := os.WriteFile(binary, []byte("what they build"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.olga.run(slices.Concat([]string{"target", "add", "--role", role, "-f", w.file("build.json")}, w.place, []string{w.repository, "binary", binary})...)
	w.start(t, w.olga, "build.json", "build")
	w.both(t, "build")
}

// both has Dan and Eve sign, without either of whom nothing is published.
func (w *team) both(t *testing.T, name string) {
	t.Helper()
	w.people["Dan"].sign(w.file(name), "--root", w.known(name))
	if r := w.olga.try(slices.Concat([]string{"ceremony", "publish", "--yes", w.file(name)}, w.place)...); r.Code != 2 || !strings.Contains(r.Stderr, "signatures are missing") {
		t.Errorf("published with one signature: exit code %d\n%s", r.Code, r.Stderr)
	}
	w.people["Eve"].sign(w.file(name), "--root", w.known(name))
	w.publish(name)
}

// A team has a repository with a root of two of three.
type team struct {
	work, repository string
	olga             *desk
	people           map[string]*desk
	// folder has their keys, and place says where the repository is.
	folder string
	place  []string
}

func (w *team) file(name string) string { return filepath.Join(w.work, name) }

// newTeamInFolder has signed the root of a folder.
func newTeamInFolder(t *testing.T) (w *team, dir string) {
	t.Helper()
	dir = t.TempDir()
	return newTeam(t, dir, "own", []string{"targets", "snapshot", "timestamp"}), dir
}

// newTeamOnServer has signed the root of a repository on a notary-server, which old has read.
func newTeamOnServer(t *testing.T, repository string) (w *team, server *peer.Server, old *peer.Client) {
	t.Helper()
	peer.Need(t, "notary", "notary-server")
	server = peer.MemoryServer(t)
	w = newTeam(t, repository, "trust", []string{"targets"}, "--server", server.URL, "--tlscacert", server.PKI.CAFile())
	old = peer.Notary(t, server, t.TempDir())
	old.Run(t, "list", repository)
	return w, server, old
}

func newTeam(t *testing.T, repository, folder string, own []string, place ...string) *team {
	t.Helper()
	w := &team{work: t.TempDir(), repository: repository, olga: seat(t, "Olga", true, folder, own...), people: map[string]*desk{}, folder: folder, place: place}
	start := []string{"ceremony", "start", "--threshold", "2", "--to", w.file("first")}
	for _, role := range own {
		w.olga.ask(role, role, repository, w.file(role))
		start = append(start, "--add", w.file(role))
	}
	for _, name := range []string{"Ada", "Ben", "Cleo"} {
		w.people[name] = seat(t, name, true, folder, "root")
		w.people[name].ask("root", "root", repository, w.file(name))
		start = append(start, "--add", w.file(name))
	}
	w.olga.run(slices.Concat(start, []string{repository}, place)...)
	w.people["Ada"].sign(w.file("first"))
	w.people["Ben"].sign(w.file("first"))
	w.olga.sign(w.file("first"))
	w.publish("first")
	return w
}

func (w *team) publish(name string) {
	w.olga.t.Helper()
	w.olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", w.file(name)}, w.place)...)
}

// replaceKey has Ada's key replaced by another one of hers: she plans it, and it is signed in a ceremony.
func (w *team) replaceKey(t *testing.T) {
	t.Helper()
	ada := w.people["Ada"]
	before := ada.keys("root")
	ada.run("key", "generate", "--yes", "--folder", w.folder, "--public", w.file("ada2.pub"), "root")
	fresh := slices.DeleteFunc(ada.keys("root"), func(id string) bool { return slices.Contains(before, id) })
	ada.run(slices.Concat([]string{"token", "replace", w.repository, "--old", before[0], "--new", fresh[0], "-f", w.file("plan.json")}, w.place)...)
	w.start(t, ada, "plan.json", "replace")
	w.people["Cleo"].sign(w.file("replace"), "--root", w.known("replace"))
	w.people["Ben"].sign(w.file("replace"))
	w.publish("replace")
}

// start prepares a ceremony of a plan that was saved.
func (w *team) start(t *testing.T, who *desk, plan, to string) {
	t.Helper()
	who.run(slices.Concat([]string{"ceremony", "start", "--plan", w.file(plan), "--people", w.file("first"), "--to", w.file(to)}, w.place)...)
}

// known is the digest of the current root, as people know it from elsewhere.
func (w *team) known(name string) string {
	roots := w.olga.told(w.olga.run("ceremony", "show", "-o", "json", w.file(name))).Roots
	return roots[len(roots)-1].SHA256
}
