package staged

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

const (
	gun    = "registry.example.org/acme/app"
	digest = "d92d326ad2c589c8ecb78f3dbaaeaaf8eded0fae54067b8cec393029d01b28d7"
)

// bench is a trust folder with a published repository, in the hands of both
// programs.
type bench struct {
	server       *peer.Server
	notary, deck *peer.Client
	trust        string
	alice, bob   peer.Key
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return benchOn(t, peer.MemoryServer(t))
}

func benchOn(t *testing.T, server *peer.Server) *bench {
	t.Helper()
	b := &bench{server: server, trust: t.TempDir()}
	b.notary = peer.Notary(t, server, b.trust)
	b.deck = peer.Trustdeck(t).With("DOCKER_CONTENT_TRUST_SERVER=" + server.URL)
	config := filepath.Join(b.deck.Home, ".config", "trustdeck")
	settings := fmt.Sprintf("trust_dir = %q\ntls_ca_cert = %q\n", b.trust, server.PKI.CAFile())
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b.alice, b.bob = peer.BareKey(t, dir, "alice"), peer.CertifiedKey(t, dir, "bob")
	b.notary.Run(t, "init", "-p", gun)
	b.notary.Run(t, "delegation", "add", "-p", gun, "targets/releases", b.alice.PublicFile, b.bob.PublicFile, "--all-paths")
	b.notary.Run(t, "addhash", "-p", gun, "v1.0", "812", "--sha256", digest)
	return b
}

// change is a staged change as both programs list it.
type change struct {
	Index                    int
	Action, Role, Type, Path string
	Text, File               string
	Sha256                   string
	AddKeys, RemoveKeys      []string
	Fault, RefusedHere       *struct{ Text, Hint string }
}

// columns are what notary status shows.
func (c *change) columns() string {
	return strings.Join([]string{c.Action, c.Role, c.Type, c.Path}, "|")
}

// answer is the part of trustdeck's answer that is compared.
type answer struct {
	Changes               []change
	Compared, Unpublished bool
}

// status asks trustdeck.
func (b *bench) status(t *testing.T, name string) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal([]byte(b.deck.Run(t, "status", "--gun", name, "-o", "json")), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// listed asks notary. The columns stand where the heading has their titles; a
// path may hold anything, and is the last.
func (b *bench) listed(t *testing.T) []string {
	t.Helper()
	lines := strings.Split(b.notary.Run(t, "status", gun), "\n")
	head := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#") })
	if head < 0 {
		return nil
	}
	at := []int{}
	for _, title := range []string{"ACTION", "SCOPE", "TYPE", "PATH"} {
		at = append(at, strings.Index(lines[head], title))
	}
	var out []string
	for _, line := range lines[head+2:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		line += strings.Repeat(" ", max(at[3]-len(line), 0))
		out = append(out, strings.Join([]string{
			strings.TrimSpace(line[at[0]:at[1]]), strings.TrimSpace(line[at[1]:at[2]]),
			strings.TrimSpace(line[at[2]:at[3]]), strings.TrimSpace(line[at[3]:]),
		}, "|"))
	}
	return out
}

// agree compares both lists; what notary cannot read it leaves out.
func (b *bench) agree(t *testing.T, after string) []change {
	t.Helper()
	all := b.status(t, gun).Changes
	var got []string
	for i := range all {
		if all[i].Action != "" {
			got = append(got, all[i].columns())
		}
	}
	if want := b.listed(t); !slices.Equal(got, want) {
		t.Errorf("after %s, trustdeck lists\n%s\nand notary\n%s", after, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return all
}

// Every command of notary that stages something, one after the other: both
// programs list the same, in the same order, and trustdeck has words for it.
func TestListsWhatNotaryLists(t *testing.T) {
	b := newBench(t)
	if all := b.agree(t, "nothing"); len(all) != 0 {
		t.Errorf("nothing is staged, and it lists %+v", all)
	}
	steps := []struct {
		args  []string
		words []string
	}{
		{[]string{"addhash", gun, "v2.0", "812", "--sha256", digest}, []string{"add tag v2.0 (sha256:d92d326ad2c5..) to targets"}},
		{[]string{"addhash", gun, "a <b>&c", "7", "--sha256", digest, "-r", "targets/releases", "-r", "targets"}, []string{
			"add tag a <b>&c (sha256:d92d326ad2c5..) to targets/releases", "add tag a <b>&c (sha256:d92d326ad2c5..) to targets",
		}},
		{[]string{"remove", gun, "v1.0"}, []string{"remove tag v1.0 from targets"}},
		{[]string{"delegation", "add", gun, "targets/alice", b.alice.PublicFile, "--paths", "a/,b"}, []string{
			"add key " + short(b.alice.ID) + " to targets/alice", `let targets/alice sign tags that start with "a/", "b"`,
		}},
		{[]string{"delegation", "add", gun, "targets/bob", b.bob.PublicFile, "--all-paths"}, []string{
			"add key " + short(b.bob.ID) + " to targets/bob", "let targets/bob sign all tags",
		}},
		{[]string{"delegation", "remove", gun, "targets/releases", b.bob.ID}, []string{"remove key " + short(b.bob.ID) + " from targets/releases"}},
		{[]string{"delegation", "remove", gun, "targets/alice", "--paths", "b"}, []string{`no longer let targets/alice sign tags that start with "b"`}},
		{[]string{"delegation", "remove", gun, "targets/alice", "--all-paths"}, []string{"remove all paths from targets/alice"}},
		{[]string{"delegation", "remove", "-y", gun, "targets/bob"}, []string{"remove delegation targets/bob"}},
		{[]string{"delegation", "purge", gun, "--key", b.alice.ID}, []string{"remove key " + short(b.alice.ID) + " from every delegation below targets"}},
		{[]string{"witness", gun, "targets", "targets/releases"}, []string{
			"re-sign targets unchanged (witness)", "re-sign targets/releases unchanged (witness)",
		}},
	}
	var words []string
	for _, step := range steps {
		b.notary.Run(t, step.args...)
		words = append(words, step.words...)
		var got []string
		for _, c := range b.agree(t, strings.Join(step.args, " ")) {
			got = append(got, c.Text)
			if c.Fault != nil && !strings.HasPrefix(c.Fault.Text, "it cannot be published") {
				t.Errorf("%s: %+v", c.Text, c.Fault)
			}
		}
		if !slices.Equal(got, words) {
			t.Fatalf("after %v it says\n%s\nwant\n%s", step.args, strings.Join(got, "\n"), strings.Join(words, "\n"))
		}
	}
	all := b.status(t, gun).Changes
	if all[0].Sha256 != digest || !slices.Equal(all[4].AddKeys, []string{b.alice.ID}) || !slices.Equal(all[6].AddKeys, []string{b.bob.ID}) || !slices.Equal(all[8].RemoveKeys, []string{b.bob.ID}) {
		t.Errorf("not all is told of %+v", all)
	}
	b.notary.Run(t, "reset", gun, "--all")
	if all := b.agree(t, "reset"); len(all) != 0 {
		t.Errorf("after a reset it lists %+v", all)
	}
}

func short(id string) string { return id[:4] + " " + id[4:8] }

// What notary cannot read or will not publish is named, keeps everything else
// from being published, and goes by the number that trustdeck gives it.
func TestTheWayOutOfABadChange(t *testing.T) {
	for name, content := range map[string]string{
		"not a change":       `{"action":`,
		"an unknown role":    `{"action":"create","role":"snapshot","type":"target","path":"x","data":"e30="}`,
		"an unknown type":    `{"action":"create","role":"targets","type":"tag","path":"x","data":"e30="}`,
		"an unknown action":  `{"action":"update","role":"targets","type":"target","path":"x","data":"e30="}`,
		"no data":            `{"action":"create","role":"targets","type":"target","path":"x","data":null}`,
		"several roles":      `{"action":"create","role":"targets/*","type":"delegation","path":"","data":"e30="}`,
		"targets as its own": `{"action":"create","role":"targets","type":"delegation","path":"","data":"e30="}`,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest)
			bad := filepath.Join(b.trust, "tuf", gun, "changelist", "00000000000000000001_bad.change")
			if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			b.notary.Run(t, "addhash", gun, "v3.0", "812", "--sha256", digest)
			all := b.agree(t, name)
			if len(all) != 3 || all[0].Fault == nil || all[0].File != bad || all[1].Fault != nil || all[2].Fault != nil {
				t.Fatalf("it lists %+v", all)
			}
			if r := b.notary.Try("publish", gun); r.Code == 0 {
				t.Errorf("notary publishes it: %s", r.Stdout)
			}
			if want := "trustdeck reset --entry 0"; !strings.Contains(all[0].Fault.Hint, want) {
				t.Errorf("the hint is %q; want %q in it", all[0].Fault.Hint, want)
			}
			b.notary.Run(t, "reset", gun, "-n", strconv.Itoa(all[0].Index))
			if _, err := os.Stat(bad); !os.IsNotExist(err) {
				t.Errorf("the number is that of another change: %v", err)
			}
			b.notary.Run(t, "publish", gun)
			if all := b.agree(t, "publish"); len(all) != 0 {
				t.Errorf("after the publish it lists %+v", all)
			}
		})
	}
}

// A repository that was initialised and never published is told apart from one
// that was, and from one of which nothing is here.
func TestInitialisedAndNeverPublished(t *testing.T) {
	const fresh = "registry.example.org/acme/fresh"
	b := newBench(t)
	if s := b.status(t, fresh); s.Unpublished || !s.Compared {
		t.Errorf("before: %+v", s)
	}
	b.notary.Run(t, "init", fresh)
	if s := b.status(t, fresh); !s.Unpublished || len(s.Changes) != 0 {
		t.Errorf("initialised: %+v", s)
	}
	doctor := b.deck.Try("doctor", "-o", "json")
	if !strings.Contains(doctor.Stdout, `"never-published"`) {
		t.Errorf("doctor doesn't find it: %+v", doctor)
	}
	b.notary.Run(t, "publish", fresh)
	if s := b.status(t, fresh); s.Unpublished {
		t.Errorf("published: %+v", s)
	}
	if s := b.status(t, gun); s.Unpublished || !s.Compared {
		t.Errorf("the one that was there: %+v", s)
	}
}

// Without a server the changes are listed all the same, and nothing is written
// to the trust folder.
func TestOfflineAndReadOnly(t *testing.T) {
	b := newBench(t)
	b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest)
	before := tree(t, b.trust)
	r := b.deck.Try("status", "--gun", gun, "--server", "https://localhost:1", "--no-cache")
	if r.Code != 0 || !strings.Contains(r.Stdout, "add tag v2.0") || !strings.Contains(r.Stderr, "not compared with the server") {
		t.Errorf("%+v", r)
	}
	b.status(t, gun)
	b.deck.Try("doctor")
	if after := tree(t, b.trust); !slices.Equal(before, after) {
		t.Errorf("the trust folder was changed:\n%v\n%v", before, after)
	}
}

// tree lists the files of a folder with their sizes and times.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		out = append(out, fmt.Sprint(path, info.Mode(), info.Size(), info.ModTime()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The screens in a real terminal, from the list of repositories and back.
func TestScreens(t *testing.T) {
	peer.Need(t, "tmux")
	b := newBench(t)
	b.notary.Run(t, "key", "import", "--role", "alice", b.alice.PrivateFile)
	b.notary.Run(t, "addhash", "-p", gun, "v1.0", "812", "--sha256", digest, "-r", "targets/releases") // or there were no file to re-sign
	b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest)
	b.notary.Run(t, "witness", gun, "targets/releases")
	term := peer.Tmux(t, 100, 30)
	term.Start(b.deck, "/repos")
	term.WaitFor("acme/app")
	term.Keys("C")
	term.WaitFor("add tag v2.0 (sha256:d92d326ad2c5..) to targets")
	term.WaitFor("re-sign targets/releases unchanged (witness)")
	term.WaitFor("2 changes in 1 repository")
	term.WaitFor("trustdeck publish " + gun)
	term.Keys("j", "Enter")
	term.WaitFor("1 signature needed, 1 valid")
	term.Keys("Escape")
	term.WaitFor("2 changes in 1 repository")
	term.Keys("Escape")
	term.WaitFor("NEXT EXPIRY")
	term.Keys("Enter")
	term.WaitFor("2 staged")
	term.Keys("S")
	term.WaitFor("no own role")
	term.WaitFor(short(b.alice.ID))
	term.Keys("C-c")
	term.WaitExit()
	term.CheckRestored()
}

// docker trust drops what notary has staged in its trust folder when it inspects or
// revokes, and publishes it when it adds a signer.
func TestStagedChangesWithDocker(t *testing.T) {
	server, config := peer.MemoryServer(t), t.TempDir()
	docker := peer.Docker(t, server, config).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.TargetsPassphrase)
	notary := peer.Notary(t, server, filepath.Join(config, "trust"))
	notary.Run(t, "init", "-p", gun)
	notary.Run(t, "key", "rotate", gun, "snapshot", "-r")
	notary.Run(t, "addhash", "-p", gun, "v1.0", "812", "--sha256", digest)
	alice := peer.BareKey(t, t.TempDir(), "alice")
	for _, row := range []struct {
		tag       string
		published bool
		args      []string
	}{
		{"v2.0", false, []string{"trust", "inspect", gun}},
		{"v3.0", false, []string{"trust", "revoke", "--yes", gun + ":v1.0"}},
		{"v4.0", true, []string{"trust", "signer", "add", "--key", alice.PublicFile, "alice", gun}},
	} {
		notary.Run(t, "addhash", gun, row.tag, "812", "--sha256", digest)
		if out := notary.Run(t, "status", gun); !strings.Contains(out, row.tag) {
			t.Fatalf("%s is not staged:\n%s", row.tag, out)
		}
		docker.Run(t, row.args...)
		if out := notary.Run(t, "status", gun); strings.Contains(out, row.tag) {
			t.Errorf("docker %s keeps what is staged:\n%s", strings.Join(row.args, " "), out)
		}
		if out := notary.Try("list", gun).Stdout; strings.Contains(out, row.tag) != row.published {
			t.Errorf("docker %s: want %s published: %t:\n%s", strings.Join(row.args, " "), row.tag, row.published, out)
		}
	}
}
