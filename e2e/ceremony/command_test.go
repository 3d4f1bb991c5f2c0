package ceremony

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// secret opens all keys in files, and tokenPIN those on tokens.
const (
	secret   = "correct horse battery staple"
	tokenPIN = "q8K!x%wZ"
)

// secrets must be in no file and no answer.
var secrets = []string{secret, tokenPIN}

// A desk is the machine of a person: their keys, and what they have said.
type desk struct {
	t    *testing.T
	name string
	// program has the network only where it is an operator's.
	program *peer.Client
	// before are arguments before each command line.
	before []string
	said   *strings.Builder
}

// seat gives a person a machine with a key for each of some labels, in trustdeck's own folder or in
// the trust folder. A custodian's has no network.
func seat(t *testing.T, name string, network bool, folder string, labels ...string) *desk {
	t.Helper()
	d := seatWith(t, peer.Trustdeck(t), name)
	if !network && exec.Command("unshare", "--user", "--map-root-user", "--net", "true").Run() == nil {
		d.before = []string{"--user", "--map-root-user", "--net", d.program.Program}
		d.program.Program = "unshare"
	}
	for _, label := range labels {
		d.run("key", "generate", "--yes", "--folder", folder, "--public", filepath.Join(t.TempDir(), "key.pub"), label)
	}
	return d
}

// seatWith gives a person a machine with a program and no keys. No secret is said there, or in any file.
func seatWith(t *testing.T, program *peer.Client, name string) *desk {
	t.Helper()
	d := &desk{t: t, name: name, said: &strings.Builder{}}
	d.program = program.With(
		"NOTARY_ROOT_PASSPHRASE="+secret, "NOTARY_TARGETS_PASSPHRASE="+secret, "NOTARY_SNAPSHOT_PASSPHRASE="+secret,
		"NOTARY_TIMESTAMP_PASSPHRASE="+secret, "NOTARY_DELEGATION_PASSPHRASE="+secret)
	t.Cleanup(func() {
		for _, secret := range secrets {
			if strings.Contains(d.said.String(), secret) {
				t.Errorf("a secret of %s was said", name)
			}
		}
		checkNoSecret(t, d.program.Home)
	})
	return d
}

func (d *desk) try(args ...string) peer.Result {
	r := d.program.Try(slices.Concat(d.before, args)...)
	d.said.WriteString(r.Stdout + r.Stderr)
	return r
}

func (d *desk) run(args ...string) string {
	d.t.Helper()
	r := d.try(args...)
	if r.Code != 0 {
		d.t.Fatalf("%s: trustdeck %s: exit code %d\n%s%s", d.name, strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// ask makes a request for the key with a label.
func (d *desk) ask(label, role, repository, to string, more ...string) {
	d.t.Helper()
	d.run(append([]string{"ceremony", "request", "--name", d.name, "--role", role, "--key", d.key(label), repository, to}, more...)...)
}

// key is the ID of the only key with a label.
func (d *desk) key(label string) string {
	d.t.Helper()
	found := d.keys(label)
	if len(found) != 1 {
		d.t.Fatalf("%s has %d %s keys", d.name, len(found), label)
	}
	return found[0]
}

// keys are the IDs of the keys with a label.
func (d *desk) keys(label string) []string {
	d.t.Helper()
	var keys report.Keys
	if err := json.Unmarshal([]byte(d.run("keys", "--server", "https://127.0.0.1:1", "-o", "json")), &keys); err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, k := range keys.Keys {
		if k.Label == label {
			out = append(out, k.ID)
		}
	}
	return out
}

// sign signs a file, and returns the answer.
func (d *desk) sign(file string, more ...string) report.Ceremony {
	d.t.Helper()
	return d.told(d.run(append([]string{"ceremony", "sign", "--yes", "--time", time.Now().UTC().Format(time.RFC3339), "-o", "json", file}, more...)...))
}

func (d *desk) told(text string) report.Ceremony {
	d.t.Helper()
	var out report.Ceremony
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		d.t.Fatal(err)
	}
	return out
}

// followed checks that go-tuf accepts a folder from each of its roots, and counts them.
func followed(t *testing.T, folder *peer.Folder) int {
	t.Helper()
	roots := folder.Roots(t)
	for i, root := range roots {
		if _, err := peer.Finds(folder.Updater(t, root), "nothing"); err != nil {
			t.Errorf("go-tuf from root %d: %v", i+1, err)
		}
	}
	return len(roots)
}

// checkNoSecret looks into every file below a folder.
func checkNoSecret(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("a secret is in %s", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// copied is a copy of a file, as it is carried to a machine.
func copied(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.ceremony")
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// People create a repository in a folder by commands alone, and replace custodians: one of three, and
// two of five. go-tuf follows from each older root.
func TestFolderByCommands(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		threshold, people, replaced int
	}{{2, 3, 1}, {3, 5, 2}} {
		t.Run(fmt.Sprintf("%d of %d", row.threshold, row.people), func(t *testing.T) {
			work, dir := t.TempDir(), t.TempDir()
			olga := seat(t, "Olga", true, "own", "targets", "snapshot", "timestamp")
			start := []string{"ceremony", "start", "--threshold", fmt.Sprint(row.threshold), "--to", filepath.Join(work, "root.ceremony"), dir, "-o", "json"}
			for _, role := range []string{"targets", "snapshot", "timestamp"} {
				olga.ask(role, role, dir, filepath.Join(work, role))
				start = append(start, "--add", filepath.Join(work, role))
			}
			var people []*desk
			for i, name := range []string{"Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus"}[:row.people+row.replaced] {
				people = append(people, seat(t, name, false, "own", "root"))
				people[i].ask("root", "root", dir, filepath.Join(work, name))
				if i < row.people {
					start = append(start, "--add", filepath.Join(work, name))
				}
			}
			first := filepath.Join(work, "root.ceremony")
			began := olga.told(olga.run(start...))
			for i, d := range people[:row.threshold] {
				own := copied(t, first)
				signed := d.sign(own, "--digest", began.Digest)
				if len(signed.Added) != 1 || !slices.Equal(signed.Words, began.Words) {
					t.Errorf("%s: %+v", d.name, signed)
				}
				if i == 0 {
					lines := filepath.Join(work, "lines")
					if err := os.WriteFile(lines, []byte(strings.Join(d.sign(own, "--answer").Lines, "\n")), 0o600); err != nil {
						t.Fatal(err)
					}
					olga.run("ceremony", "merge", "--answer", lines, first)
					continue
				}
				olga.run("ceremony", "merge", first, own)
			}
			if r := olga.try("ceremony", "publish", "--yes", first); r.Code != 2 || !strings.Contains(r.Stderr, "signatures are missing") {
				t.Errorf("published without a signature of targets: exit code %d\n%s", r.Code, r.Stderr)
			}
			half, more := copied(t, first), copied(t, first)
			olga.sign(first)
			olga.run("ceremony", "publish", "--yes", first)
			people[row.threshold].sign(more)
			olga.sign(more)
			for name, file := range map[string]string{"more signatures": more, "too few signatures": half} {
				if r := olga.try("ceremony", "publish", "--yes", file); r.Code != 0 || !strings.Contains(r.Stderr, "It is published already.") {
					t.Errorf("from a copy with %s, what is published already: exit code %d\n%s", name, r.Code, r.Stderr)
				}
			}

			second := filepath.Join(work, "replace.ceremony")
			replace := []string{"ceremony", "start", "--to", second, "--title", "Replace custodians", dir}
			for i, d := range people {
				switch {
				case i >= row.people:
					replace = append(replace, "--add", filepath.Join(work, d.name))
				case i >= row.people-row.replaced:
					replace = append(replace, "--remove", d.key("root")[:8], "--person", d.name+"="+d.key("root"))
				default:
					replace = append(replace, "--person", d.name+"="+d.key("root"))
				}
			}
			olga.run(replace...)
			known := olga.told(olga.run("ceremony", "show", "-o", "json", second)).Roots[0].SHA256
			newcomer := people[len(people)-1]
			if r := newcomer.try("ceremony", "sign", "--yes", "--time", time.Now().UTC().Format(time.RFC3339), second); r.Code != 2 || !strings.Contains(r.Stderr, "--root") {
				t.Errorf("one who knows no root signs: exit code %d\n%s", r.Code, r.Stderr)
			}
			for _, d := range people {
				d.sign(second, "--root", known)
			}
			olga.run("ceremony", "publish", "--yes", second)
			if r := olga.try("ceremony", "publish", "--yes", first); r.Code != 8 {
				t.Errorf("an old ceremony is published again: exit code %d\n%s", r.Code, r.Stderr)
			}
			for _, form := range []string{"json", "markdown", "html"} {
				if text := olga.run("ceremony", "verify-transcript", "-o", form, second+".transcript"); !strings.Contains(text, "published") {
					t.Errorf("the transcript does not say that it was published:\n%s", text)
				}
				if text := olga.run("ceremony", "script", "-o", form, second); !strings.Contains(text, "Replace custodians") {
					t.Errorf("the script is\n%s", text)
				}
			}
			folder := peer.ServeFolder(t, dir)
			if n := followed(t, folder); n != 2 {
				t.Errorf("there are %d roots", n)
			}
			ownKeyReplaced(t, olga, people[0], work, dir)
			checkNoSecret(t, work)
		})
	}
}

// ownKeyReplaced prepares a ceremony in which someone gets another key: who takes part is still one person.
func ownKeyReplaced(t *testing.T, olga, ada *desk, work, dir string) {
	t.Helper()
	anew := seat(t, ada.name, false, "own", "root")
	anew.ask("root", "root", dir, filepath.Join(work, "anew"))
	began := olga.told(olga.run("ceremony", "start", "--people", filepath.Join(work, "replace.ceremony"), "--add", filepath.Join(work, "anew"),
		"--remove", ada.name, "--to", filepath.Join(work, "anew.ceremony"), "-o", "json", dir))
	n := 0
	for _, p := range began.People {
		if p.Name == ada.name {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s takes part %d times", ada.name, n)
	}
}

// The same on a real server: notary and docker list the root of several, and one custodian is
// replaced while a client has the first root.
func TestServerByCommands(t *testing.T) {
	t.Parallel()
	peer.Need(t, "notary", "notary-server", "docker trust")
	server := peer.MemoryServer(t)
	work, gun := t.TempDir(), "docker.io/acme/commands"
	place := []string{"--server", server.URL, "--tlscacert", server.PKI.CAFile()}
	olga := seat(t, "Olga", true, "trust", "targets")
	olga.ask("targets", "targets", gun, filepath.Join(work, "targets"))
	people := map[string]*desk{}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan"} {
		people[name] = seat(t, name, false, "trust", "root")
		people[name].ask("root", "root", gun, filepath.Join(work, name))
	}
	first := filepath.Join(work, "root.ceremony")
	olga.run(append([]string{
		"ceremony", "start", "--threshold", "2", "--to", first, "--add", filepath.Join(work, "Ada"), "--add", filepath.Join(work, "Ben"),
		"--add", filepath.Join(work, "Cleo"), "--add", filepath.Join(work, "targets"), gun,
	}, place...)...)
	people["Ada"].sign(first)
	people["Cleo"].sign(first)
	olga.sign(first)
	olga.run(append([]string{"ceremony", "publish", "--yes", first}, place...)...)
	old := peer.Notary(t, server, t.TempDir())
	old.Run(t, "list", gun)

	second := filepath.Join(work, "replace.ceremony")
	began := olga.told(olga.run("ceremony", "show", "-o", "json", first))
	leaves := ""
	for _, m := range began.Files[0].Quorums[0].Keys {
		if m.Person == "Cleo" {
			leaves = m.Key
		}
	}
	olga.run(append([]string{"ceremony", "start", "--to", second, "--add", filepath.Join(work, "Dan"), "--remove", leaves, gun}, place...)...)
	known := olga.told(olga.run("ceremony", "show", "-o", "json", second)).Roots[0].SHA256
	people["Cleo"].sign(second)
	people["Ada"].sign(second)
	people["Dan"].sign(second, "--root", known)
	olga.run(append([]string{"ceremony", "publish", "--yes", second}, place...)...)
	folder := t.TempDir()
	for name, reader := range map[string]*peer.Client{"a client that has the first root": old, "a new client": peer.Notary(t, server, filepath.Join(folder, "trust"))} {
		if list := reader.Run(t, "list", gun); !strings.Contains(list, "No targets") {
			t.Errorf("%s lists\n%s", name, list)
		}
	}
	if inspect := peer.Docker(t, server, folder).Run(t, "trust", "inspect", "acme/commands"); strings.Count(inspect, `"ID"`) < 4 {
		t.Errorf("docker lists\n%s", inspect)
	}
	checkNoSecret(t, work)
}

// Commands that run at once lose nothing: each signature that is merged is there in the end, and the
// transcript is whole.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	work, dir := t.TempDir(), t.TempDir()
	olga := seat(t, "Olga", true, "own", "root", "targets", "snapshot", "timestamp")
	file := filepath.Join(work, "file")
	start := []string{"ceremony", "start", "--to", file, dir}
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		olga.ask(role, role, dir, filepath.Join(work, role))
		start = append(start, "--add", filepath.Join(work, role))
	}
	olga.run(start...)
	var commands [][]string
	for _, role := range []string{"root", "targets"} {
		own := copied(t, file)
		olga.sign(own, "--key", olga.key(role))
		commands = append(commands, []string{"ceremony", "merge", file, own})
	}
	for i := range 4 {
		commands = append(commands, []string{"ceremony", "note", "--by", "Olga", file, fmt.Sprintf("bag %d", i)})
	}
	results := make([]peer.Result, len(commands))
	var all sync.WaitGroup
	for i, args := range commands {
		all.Go(func() { results[i] = olga.program.Try(args...) })
	}
	all.Wait()
	for i, r := range results {
		if r.Code != 0 {
			t.Errorf("%q: exit code %d\n%s", commands[i], r.Code, r.Stderr)
		}
	}
	if is := olga.told(olga.run("ceremony", "show", "-o", "json", file)); is.Stage != "complete" {
		t.Errorf("%s: %s", is.Stage, is.Now)
	}
	var kept report.CeremonyTranscript
	if err := json.Unmarshal([]byte(olga.run("ceremony", "verify-transcript", "-o", "json", file+".transcript")), &kept); err != nil || !kept.Whole || len(kept.Entries) != 2+len(commands) {
		t.Errorf("%d entries, %v", len(kept.Entries), err)
	}
	if left, err := os.ReadDir(work); err != nil || len(left) != 6 {
		t.Errorf("%v, %v", left, err)
	}
}
