package change

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/remote/sandbox"
)

// A beside is a repository that trustdeck and notary change in turns. The administrator
// has the keys of root and targets; those of signers are where a row says.
type beside struct {
	*trouble
	// snapshot is where the snapshot key is: "server" or "here".
	snapshot string
}

// besides are the servers, with the place of the snapshot key: a server with a database
// shows what no snapshot lists only by its version.
var besides = map[string]func(*testing.T) *beside{
	"memory, snapshot on the server": func(t *testing.T) *beside { return &beside{newTrouble(t, peer.MemoryServer(t)), "server"} },
	"memory, snapshot here":          func(t *testing.T) *beside { return &beside{newTrouble(t, peer.MemoryServer(t)), "here"} },
	"production, snapshot on the server": func(t *testing.T) *beside {
		return &beside{newTrouble(t, peer.ProductionServer(t)), "server"}
	},
	"production, snapshot here": func(t *testing.T) *beside { return &beside{newTrouble(t, peer.ProductionServer(t)), "here"} },
	"practice, snapshot here": func(t *testing.T) *beside {
		server := peer.Sandbox(t, sandbox.Config{})
		return &beside{newTrouble(t, server), "here"}
	},
}

// released makes the repository: alice has signed v1, and was removed.
func (b *beside) released(keep bool) peer.Key {
	b.t.Helper()
	alice := b.signer("alice", true)
	b.do("init", "--snapshot-key", b.snapshot, troubled)
	b.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
	b.sign(b.notary, "v1", "alice")
	if !keep {
		b.do("signer", "remove", "alice", troubled)
	}
	return alice
}

// sign signs a tag with notary, as a signer does.
func (b *beside) sign(client *peer.Client, tag, signer string) {
	b.t.Helper()
	client.Run(b.t, "addhash", "-p", troubled, tag, "10", "--sha256", digest, "-r", "targets/releases", "-r", "targets/"+signer)
}

// alone is a signer with notary and nothing but the key; where the snapshot key is the
// administrator's, nobody can publish without it.
func (b *beside) alone(name string, key peer.Key) *peer.Client {
	b.t.Helper()
	client := b.notary
	if b.snapshot == "server" {
		client = peer.Notary(b.t, b.server, b.t.TempDir())
	}
	client.Run(b.t, "key", "import", "--role", name, key.PrivateFile)
	return client
}

// target is the targets key of the administrator.
func (b *beside) target() string {
	b.t.Helper()
	return string(at(b.t, b.server, b.t.TempDir()).service.Open(b.t.Context(), troubled).Repository.Role(model.RoleTargets).Keys[0])
}

// stops runs a change unattended, which must stop and name the answers that there are.
func (b *beside) stops(role string, args ...string) {
	b.t.Helper()
	r := b.try(append(args, "--yes")...)
	if r.Code != 2 {
		b.t.Errorf("trustdeck %q: exit code %d, want 2\n%s", args, r.Code, r.Stderr)
	}
	hasAll(b.t, r.Stderr, role, "--join-key ID", "--leave-pending "+role, "or stop here: nothing was changed")
}

// inspects checks the exit code of inspect.
func (b *beside) inspects(code int) {
	b.t.Helper()
	if r := b.try("inspect", troubled); r.Code != code {
		b.t.Errorf("trustdeck inspect: exit code %d, want %d\n%s%s", r.Code, code, r.Stdout, r.Stderr)
	}
}

// lists checks which tags a client finds that sees the repository for the first time.
func (b *beside) lists(tags ...string) {
	b.t.Helper()
	list := b.fresh()
	for _, tag := range []string{"v1", "v2"} {
		wanted := false
		for _, t := range tags {
			wanted = wanted || t == tag
		}
		if strings.Contains(list, tag) != wanted {
			b.t.Errorf("clients find %s: %v, want %v\n%s", tag, !wanted, wanted, list)
		}
	}
	docker := peer.Docker(b.t, b.server, b.t.TempDir()).Try("trust", "inspect", "acme/app")
	if len(tags) > 0 {
		hasAll(b.t, docker.Stdout, `"`+tags[len(tags)-1]+`"`)
	}
}

// What a server keeps of a signer who was removed comes back only where somebody chooses
// it, leaves no role broken that was not named, and is never the end.
func TestBesideNotary(t *testing.T) {
	rows := map[string]func(*beside){
		"the same signer returns": func(b *beside) {
			alice := b.released(false)
			b.do("signer", "add", "--key", alice.PublicFile, "alice", troubled)
			b.lists()
			b.inspects(0)
			b.sign(b.notary, "v2", "alice")
			b.lists("v2")
		},
		"the same signer returns, and a tag is kept": func(b *beside) {
			alice := b.released(false)
			b.do("signer", "add", "--key", alice.PublicFile, "--keep-tags", "v1", "alice", troubled)
			b.lists("v1")
			b.inspects(0)
		},
		"another signer, whose key is elsewhere": func(b *beside) {
			b.released(false)
			bob := b.signer("bob", false)
			add := []string{"signer", "add", "--key", bob.PublicFile, "bob", troubled}
			b.stops("targets/releases", add...)
			b.do(append(add, "--join-key", b.target())...)
			b.lists()
			b.inspects(0)
			b.sign(b.alone("bob", bob), "v2", "bob")
			b.lists("v2")
			b.repair("targets-key-in-delegation")
			b.inspects(0)
			b.lists("v2")
		},
		"another signer, and releases is pending": func(b *beside) {
			b.released(false)
			bob := b.signer("bob", false)
			r := b.try("signer", "add", "--key", bob.PublicFile, "bob", troubled, "--leave-pending", "targets/releases", "--yes")
			if r.Code != 0 {
				b.t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
			}
			hasAll(b.t, r.Stderr, "Done, pending targets/releases.", "targets/releases is pending: clients refuse it until it is signed with key ")
			b.inspects(4)
			b.lists()
			b.repair("threshold-not-met")
			b.inspects(0)
			b.sign(b.alone("bob", bob), "v2", "bob")
			b.lists("v2")
		},
		"the same signer, with another key": func(b *beside) {
			b.released(false)
			again := b.signer("alice", false)
			add := []string{"signer", "add", "--key", again.PublicFile, "alice", troubled}
			b.stops("targets/alice", add...)
			b.do(append(add, "--join-key", b.target(), "--keep-tags", "v1")...)
			b.lists("v1")
			b.inspects(0)
			b.sign(b.alone("alice", again), "v2", "alice")
			b.lists("v1", "v2")
		},
		"releases without keys": func(b *beside) {
			alice := b.released(true)
			b.notary.Run(b.t, "delegation", "remove", "-p", "-y", troubled, "targets/releases", alice.ID)
			bob := b.signer("bob", false)
			add := []string{"signer", "add", "--key", bob.PublicFile, "bob", troubled}
			b.stops("targets/releases", add...)
			b.do(append(add, "--join-key", b.target(), "--keep-tags", "v1")...)
			b.inspects(0)
			b.sign(b.alone("bob", bob), "v2", "bob")
			b.lists("v1", "v2")
		},
		// What notary alone makes of it has a way out.
		"notary names releases again": func(b *beside) {
			b.released(true)
			bob := b.signer("bob", false)
			b.notary.Run(b.t, "delegation", "remove", "-p", "-y", troubled, "targets/releases")
			b.notary.Run(b.t, "delegation", "add", "-p", troubled, "targets/releases", bob.PublicFile, "--all-paths")
			b.inspects(4)
			if r := b.alone("bob", bob).Try("addhash", "-p", troubled, "v2", "10", "--sha256", digest, "-r", "targets/releases"); r.Code == 0 {
				b.t.Error("notary signs: the trouble is none")
			}
			code := "not-in-snapshot"
			if b.snapshot == "server" {
				code = "threshold-not-met"
			}
			if b.snapshot == "server" && strings.Contains(b.try("doctor", troubled).Stdout, "--content fresh") {
				b.t.Error("the key of alice, who is still a signer, has signed it: witnessing is the first thing to do")
			}
			if b.snapshot == "server" {
				b.repair(code, "--content", "fresh", "--join-key", b.target())
			} else {
				b.repair(code)
			}
			b.inspects(0)
			b.alone("bob", bob).Run(b.t, "addhash", "-p", troubled, "v2", "10", "--sha256", digest, "-r", "targets/releases")
			b.lists("v1", "v2") // alice is still a signer, and v1 is in her own role
		},
		"notary takes everything from a signer, and names another": func(b *beside) {
			b.released(false)
			bob := b.signer("bob", false)
			b.notary.Run(b.t, "delegation", "add", "-p", troubled, "targets/bob", bob.PublicFile, "--all-paths")
			b.notary.Run(b.t, "delegation", "add", "-p", troubled, "targets/releases", bob.PublicFile, "--all-paths")
			b.inspects(4)
			b.lists()
			code := "not-in-snapshot"
			if b.snapshot == "server" {
				code = "threshold-not-met"
			}
			b.repair(code)
			b.inspects(0)
			b.lists()
			b.sign(b.alone("bob", bob), "v2", "bob")
			b.lists("v2")
		},
		"a lost key is replaced": func(b *beside) {
			b.released(true)
			fresh := b.signer("alice", false)
			rotate := []string{"rotate", "--key", fresh.PublicFile, troubled, "targets/alice"}
			b.stops("targets/alice", rotate...)
			b.pending("Done, pending targets/alice, targets/releases.", append(rotate, "--leave-pending", "targets/alice", "--leave-pending", "targets/releases")...)
			b.lists()
		},
		"a lost key is replaced, and a key joins": func(b *beside) {
			b.released(true)
			fresh := b.signer("alice", false)
			b.do("rotate", "--key", fresh.PublicFile, troubled, "targets/alice", "--join-key", b.target(), "--keep-tags", "v1")
			b.lists("v1")
			b.inspects(0)
			b.sign(b.alone("alice", fresh), "v2", "alice")
			b.lists("v1", "v2")
		},
		"a leaked key is taken away": func(b *beside) {
			alice, bob := b.released(true), b.signer("bob", false)
			b.do("signer", "add", "--key", bob.PublicFile, "bob", troubled)
			leave := []string{"off-board", "--who", "alice@" + alice.ID, troubled}
			b.stops("targets/releases", leave...)
			b.pending("Done, pending targets/releases.", append(leave, "--leave-pending", "targets/releases")...)
			b.lists()
			bobs := b.alone("bob", bob)
			bobs.Run(b.t, "witness", "-p", troubled, "targets/releases")
			b.lists("v1")
			b.sign(bobs, "v2", "bob")
			b.lists("v1", "v2")
		},
	}
	for name, start := range besides {
		for row, do := range rows {
			if !strings.HasPrefix(name, "memory") && !slices.Contains(onEvery, row) {
				continue
			}
			t.Run(name+"/"+row, func(t *testing.T) {
				t.Parallel() // each has a server of its own
				do(start(t))
			})
		}
	}
}

// onEvery are the rows that run on every server; the others would see no difference.
var onEvery = []string{
	"the same signer returns", "another signer, and releases is pending", "notary names releases again",
	"notary takes everything from a signer, and names another",
}

// pending runs a change unattended that leaves something pending.
func (b *beside) pending(says string, args ...string) {
	b.t.Helper()
	r := b.try(append(args, "--yes")...)
	if r.Code != 0 {
		b.t.Fatalf("trustdeck %q: exit code %d\n%s", args, r.Code, r.Stderr)
	}
	hasAll(b.t, r.Stderr, says)
}
