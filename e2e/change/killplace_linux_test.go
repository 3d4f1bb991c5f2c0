//go:build amd64 || arm64

package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
	"trustdeck/remote/sandbox"
)

// A lane is where one run after the other takes place, each in a copy of the same
// world: trustdeck keeps what it knows by the address of the server or the path of the
// folder, and so that stays.
type lane struct {
	relay *peer.Relay
	// at is the folder of the run; base holds the practice server or the repository in a
	// folder, and the home folder, as they are at the start.
	at, base string
	// real is the server of a flow that runs on a real one.
	real *peer.Server
	// token is plugged in; nil where there is none.
	token *plugged
	// was are the repositories at the start; nil where there are none.
	was map[model.GUN]*model.Repository
}

// rounds numbers the repositories of runs that share a server.
var rounds atomic.Int64

// newLane brings a world into the state in which a flow begins.
func newLane(t *testing.T, f *killed) *lane {
	t.Helper()
	dir := t.TempDir()
	l := &lane{at: filepath.Join(dir, "run"), base: filepath.Join(dir, "base")}
	if f.token {
		l.token = plugIn(t, f.tokenKey)
	}
	if !f.folder {
		l.relay = peer.NewRelay(t)
	}
	if f.production {
		l.real = peer.ProductionServer(t)
		l.relay.To(l.real)
		return l
	}
	p := l.enter(t)
	p.hold(t, f.signers)
	for i, args := range f.before {
		w := watch{}
		args = slices.Clone(args)
		if at := slices.Index(args, "BACKUP"); at >= 0 {
			args[at] = filepath.Join(p.home, "backup.tar.gz")
		}
		if i == len(f.before)-1 {
			w.kill = f.cut
		}
		if r := p.trace(t, &w, p.named(args)...); w.kill == nil && r.Code != 0 || w.kill != nil && !w.met {
			t.Fatalf("%q: exit code %d: %s", args, r.Code, r.Stderr)
		}
		if args[0] == "init" && f.plain {
			p.makePlain(t)
		}
	}
	for _, args := range f.staged {
		peer.Notary(t, p.lane.relay.Server, p.trust()).Run(t, args...)
	}
	l.was = map[model.GUN]*model.Repository{}
	for _, gun := range f.guns {
		if f.signed && !f.folder {
			p.release(t, f.signers[0], gun)
		}
		l.was[gun] = p.look(t, gun)
	}
	p.close()
	if err := os.Rename(l.at, l.base); err != nil {
		t.Fatal(err)
	}
	return l
}

// hold puts the private keys of alice and bob into the trust folder.
func (p *place) hold(t *testing.T, keys []notarytest.Key) {
	t.Helper()
	store := trustdir.Open(p.trust())
	for i, k := range keys {
		if _, err := store.Add(t.Context(), k.Private, []string{"alice", "bob"}[i], "", []byte(peer.DelegationPassphrase)); err != nil {
			t.Fatal(err)
		}
	}
}

// release has alice alone sign a tag.
func (p *place) release(t *testing.T, alice notarytest.Key, gun model.GUN) {
	t.Helper()
	folder := t.TempDir()
	if _, err := trustdir.Open(folder).Add(t.Context(), alice.Private, "alice", "", []byte(peer.DelegationPassphrase)); err != nil {
		t.Fatal(err)
	}
	peer.Notary(t, p.lane.relay.Server, folder).Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest, "-r", "targets/releases,targets/alice")
}

// A place is the world of one run.
type place struct {
	lane  *lane
	home  string
	world *sandbox.World
	// folder is the repository; nil where it is on a server.
	folder *peer.Folder
	// program is trustdeck with all passphrases in its environment, and flags
	// are those that name the server and the trust folder.
	program *peer.Client
	flags   []string
	// number tells the repository of this run from those of others; "" where
	// nobody else is on the server.
	number string
}

// open copies the world.
func (l *lane) open(t *testing.T, f *killed) *place {
	t.Helper()
	err := os.RemoveAll(l.at)
	if l.real == nil {
		err = errors.Join(err, copyTree(l.at, l.base))
	}
	if err != nil {
		t.Fatal(err)
	}
	p := l.enter(t)
	if f.production {
		p.number = "-" + strconv.FormatInt(rounds.Add(1), 10)
	}
	return p
}

// enter serves the world that the folder of a lane holds.
func (l *lane) enter(t *testing.T) *place {
	t.Helper()
	p := &place{lane: l, home: filepath.Join(l.at, "home")}
	if err := os.MkdirAll(p.home, 0o700); err != nil {
		t.Fatal(err)
	}
	p.program = l.program(t).With("HOME="+p.home, "XDG_STATE_HOME="+filepath.Join(p.home, "state"),
		"XDG_CACHE_HOME="+filepath.Join(p.home, "cache"), "XDG_CONFIG_HOME="+filepath.Join(p.home, "config"),
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.DelegationPassphrase)
	p.flags = []string{"--trust-dir", p.trust()}
	if l.relay == nil {
		p.enterFolder(t)
		return p
	}
	if l.real == nil {
		var err error
		if p.world, err = sandbox.Start(sandbox.Config{Dir: filepath.Join(l.at, "server")}); err != nil {
			t.Fatal(err)
		}
		l.relay.To(peer.SandboxAt(t, p.world.URL(), p.world.CA()))
	}
	p.flags = append([]string{"--gun", "--server", l.relay.URL, "--tlscacert", l.relay.PKI.CAFile()}, p.flags...)
	return p
}

// program is trustdeck, which finds the token where there is one.
func (l *lane) program(t *testing.T) *peer.Client {
	t.Helper()
	if l.token == nil {
		return peer.Trustdeck(t)
	}
	return peer.TrustdeckWithTokens(t).WithCards(l.token.service)
}

func (p *place) close() {
	if p.world != nil {
		_ = p.world.Close() // nothing of it is needed any more
	}
}

func (p *place) trust() string { return filepath.Join(p.home, "docker", "trust") }

// gun is a repository as it is called in this run.
func (p *place) gun(g model.GUN) model.GUN {
	if p.folder != nil {
		return model.GUN(p.folder.Dir)
	}
	return g + model.GUN(p.number)
}

// named puts the names of this run into arguments.
func (p *place) named(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if arg == first || arg == second {
			out[i] = string(p.gun(model.GUN(arg)))
		}
	}
	return out
}

// arguments are those of a command that asks nothing, or where there is a token, of one that asks
// at a terminal.
func (p *place) arguments(args []string) []string {
	flags, how := p.flags, "--yes"
	if p.lane.token != nil {
		how = "--plain"
	}
	if args[0] == "resume" && flags[0] == "--gun" { // which takes no names of repositories
		flags = flags[1:]
	}
	return slices.Concat(args, []string{how}, flags)
}

// try runs a command.
func (p *place) try(t *testing.T, args ...string) peer.Result {
	t.Helper()
	if p.lane.token != nil {
		return p.program.TracedOnTerminal(t, &trace.Tracer{}, typing, p.arguments(args)...)
	}
	return p.program.Try(p.arguments(args)...)
}

// trace runs a command that is watched.
func (p *place) trace(t *testing.T, w *watch, args ...string) peer.Result {
	t.Helper()
	tracer := &trace.Tracer{Folder: p.home, At: w.at}
	if p.lane.relay != nil {
		tracer.Requests = p.lane.relay
	}
	if p.lane.token != nil {
		return p.program.TracedOnTerminal(t, tracer, typing, p.arguments(args)...)
	}
	return p.program.Traced(t, tracer, p.arguments(args)...)
}

// look reads a repository as a new client.
func (p *place) look(t *testing.T, gun model.GUN) *model.Repository {
	t.Helper()
	if p.folder != nil {
		return p.folder.Look(t)
	}
	return at(t, p.lane.relay.Server, t.TempDir()).service.Open(t.Context(), p.gun(gun)).Repository
}

// published checks that every key that is published has its private half here, or
// is the server's, or was given. It returns those that are here.
func (p *place) published(t *testing.T, here *keySet, given map[model.KeyID]bool) map[model.KeyID]bool {
	t.Helper()
	used := map[model.KeyID]bool{}
	for _, gun := range []model.GUN{first, second} {
		repo := p.look(t, gun)
		if repo == nil {
			continue
		}
		for _, role := range repo.Roles {
			for _, id := range role.Keys {
				switch {
				case here.ids[id]:
					used[id] = true
				case p.lane.token != nil && p.lane.token.ids[id]:
				case role.Name.Delegation() && given[id], p.folder == nil && role.Name.ListsFiles():
				default:
					t.Errorf("%s: a key of %s is published and not here: %s", gun, role.Name, id)
				}
			}
		}
	}
	return used
}

// retired are the keys that may be missing now: those that a flow removes, once the
// journal says that what it has published was proved, or has nothing more to say.
func (p *place) retired(t *testing.T, f *killed) map[model.KeyID]bool {
	t.Helper()
	out := map[model.KeyID]bool{}
	if f.retires == "" || !p.complete(t, f) {
		return out
	}
	for _, path := range p.entries(t) {
		if content, err := os.ReadFile(path); err != nil || !bytes.Contains(content, []byte(`"kind":"`+port.NoteProved+`"`)) {
			return out
		}
	}
	for _, gun := range f.guns {
		for _, id := range p.lane.was[gun].Role(f.retires).Keys {
			out[id] = true
		}
	}
	return out
}

// complete reports whether the flow has published all that it is there for.
func (p *place) complete(t *testing.T, f *killed) bool {
	t.Helper()
	here := p.keys(t).ids
	for _, gun := range f.guns {
		repo := p.look(t, gun)
		if repo == nil || f.signer != "" && repo.Role(model.RoleName("targets/"+f.signer)) == nil {
			return false
		}
		if f.done != nil && !f.done(killedRepo{p.lane.was[gun], repo, here, p.staged(t, gun)}) {
			return false
		}
	}
	return true
}

// staged counts the changes that are staged for a repository.
func (p *place) staged(t *testing.T, gun model.GUN) int {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(p.trust(), "tuf", string(p.gun(gun)), "changelist", "*.change"))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// whole checks a world in which all has come to its end. It returns how many keys
// were made in vain.
func (p *place) whole(t *testing.T, f *killed, before *keySet, given map[model.KeyID]bool) int {
	t.Helper()
	if !p.complete(t, f) {
		t.Fatal("the change is not complete")
	}
	if open := p.entries(t); len(open) > 0 {
		t.Errorf("the journal still lists %q", open)
	}
	keys := p.keys(t)
	if len(keys.torn) > 0 {
		t.Errorf("%q are left among the keys", keys.torn)
	}
	gone := p.retired(t, f)
	before.keptIn(t, keys, gone)
	for id := range gone {
		if keys.ids[id] {
			t.Errorf("key %s was to be removed, and is here", id)
		}
	}
	for _, gun := range f.guns {
		p.readable(t, f, gun)
	}
	if p.lane.token != nil {
		p.lane.token.intact(t)
	}
	used := p.published(t, keys, given)
	orphans := 0
	for id := range keys.ids {
		if !used[id] && !before.ids[id] {
			orphans++
		}
	}
	return orphans
}

// readable checks that a repository is without fault, for trustdeck and for notary.
func (p *place) readable(t *testing.T, f *killed, gun model.GUN) {
	t.Helper()
	for _, problem := range p.look(t, gun).AllProblems() {
		t.Errorf("%s: %s", gun, problem.Text)
	}
	if p.folder != nil {
		p.clean(t)
		p.clientsRead(t)
		return
	}
	client := peer.Notary(t, p.lane.relay.Server, t.TempDir())
	if list := client.Run(t, "list", string(p.gun(gun))); f.signed && !strings.Contains(list, "1.0") {
		t.Errorf("what was released is gone:\n%s", list)
	}
	if f.signer == "" {
		return
	}
	if list := client.Run(t, "delegation", "list", string(p.gun(gun))); !strings.Contains(list, "targets/"+f.signer) || !strings.Contains(list, "targets/releases") {
		t.Errorf("notary delegation list:\n%s", list)
	}
}

// entries are the runs that the journal lists, each of which can be read. One whose
// first line is cut off counts for none.
func (p *place) entries(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.home, "state", "trustdeck", "journal", "*.journal"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		begin, _, _ := bytes.Cut(content, []byte("\n"))
		var head struct{ Plan struct{ Schema string } }
		if json.Unmarshal(begin, &head) == nil && head.Plan.Schema != "" {
			out = append(out, path)
		} else if bytes.ContainsRune(content, '\n') {
			t.Errorf("%s cannot be read: %q", path, begin)
		}
	}
	return out
}

// copyTree copies files with their modes; os.CopyFS would let others read them.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(target, content, 0o600)
		}
		info, unknown := d.Info()
		if err = errors.Join(err, unknown); err != nil {
			return err
		}
		return os.Chtimes(target, time.Time{}, info.ModTime()) // a key is not newer than its backup
	})
}
