package change

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
)

// trouble is a repository on a server that something is wrong with, and whoever has
// its keys.
type trouble struct {
	t       *testing.T
	server  *peer.Server
	home    string
	trust   string
	notary  *peer.Client
	program *peer.Client
}

const troubled = "docker.io/acme/app"

func newTrouble(t *testing.T, server *peer.Server) *trouble {
	t.Helper()
	home := t.TempDir()
	x := &trouble{t: t, server: server, home: home, trust: filepath.Join(home, "trust")}
	x.notary = peer.Notary(t, server, x.trust)
	x.program = peer.Trustdeck(t).With("HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home,
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.DelegationPassphrase)
	return x
}

// try runs trustdeck.
func (x *trouble) try(args ...string) peer.Result {
	return x.program.Try(append(args, "--gun", "--server", x.server.URL, "--tlscacert", x.server.PKI.CAFile(), "--trust-dir", x.trust)...)
}

// repair runs the command that doctor names for a finding, and checks that the finding
// is gone.
func (x *trouble) repair(finding string, more ...string) {
	x.t.Helper()
	found := x.try("doctor", troubled)
	_, after, ok := strings.Cut(found.Stdout, "["+finding+"]")
	if !ok {
		x.t.Fatalf("doctor doesn't find %s:\n%s%s", finding, found.Stdout, found.Stderr)
	}
	_, command, ok := strings.Cut(after, "    trustdeck ")
	command, _, _ = strings.Cut(command, "\n")
	if !ok {
		x.t.Fatalf("doctor names no command for %s:\n%s", finding, found.Stdout)
	}
	x.do(append(strings.Fields(command), more...)...)
	if again := x.try("doctor", troubled); strings.Contains(again.Stdout, "["+finding+"]") {
		x.t.Errorf("%s stays after trustdeck %s:\n%s", finding, command, again.Stdout)
	}
}

// do runs a change unattended.
func (x *trouble) do(args ...string) {
	x.t.Helper()
	if r := x.try(append(args, "--yes")...); r.Code != 0 || !strings.Contains(r.Stderr, "trustdeck read it back") {
		x.t.Fatalf("trustdeck %q: exit code %d\n%s", args, r.Code, r.Stderr)
	}
}

// signer makes a signer's key, and keeps it here where keep is true.
func (x *trouble) signer(name string, keep bool) peer.Key {
	x.t.Helper()
	key := peer.BareKey(x.t, x.t.TempDir(), name)
	if keep {
		x.notary.Run(x.t, "key", "import", "--role", name, key.PrivateFile)
	}
	return key
}

// fresh lists the tags as a client that sees the repository for the first time.
func (x *trouble) fresh() string {
	x.t.Helper()
	return peer.Notary(x.t, x.server, x.t.TempDir()).Run(x.t, "list", troubled)
}

func hasAll(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in\n%s", w, text)
		}
	}
}

// Every trouble that the documentation of Docker and Notary knows, and that metadata
// can mend, is found and mended.
func TestTroubles(t *testing.T) {
	for name, cure := range map[string]func(*trouble){
		// "Error getting targets/releases: valid signatures did not meet threshold
		// for targets/releases": whoever signed last was removed.
		"no valid signature in releases": func(x *trouble) {
			alice, bob := x.signer("alice", true), x.signer("bob", false)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			x.do("signer", "add", "--key", bob.PublicFile, "bob", troubled)
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			x.notary.Run(x.t, "key", "import", "--role", "bob", bob.PrivateFile)
			x.notary.Run(x.t, "delegation", "remove", "-p", "-y", troubled, "targets/releases", alice.ID)
			if list := x.fresh(); strings.Contains(list, "1.0") {
				x.t.Fatalf("the trouble is none:\n%s", list)
			}
			x.repair("threshold-not-met")
			hasAll(x.t, x.fresh(), "1.0", "targets/releases")
		},
		// "role targets/releases has fewer keys than its threshold of 1; it will not
		// be usable until keys are added to it".
		"no key in releases": func(x *trouble) {
			alice, bob := x.signer("alice", true), x.signer("bob", true)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			x.notary.Run(x.t, "delegation", "remove", "-p", "-y", troubled, "targets/releases", alice.ID)
			x.do("signer", "add", "--key", bob.PublicFile, "bob", troubled)
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			hasAll(x.t, x.fresh(), "1.0", "targets/releases")
		},
		// A signer was removed half: the key stays in targets/releases. It may be named
		// by its first digits.
		"key without a signer": func(x *trouble) {
			alice, dave, erin := x.signer("alice", true), x.signer("dave", true), x.signer("erin", true)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			for name, key := range map[string]peer.Key{"dave": dave, "erin": erin} {
				x.do("signer", "add", "--key", key.PublicFile, name, troubled)
				x.notary.Run(x.t, "delegation", "remove", "-p", "-y", troubled, "targets/"+name)
			}
			list := peer.Notary(x.t, x.server, x.t.TempDir()).Run(x.t, "delegation", "list", troubled)
			hasAll(x.t, list, alice.ID, dave.ID, erin.ID)
			x.do("off-board", "--who", erin.ID[:12], troubled)
			x.repair("releases-key-without-signer")
			list = peer.Notary(x.t, x.server, x.t.TempDir()).Run(x.t, "delegation", "list", troubled)
			hasAll(x.t, list, alice.ID)
			if strings.Contains(list, dave.ID) || strings.Contains(list, erin.ID) {
				x.t.Errorf("keys without a signer are still there:\n%s", list)
			}
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			hasAll(x.t, x.fresh(), "1.0", "targets/releases")
		},
		// Notary gives a delegation names that docker's signers never have; they can be
		// taken away like any other.
		"odd names": func(x *trouble) {
			one, two := x.signer("one", true), x.signer("two", true)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.notary.Run(x.t, "delegation", "add", "-p", troubled, "targets/-", one.PublicFile, "--all-paths")
			x.notary.Run(x.t, "delegation", "add", "-p", troubled, "targets/-x", two.PublicFile, "--all-paths")
			x.do("off-board", "--who", "-", troubled)
			flags := []string{"signer", "remove", "--yes", "--gun", "--server", x.server.URL, "--tlscacert", x.server.PKI.CAFile(), "--trust-dir", x.trust}
			if r := x.program.Try(append(flags, "--", "-x", troubled)...); r.Code != 0 {
				x.t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
			}
			list := peer.Notary(x.t, x.server, x.t.TempDir()).Run(x.t, "delegation", "list", troubled)
			if strings.Contains(list, "targets/-") {
				x.t.Errorf("they are still there:\n%s", list)
			}
		},
		// One key of somebody who has several goes, and the delegation stays.
		"one key of a signer": func(x *trouble) {
			old, young := x.signer("jeff", true), x.signer("jeff2", true)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.do("signer", "add", "--key", old.PublicFile, "--key", young.PublicFile, "jeff", troubled)
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			x.do("off-board", "--who", "jeff@"+old.ID, troubled)
			list := peer.Notary(x.t, x.server, x.t.TempDir()).Run(x.t, "delegation", "list", troubled)
			hasAll(x.t, list, "targets/jeff", "targets/releases", young.ID)
			if strings.Contains(list, old.ID) {
				x.t.Errorf("the old key is still there:\n%s", list)
			}
			hasAll(x.t, x.fresh(), "1.0")
		},
		// The private key of targets is gone. Whoever has the root makes another one.
		"targets key lost": func(x *trouble) {
			x.notary.Run(x.t, "init", "-p", troubled)
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest)
			before := at(x.t, x.server, x.t.TempDir()).service.Open(x.t.Context(), troubled).Repository
			lost := before.Role(model.RoleTargets).Keys[0]
			if err := os.Remove(filepath.Join(x.trust, "private", string(lost)+".key")); err != nil {
				x.t.Fatal(err)
			}
			x.do("rotate", troubled, "targets")
			x.notary.Run(x.t, "addhash", "-p", troubled, "2.0", "10", "--sha256", digest)
			hasAll(x.t, x.fresh(), "1.0", "2.0")
		},
		// Signers cannot publish while the snapshot key is with somebody.
		"snapshot key here": func(x *trouble) {
			alice := x.signer("alice", true)
			x.notary.Run(x.t, "init", "-p", troubled)
			x.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			x.do("rotate", "--server-managed", troubled, "snapshot")
			alone := peer.Notary(x.t, x.server, x.t.TempDir())
			alone.Run(x.t, "key", "import", "--role", "alice", alice.PrivateFile)
			alone.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
			hasAll(x.t, x.fresh(), "1.0")
		},
		// An expired targets file stops every command of notary and docker.
		"targets expired": func(x *trouble) {
			x.expired(model.RoleTargets)
			if r := peer.Notary(x.t, x.server, x.t.TempDir()).Try("list", troubled); r.Code == 0 {
				x.t.Fatalf("the trouble is none:\n%s", r.Stdout)
			}
			x.repair("expired")
			hasAll(x.t, x.fresh(), "1.0")
		},
		// The passphrase is wrong in the middle of a rotation: nothing is lost.
		"wrong passphrase": func(x *trouble) {
			x.notary.Run(x.t, "init", "-p", troubled)
			before, err := filepath.Glob(filepath.Join(x.trust, "private", "*.key"))
			if err != nil || len(before) == 0 {
				x.t.Fatal(before, err)
			}
			right := x.program
			x.program = x.program.With("NOTARY_ROOT_PASSPHRASE=wrong")
			if r := x.try("rotate", "--yes", troubled, "targets"); r.Code == 0 || !strings.Contains(r.Stderr, "NOTARY_ROOT_PASSPHRASE is wrong") {
				x.t.Errorf("exit code %d\n%s", r.Code, r.Stderr)
			}
			x.program = right
			for _, path := range before {
				if _, err := os.Stat(path); err != nil {
					x.t.Error(err)
				}
			}
			x.do("rotate", troubled, "targets")
			x.notary.Run(x.t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest)
			hasAll(x.t, x.fresh(), "1.0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cure(newTrouble(t, peer.ProductionServer(t)))
		})
	}
}

// expired puts a repository on the server, whose keys are in the trust folder, and
// waits until one of its roles has expired: no server takes what has expired already.
func (x *trouble) expired(role model.RoleName) {
	x.t.Helper()
	repo := notarytest.New(troubled, time.Now().UTC())
	repo.Tag(model.RoleTargets, "1.0", "content")
	repo.Seal(role)
	repo.Files[role].Expires = repo.Now.Add(2 * time.Second).Truncate(time.Second)
	peer.Publish(x.t, x.server, x.server.Client(), repo)
	<-time.After(time.Until(repo.Files[role].Expires))
	store := trustdir.Open(x.trust)
	for name, passphrase := range map[model.RoleName]string{model.RoleRoot: peer.RootPassphrase, model.RoleTargets: peer.TargetsPassphrase} {
		for _, k := range repo.Keys[name] {
			if _, err := store.Add(x.t.Context(), k.Private, string(name), troubled, []byte(passphrase)); err != nil {
				x.t.Fatal(err)
			}
		}
	}
}
