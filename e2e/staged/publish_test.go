package staged

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/sandbox"
)

// armed is trustdeck with the passphrases that notary has.
func (b *bench) armed() *peer.Client {
	return b.deck.With(
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.DelegationPassphrase,
	)
}

// read is what a notary client that knows nothing finds in a repository.
func (b *bench) read(t *testing.T, name string) string {
	t.Helper()
	fresh := peer.Notary(t, b.server, t.TempDir())
	out := fresh.Run(t, "list", name)
	for _, role := range []string{"targets", "targets/releases", "targets/alice"} {
		if r := fresh.Try("list", name, "-r", role); r.Code == 0 {
			out += role + "\n" + r.Stdout
		}
	}
	return out + fresh.Run(t, "delegation", "list", name)
}

// staged are the files of a changelist.
func (b *bench) staged(t *testing.T, name string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.trust, "tuf", name, "changelist", "*.change"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// servers are all kinds of them.
var servers = map[string]func(testing.TB) *peer.Server{
	"practice":   func(tb testing.TB) *peer.Server { tb.Helper(); return peer.Sandbox(tb, sandbox.Config{}) },
	"memory":     func(tb testing.TB) *peer.Server { tb.Helper(); return peer.MemoryServer(tb) },
	"production": func(tb testing.TB) *peer.Server { tb.Helper(); return peer.ProductionServer(tb) },
	"PostgreSQL": func(tb testing.TB) *peer.Server { tb.Helper(); return peer.PostgresServer(tb) },
}

// The same changelist has the same effect, whether notary or trustdeck publishes it, on clients
// that know nothing and on one that knew the repository before.
func TestPublishesWhatNotaryPublishes(t *testing.T) {
	for kind, start := range servers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			publishesWhatNotaryPublishes(t, benchOn(t, start(t)))
		})
	}
}

func publishesWhatNotaryPublishes(t *testing.T, b *bench) {
	t.Helper()
	const twin = "registry.example.org/acme/twin"
	b.notary.Run(t, "init", "-p", twin)
	b.notary.Run(t, "delegation", "add", "-p", twin, "targets/releases", b.alice.PublicFile, b.bob.PublicFile, "--all-paths")
	b.notary.Run(t, "addhash", "-p", twin, "v1.0", "812", "--sha256", digest)
	custom := filepath.Join(t.TempDir(), "custom.json")
	if err := os.WriteFile(custom, []byte("{\"a\": {\"n\": 42}, \"z\": \"é\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	knows := peer.Notary(t, b.server, t.TempDir())
	for _, name := range []string{gun, twin} {
		knows.Run(t, "list", name)
		b.notary.Run(t, "addhash", name, "v2.0", "812", "--sha256", digest, "--custom", custom)
		b.notary.Run(t, "addhash", name, "v1.0", "99", "--sha256", digest)
		b.notary.Run(t, "addhash", name, "a <b>&c", "7", "--sha256", digest, "-r", "targets")
		b.notary.Run(t, "remove", name, "v2.0")
		b.notary.Run(t, "addhash", name, "v2.0", "5", "--sha256", digest)
		b.notary.Run(t, "remove", name, "not-there")
		b.notary.Run(t, "witness", name, "targets")
	}
	b.notary.Run(t, "publish", gun)
	b.armed().Run(t, "publish", "--yes", "--gun", twin)
	want := b.read(t, gun)
	if got := b.read(t, twin); got != want {
		t.Errorf("after trustdeck a client finds\n%s\nand after notary\n%s", got, want)
	}
	if got := knows.Run(t, "list", twin); got != knows.Run(t, "list", gun) {
		t.Errorf("a client that knew it finds\n%s", got)
	}
	docker := peer.Docker(t, b.server, t.TempDir())
	signed := docker.Run(t, "trust", "inspect", gun)
	_, signed, _ = strings.Cut(signed, "SignedTags") // the name of the repository stands before, and its keys behind
	signed, _, _ = strings.Cut(signed, "Signers")
	if got := docker.Run(t, "trust", "inspect", twin); signed == "" || !strings.Contains(got, signed) {
		t.Errorf("docker finds\n%s\nand after notary\n%s", got, signed)
	}
	if left := b.staged(t, twin); len(left) != 0 {
		t.Errorf("still staged: %q", left)
	}
	if out := b.notary.Run(t, "status", twin); !strings.Contains(out, "No unpublished changes") {
		t.Errorf("notary says %s", out)
	}
	b.notary.Run(t, "addhash", "-p", twin, "v9.0", "812", "--sha256", digest)
}

// Entries are left out, and applied in another order; what is left out stays staged as it is.
func TestPublishLeavesOut(t *testing.T) {
	b := newBench(t)
	b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest)
	b.notary.Run(t, "addhash", gun, "v2.0", "5", "--sha256", digest)
	b.notary.Run(t, "addhash", gun, "v3.0", "812", "--sha256", digest)
	before := b.staged(t, gun)
	b.armed().Run(t, "publish", "--yes", "--gun", gun, "--drop", "2", "--order", "1,0")
	if left := b.staged(t, gun); !slices.Equal(left, before[2:]) {
		t.Errorf("still staged: %q, want %q", left, before[2:])
	}
	list := b.notary.Run(t, "list", gun)
	if !strings.Contains(list, "812") || strings.Contains(list, "v3.0") || strings.Contains(list, " 5 ") {
		t.Errorf("a client finds\n%s", list)
	}
	if out := b.notary.Run(t, "status", gun); !strings.Contains(out, "v3.0") {
		t.Errorf("notary says %s", out)
	}
	b.armed().Run(t, "publish", "--yes", "--gun", gun)
	if list := b.notary.Run(t, "list", gun); !strings.Contains(list, "v3.0") || len(b.staged(t, gun)) != 0 {
		t.Errorf("a client finds\n%s", list)
	}
}

// What cannot be published is named with its reason, and nothing is published, changed or
// removed.
func TestPublishRefuses(t *testing.T) {
	good := func(t *testing.T, b *bench) { b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest) }
	write := func(content string) func(*testing.T, *bench) {
		return func(t *testing.T, b *bench) {
			good(t, b)
			bad := filepath.Join(b.trust, "tuf", gun, "changelist", "00000000000000000001_bad.change")
			if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, row := range map[string]struct {
		stage func(*testing.T, *bench)
		says  string
	}{
		"half a file":        {write(`{"action":"create","role":"tar`), "staged change 0: it is not a staged change"},
		"of another version": {write(`{"action":"create","role":"targets","type":"image","path":"x","data":"e30="}`), `staged change 0: it cannot be published: changes of the type "image" are unknown`},
		"an unknown role": {func(t *testing.T, b *bench) {
			b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest, "-r", "targets/none")
		}, `it cannot be published: there is no role "targets/none"`},
		"a key that is elsewhere": {func(t *testing.T, b *bench) {
			b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest, "-r", "targets/releases")
		}, "it cannot be published here: targets/releases needs 1 signature more, by "},
		"a custom value that notary cannot sign": {write(`{"action":"create","role":"targets","type":"target","path":"x","data":"eyJsZW5ndGgiOjEsImhhc2hlcyI6eyJzaGEyNTYiOiI0N0RFUXBqOEhCU2ErL1RJbVcrNUpDZXVRZVJrbTVOTXBKV1pHM2hTdUZVPSJ9LCJjdXN0b20iOnsiYiI6MSwiYSI6Mn19"}`), "not in the only form that Notary signs"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			row.stage(t, b)
			before, list := tree(t, filepath.Join(b.trust, "tuf", gun, "changelist")), b.read(t, gun)
			r := b.armed().Try("publish", "--yes", "--gun", gun)
			if r.Code != 2 || !strings.Contains(r.Stderr, row.says) || !strings.Contains(r.Stderr, "--drop 0") {
				t.Errorf("exit code %d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
			if notary := b.notary.Try("publish", gun); notary.Code == 0 {
				t.Errorf("notary publishes it: %s", notary.Stdout)
			}
			if after := tree(t, filepath.Join(b.trust, "tuf", gun, "changelist")); !slices.Equal(before, after) || b.read(t, gun) != list {
				t.Errorf("the changelist was\n%v\nand is\n%v", before, after)
			}
		})
	}
}

// What only trustdeck refuses is told with its reason before and while it is refused, and is no
// fault of the changelist: notary publishes it, and trustdeck what is staged beside it.
func TestRefusedByTrustdeckAlone(t *testing.T) {
	b := newBench(t)
	b.notary.Run(t, "delegation", "purge", gun, "--key", strings.Repeat("0123456789abcdef", 4))
	b.notary.Run(t, "addhash", gun, "v2.0", "812", "--sha256", digest)
	const why = "no delegation below targets lists a key that the change removes"
	changes := b.status(t, gun).Changes
	if len(changes) != 2 || changes[0].Fault != nil || changes[0].RefusedHere == nil || changes[0].RefusedHere.Text != "trustdeck publish refuses it: "+why || changes[1].RefusedHere != nil {
		t.Errorf("%+v", changes)
	}
	if r := b.deck.Try("status", "--gun", gun); r.Code != 0 || !strings.Contains(r.Stderr, why) || strings.Contains(r.Stderr, "warning") {
		t.Errorf("%+v", r)
	}
	if r := b.armed().Try("publish", "--yes", "--gun", gun); r.Code != 2 || !strings.Contains(r.Stderr, why) {
		t.Errorf("%+v", r)
	}
	b.notary.Run(t, "delegation", "purge", gun, "--key", strings.Repeat("fedcba9876543210", 4))
	b.armed().Run(t, "publish", "--yes", "--gun", "--drop", "0", "--drop", "2", gun)
	if list := b.notary.Run(t, "list", gun); !strings.Contains(list, "v2.0") {
		t.Errorf("a client finds\n%s", list)
	}
	if out := b.notary.Run(t, "publish", gun); len(b.staged(t, gun)) != 0 {
		t.Errorf("notary says %s", out)
	}
}

// notary leaves a delegation whose last key it removes without keys, whether it removes the key
// there or everywhere. trustdeck publishes neither, and says how to leave the change out and how to
// remove the delegation.
func TestLastKeyOfADelegation(t *testing.T) {
	b := newBench(t)
	b.notary.Run(t, "delegation", "add", "-p", gun, "targets/alice", b.alice.PublicFile, "--all-paths")
	for _, staging := range [][]string{
		{"delegation", "purge", gun, "--key", b.alice.ID},
		{"delegation", "remove", gun, "targets/alice", b.alice.ID, "-y"},
	} {
		b.notary.Run(t, staging...)
		const why, wayOut = "targets/alice would have no key left, so it could never be signed", "To take it away altogether, remove the delegation."
		if c := b.status(t, gun).Changes[0]; c.RefusedHere == nil || !strings.Contains(c.RefusedHere.Text, why) || !strings.HasSuffix(c.RefusedHere.Hint, "--drop 0. "+wayOut) {
			t.Errorf("%v: %+v", staging, c.RefusedHere)
		}
		if r := b.armed().Try("publish", "--yes", "--gun", gun); r.Code != 2 || !strings.Contains(r.Stderr, why) || !strings.Contains(r.Stderr, "Leave it out with --drop 0. "+wayOut) {
			t.Errorf("%v: %+v", staging, r)
		}
		b.notary.Run(t, "publish", gun)
		if list := b.notary.Run(t, "delegation", "list", gun); !regexp.MustCompile(`targets/alice +"" <all paths> +1`).MatchString(list) {
			t.Errorf("%v: notary lists\n%s", staging, list)
		}
		b.notary.Run(t, "delegation", "add", "-p", gun, "targets/alice", b.alice.PublicFile)
	}
}

// Nothing to publish is no failure.
func TestPublishNothing(t *testing.T) {
	b := newBench(t)
	if r := b.armed().Try("publish", "--yes", "--gun", gun); r.Code != 0 || !strings.Contains(r.Stdout+r.Stderr, "nothing is staged") {
		t.Errorf("%+v", r)
	}
}

// What is dropped is gone for notary, and can be moved back.
func TestReset(t *testing.T) {
	b := newBench(t)
	for _, tag := range []string{"v2.0", "v3.0", "v4.0"} {
		b.notary.Run(t, "addhash", gun, tag, "812", "--sha256", digest)
	}
	before := b.staged(t, gun)
	if r := b.deck.Try("reset", "--yes", "--gun", gun); r.Code != 2 {
		t.Errorf("without --entry: %+v", r)
	}
	b.deck.Run(t, "reset", "--yes", "--gun", gun, "--entry", "0", "--entry", "2")
	if out := b.notary.Run(t, "status", gun); strings.Contains(out, "v2.0") || strings.Contains(out, "v4.0") || !strings.Contains(out, "v3.0") {
		t.Errorf("notary says %s", out)
	}
	aside, err := filepath.Glob(filepath.Join(b.trust, "tuf", gun, "changelist.dropped-*", "*.change"))
	if err != nil || len(aside) != 2 {
		t.Fatalf("kept are %q, %v", aside, err)
	}
	for _, file := range aside {
		if err := os.Rename(file, filepath.Join(b.trust, "tuf", gun, "changelist", filepath.Base(file))); err != nil {
			t.Fatal(err)
		}
	}
	if after := b.staged(t, gun); !slices.Equal(after, before) {
		t.Errorf("moved back are %q", after)
	}
	b.notary.Run(t, "publish", gun)
	if list := b.notary.Run(t, "list", gun); !strings.Contains(list, "v2.0") || !strings.Contains(list, "v4.0") {
		t.Errorf("a client finds\n%s", list)
	}
	// The other command of notary, and one that cannot be read.
	b.notary.Run(t, "addhash", gun, "v5.0", "812", "--sha256", digest)
	if err := os.WriteFile(filepath.Join(b.trust, "tuf", gun, "changelist", "0_bad.change"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.deck.Run(t, "reset", "--yes", "--gun", gun, "--entry", "all")
	if left := b.staged(t, gun); len(left) != 0 {
		t.Errorf("still staged: %q", left)
	}
}
